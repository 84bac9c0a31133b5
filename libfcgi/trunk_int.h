/* SPDX-License-Identifier: BSD-2-Clause */
/* What trunk.c, the connection that carries many requests, and branch.c, what
 * each of them has for a connection, share. */
#ifndef FCGI_TRUNK_INT_H
#define FCGI_TRUNK_INT_H

#include <pthread.h>

#include "trunk.h"

enum place {
    PLACE_NOWHERE, /* whoever wants input takes it */
    PLACE_HUB,
    PLACE_OWNED
};

struct fcgi_trunk {
    pthread_mutex_t lock; /* of all below, and of the branches' queues */
    pthread_cond_t changed;
    struct Params *root;
    struct fcgi_hub *hub;
    struct Params *branches; /* by next_branch, the newest first */
    struct Params *current; /* of the record at hand; NULL: it is skipped */
    struct Params *first;   /* the first request that a turn makes ready */
    bool wants_first;
    enum place place;
    int waiters;     /* threads that wait for changed */
    bool is_full;    /* a queue is: nothing is read */
    bool is_closing; /* no more requests */
    bool is_ended;   /* no more input */
};

/* Of a branch: reads from its queue, writes to the trunk. */
extern const struct fcgi_conn_ops fcgi_branch_ops;

/* Takes the root if nobody has it; lock is held. */
bool fcgi_trunk_acquire(struct fcgi_trunk *trunk);

/* Puts the root, owned, where its input is waited for; lock is held. */
void fcgi_trunk_place(struct fcgi_trunk *trunk);

/* Goes on reading if a full queue was the only reason not to; lock is held. */
void fcgi_trunk_resume(struct fcgi_trunk *trunk);

/*
 * Reads and sorts.  timeout: milliseconds to wait for the first bytes, 0: do
 * not, -1: for ever.  Ends when there is no more, or a queue is full.  Returns
 * 0, -ETIMEDOUT, or another error: the connection is of no use.
 */
int fcgi_trunk_pump(struct fcgi_trunk *trunk, int timeout);

/* There is no more input: requests whose parameters are incomplete have nobody
 * else to end them.  For the owner; lock is held. */
void fcgi_trunk_end_input(struct fcgi_trunk *trunk);

#endif
