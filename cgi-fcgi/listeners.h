/* SPDX-License-Identifier: BSD-2-Clause */
/* The sockets that applications are started on: made for addresses, or taken
 * over from a service manager (sd_listen_fds(3): LISTEN_FDS, LISTEN_PID). */
#ifndef CGI_FCGI_LISTENERS_H
#define CGI_FCGI_LISTENERS_H

#include <stdbool.h>
#include <sys/types.h>

#include "address.h"
#include "options.h"

struct listener {
    int fd; /* close-on-exec */
    struct address address;
    bool has_file;   /* it made this socket file: */
    dev_t device;
    ino_t inode;
    bool is_offered; /* it was taken over, and is others' as well */
};

struct listeners {
    struct listener *list;
    unsigned count;
};

/* How many sockets a service manager has for this process: descriptors 3 and
 * up.  It reads the environment. */
unsigned listeners_offered(void);

/*
 * Takes over what is offered, then listens on the addresses of the options.
 * Returns 0, or the exit code after the message, and nothing is left then.
 */
int listeners_open(struct listeners *listeners, const struct options *options,
                   unsigned offered);

/* Removes the socket files that are still ours: who connects is told that
 * there is nobody. */
void listeners_unlink(struct listeners *listeners);

/* Closes the sockets; the files stay. */
void listeners_close(struct listeners *listeners);

/* True if connections wait to be accepted on a socket made for an address. */
bool listeners_have_queue(const struct listeners *listeners);

#endif
