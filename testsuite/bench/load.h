/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The load of the benchmark: clients in one thread, each with one request at a
 * time, against a responder that listens on a Unix socket.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct load {
    const char *name;
    const char *uri;   /* SCRIPT_NAME: tells the responder what to do */
    unsigned clients;  /* 1 to LOAD_CLIENTS */
    bool keeps;        /* the connections are kept */
    unsigned requests; /* of one round */
    size_t upload;     /* bytes of the request's body */
    size_t answer;     /* bytes of STDOUT that must come, at least */
    unsigned threads;  /* of the responder; 0: it has only its first one */
};

enum { LOAD_CLIENTS = 64 };

/* Sends the load's requests to the socket at path.  Returns the seconds it
 * took, or ends the program if an answer is not right. */
double load_run(const struct load *load, const char *path, unsigned requests);

#endif
