/* SPDX-License-Identifier: BSD-2-Clause */
/* Time in milliseconds, and the moment when it is up. */
#ifndef CGI_FCGI_CLOCK_H
#define CGI_FCGI_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NEVER INT64_MAX

/* Milliseconds of a clock that only runs forward. */
static inline int64_t
clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The same in microseconds. */
static inline int64_t
clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The moment after_ms from now; 0 means NEVER. */
static inline int64_t
clock_deadline(int64_t after_ms)
{
    return after_ms > 0 ? clock_ms() + after_ms : NEVER;
}

static inline int64_t
clock_earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What poll waits until the deadline: -1 for NEVER, 0 when it has passed. */
static inline int
clock_poll_ms(int64_t deadline)
{
    int64_t left;

    if (deadline == NEVER)
        return -1;
    left = deadline - clock_ms();
    if (left < 0)
        return 0;
    return left > 3600 * 1000 ? 3600 * 1000 : (int)left;
}

#endif
