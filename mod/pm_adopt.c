/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a manager that died has left to this one.  Its descriptors are gone,
 * so the processes it started cannot be handed to others any more: they end
 * the requests they carry, then they are ended.
 */
#include <limits.h>
#include <signal.h>

#include "ipc.h"
#include "log.h"
#include "pm.h"
#include "pm_preload.h"
#include "spawn.h"

/* They are not our children: nobody tells us of their end. */
#define LOOK_INTERVAL apr_time_from_msec(100)

static void
adopt_slot(struct fcgid_pm *pm, int slot)
{
    struct fcgid_slot *entry = &pm->table->slots[slot];
    struct fcgid_pm_slot *mine = &pm->slots[slot];

    if (entry->leader != slot)
        return;
    if (!fcgid_is_alive(entry->pid)) {
        entry->pid = 0;
        fcgid_pm_bury(pm, slot);
        return;
    }
    mine->adopted = 1;
    pm->all_processes++;
    if (entry->state == FCGID_SLOT_EXITING) {
        mine->end_reason = "shutting down";
        mine->kill_at = apr_time_now() + FCGID_TERM_GRACE;
        fcgid_pm_wake_at(&pm->next_kill, mine->kill_at);
        /* The other may not have got to it. */
        (void)fcgid_kill(entry->pid, SIGTERM);
    } else {
        entry->state = FCGID_SLOT_READY;
        pm->table->classes[entry->class_index].processes++;
        fcgid_pm_count_lanes(pm, slot, 1);
    }
}

/* Before the processes: they are known with all their lanes. */
static void
adopt_lanes(struct fcgid_pm *pm)
{
    const struct fcgid_slot *entry;
    int i;

    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        entry = &pm->table->slots[i];
        if (entry->class_index < 0)
            continue;
        pm->slots_used++;
        if (entry->leader != i)
            fcgid_pm_link_lane(pm, i);
    }
}

/* Httpd's children that died while nobody was told. */
static void
forget_the_dead(struct fcgid_pm *pm)
{
    struct fcgid_lane_word word;
    int32_t pid;
    int i;

    for (i = 0; i < FCGID_WAITER_COUNT; i++) {
        pid = __atomic_load_n(&pm->table->waiters[i].pid, __ATOMIC_SEQ_CST);
        if (pid != 0 && !fcgid_is_alive(pid))
            fcgid_pm_forget(pm, pid);
    }
    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        word = fcgid_lane_load(&pm->table->slots[i]);
        if (word.state == FCGID_LANE_BUSY && !fcgid_is_alive(word.owner))
            fcgid_pm_forget(pm, word.owner);
    }
}

void
fcgid_pm_adopt(struct fcgid_pm *pm)
{
    struct fcgid_class *class;
    int i;

    for (i = 0; i < FCGID_CLASS_COUNT; i++) {
        class = &pm->table->classes[i];
        class->processes = class->starting = 0;
        fcgid_pm_adopt_parent(pm, i);
        /* Makes httpd's children define it again. */
        if (class->in_use)
            __atomic_add_fetch(&class->generation, 1, __ATOMIC_SEQ_CST);
        /* It may have died while it asked. */
        if (class->lanes == 0)
            class->ask = FCGID_ASK_SERVED;
        class->full = 0;
    }
    adopt_lanes(pm);
    for (i = 0; i < FCGID_SLOT_COUNT; i++)
        if (pm->table->slots[i].class_index >= 0)
            adopt_slot(pm, i);
    forget_the_dead(pm);
    for (i = 0; i < FCGID_CLASS_COUNT; i++)
        if (fcgid_waiting(&pm->table->classes[i]))
            fcgid_deny_waiters(pm->table, i, FCGID_DENIED_MANAGER, 0, INT_MAX);
    if (pm->all_processes > 0) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, pm->server,
                     "mod_fcgid: took over %d processes of the manager "
                     "before" FCGID_ID(561),
                     pm->all_processes);
        fcgid_pm_watch_adopted(pm, apr_time_now());
    }
}

static void
look_after(struct fcgid_pm *pm, int slot)
{
    struct fcgid_slot *entry = &pm->table->slots[slot];

    if (fcgid_is_alive(entry->pid)) {
        fcgid_pm_leave(pm, slot, "its manager is gone");
        return;
    }
    pm->slots[slot].adopted = 0;
    fcgid_pm_on_exit(pm, slot, -1);
    if (!pm->stopping)
        fcgid_pm_consider_all(pm);
}

void
fcgid_pm_watch_adopted(struct fcgid_pm *pm, apr_time_t now)
{
    int i, left = 0;

    for (i = 0; i < FCGID_SLOT_COUNT; i++)
        if (pm->slots[i].adopted) {
            look_after(pm, i);
            left += pm->slots[i].adopted;
        }
    if (left > 0)
        fcgid_pm_wake_at(&pm->next_adopted, now + LOOK_INTERVAL);
}
