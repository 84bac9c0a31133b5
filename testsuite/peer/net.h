/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets of the test programs.  An address is the path of a Unix socket (it
 * holds a '/') or HOST:PORT with a numeric host; port 0 lets the system
 * choose.  Errors end the program.
 */
#ifndef PEER_NET_H
#define PEER_NET_H

#include "util.h"

/* Listens; writes the address, with the port chosen, to out and flushes it as
 * one line "listening ADDRESS".  An old Unix socket in the way is removed. */
int net_listen(const char *address, int backlog, FILE *out);

int net_connect(const char *address);

/* How bytes are written to a connection. */
struct net_out {
    int fd;
    size_t split;      /* bytes of each write; 0: all at once */
    size_t cut;        /* of what is sent next: first a write up to here */
    unsigned delay_ms; /* between two writes */
    bool corked;       /* keep everything until it is uncorked */
    struct text held;  /* what is kept */
};

/* Blocks until all is written; false: the other side is gone. */
bool net_send(struct net_out *out, const void *data, size_t size);
bool net_uncork(struct net_out *out);

/* Closes with a reset (TCP; on a Unix socket: closes with unread input). */
void net_reset(int fd);

#endif
