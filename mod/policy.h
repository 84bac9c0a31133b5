/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When to start and when to end processes: pure decisions on plain numbers
 * with the time passed in.
 *
 * The spawn score of a class (FcgidSpawnScore and its kin) rises by
 * termination_score with each abnormal death and by spawn_score, 0 unless set,
 * with each start, and falls by time_score a second.  A class at
 * spawn_score_up_limit gets no further process, except that one without any
 * process always gets one, and those that are to be kept: a score must not make
 * an outage.  Processes that die one after another without having answered a
 * request are what backs that first start off, by FCGID_BACKOFF_FIRST doubled
 * up to FCGID_BACKOFF_LAST.
 *
 * As many processes as requests wait are started, but FCGID_STARTS_AT_ONCE at
 * the same time: a hundred that load their programs together would all be late.
 * Beyond that number of a class it is for requests that have waited for
 * FCGID_START_AGE: a long queue that moves fast needs no more processes.
 */
#ifndef FCGID_POLICY_H
#define FCGID_POLICY_H

#include "class.h"

#define FCGID_BACKOFF_FAILURES 8 /* in a row before the class is backed off */
#define FCGID_BACKOFF_FIRST (APR_USEC_PER_SEC / 2)
#define FCGID_BACKOFF_LAST (APR_USEC_PER_SEC * 30)
#define FCGID_EVICT_IDLE APR_USEC_PER_SEC
#define FCGID_STARTS_AT_ONCE 10
#define FCGID_START_AGE (APR_USEC_PER_SEC / 100)
#define FCGID_STARTS_INTERVAL (APR_USEC_PER_SEC / 100) /* from look to look */

struct fcgid_score {
    apr_int64_t value; /* >= 0 unless termination_score is negative */
    apr_time_t time;   /* of value */
};

/* What a class is like at the moment of the decision. */
struct fcgid_demand {
    int waiting;        /* requests that wait */
    int waiting_long;   /* of these, for FCGID_START_AGE; looked at, as
                           next_long is, if there are FCGID_STARTS_AT_ONCE
                           processes */
    apr_time_t next_long; /* when there is one more; 0: nobody else waits */
    int processes;      /* of the class, without those that are ending */
    int starting;       /* of these, not ready yet */
    int loading;        /* of these, not seen to accept connections yet */
    int kept;           /* processes to have whoever waits (FcgidPrespawn) */
    int start_failures; /* processes in a row that died unanswered */
    apr_time_t last_failure;
    int all_processes;  /* of all classes */
    int max_processes;  /* FcgidMaxProcesses */
};

enum fcgid_verdict {
    FCGID_SPAWN,            /* start one */
    FCGID_NO_NEED,          /* enough are starting for those that wait */
    FCGID_NO_CLASS_MAX,     /* FcgidMaxProcessesPerClass is reached */
    FCGID_NO_TOTAL_MAX,     /* FcgidMaxProcesses is reached */
    FCGID_NO_SCORE,         /* FcgidSpawnScoreUpLimit is reached */
    FCGID_NO_HASTE,         /* FCGID_STARTS_AT_ONCE are loading */
    FCGID_NO_BACKOFF        /* its processes die when they start */
};

/* The score at a time: decayed, never below zero for want of events. */
apr_int64_t fcgid_score_at(const struct fcgid_score *score,
                           const struct fcgid_limits *limits, apr_time_t now);
void fcgid_score_add(struct fcgid_score *score,
                     const struct fcgid_limits *limits, apr_int64_t points,
                     apr_time_t now);

/* End of the back-off after that many failures; 0: there is none. */
apr_time_t fcgid_backoff_end(int start_failures, apr_time_t last_failure);

/*
 * Whether to start a process now.  *when: for NO_SCORE, NO_HASTE and NO_BACKOFF
 * the time at which to ask again, for NO_NEED that or 0, else 0.
 */
enum fcgid_verdict fcgid_may_spawn(const struct fcgid_demand *demand,
                                   const struct fcgid_score *score,
                                   const struct fcgid_limits *limits,
                                   apr_time_t now, apr_time_t *when);

/*
 * FcgidMaxRequestsPerProcess.  SOON: a successor that is started now will be
 * ready about when the number is served, by the rate of the requests of the
 * process's life so far and the time that the last start took.
 */
enum fcgid_number_verdict {
    FCGID_NUMBER_LEFT,
    FCGID_NUMBER_SOON,
    FCGID_NUMBER_SERVED
};

enum fcgid_number_verdict
fcgid_judge_number(const struct fcgid_limits *limits, apr_int64_t requests,
                   apr_interval_time_t life, apr_interval_time_t start_took);

/* Why an idle process is to be ended. */
enum fcgid_idle_verdict {
    FCGID_IDLE_KEEP,
    FCGID_IDLE_TIMEOUT,  /* FcgidIdleTimeout */
    FCGID_IDLE_LIFETIME, /* FcgidProcessLifeTime */
    FCGID_IDLE_RENEW     /* the same, but one is to be there in its place */
};

/* A process that was used within this time is one that is in demand. */
#define FCGID_IN_DEMAND apr_time_from_sec(10)

/*
 * processes: of the class, at this moment; min_processes of the limits are
 * kept, unless abandoned: no httpd child of the present configuration knows
 * the class.  Kept ones that are too old are renewed if they were ever used.
 */
enum fcgid_idle_verdict fcgid_judge_idle(const struct fcgid_limits *limits,
                                         int processes, int abandoned,
                                         apr_time_t started,
                                         apr_time_t last_used, apr_time_t now);

/*
 * Whether an idle process gives way to another class when FcgidMaxProcesses is
 * reached: at once to a class that has no process, to others when it has been
 * idle for FCGID_EVICT_IDLE, or the two would take it from each other in turn.
 */
int fcgid_gives_way(int other_has_none, apr_time_t idle_since, apr_time_t now);

/* Whether a process is older than FcgidProcessLifeTime. */
int fcgid_is_aged(const struct fcgid_limits *limits, apr_time_t started,
                  apr_time_t now);

/* Whether a request that began at started has taken too long. */
int fcgid_is_overdue(const struct fcgid_limits *limits, apr_time_t started,
                     apr_time_t now);

#endif
