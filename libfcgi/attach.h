/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What joins an FCGX_Request to a connection, and parts them.
 *
 * An attached connection is in ipcFd and paramsPtr, and belongs to the request
 * until it is dropped or taken away.
 */
#ifndef FCGI_ATTACH_H
#define FCGI_ATTACH_H

#include "request.h"

/* A bit of FCGX_Request.flags: fcgi_sock_prepare was called on the listener. */
enum { FCGI_LISTENER_IS_PREPARED = 1 << 24 };

void fcgi_attach(FCGX_Request *request, struct Params *state);

/* Takes the connection away from the request, which has none then. */
struct Params *fcgi_take_away(FCGX_Request *request);

/* Attaches a connection that the application has put into ipcFd, if it has.
 * Returns 0 or -ENOMEM. */
int fcgi_adopt(FCGX_Request *request);

/* Ends the request at hand and its streams; the connection stays attached. */
void fcgi_finish(FCGX_Request *request);

/* True for a connection that the parent of this process has, too: it went on
 * there, or ended, when the process was forked. */
bool fcgi_is_of_parent(const FCGX_Request *request);

/*
 * Closes the connection, if there is one.  While its web server still sends,
 * it lingers in the hub of the listening socket; where there is none, or the
 * process is about to leave, here.
 */
void fcgi_close(FCGX_Request *request);

/* The same, and frees all that the request had. */
void fcgi_drop(FCGX_Request *request);

/* Gives a branch back to its trunk.  is_kept: the connection may go on. */
void fcgi_leave_trunk(FCGX_Request *request, bool is_kept);

/* Frees a closing connection that is attached nowhere. */
void fcgi_end(struct Params *state);

/* Makes the request that has been read the one of the application. */
void fcgi_start(FCGX_Request *request);

/* There are no streams and parameters any more. */
void fcgi_forget(FCGX_Request *request);

#endif
