/* SPDX-License-Identifier: BSD-2-Clause */
/* What those who wait for a class need: lanes, else processes. */
#include <limits.h>

#include "ipc.h"
#include "log.h"
#include "pm.h"
#include "pm_preload.h"

/* From one line about a full table to the next. */
#define TELL_AGAIN apr_time_from_sec(60)
/* A process that has not accepted by then is not waited for. */
#define START_PATIENCE apr_time_from_sec(10)

/* Failures of a class for which nobody asks: a process that does not last is
 * back soon enough. */
static int
failures_unasked(const struct fcgid_pm *pm, int class_index)
{
    int failures = __atomic_load_n(
        &pm->table->classes[class_index].start_failures, __ATOMIC_SEQ_CST);
    int futile = pm->classes[class_index].futile;

    return futile > 0 && failures < FCGID_BACKOFF_FAILURES + futile
               ? FCGID_BACKOFF_FAILURES + futile
               : failures;
}

/* Processes of the class that have not accepted a connection yet. */
static int
count_loading(const struct fcgid_pm *pm, int class_index)
{
    const struct fcgid_slot *entry;
    apr_time_t now = apr_time_now();
    int i, count = 0;

    if (pm->table->classes[class_index].processes < FCGID_STARTS_AT_ONCE)
        return 0; /* too few to matter */
    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        entry = &pm->table->slots[i];
        if (entry->class_index == class_index && entry->pid != 0 &&
            entry->leader == i && entry->state != FCGID_SLOT_EXITING &&
            !fcgid_pm_has_accepted(pm, i, now, START_PATIENCE))
            count++;
    }
    return count;
}

static void
fill_waiting(const struct fcgid_pm *pm, int class_index,
             struct fcgid_demand *demand)
{
    const struct fcgid_class *class = &pm->table->classes[class_index];
    apr_interval_time_t next = 0;

    demand->waiting = (int)fcgid_waiting(class);
    demand->waiting_long = 0;
    if (demand->waiting != 0 && class->processes >= FCGID_STARTS_AT_ONCE)
        demand->waiting_long = fcgid_waiting_for(
            pm->table, class_index, FCGID_START_AGE, FCGID_SLOT_COUNT, &next);
    demand->next_long = next != 0 ? apr_time_now() + next : 0;
}

static void
fill_demand(const struct fcgid_pm *pm, int class_index,
            struct fcgid_demand *demand)
{
    struct fcgid_class *class = &pm->table->classes[class_index];
    const struct fcgid_pm_class *mine = &pm->classes[class_index];

    fill_waiting(pm, class_index, demand);
    demand->processes = class->processes;
    demand->starting = class->starting;
    /* It will serve as well, when it has accepted. */
    if (mine->heir != 0 &&
        pm->table->slots[mine->heir - 1].state == FCGID_SLOT_READY)
        demand->starting++;
    demand->starting *= fcgid_pm_lanes_of(pm, class_index);
    /* And this one when it has answered. */
    demand->starting += mine->asking != NULL;
    demand->starting += mine->offered;
    demand->loading = count_loading(pm, class_index);
    demand->start_failures =
        demand->waiting != 0
            ? __atomic_load_n(&class->start_failures, __ATOMIC_SEQ_CST)
            : failures_unasked(pm, class_index);
    demand->last_failure = mine->last_failure;
    demand->kept = mine->kept > mine->due ? mine->kept : mine->due;
    if (demand->kept > class->limits.max_processes)
        demand->kept = class->limits.max_processes;
    demand->all_processes = pm->all_processes;
    demand->max_processes = pm->conf.max_processes;
}

/* A slot for a process, if need be that of a further lane which nobody uses;
 * -1: there is none. */
static int
add_slot(struct fcgid_pm *pm, int class_index)
{
    struct fcgid_class *class = &pm->table->classes[class_index];
    int slot = fcgid_slot_add(pm->table, class_index);

    if (slot == -1 && fcgid_pm_drop_lane(pm))
        slot = fcgid_slot_add(pm->table, class_index);
    if (slot != -1) {
        pm->slots_used++;
        return slot;
    }
    if (apr_time_now() - pm->full_told > TELL_AGAIN) {
        pm->full_told = apr_time_now();
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, pm->server,
                     "mod_fcgid: no room for a process of %s: %d connections "
                     "to processes are in use" FCGID_ID(529),
                     class->command, FCGID_SLOT_COUNT);
    }
    if (class->processes == 0)
        fcgid_deny_waiters(pm->table, class_index, FCGID_DENIED_NO_SLOT, 0,
                           INT_MAX);
    return -1;
}

static void
open_lanes(struct fcgid_pm *pm, int class_index)
{
    const struct fcgid_class *class = &pm->table->classes[class_index];

    while (fcgid_waiting(class) > (uint32_t)pm->classes[class_index].offered &&
           fcgid_pm_add_lane(pm, class_index))
        ;
}

/* What else is done for those who wait, if no process is started. */
static void
act_on_refusal(struct fcgid_pm *pm, int class_index, enum fcgid_verdict verdict,
               const struct fcgid_demand *demand)
{
    struct fcgid_class *class = &pm->table->classes[class_index];

    if (verdict == FCGID_NO_BACKOFF && class->processes == 0)
        fcgid_deny_waiters(pm->table, class_index, FCGID_DENIED_START,
                           demand->start_failures, INT_MAX);
    if (verdict == FCGID_NO_TOTAL_MAX && demand->waiting > 0)
        fcgid_pm_make_room(pm, class_index);
    if (verdict == FCGID_NO_CLASS_MAX &&
        fcgid_pm_has_all_lanes(pm, class_index))
        __atomic_store_n(&class->full, 1, __ATOMIC_SEQ_CST);
}

void
fcgid_pm_consider(struct fcgid_pm *pm, int class_index)
{
    struct fcgid_class *class = &pm->table->classes[class_index];
    struct fcgid_pm_class *mine = &pm->classes[class_index];
    struct fcgid_demand demand;
    enum fcgid_verdict verdict;
    apr_time_t when;
    int slot;

    while (!pm->stopping && class->in_use && mine->def != NULL) {
        open_lanes(pm, class_index);
        if (fcgid_pm_is_trying(pm, class_index) && mine->due == 0)
            return;
        fill_demand(pm, class_index, &demand);
        verdict = fcgid_may_spawn(&demand, &mine->score, &class->limits,
                                  apr_time_now(), &when);
        if (when != 0)
            fcgid_pm_wake_at(&pm->next_retry, when);
        if (demand.waiting > 0 && verdict != FCGID_NO_NEED)
            fcgid_pm_want_lanes(pm, class_index);
        if (verdict != FCGID_SPAWN) {
            act_on_refusal(pm, class_index, verdict, &demand);
            return;
        }
        slot = add_slot(pm, class_index);
        if (slot == -1 || fcgid_pm_start(pm, slot) == -1)
            return;
    }
}

void
fcgid_pm_replace(struct fcgid_pm *pm, int slot, const char *reason)
{
    int class_index = pm->table->slots[slot].class_index;
    int count = pm->table->classes[class_index].processes;

    fcgid_pm_terminate(pm, slot, reason);
    fcgid_pm_have(pm, class_index, count);
}

int
fcgid_pm_have(struct fcgid_pm *pm, int class_index, int count)
{
    pm->classes[class_index].due = count;
    fcgid_pm_consider(pm, class_index);
    pm->classes[class_index].due = 0;
    return pm->table->classes[class_index].processes >= count;
}

int
fcgid_pm_start_apart(struct fcgid_pm *pm, int class_index, apr_time_t *when)
{
    struct fcgid_pm_class *mine = &pm->classes[class_index];
    int slot;

    *when = fcgid_backoff_end(failures_unasked(pm, class_index),
                              mine->last_failure);
    if (*when > apr_time_now())
        return -1;
    *when = 0;
    if (pm->stopping || pm->all_processes >= pm->conf.max_processes)
        return -1;
    slot = add_slot(pm, class_index);
    if (slot == -1)
        return -1;
    mine->shy = 1;
    if (fcgid_pm_start(pm, slot) == -1)
        slot = -1;
    mine->shy = 0;
    return slot;
}

/* The one for which another made room gets it, not whoever is looked at
 * first. */
static void
consider_room(struct fcgid_pm *pm)
{
    const struct fcgid_class *class;

    if (pm->room_for == 0)
        return;
    class = &pm->table->classes[pm->room_for - 1];
    fcgid_pm_consider(pm, pm->room_for - 1);
    if (class->processes > 0 || fcgid_waiting(class) == 0) {
        pm->room_for = 0;
        fcgid_pm_ask_no_room(pm);
    }
}

/* Then those that have no process at all come first. */
void
fcgid_pm_consider_all(struct fcgid_pm *pm)
{
    const struct fcgid_class *class;
    int with, i;

    consider_room(pm);
    for (with = 0; with <= 1; with++)
        for (i = 0; i < FCGID_CLASS_COUNT; i++) {
            class = &pm->table->classes[i];
            if ((fcgid_waiting(class) != 0 ||
                 class->processes < pm->classes[i].kept) &&
                (class->processes > 0) == with)
                fcgid_pm_consider(pm, i);
        }
}
