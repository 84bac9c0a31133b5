/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The listening sockets that the process was started with: descriptor 0
 * (section 2.2), and those of LISTEN_FDS and LISTEN_PID, from descriptor 3 on,
 * as systemd hands them over.
 */
#ifndef FCGI_LISTEN_H
#define FCGI_LISTEN_H

#include <stdbool.h>

/*
 * The one that requests come from unless the application says otherwise: 0
 * if it listens or nothing does, else the first one that does.
 */
int fcgi_listen_default(void);

/* Notes a socket that FCGX_OpenSocket has made. */
void fcgi_listen_opened(int fd);

/*
 * True if what waits at the socket is this process's to serve when it leaves:
 * it has opened it, or the one that has (its parent) has ended it.  A socket
 * that the process was started with belongs to others, who may keep its queue
 * for the next process.
 */
bool fcgi_listen_is_ours(int fd);

/*
 * No more connections for a socket, whoever shares it: those that come now are
 * refused, and a proxy goes elsewhere.  Those that wait can still be accepted
 * at a Unix socket and are reset at TCP; then accept fails with EINVAL.
 */
void fcgi_listen_end(int fd);

/*
 * The same for all sockets of the process's own, each when others have accepted
 * all that waits at it.  Blocks until then, 5 seconds at most, or until another
 * SIGTERM or SIGUSR1, which are blocked, is pending.
 */
void fcgi_listen_end_all(void);

/* False 5 seconds after the first call, or when it is urgent: what still waits
 * then is given up. */
bool fcgi_listen_may_drain(void);

#endif
