/* SPDX-License-Identifier: BSD-2-Clause */
/* Spawning and ending: decisions on numbers. */
#include "mod/policy.h"
#include "unit.h"

#define SECOND APR_USEC_PER_SEC
#define NOW (1000 * SECOND)

/* The settings of the page on Movable Type, the rest at its default. */
static struct fcgid_limits
page_limits(void)
{
    struct fcgid_limits limits;

    memset(&limits, 0, sizeof limits);
    limits.min_processes = 3;
    limits.max_processes = 2;
    limits.spawn_score = 80;
    limits.spawn_score_up_limit = 10;
    limits.termination_score = 10;
    limits.time_score = 1;
    limits.idle_timeout = 300 * SECOND;
    limits.process_lifetime = 3600 * SECOND;
    limits.busy_timeout = 300 * SECOND;
    return limits;
}

static struct fcgid_demand
demand(int waiting, int processes, int starting)
{
    struct fcgid_demand made;

    memset(&made, 0, sizeof made);
    made.waiting = waiting;
    made.processes = made.all_processes = processes;
    made.starting = starting;
    made.max_processes = 8;
    return made;
}

static void
test_score(void)
{
    struct fcgid_limits limits = page_limits();
    struct fcgid_score score = {0, 0};

    fcgid_score_add(&score, &limits, 80, NOW);
    UNIT_CHECK(fcgid_score_at(&score, &limits, NOW) == 80,
               "score: rises by what is added");
    UNIT_CHECK(fcgid_score_at(&score, &limits, NOW + 30 * SECOND) == 50,
               "score: falls by time_score a second");
    UNIT_CHECK(fcgid_score_at(&score, &limits, NOW + 500 * SECOND) == 0,
               "score: does not fall below zero");
    UNIT_CHECK(fcgid_score_at(&score, &limits, NOW - 5 * SECOND) == 80,
               "score: a clock that goes back changes nothing");
}

static void
test_need(void)
{
    struct fcgid_limits limits = page_limits();
    struct fcgid_score score = {0, 0};
    struct fcgid_demand d;
    apr_time_t when;

    d = demand(0, 0, 0);
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) ==
                   FCGID_NO_NEED,
               "spawn: nobody waits, nothing starts");
    d = demand(1, 1, 1);
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) ==
                   FCGID_NO_NEED,
               "spawn: one that is starting is enough for one who waits");
    d = demand(2, 1, 1);
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) == FCGID_SPAWN,
               "spawn: two who wait get two processes");
    d = demand(5, 2, 0);
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) ==
                   FCGID_NO_CLASS_MAX,
               "spawn: never more than max_processes of a class");
    d = demand(1, 1, 0);
    d.all_processes = 8;
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) ==
                   FCGID_NO_TOTAL_MAX,
               "spawn: never more than FcgidMaxProcesses in all");
}

/* Beyond FCGID_STARTS_AT_ONCE it counts how long they wait. */
static void
test_age(void)
{
    struct fcgid_limits limits = page_limits();
    struct fcgid_score score = {0, 0};
    struct fcgid_demand d = demand(30, FCGID_STARTS_AT_ONCE, 0);
    apr_time_t when;

    limits.max_processes = d.max_processes = 20;
    d.next_long = NOW + FCGID_START_AGE / 2;
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) ==
                       FCGID_NO_NEED &&
                   when == d.next_long,
               "age: with many processes, who has not waited long gets none "
               "yet, and it is said when to look again");
    d.waiting_long = 2;
    d.starting = 1;
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) == FCGID_SPAWN,
               "age: who has waited long gets one");
    d.starting = 2;
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) ==
                   FCGID_NO_NEED,
               "age: but no more than those");
    d.kept = FCGID_STARTS_AT_ONCE + 1;
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) == FCGID_SPAWN,
               "age: what is to be kept is started whoever waits");
    d.waiting_long = 0;
    d.processes = limits.max_processes;
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) ==
                   FCGID_NO_CLASS_MAX,
               "age: a class that has all it may have is seen to have it");
}

static void
test_outage(void)
{
    struct fcgid_limits limits = page_limits();
    struct fcgid_score score = {0, 0};
    struct fcgid_demand d = demand(1, 0, 0);
    apr_time_t when;

    fcgid_score_add(&score, &limits, 80, NOW);
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW + SECOND, &when) ==
                   FCGID_SPAWN,
               "spawn: the first process of a class is never refused because "
               "of its score");
    d = demand(1, 1, 0);
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) ==
                       FCGID_NO_SCORE &&
                   when > NOW + 70 * SECOND && when < NOW + 73 * SECOND,
               "spawn: a further one waits until the score has fallen, and "
               "it is said when");
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, when, &when) ==
                   FCGID_SPAWN,
               "spawn: at that time it starts");
}

static void
test_haste(void)
{
    struct fcgid_limits limits = page_limits();
    struct fcgid_score score = {0, 0};
    struct fcgid_demand d = demand(100, 20, 0);
    apr_time_t when;

    d.waiting_long = d.waiting;
    limits.max_processes = 200;
    limits.spawn_score = 0;
    d.max_processes = d.all_processes + 1000;
    d.loading = FCGID_STARTS_AT_ONCE - 1;
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) == FCGID_SPAWN,
               "haste: several load their programs at the same time");
    d.loading++;
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) ==
                       FCGID_NO_HASTE &&
                   when == NOW + FCGID_STARTS_INTERVAL,
               "haste: not more of them, and it is said when to look again");
    d.kept = 21;
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) == FCGID_SPAWN,
               "haste: what is to be kept is started at once");
}

static void
test_kept(void)
{
    struct fcgid_limits limits = page_limits();
    struct fcgid_score score = {0, 0};
    struct fcgid_demand d = demand(0, 1, 0);
    apr_time_t when;

    fcgid_score_add(&score, &limits, 80, NOW);
    d.kept = 2;
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) == FCGID_SPAWN,
               "kept: what is to be kept is started whatever the score, though "
               "nobody waits");
    d.processes = 2;
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) ==
                   FCGID_NO_NEED,
               "kept: no more than that");
}

static void
test_backoff(void)
{
    struct fcgid_limits limits = page_limits();
    struct fcgid_score score = {0, 0};
    struct fcgid_demand d = demand(1, 0, 0);
    apr_time_t when, last = 0;
    int i, grows = 1;

    d.last_failure = NOW;
    d.start_failures = FCGID_BACKOFF_FAILURES - 1;
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) == FCGID_SPAWN,
               "back-off: some failed starts are forgiven");
    d.start_failures = FCGID_BACKOFF_FAILURES;
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, NOW, &when) ==
                       FCGID_NO_BACKOFF &&
                   when == NOW + FCGID_BACKOFF_FIRST,
               "back-off: too many in a row are not");
    UNIT_CHECK(fcgid_may_spawn(&d, &score, &limits, when, &when) ==
                   FCGID_SPAWN,
               "back-off: it ends");
    for (i = FCGID_BACKOFF_FAILURES; i < 1000; i++) {
        when = fcgid_backoff_end(i, 0);
        grows = grows && when >= last && when <= FCGID_BACKOFF_LAST;
        last = when;
    }
    UNIT_CHECK(grows && last == FCGID_BACKOFF_LAST,
               "back-off: grows to its greatest length and no further");
}

static void
test_idle(void)
{
    struct fcgid_limits limits = page_limits();

    UNIT_CHECK(fcgid_judge_idle(&limits, 3, 0, 0, 0, NOW) == FCGID_IDLE_KEEP,
               "idle: min_processes are kept");
    UNIT_CHECK(fcgid_judge_idle(&limits, 3, 1, NOW - 400 * SECOND,
                                NOW - 301 * SECOND,
                                NOW) == FCGID_IDLE_TIMEOUT,
               "idle: not those of an abandoned class");
    UNIT_CHECK(fcgid_judge_idle(&limits, 4, 0, NOW - 400 * SECOND,
                                NOW - 301 * SECOND,
                                NOW) == FCGID_IDLE_TIMEOUT,
               "idle: one more is ended after idle_timeout");
    UNIT_CHECK(fcgid_judge_idle(&limits, 4, 0, NOW - 400 * SECOND,
                                NOW - 300 * SECOND, NOW) == FCGID_IDLE_KEEP,
               "idle: not before");
    UNIT_CHECK(fcgid_judge_idle(&limits, 4, 0, NOW - SECOND, 0, NOW) ==
                   FCGID_IDLE_KEEP,
               "idle: a process that was never used is judged by its start");
    limits.idle_timeout = 0;
    limits.process_lifetime = 60 * SECOND;
    UNIT_CHECK(fcgid_judge_idle(&limits, 4, 0, NOW - 61 * SECOND, NOW, NOW) ==
                   FCGID_IDLE_RENEW,
               "idle: an old one that was used just now is renewed");
    UNIT_CHECK(fcgid_judge_idle(&limits, 4, 0, NOW - 61 * SECOND,
                                NOW - FCGID_IN_DEMAND,
                                NOW) == FCGID_IDLE_LIFETIME,
               "idle: an old one that nobody needs is ended");
    UNIT_CHECK(fcgid_judge_idle(&limits, 4, 1, NOW - 61 * SECOND, NOW, NOW) ==
                   FCGID_IDLE_LIFETIME,
               "idle: one of an abandoned class too");
    UNIT_CHECK(fcgid_judge_idle(&limits, 1, 0, NOW - 3600 * SECOND,
                                NOW - 3599 * SECOND,
                                NOW) == FCGID_IDLE_RENEW,
               "idle: an old one that is kept is renewed");
    UNIT_CHECK(fcgid_judge_idle(&limits, 1, 0, NOW - 3600 * SECOND, 0, NOW) ==
                   FCGID_IDLE_KEEP,
               "idle: unless it has served nothing");
    limits.process_lifetime = 0;
    UNIT_CHECK(fcgid_judge_idle(&limits, 4, 0, 0, 0, NOW) == FCGID_IDLE_KEEP,
               "idle: 0 means no limit");
}

static void
test_number(void)
{
    struct fcgid_limits limits = page_limits();

    limits.max_requests = 0;
    UNIT_CHECK(fcgid_judge_number(&limits, 1000000, SECOND, SECOND) ==
                   FCGID_NUMBER_LEFT,
               "number: 0 means no limit");
    limits.max_requests = 100;
    UNIT_CHECK(fcgid_judge_number(&limits, 100, SECOND, 0) ==
                   FCGID_NUMBER_SERVED,
               "number: served");
    UNIT_CHECK(fcgid_judge_number(&limits, 99, SECOND, 0) == FCGID_NUMBER_LEFT,
               "number: one is left, nothing is known of the start");
    UNIT_CHECK(fcgid_judge_number(&limits, 50, 50 * SECOND, SECOND) ==
                   FCGID_NUMBER_LEFT,
               "number: at one a second there is time left");
    UNIT_CHECK(fcgid_judge_number(&limits, 99, 99 * SECOND, SECOND) ==
                   FCGID_NUMBER_SOON,
               "number: until one is left");
    UNIT_CHECK(fcgid_judge_number(&limits, 50, SECOND, SECOND) ==
                   FCGID_NUMBER_SOON,
               "number: at fifty a second half of them are little");
}

static void
test_room(void)
{
    UNIT_CHECK(fcgid_gives_way(1, NOW, NOW),
               "room: a process that is just idle gives way to a class that "
               "has none");
    UNIT_CHECK(!fcgid_gives_way(0, NOW - FCGID_EVICT_IDLE + 1, NOW) &&
                   fcgid_gives_way(0, NOW - FCGID_EVICT_IDLE, NOW),
               "room: to a class that has some only after a while");
}

static void
test_busy(void)
{
    struct fcgid_limits limits = page_limits();

    UNIT_CHECK(fcgid_is_overdue(&limits, NOW - 301 * SECOND, NOW),
               "busy: a request may take busy_timeout");
    UNIT_CHECK(!fcgid_is_overdue(&limits, NOW - 300 * SECOND, NOW),
               "busy: and no longer");
    limits.busy_timeout = 0;
    UNIT_CHECK(!fcgid_is_overdue(&limits, 0, NOW), "busy: 0 means no limit");
}

int
main(void)
{
    test_score();
    test_need();
    test_age();
    test_outage();
    test_haste();
    test_kept();
    test_backoff();
    test_idle();
    test_number();
    test_room();
    test_busy();
    return unit_done();
}
