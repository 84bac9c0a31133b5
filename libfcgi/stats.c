/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats.h"

static size_t counters[FCGI_STAT_COUNT];

void
fcgi_stats_add(enum fcgi_stat which, size_t n)
{
    __atomic_fetch_add(&counters[which], n, __ATOMIC_RELAXED);
}

size_t
fcgi_stats_get(enum fcgi_stat which)
{
    return __atomic_load_n(&counters[which], __ATOMIC_RELAXED);
}
