/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "histogram.h"

#include <stddef.h>

/* Below 2 << BITS a place for each value; then the highest BITS + 1 bits of
 * the value and how far they are shifted make the place. */
static size_t
place_of(uint64_t us)
{
    unsigned shift = 0;

    while (us >> shift >= 2u << HISTOGRAM_BITS)
        shift++;
    return ((size_t)shift << HISTOGRAM_BITS) + (size_t)(us >> shift);
}

/* The largest value of a place. */
static uint64_t
value_of(size_t place)
{
    unsigned shift = 0;

    if (place >= 2u << HISTOGRAM_BITS)
        shift = (unsigned)(place >> HISTOGRAM_BITS) - 1;
    place -= (size_t)shift << HISTOGRAM_BITS;
    return (((uint64_t)place + 1) << shift) - 1;
}

void
histogram_add(struct histogram *histogram, int64_t us)
{
    static const int64_t top = (INT64_C(1) << HISTOGRAM_TOP) - 1;

    us = us < 0 ? 0 : us > top ? top : us;
    if (histogram->count == 0 || us < histogram->min)
        histogram->min = us;
    if (us > histogram->max)
        histogram->max = us;
    histogram->count++;
    histogram->sum += (uint64_t)us;
    histogram->places[place_of((uint64_t)us)]++;
}

int64_t
histogram_at(const struct histogram *histogram, double share)
{
    double part = share * (double)histogram->count;
    uint64_t seen = 0;
    size_t i;

    if (histogram->count == 0)
        return 0;
    for (i = 0; i < HISTOGRAM_PLACES; i++) {
        seen += histogram->places[i];
        if (seen > 0 && (double)seen >= part)
            break;
    }
    /* What is known exactly bounds what is not. */
    if (i == HISTOGRAM_PLACES || (int64_t)value_of(i) > histogram->max)
        return histogram->max;
    return (int64_t)value_of(i);
}

double
histogram_mean(const struct histogram *histogram)
{
    if (histogram->count == 0)
        return 0;
    return (double)histogram->sum / (double)histogram->count;
}
