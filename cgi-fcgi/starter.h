/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts applications as the options say: to live on, or supervised. */
#ifndef CGI_FCGI_STARTER_H
#define CGI_FCGI_STARTER_H

#include "options.h"

/* What the service manager that started this process has for it. */
struct starter {
    unsigned offered; /* listening sockets, descriptors 3 and up */
    char *notify;     /* where it wants to be told (notify.h), or NULL */
};

/*
 * Takes the umask and the directory of the options, and what the service
 * manager says in the environment; that is gone from there afterwards, since
 * it does not mean the applications.  Ends the program if there is no such
 * directory.
 */
void starter_init(struct starter *starter, const struct options *options);
void starter_free(struct starter *starter);

/* Starts the applications, which get the environment, and leaves them, or
 * supervises them.  Returns the exit code. */
int starter_run(const struct starter *starter, const struct options *options,
                char *const *environment);

#endif
