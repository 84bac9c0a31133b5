/* SPDX-License-Identifier: BSD-2-Clause */
/* The histogram against a sorted list of the same durations. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "cgi-fcgi/histogram.h"

enum { VALUES = 20000 };

static struct histogram histogram;
static int64_t values[VALUES];

static int
compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Pseudo-random numbers of all magnitudes up to 2^bits. */
static void
fill(unsigned bits)
{
    uint64_t state = 88172645463325252u;
    int i;

    memset(&histogram, 0, sizeof(histogram));
    for (i = 0; i < VALUES; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        values[i] = (int64_t)(state >> (64 - 1 - state % bits));
        histogram_add(&histogram, values[i]);
    }
    qsort(values, VALUES, sizeof(values[0]), compare);
}

static void
check_shares(unsigned bits)
{
    static const double shares[] = {0.0001, 0.5, 0.9, 0.99, 0.999, 1};
    size_t i;

    fill(bits);
    for (i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        size_t rank = (size_t)(shares[i] * VALUES + 0.9999);
        int64_t exact = values[rank > 0 ? rank - 1 : 0];
        int64_t got = histogram_at(&histogram, shares[i]);

        UNIT_CHECK(got >= exact && got <= exact + exact / 1000,
                   "histogram: share %g of values up to 2^%u is exact to 0.1 %%"
                   " (%lld, %lld)",
                   shares[i], bits, (long long)got, (long long)exact);
    }
    UNIT_CHECK(histogram.min == values[0] &&
                   histogram.max == values[VALUES - 1],
               "histogram: smallest and largest of values up to 2^%u", bits);
}

int
main(void)
{
    int64_t i;

    UNIT_CHECK(histogram_at(&histogram, 0.5) == 0 &&
                   histogram_mean(&histogram) <= 0,
               "histogram: an empty one gives zeros");
    for (i = 1; i <= 1000; i++)
        histogram_add(&histogram, i);
    UNIT_CHECK(histogram_at(&histogram, 0.5) == 500 &&
                   histogram_at(&histogram, 0.99) == 990 &&
                   histogram_at(&histogram, 1) == 1000,
               "histogram: small values are exact");
    UNIT_CHECK(histogram_mean(&histogram) > 500.4 &&
                   histogram_mean(&histogram) < 500.6,
               "histogram: the mean");
    check_shares(11);
    check_shares(20);
    check_shares(39);
    memset(&histogram, 0, sizeof(histogram));
    histogram_add(&histogram, -5);
    histogram_add(&histogram, INT64_MAX);
    UNIT_CHECK(histogram.min == 0 && histogram_at(&histogram, 1) ==
                                         (INT64_C(1) << HISTOGRAM_TOP) - 1,
               "histogram: what is out of range counts as its border");
    return unit_done();
}
