/* SPDX-License-Identifier: BSD-2-Clause */
/* What a supervisor decides, on plain numbers. */
#include "unit.h"

#include "cgi-fcgi/policy.h"

static void
test_failures(void)
{
    UNIT_CHECK(policy_failures(0, 9999, false, 1000) == 1,
               "policy: a death before 10 s is a failure");
    UNIT_CHECK(policy_failures(5, 9999, false, 1000) == 6,
               "policy: failures in a row add up");
    UNIT_CHECK(policy_failures(5, 10000, false, 1000) == 0,
               "policy: who lived for 10 s was well");
    UNIT_CHECK(policy_failures(5, 1000, true, 1000) == 0,
               "policy: status 0 after the time to be ready is no failure");
    UNIT_CHECK(policy_failures(5, 999, true, 1000) == 6,
               "policy: status 0 before that time is a failure");
    UNIT_CHECK(policy_failures(5, -3, false, 1000) == 6,
               "policy: a process that never ran has failed");
    UNIT_CHECK(policy_failures(UINT32_MAX, 0, false, 1000) == UINT32_MAX,
               "policy: the number of failures does not start again");
}

static void
test_delay(void)
{
    unsigned failures;
    bool doubles = true, is_bounded = true;

    UNIT_CHECK(policy_delay(0) == 0, "policy: no failure, no delay");
    UNIT_CHECK(policy_delay(1) == 100, "policy: the first delay is 0.1 s");
    for (failures = 1; failures < 9; failures++)
        doubles &= policy_delay(failures + 1) == 2 * policy_delay(failures);
    UNIT_CHECK(doubles, "policy: each failure doubles the delay");
    for (failures = 10; failures < 1000; failures++)
        is_bounded &= policy_delay(failures) == 30000;
    UNIT_CHECK(is_bounded && policy_delay(UINT32_MAX) == 30000,
               "policy: the longest delay is 30 s");
}

static void
test_crash_loop(void)
{
    struct policy_seat seats[2] = {{.failures = 3}, {.failures = 3}};

    UNIT_CHECK(policy_is_crash_loop(seats, 2, 3, 50000),
               "policy: it is over when all have failed that often");
    UNIT_CHECK(!policy_is_crash_loop(seats, 2, 4, 50000),
               "policy: it is not over before");
    seats[1].failures = 2;
    UNIT_CHECK(!policy_is_crash_loop(seats, 2, 3, 50000),
               "policy: it is not over while one has failed less often");
    seats[1] =
        (struct policy_seat){.lives = true, .since = 40000, .failures = 7};
    UNIT_CHECK(!policy_is_crash_loop(seats, 2, 3, 50000),
               "policy: it is not over while one lives that is well");
    UNIT_CHECK(policy_is_crash_loop(seats, 2, 3, 49999),
               "policy: one that was only started does not count as well");
}

static void
test_ready(void)
{
    struct policy_seat seat = {.lives = true, .since = 5000};

    UNIT_CHECK(!policy_is_ready(&seat, true, 1000, 5999),
               "policy: nobody is ready before the time");
    UNIT_CHECK(policy_is_ready(&seat, true, 1000, 6000),
               "policy: who waits after the time is ready");
    UNIT_CHECK(!policy_is_ready(&seat, false, 1000, 14999),
               "policy: who is busy after the time is not ready");
    UNIT_CHECK(policy_is_ready(&seat, false, 1000, 15000),
               "policy: who is busy for ten times as long is ready");
}

static void
test_next(void)
{
    struct policy_seat seats[4] = {
        {.lives = true, .generation = 2},
        {.lives = false, .generation = 1},
        {.lives = true, .generation = 1},
        {.lives = true, .generation = 1},
    };

    UNIT_CHECK(policy_next(seats, 4, 2) == 2,
               "policy: the first living one that is older comes next");
    seats[2].generation = 2;
    UNIT_CHECK(policy_next(seats, 4, 2) == 3, "policy: then the one after it");
    seats[3].generation = 2;
    UNIT_CHECK(policy_next(seats, 4, 2) == -1, "policy: then none");
    UNIT_CHECK(policy_next(seats, 4, 3) == 0,
               "policy: a further restart begins at the first");
    seats[0].generation = UINT32_MAX;
    UNIT_CHECK(policy_next(seats, 1, 0) == 0,
               "policy: the number of a restart may start again from 0");
}

int
main(void)
{
    test_failures();
    test_delay();
    test_crash_loop();
    test_ready();
    test_next();
    return unit_done();
}
