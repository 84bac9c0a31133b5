/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy.h"

unsigned
policy_failures(unsigned before, int64_t lived, bool with_status_0,
                int64_t ready_time)
{
    if (lived >= POLICY_HEALTHY || (with_status_0 && lived >= ready_time))
        return 0;
    return before < UINT32_MAX ? before + 1 : before;
}

int64_t
policy_delay(unsigned failures)
{
    int64_t delay = POLICY_FIRST_DELAY;

    if (failures == 0)
        return 0;
    while (--failures > 0 && delay < POLICY_LAST_DELAY)
        delay *= 2;
    return delay < POLICY_LAST_DELAY ? delay : POLICY_LAST_DELAY;
}

bool
policy_is_crash_loop(const struct policy_seat *seats, unsigned count,
                     unsigned limit, int64_t now)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        if (seats[i].lives && now - seats[i].since >= POLICY_HEALTHY)
            return false;
        if (seats[i].failures < limit)
            return false;
    }
    return true;
}

bool
policy_is_ready(const struct policy_seat *seat, bool is_asleep,
                int64_t ready_time, int64_t now)
{
    int64_t lived = now - seat->since;

    return lived >= ready_time && (is_asleep || lived / 10 >= ready_time);
}

int
policy_next(const struct policy_seat *seats, unsigned count,
            unsigned generation)
{
    unsigned i;

    for (i = 0; i < count; i++)
        /* The difference holds when the number starts again from 0. */
        if (seats[i].lives && (int)(seats[i].generation - generation) < 0)
            return (int)i;
    return -1;
}
