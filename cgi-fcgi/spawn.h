/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts applications as the FastCGI specification wants them (section 2). */
#ifndef CGI_FCGI_SPAWN_H
#define CGI_FCGI_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "identity.h"

struct spawn {
    const char *app;                 /* path; not searched for in PATH */
    char *const *args;               /* after the path; NULL-terminated */
    char *const *entries;            /* environment */
    int listener;                    /* becomes descriptor 0 */
    int output;                      /* becomes 1 and 2; -1: /dev/null */
    const struct identity *identity; /* that it runs as */
    bool tied; /* it gets SIGTERM when this process ends (Linux) */
};

/* True if the file can be executed; else says why not. */
bool spawn_check(const struct spawn *spawn);

/*
 * Starts one process, a session of its own, with the listening socket on
 * descriptor 0, nothing but 1 and 2 open besides, all signals at their
 * defaults.  Waits until it executes the application.  Returns its process id,
 * or -1 after saying what failed; nothing is left running then.
 */
pid_t spawn_one(const struct spawn *spawn);

/* Opens a file to append to it, close-on-exec.  Returns -1 after saying why
 * it cannot. */
int spawn_open_log(const char *path);

#endif
