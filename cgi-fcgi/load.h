/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small load test: the same request again and again, several at a time, in
 * one poll loop.  Answers are counted, not kept.
 */
#ifndef CGI_FCGI_LOAD_H
#define CGI_FCGI_LOAD_H

#include "address.h"
#include "bridge.h"
#include "histogram.h"
#include "tally.h"

enum { LOAD_MAX_CONCURRENCY = 10000 };

struct load_result;

struct load_setup {
    const struct address *address;
    struct bridge_setup request; /* peer, output and deadline are not used; no
                                    input may be a STREAM */
    unsigned count;              /* requests; 0: no limit */
    unsigned concurrency;        /* requests at a time, at least 1 */
    bool by_status;              /* an answer of 400 or above is a failure */
    int64_t duration;            /* ms for all; 0: no limit */
    int64_t timeout;             /* ms for a request, with connecting; 0 */
    int64_t connect_timeout;     /* ms for connecting; 0 */
    /* Called about five times a second, or NULL. */
    void (*progress)(const struct load_setup *setup,
                     const struct load_result *result);
};

struct load_result {
    uint64_t requests;    /* that have ended */
    uint64_t failed;      /* of them */
    uint64_t unfinished;  /* that the end of the test cut off */
    uint64_t connections; /* made */
    uint64_t bytes;       /* of STDOUT */
    double seconds;
    bool interrupted;         /* by SIGINT or SIGTERM */
    int code;                 /* exit code of the first failure, or 0 */
    struct tally errors;      /* by kind */
    struct tally statuses;    /* of the answers' headers; "none": no header */
    struct histogram latency; /* of the whole answers */
};

/*
 * Runs the test to its end, which is also that of the first SIGINT or SIGTERM,
 * and fills *result.  first is a connection to begin with, connected and
 * non-blocking, or -1; it is taken over.  Raises the limit of descriptors if
 * it has to; ends the program where that or memory fails.
 */
void load_run(const struct load_setup *setup, int first,
              struct load_result *result);

#endif
