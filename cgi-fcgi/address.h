/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses of FastCGI applications as the command line gives them:
 *
 *   unix:PATH         Unix socket
 *   tcp:HOST:PORT     TCP, also tcp:[IPV6]:PORT
 *   HOST:PORT, :PORT  TCP if PORT is a number from 1 to 65535; no HOST means
 *                     localhost to connect to, every address to listen on
 *   [IPV6]:PORT       TCP
 *   anything else     Unix socket of that path
 */
#ifndef CGI_FCGI_ADDRESS_H
#define CGI_FCGI_ADDRESS_H

#include <stdbool.h>

struct address {
    bool is_tcp;
    char host[256];   /* "": see above */
    char port[8];     /* decimal */
    const char *path; /* Unix socket; points into the text */
};

/* Exit codes of the classic tool for addresses that cannot be. */
enum { ADDRESS_EXIT_UNKNOWN = 232 };

/* Fills *address from text, which must outlive it.  Returns NULL, or what is
 * wrong with the text. */
const char *address_parse(struct address *address, const char *text);

/*
 * Connects within timeout milliseconds (< 0: no limit).  Returns a
 * non-blocking, close-on-exec descriptor, or -1 and *error: an errno, or
 * -ADDRESS_EXIT_UNKNOWN for an unknown host or a path that is too long.
 */
int address_connect(const struct address *address, int timeout, int *error);

/*
 * Makes a listening socket, close-on-exec.  A socket file on which nobody
 * listens is replaced; any other file is left alone (EADDRINUSE).  Errors as
 * above.
 */
int address_listen(const struct address *address, int backlog, int *error);

#endif
