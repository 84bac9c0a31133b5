/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where connections wait for their web server: one hub for each listening
 * socket of the process, shared by all threads that accept from it.
 *
 * A hub watches its listening socket, the wish to leave (sig.h), and the
 * connections given to it: kept ones between two requests, those of which
 * only a part of a request has come, and closing ones that linger until the
 * web server has stopped sending.  So no thread is held by a connection on
 * which nothing happens.  A connection belongs to its hub from fcgi_hub_put
 * until a thread's fcgi_hub_wait returns it.
 *
 * Few of the threads that have nothing to do wait for events, the others rest
 * until these are busy: an event wakes one thread, and a request that is served
 * in no time wakes none.
 *
 * A child of fork(2) starts with empty hubs; the connections stay with the
 * parent.  Errors are -errno.
 */
#ifndef FCGI_HUB_H
#define FCGI_HUB_H

#include <signal.h>

#include "request.h"

struct fcgi_hub;

/* The hub of a listening socket, made when it is first asked for.  NULL: none
 * can be had now, errno tells why.  It lives as long as the process. */
struct fcgi_hub *fcgi_hub_get(int listener);

/* Makes ready for a listening socket that may be another one of the same
 * number than at the last call. */
void fcgi_hub_renew(struct fcgi_hub *hub);

/* Gives a connection away.  It is closed and freed at state->deadline.
 * Returns 0, or an error and it still is the caller's. */
int fcgi_hub_put(struct fcgi_hub *hub, struct Params *state);

/* True if connections wait; may be out of date when it returns. */
bool fcgi_hub_has_waiting(const struct fcgi_hub *hub);

/* Takes a connection back that waits.  Returns false if another thread has
 * it, and *state may be gone. */
bool fcgi_hub_take(struct fcgi_hub *hub, const struct Params *state, int fd);

/* A request of which the parameters are complete, for whoever waits first. */
void fcgi_hub_add_ready(struct fcgi_hub *hub, struct Params *state);

/* True if several threads accept from the listening socket. */
bool fcgi_hub_is_shared(const struct fcgi_hub *hub);

/* To call after FCGI_HUB_LISTENER when accept was tried, whatever came of it:
 * connections may wait behind that one for other threads. */
void fcgi_hub_listen(struct fcgi_hub *hub);

enum fcgi_hub_event {
    FCGI_HUB_NOTHING,    /* look at what else there is, and wait again */
    FCGI_HUB_LISTENER,   /* a connection may be there to accept */
    FCGI_HUB_CONNECTION, /* *state is the caller's now, and has input */
    FCGI_HUB_REQUEST     /* *state is the caller's now, and ready */
};

/* Waits, at most so many milliseconds (-1: for ever); mask as
 * fcgi_waitset_wait.  Returns an event, -EINTR after a signal, or another
 * -errno. */
int fcgi_hub_wait(struct fcgi_hub *hub, struct Params **state, int most,
                  const sigset_t *mask);

/* A descriptor that is readable while fcgi_hub_wait has something to tell, or
 * -ENOTSUP, or another -errno.  It belongs to the hub. */
int fcgi_hub_fd(struct fcgi_hub *hub);

/* Stops looking at the listening socket for that many milliseconds: there is
 * no room for its connections. */
void fcgi_hub_pause(struct fcgi_hub *hub, int pause);

/* When it is time to leave: closes connections that wait between two requests.
 * Returns one of which a part of a request has come, or that is new or a trunk
 * without requests or with one of which a part has come, or a request that is
 * ready, if there is one: it is the caller's then. */
struct Params *fcgi_hub_leave(struct fcgi_hub *hub);

#endif
