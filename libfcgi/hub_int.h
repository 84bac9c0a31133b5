/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hub.c, where connections wait, and hubs.c, the hubs of a process from
 * their start to fork(2) and exit(3), share.  All of it is for those who hold
 * fcgi_hub_lock, unless it is atomic.
 */
#ifndef FCGI_HUB_INT_H
#define FCGI_HUB_INT_H

#include <pthread.h>

#include "hub.h"

struct fcgi_hub {
    struct fcgi_hub *next;
    int listener;
    int sig_fd;   /* as it is in the set, -1: it is not */
    bool listens; /* the listening socket is in the set, and armed */
    struct fcgi_waitset *set;
    struct Params **table; /* who waits, by descriptor */
    int table_size;
    int waiting;             /* in the table, and ready; atomic for readers */
    struct Params *ready;    /* first one first */
    int wake[2];             /* a pipe with a byte in it while one is ready */
    int threads;             /* that wait in the set */
    int resting;             /* that wait for their turn to do so */
    pthread_cond_t turn;     /* a thread that rests is wanted */
    pthread_t user;          /* the first thread that asked for it */
    bool is_shared;          /* another one has, too */
    long long next_deadline; /* of those who wait, or earlier; 0: none */
    long long listen_at;     /* look at the listening socket again; 0: now */
};

/* One lock for all: it is never held while something is waited for. */
extern pthread_mutex_t fcgi_hub_lock;

/* Takes out who waits by that descriptor, or NULL. */
struct Params *fcgi_hub_take_fd(struct fcgi_hub *hub, int fd);

/* Makes the set if there is none; a new one takes over who waits.  Returns 0
 * or -errno. */
int fcgi_hub_open_set(struct fcgi_hub *hub);

/* Without a pipe, threads find what is ready when they next look. */
void fcgi_hub_close_wake(struct fcgi_hub *hub);

#endif
