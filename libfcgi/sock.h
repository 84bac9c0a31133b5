/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets: names, listen, connect, accept.  Errors are -errno.
 *
 * Names of sockets:
 *   unix:PATH, /path, other   Unix socket, up to 108 bytes
 *   unix:PATH?mode=0660&user=NAME&group=NAME
 *                             the same; its file has these rights and owners
 *                             (names or numbers) before it listens
 *   @name                     Linux abstract Unix socket
 *   (empty)                   Linux: an abstract name that the kernel chooses
 *   tcp:HOST:PORT, HOST:PORT  TCP.  HOST is a name, an IPv4 address, an IPv6
 *                             address in brackets, or empty or "*": listen on
 *                             all IPv4 addresses, connect to localhost
 * Without a prefix a name is TCP only if it has no '/' and a number follows
 * its first colon (or its ']'); a number out of 1 to 65535 is -EINVAL.
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
