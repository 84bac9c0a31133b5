/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts durations in microseconds in fixed memory, whatever their number:
 * exact below 2048 us, to 0.1 % above, up to 2^40 us (12 days).
 */
#ifndef CGI_FCGI_HISTOGRAM_H
#define CGI_FCGI_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_BITS = 10, /* each power of two has 1 << BITS places */
    HISTOGRAM_TOP = 40,  /* longer ones count as 2^TOP - 1 */
    HISTOGRAM_PLACES = (HISTOGRAM_TOP - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS
};

/* All zeros is an empty one. */
struct histogram {
    uint64_t count;
    uint64_t sum; /* us */
    int64_t min, max;
    uint64_t places[HISTOGRAM_PLACES];
};

void histogram_add(struct histogram *histogram, int64_t us);

/* The smallest duration, us, that this share (0 to 1) of all durations does
 * not exceed; 0 if there is none. */
int64_t histogram_at(const struct histogram *histogram, double share);

/* The mean, us; 0 if there is none. */
double histogram_mean(const struct histogram *histogram);

#endif
