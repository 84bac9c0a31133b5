/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets: listen, connect, accept.  Names are those of address.h; errors
 * are -errno.
 */
#ifndef FCGI_SOCK_H
#define FCGI_SOCK_H

#include <stdbool.h>

#include "peers.h"

/*
 * Returns a listening socket: close-on-exec (unless it is descriptor 0),
 * address re-use for TCP, mode by umask for Unix.  A socket file that nobody
 * listens on is replaced, anything else at the path is -EADDRINUSE.  May
 * block in a name look-up.
 */
int fcgi_sock_listen(const char *name, int backlog);

/* Returns a connected socket, close-on-exec.  Blocks. */
int fcgi_sock_connect(const char *name);

/* True for a listening stream socket that has no peer (section 2.2). */
bool fcgi_sock_is_listening(int fd);

bool fcgi_sock_is_tcp(int fd);

/*
 * Readies a listening socket for fcgi_sock_accept: O_NONBLOCK (which other
 * processes that share it will see) and, for TCP, no delay.  Leaves alone
 * what does not listen.  Returns 0 or -errno.
 */
int fcgi_sock_prepare(int listener);

/*
 * Accepts a connection that is there.  Returns its descriptor (3 or more,
 * close-on-exec, blocking) and in *is_tcp whether it is TCP.  -EAGAIN: there
 * is none.  -ECONNABORTED: there was one, of a peer that is not allowed.
 */
int fcgi_sock_accept(int listener, const struct fcgi_peers *peers,
                     bool *is_tcp);

/* Errors (errno) of accepting: those that concern the one connection, and
 * those that time may cure. */
bool fcgi_sock_is_of_connection(int error);
bool fcgi_sock_is_shortage(int error);

#endif
