/* SPDX-License-Identifier: BSD-2-Clause */
/* Where an FCGX_Request gets its next request from. */
#ifndef FCGI_NEXT_H
#define FCGI_NEXT_H

#include <signal.h>

#include "fcgiapp.h"

/*
 * Waits for a request, on the connection that is attached, on any that waits
 * in the hub, or on a new one, and leaves it attached, its parameters read.
 * mask: if not NULL, signals are blocked, and one that comes while mask is in
 * force ends the wait.  timeout: milliseconds, -1 for ever.  Returns 0;
 * -ETIMEDOUT when time is up, -EINTR after such a signal, -ECANCELED when it is
 * time to leave, or another -errno of the listening socket.
 */
int fcgi_next(FCGX_Request *request, const sigset_t *mask, int timeout);

/*
 * A descriptor that is readable while fcgi_next may find something, after it
 * has said -ETIMEDOUT.  Another one after fork(2).  Returns it, -ENOTSUP where
 * there is no such thing, or another -errno.
 */
int fcgi_next_fd(FCGX_Request *request);

#endif
