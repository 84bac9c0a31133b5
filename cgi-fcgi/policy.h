/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a supervisor decides: when a process that died is started again, when
 * it is of no use to go on, which process a rolling restart takes next.  Plain
 * numbers; times are milliseconds of a clock that only runs forward, passed
 * in.
 */
#ifndef CGI_FCGI_POLICY_H
#define CGI_FCGI_POLICY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    POLICY_FIRST_DELAY = 100,  /* after the first failure; then it doubles */
    POLICY_LAST_DELAY = 30000, /* the longest */
    POLICY_HEALTHY = 10000     /* who lived that long was well */
};

/* One process of those that are kept. */
struct policy_seat {
    bool lives;
    int64_t since;       /* its start */
    unsigned failures;   /* early deaths in a row before it */
    unsigned generation; /* of the restart that it came with */
};

/*
 * The failures in a row after a process has died that lived for lived.  It has
 * failed if it was not well; status 0 once it was ready is no failure, since
 * applications end themselves after a number of requests.
 */
unsigned policy_failures(unsigned before, int64_t lived, bool with_status_0,
                         int64_t ready_time);

/* How long to wait before the next start. */
int64_t policy_delay(unsigned failures);

/* True if no process lives that was well, and each has failed limit times in a
 * row.  There must be one seat at least. */
bool policy_is_crash_loop(const struct policy_seat *seats, unsigned count,
                          unsigned limit, int64_t now);

/*
 * True if a new process may be relied on: it has lived for ready_time and now
 * waits for something (is_asleep), or has lived ten times as long.
 */
bool policy_is_ready(const struct policy_seat *seat, bool is_asleep,
                     int64_t ready_time, int64_t now);

/* The next seat whose process is older than the generation, or -1. */
int policy_next(const struct policy_seat *seats, unsigned count,
                unsigned generation);

#endif
