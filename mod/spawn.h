/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting an application: its listening socket, fork, exec.  Used by the
 * manager only; it knows neither httpd's structures nor the table.
 */
#ifndef FCGID_SPAWN_H
#define FCGID_SPAWN_H

#include <sys/types.h>

#include "class.h"
#include "proctab.h"

/*
 * Makes a listening socket (close-on-exec) with a name that cannot be guessed
 * in dir, and writes its path.  Returns the descriptor, or -1 and errno
 * (ENAMETOOLONG: dir is too long for a socket address).
 */
int fcgid_listen(const char *dir, char path[FCGID_SOCKET_PATH_SIZE]);

/*
 * Connects to such a socket without waiting for accept.  Returns a
 * descriptor, close-on-exec and non-blocking, or -1 and errno.
 */
int fcgid_connect(const char *path);

/* A process just forked. */
struct fcgid_spawned {
    pid_t pid;
    int exec_fd; /* end of file: exec has succeeded; an int: its errno; -1:
                    there is no exec */
};

/*
 * fork(2).  In the new process all signals are blocked until it has set its
 * own handlers, or none: those it is born with write into its parent's pipe.
 */
pid_t fcgid_fork(void);

#define FCGID_CONTROL_FD 3

/*
 * Forks and executes the class's program with listener as its descriptor 0,
 * output as 1 and 2, and control (-1: none) as FCGID_CONTROL_FD, of which
 * FCGI_WORKERS in the environment tells; all other descriptors are closed,
 * signals are at their defaults.  Returns 0 or an errno (of pipe or fork); what
 * goes wrong later comes out of exec_fd.
 */
int fcgid_spawn(const struct fcgid_class_def *def, int listener, int output,
                int control, struct fcgid_spawned *spawned);

/*
 * The manager's identity.  enter: from root to User; with suexec it stays
 * able to signal others' processes.  0 or an errno.
 */
int fcgid_enter_identity(void);
/* From root, whether as itself or for a while as User, to User for good.  0, or
 * -1 and errno. */
int fcgid_drop_identity(void);
/* kill(2), with the right to do so. */
int fcgid_kill(pid_t pid, int signal_number);
/* Whether there is a process of that number, dead but not waited for too. */
int fcgid_is_alive(pid_t pid);

/* Raises the number of descriptors that the manager may have; applications
 * get the former limit. */
void fcgid_raise_descriptor_limit(void);

#endif
