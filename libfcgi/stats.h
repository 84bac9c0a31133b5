/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters of the process, as FCGX_GetStats of fcgiext.h tells them. */
#ifndef FCGI_STATS_H
#define FCGI_STATS_H

#include <stddef.h>

enum fcgi_stat {
    FCGI_STAT_CONNECTIONS,
    FCGI_STAT_REQUESTS,
    FCGI_STAT_FINISHED,
    FCGI_STAT_ABORTED,
    FCGI_STAT_REFUSED,
    FCGI_STAT_ERRORS,
    FCGI_STAT_PROBES,
    FCGI_STAT_BYTES_IN,
    FCGI_STAT_BYTES_OUT,
    FCGI_STAT_COUNT
};

/* By any thread.  Counters start again at 0 beyond SIZE_MAX. */
void fcgi_stats_add(enum fcgi_stat which, size_t n);

size_t fcgi_stats_get(enum fcgi_stat which);

#endif
