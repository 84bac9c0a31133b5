/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts applications as the FastCGI specification wants them (section 2). */
#ifndef CGI_FCGI_SPAWN_H
#define CGI_FCGI_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

struct spawn {
    const char *app;      /* path; not searched for in PATH */
    char *const *args;    /* after the path; NULL-terminated */
    char *const *entries; /* environment */
    int listener;         /* becomes descriptor 0 */
};

/* True if the file can be executed; else says why not. */
bool spawn_check(const struct spawn *spawn);

/*
 * Starts one process, a session of its own, with the listening socket on
 * descriptor 0, /dev/null on 1 and 2, nothing else open, all signals at their
 * defaults.  Waits until it executes the application.  Returns its process id,
 * or -1 after saying what failed; nothing is left running then.
 */
pid_t spawn_one(const struct spawn *spawn);

/* Starts count of them.  Returns false if one failed (the others live on). */
bool spawn_all(const struct spawn *spawn, unsigned count);

#endif
