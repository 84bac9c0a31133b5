/* SPDX-License-Identifier: BSD-2-Clause */
/* A started application: a process that leads a session, and what it has
 * started itself (its process group). */
#ifndef CGI_FCGI_PROCESS_H
#define CGI_FCGI_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
    pid_t pid;        /* 0: there is none */
    bool has_ended;   /* its group may live on */
    bool is_leaving;  /* it has got SIGTERM */
    bool was_killed;  /* its group has got SIGKILL */
    int64_t deadline; /* for leaving; clock.h */
};

/* The letter of its state as ps(1) has it, or 0 where the system tells none. */
char process_state(pid_t pid);

/* SIGTERM, and time to leave. */
void process_leave(struct process *process, int64_t deadline);

/* SIGKILL for all of its group. */
void process_kill(struct process *process);

/* To be called when it has ended but was not waited for yet: its number is
 * still its own.  What is left of the group gets SIGTERM too. */
void process_ended(struct process *process);

/* True if there is nothing left of it; it is forgotten then. */
bool process_is_gone(struct process *process);

#endif
