/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps applications alive: one poll loop around signals and times. */
#ifndef CGI_FCGI_SUPERVISE_H
#define CGI_FCGI_SUPERVISE_H

#include <stdint.h>

#include "listeners.h"
#include "spawn.h"

struct supervise_setup {
    struct spawn spawn; /* listener and output are set here */
    struct listeners *listeners;
    unsigned processes; /* for each listener */
    unsigned crash_limit;
    int64_t grace;      /* milliseconds to leave in, before SIGKILL */
    int64_t ready_time; /* milliseconds until a new process is relied on */
    const char *log;    /* file, or NULL: standard error */
    const char *notify; /* notify.h */
};

/*
 * Runs until SIGTERM or SIGINT, or until it is of no use to go on.  SIGHUP and
 * SIGUSR1 replace the processes one by one, each by a new one that is ready
 * before the old one is asked to leave; the log is opened anew.  When this
 * returns there is no process left, and no socket file.  Returns the exit
 * code: 0 for SIGTERM and SIGINT.  The sockets stay the caller's.
 */
int supervise(const struct supervise_setup *setup);

#endif
