/* SPDX-License-Identifier: BSD-2-Clause */
/* Which processes are to go: idle, overdue, deaf, or in the way of others. */
#include <signal.h>

#include "log.h"
#include "pm.h"
#include "pm_preload.h"
#include "spawn.h"

#define LOOK_AGAIN apr_time_from_msec(500)

/* Room for a class when FcgidMaxProcesses is reached. */

/* What is known of processes that are about to leave. */
enum leaving {
    LEAVES_NONE,
    LEAVES_LATER, /* one has requests at hand, but gets no more of them */
    LEAVES_NOW    /* one is told to end */
};

/* The process of another class that has been idle for the longest time, *since
 * then; -1: there is none. */
static int
longest_idle(const struct fcgid_pm *pm, int class_index, apr_time_t *since,
             enum leaving *leaving)
{
    const struct fcgid_slot *entry;
    apr_time_t last_used;
    int best = -1, i;

    *leaving = LEAVES_NONE;
    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        entry = &pm->table->slots[i];
        if (entry->class_index == -1)
            continue;
        if (entry->state == FCGID_SLOT_EXITING)
            *leaving = LEAVES_NOW;
        else if (pm->slots[i].leaves != NULL && *leaving == LEAVES_NONE)
            *leaving = LEAVES_LATER;
        if (entry->class_index == class_index ||
            entry->state != FCGID_SLOT_READY || !fcgid_pm_is_idle(pm, i))
            continue;
        last_used = fcgid_pm_last_used(pm, i);
        if (best == -1 || last_used < *since) {
            best = i;
            *since = last_used;
        }
    }
    return best;
}

/* All are at work: of the class that has the most, the first that is done. */
static void
ask_for_room(struct fcgid_pm *pm, int class_index)
{
    struct fcgid_class *classes = pm->table->classes;
    int best = -1, i;

    for (i = 0; i < FCGID_CLASS_COUNT; i++)
        if (i != class_index && classes[i].in_use && classes[i].processes > 0 &&
            (best == -1 || classes[i].processes > classes[best].processes))
            best = i;
    if (best != -1)
        __atomic_store_n(&classes[best].gives_way, 1, __ATOMIC_SEQ_CST);
}

void
fcgid_pm_ask_no_room(struct fcgid_pm *pm)
{
    int i;

    for (i = 0; i < FCGID_CLASS_COUNT; i++)
        __atomic_store_n(&pm->table->classes[i].gives_way, 0,
                         __ATOMIC_SEQ_CST);
}

void
fcgid_pm_make_room(struct fcgid_pm *pm, int class_index)
{
    int has_none = pm->table->classes[class_index].processes == 0;
    apr_time_t now = apr_time_now(), idle_since = now;
    enum leaving leaving;
    int slot;

    /* Before the look: who is done after it tells the manager. */
    if (has_none) {
        if (pm->room_for == 0)
            pm->room_for = class_index + 1;
        __atomic_store_n(&pm->table->room_wanted, class_index + 1,
                         __ATOMIC_SEQ_CST);
    }
    slot = longest_idle(pm, class_index, &idle_since, &leaving);
    if (leaving == LEAVES_NOW)
        return;
    if (slot != -1 && fcgid_gives_way(has_none, idle_since, now) &&
        fcgid_pm_end_idle(pm, slot, FCGID_MAKING_ROOM))
        return;
    if (has_none && leaving == LEAVES_NONE)
        ask_for_room(pm, class_index);
    else if (!has_none)
        fcgid_pm_wake_at(&pm->next_retry, now + FCGID_EVICT_IDLE);
}

/* Time. */

/* A process that is at a request nobody waits for: others may wait. */
static void
end_rest(struct fcgid_pm *pm, int slot, apr_time_t now)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    int class_index = pm->table->slots[slot].class_index;

    if (now < mine->rest_end &&
        fcgid_waiting(&pm->table->classes[class_index]) == 0) {
        mine->kill_at = now + FCGID_REST_PATIENCE;
        fcgid_pm_wake_at(&pm->next_kill, mine->kill_at);
        return;
    }
    fcgid_pm_leave(pm, fcgid_pm_leader(pm, slot), "communication error");
}

/* The next step towards the end of a process. */
static void
step(struct fcgid_pm *pm, int slot)
{
    pm->slots[slot].next_step = 0;
    if (pm->table->slots[slot].state == FCGID_SLOT_EXITING)
        fcgid_pm_hang_up(pm, slot);
    else
        fcgid_pm_retire(pm, slot);
}

void
fcgid_pm_kill_stubborn(struct fcgid_pm *pm, apr_time_t now)
{
    struct fcgid_pm_slot *mine;
    int32_t pid;
    int i;

    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        mine = &pm->slots[i];
        if (mine->kill_at == 0 && mine->next_step == 0)
            continue;
        pid = fcgid_process_of(pm->table, i)->pid;
        if (pid == 0)
            continue;
        if (mine->next_step != 0 && now >= mine->next_step)
            step(pm, i);
        if (mine->next_step != 0)
            fcgid_pm_wake_at(&pm->next_kill, mine->next_step);
        if (mine->kill_at == 0)
            continue;
        if (now < mine->kill_at) {
            fcgid_pm_wake_at(&pm->next_kill, mine->kill_at);
            continue;
        }
        mine->kill_at = 0;
        if (pm->table->slots[i].state != FCGID_SLOT_EXITING) {
            end_rest(pm, i, now);
            continue;
        }
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, pm->server,
                     "mod_fcgid: process %d graceful kill fail, sending "
                     "SIGKILL" FCGID_ID(524),
                     pid);
        (void)fcgid_kill(pid, SIGKILL);
    }
}

/*
 * A lane is BUSY a moment before last_used tells since when: what it tells
 * then is of the request before, so it is looked at twice.
 */
static int
takes_too_long(struct fcgid_pm *pm, int slot, apr_time_t now)
{
    const struct fcgid_slot *entry = &pm->table->slots[slot];
    struct fcgid_pm_slot *mine = &pm->slots[slot];

    if (!fcgid_is_overdue(&pm->table->classes[entry->class_index].limits,
                          entry->last_used, now)) {
        mine->overdue = -1;
        return 0;
    }
    if (mine->overdue == entry->last_used)
        return now - mine->overdue_seen >= LOOK_AGAIN;
    mine->overdue = entry->last_used;
    mine->overdue_seen = now;
    fcgid_pm_wake_at(&pm->next_scan, now + LOOK_AGAIN);
    return 0;
}

/* A request that takes too long costs its process, but not the others that the
 * process has at hand. */
static void
scan_busy(struct fcgid_pm *pm, int slot, apr_time_t now)
{
    const struct fcgid_class *class =
        &pm->table->classes[pm->table->slots[slot].class_index];
    int lane, found = 0;

    for (lane = slot; lane != -1; lane = pm->slots[lane].next)
        if (fcgid_lane_load(&pm->table->slots[lane]).state ==
                FCGID_LANE_BUSY &&
            !pm->slots[lane].lost && takes_too_long(pm, lane, now))
            found = pm->slots[lane].lost = 1;
    if (!found)
        return;
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, pm->server,
                 "mod_fcgid: %s took longer than busy timeout (%d "
                 "secs)" FCGID_ID(525),
                 class->command,
                 (int)apr_time_sec(class->limits.busy_timeout));
    fcgid_pm_leave(pm, slot, "busy timeout");
}

static void
scan_idle(struct fcgid_pm *pm, int slot, apr_time_t now)
{
    struct fcgid_slot *entry = &pm->table->slots[slot];
    struct fcgid_class *class = &pm->table->classes[entry->class_index];
    struct fcgid_limits limits = class->limits;

    if (limits.min_processes < pm->classes[entry->class_index].kept)
        limits.min_processes = pm->classes[entry->class_index].kept;
    switch (fcgid_judge_idle(
        &limits, class->processes,
        pm->classes[entry->class_index].used_by < pm->conf.generation,
        entry->started, fcgid_pm_last_used(pm, slot), now)) {
    case FCGID_IDLE_TIMEOUT:
        (void)fcgid_pm_end_idle(pm, slot, "idle timeout");
        break;
    case FCGID_IDLE_LIFETIME:
        (void)fcgid_pm_end_idle(pm, slot, FCGID_OUTLIVED);
        break;
    case FCGID_IDLE_RENEW:
        fcgid_pm_due(pm, slot, FCGID_OUTLIVED, 1);
        break;
    case FCGID_IDLE_KEEP:
        break;
    }
}

static void
scan_slot(struct fcgid_pm *pm, int slot, apr_time_t now)
{
    const struct fcgid_slot *entry = &pm->table->slots[slot];

    if (fcgid_pm_is_idle(pm, slot)) {
        scan_idle(pm, slot, now);
        return;
    }
    if (!fcgid_pm_is_at_work(pm, slot))
        return;
    scan_busy(pm, slot, now);
    if (entry->state == FCGID_SLOT_READY &&
        fcgid_is_aged(&pm->table->classes[entry->class_index].limits,
                      entry->started, now))
        fcgid_pm_due(pm, slot, FCGID_OUTLIVED, 1);
}

void
fcgid_pm_scan(struct fcgid_pm *pm, apr_time_t now)
{
    int i;

    for (i = 0; i < FCGID_SLOT_COUNT; i++)
        if (pm->table->slots[i].class_index >= 0 &&
            pm->table->slots[i].state == FCGID_SLOT_READY)
            scan_slot(pm, i, now);
    fcgid_pm_scan_parents(pm, now);
}
