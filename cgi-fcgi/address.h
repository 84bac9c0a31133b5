/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where applications listen.
 *
 *   unix:PATH, /path, other   Unix socket, up to 108 bytes
 *   @NAME                     Linux abstract Unix socket
 *   tcp:HOST:PORT, HOST:PORT  TCP.  HOST is a name, an IPv4 address, an IPv6
 *                             address in brackets, or empty or "*": listen on
 *                             all IPv4 addresses, connect to localhost
 *
 * Without a prefix a name is TCP if it has no '/' and a digit follows its
 * first colon (or "]:").
 */
#ifndef CGI_FCGI_ADDRESS_H
#define CGI_FCGI_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct address {
    const char *name; /* as given; the caller's */
    bool is_tcp;
    char host[256];          /* TCP; may be empty */
    char port[6];            /* TCP; 1 to 65535 */
    struct sockaddr_un path; /* Unix */
    socklen_t path_size;
};

enum { ADDRESS_NO_HOST = -1 }; /* the name of the host is not known */

/* Returns NULL, or what is wrong with the name.  The name is kept. */
const char *address_parse(struct address *address, const char *name);

/*
 * Connects, at the latest when the deadline (clock.h) has passed.  Returns 0
 * and a non-blocking, close-on-exec descriptor in *fd, or an errno value
 * (ETIMEDOUT for the deadline), or ADDRESS_NO_HOST.  Blocks; the look-up of a
 * host's name does not heed the deadline.
 */
int address_connect(const struct address *address, int64_t deadline, int *fd);

/*
 * Makes a listening socket, close-on-exec.  Returns as address_connect.  A
 * socket file that nobody listens on is replaced; anything else at the path
 * is left alone (EADDRINUSE).
 */
int address_listen(const struct address *address, int backlog, int *fd);

/* Removes the socket file of address_listen. */
void address_unlink(const struct address *address);

#endif
