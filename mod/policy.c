/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy.h"

apr_int64_t
fcgid_score_at(const struct fcgid_score *score,
               const struct fcgid_limits *limits, apr_time_t now)
{
    apr_int64_t seconds = (now - score->time) / APR_USEC_PER_SEC;
    apr_int64_t value = score->value;

    if (seconds > 0)
        value -= seconds * limits->time_score;
    return value > 0 ? value : 0;
}

void
fcgid_score_add(struct fcgid_score *score, const struct fcgid_limits *limits,
                apr_int64_t points, apr_time_t now)
{
    score->value = fcgid_score_at(score, limits, now) + points;
    score->time = now;
}

apr_time_t
fcgid_backoff_end(int start_failures, apr_time_t last_failure)
{
    apr_interval_time_t wait = FCGID_BACKOFF_FIRST;
    int i;

    if (start_failures < FCGID_BACKOFF_FAILURES)
        return 0;
    for (i = FCGID_BACKOFF_FAILURES;
         i < start_failures && wait < FCGID_BACKOFF_LAST; i++)
        wait *= 2;
    return last_failure +
           (wait < FCGID_BACKOFF_LAST ? wait : FCGID_BACKOFF_LAST);
}

/* When the score will have fallen below the limit. */
static apr_time_t
score_end(apr_int64_t value, const struct fcgid_limits *limits, apr_time_t now)
{
    apr_int64_t excess = value - limits->spawn_score_up_limit + 1;

    if (limits->time_score <= 0)
        return now + FCGID_BACKOFF_LAST;
    return now + (excess / limits->time_score + 1) * APR_USEC_PER_SEC;
}

/* Whether those who wait are too few, or have not waited long enough. */
static int
is_no_need(const struct fcgid_demand *demand, apr_time_t *when)
{
    if (demand->processes < FCGID_STARTS_AT_ONCE ||
        demand->processes < demand->kept ||
        demand->waiting_long > demand->starting)
        return 0;
    *when = demand->next_long;
    return 1;
}

enum fcgid_verdict
fcgid_may_spawn(const struct fcgid_demand *demand,
                const struct fcgid_score *score,
                const struct fcgid_limits *limits, apr_time_t now,
                apr_time_t *when)
{
    apr_time_t end =
        fcgid_backoff_end(demand->start_failures, demand->last_failure);
    apr_int64_t value;

    *when = 0;
    if (demand->waiting <= demand->starting &&
        demand->processes >= demand->kept)
        return FCGID_NO_NEED;
    if (demand->processes >= limits->max_processes)
        return FCGID_NO_CLASS_MAX;
    if (is_no_need(demand, when))
        return FCGID_NO_NEED;
    if (end > now) {
        *when = end;
        return FCGID_NO_BACKOFF;
    }
    if (demand->all_processes >= demand->max_processes)
        return FCGID_NO_TOTAL_MAX;
    if (demand->processes == 0 || demand->processes < demand->kept)
        return FCGID_SPAWN;
    value = fcgid_score_at(score, limits, now);
    if (value >= limits->spawn_score_up_limit) {
        *when = score_end(value, limits, now);
        return FCGID_NO_SCORE;
    }
    if (demand->loading >= FCGID_STARTS_AT_ONCE) {
        *when = now + FCGID_STARTS_INTERVAL;
        return FCGID_NO_HASTE;
    }
    return FCGID_SPAWN;
}

enum fcgid_number_verdict
fcgid_judge_number(const struct fcgid_limits *limits, apr_int64_t requests,
                   apr_interval_time_t life, apr_interval_time_t start_took)
{
    apr_int64_t left = limits->max_requests - requests;

    if (limits->max_requests == 0)
        return FCGID_NUMBER_LEFT;
    if (left <= 0)
        return FCGID_NUMBER_SERVED;
    if (start_took <= 0 || requests <= 0)
        return FCGID_NUMBER_LEFT;
    /* The time left, divided first: a product might overflow. */
    return life / requests < 2 * start_took / left ? FCGID_NUMBER_SOON
                                                   : FCGID_NUMBER_LEFT;
}

int
fcgid_is_aged(const struct fcgid_limits *limits, apr_time_t started,
              apr_time_t now)
{
    return limits->process_lifetime > 0 &&
           now - started > limits->process_lifetime;
}

enum fcgid_idle_verdict
fcgid_judge_idle(const struct fcgid_limits *limits, int processes,
                 int abandoned, apr_time_t started, apr_time_t last_used,
                 apr_time_t now)
{
    apr_time_t since = last_used > started ? last_used : started;
    int kept = processes <= limits->min_processes && !abandoned;

    if (!kept && limits->idle_timeout > 0 && now - since > limits->idle_timeout)
        return FCGID_IDLE_TIMEOUT;
    if (!fcgid_is_aged(limits, started, now))
        return FCGID_IDLE_KEEP;
    if (abandoned)
        return FCGID_IDLE_LIFETIME;
    if (last_used != 0 && (kept || now - last_used < FCGID_IN_DEMAND))
        return FCGID_IDLE_RENEW;
    return kept ? FCGID_IDLE_KEEP : FCGID_IDLE_LIFETIME;
}

int
fcgid_gives_way(int other_has_none, apr_time_t idle_since, apr_time_t now)
{
    return other_has_none || now - idle_since >= FCGID_EVICT_IDLE;
}

int
fcgid_is_overdue(const struct fcgid_limits *limits, apr_time_t started,
                 apr_time_t now)
{
    return limits->busy_timeout > 0 && now - started > limits->busy_timeout;
}
