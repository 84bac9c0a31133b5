/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a thread looks for its next request: what the parts of it share.
 *
 *   head.c   one connection, until the parameters of a request are complete
 *   next.c   all there is to look at: the connection that was served, those
 *            that wait in the hub, new ones
 *   leave.c  what is still served when it is time to leave
 *
 * Functions return 0 with a request, FCGI_SEEK_AGAIN, or -errno, unless they
 * say otherwise.
 */
#ifndef FCGI_SEEK_H
#define FCGI_SEEK_H

#include <signal.h>

#include "hub.h"

enum {
    FCGI_SEEK_AGAIN = 1,   /* nothing yet, go on */
    FCGI_SEEK_GRACE = 1000 /* milliseconds for the parameters of what has begun
                              when it is time to leave */
};

struct fcgi_seeker {
    FCGX_Request *request;
    const sigset_t *mask;
    long long until; /* fcgi_io_now; 0: for ever */
    struct fcgi_hub *hub;
    int pause;     /* milliseconds, the next one for a lack of resources */
    bool is_empty; /* accept has found no connection, or no room for it */
};

/* A wait of that many milliseconds (-1: for ever), or up to until. */
int fcgi_seek_limit(const struct fcgi_seeker *seeker, int timeout);

bool fcgi_seek_is_late(const struct fcgi_seeker *seeker);

/* True if a signal that comes while it waits ends the search. */
bool fcgi_seek_fails_on_signal(const struct fcgi_seeker *seeker);

/* When the connection's time is up; 0: never.  start: of the wait. */
long long fcgi_seek_deadline(struct Params *state, long long start);

/* Reads what has come and goes through it.  Returns a step: STARTED, MORE, or
 * another one if the connection is of no use. */
int fcgi_seek_read_head(struct Params *state);

/* Waits on the attached connection alone.  Returns as fcgi_next, or AGAIN
 * when the connection is gone. */
int fcgi_seek_stay(const struct fcgi_seeker *seeker);

/* Accepts a connection if there is one: 0 and *state. */
int fcgi_seek_accept(struct fcgi_seeker *seeker, struct Params **state);

/* Serves what has begun, new connections, and what waits at a socket that is
 * ours.  Returns 0 or -ECANCELED. */
int fcgi_seek_leave(struct fcgi_seeker *seeker);

#endif
