/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes that have served, lived or grown enough.  The successor (heir) is
 * started first, apart, beyond FcgidMaxProcessesPerClass by one if need be; the
 * old one serves until the heir has accepted its connection.  One after the
 * other in each class.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "apr_strings.h"
#include "log.h"
#include "pm.h"

/* An heir that has not accepted by then is not waited for. */
#define START_PATIENCE apr_time_from_sec(60)
/* How often it is looked whether an heir has accepted. */
#define STEP apr_time_from_msec(5)
/* A process that has served its number takes no further request for so long,
 * in which most programs start; one that needs longer is not waited for. */
#define HOLD apr_time_from_msec(100)
/* An heir waits for so long for the last requests of the old one. */
#define LAST_REQUESTS apr_time_from_sec(5)

/* Heirs. */

/* The slot of the class's heir, or -1: there is none, or it has died. */
static int
find_heir(struct fcgid_pm *pm, int class_index)
{
    struct fcgid_pm_class *mine = &pm->classes[class_index];
    const struct fcgid_slot *entry;

    if (mine->heir == 0)
        return -1;
    entry = entry_of(pm, mine->heir - 1);
    if (entry->class_index == class_index && entry->pid == mine->heir_pid &&
        entry->state != FCGID_SLOT_EXITING)
        return mine->heir - 1;
    mine->heir = 0;
    return -1;
}

static void
look_at_heir(struct fcgid_pm *pm, int class_index, int heir, apr_time_t now)
{
    struct fcgid_pm_class *mine = &pm->classes[class_index];

    if (mine->ready != 0 ||
        !fcgid_pm_has_accepted(pm, heir, now, START_PATIENCE))
        return;
    mine->ready = now;
    pm->slots[heir].took = 1;
    __atomic_store_n(&pm->table->classes[class_index].start_took,
                     now - entry_of(pm, heir)->started, __ATOMIC_RELAXED);
}

static void
admit_heir(struct fcgid_pm *pm, int class_index, int heir)
{
    pm->classes[class_index].heir = 0;
    fcgid_pm_let_in(pm, heir);
}

/* Starts one; 0: there is no room, or else no right time, for it. */
static int
make_heir(struct fcgid_pm *pm, int class_index, apr_time_t *when)
{
    struct fcgid_pm_class *mine = &pm->classes[class_index];
    int slot = fcgid_pm_start_apart(pm, class_index, when);

    if (slot == -1)
        return 0;
    mine->heir = slot + 1;
    mine->heir_pid = entry_of(pm, slot)->pid;
    mine->ready = 0;
    return 1;
}

/* The old. */

/* Its lane is free again, though it has served its number. */
static void
spare(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];

    if (mine->held == 0)
        return;
    mine->held = 0;
    fcgid_set_retire(entry_of(pm, slot), FCGID_RETIRE_SPARED);
    /* What came with it may be closed on the other side. */
    fcgid_pm_reopen_kept(pm, slot);
    fcgid_pm_has_room(pm, entry_of(pm, slot)->class_index);
}

/* Ends it now, or with its requests. */
static void
leave(struct fcgid_pm *pm, int slot)
{
    pm->slots[slot].held = 0;
    fcgid_set_retire(entry_of(pm, slot), FCGID_RETIRE_NOW);
    fcgid_pm_retire(pm, slot);
}

/* There is no room for two at a time: it goes first, with its request, or
 * now if it has none. */
static void
leave_first(struct fcgid_pm *pm, int slot)
{
    int class_index = entry_of(pm, slot)->class_index;
    int count = pm->table->classes[class_index].processes;

    if (!pm->slots[slot].reached) {
        pm->slots[slot].due = NULL;
        return;
    }
    if (pm->slots[slot].held == 0 &&
        fcgid_pm_end_idle(pm, slot, pm->slots[slot].due))
        (void)fcgid_pm_have(pm, class_index, count);
    else
        leave(pm, slot);
}

/* Its successor is ready: whether it is to go now, or has requests left. */
static int
is_time(const struct fcgid_pm *pm, int slot, apr_time_t now)
{
    int class_index = entry_of(pm, slot)->class_index;

    return pm->slots[slot].reached ||
           fcgid_waiting(&pm->table->classes[class_index]) != 0 ||
           now - pm->classes[class_index].ready >= LAST_REQUESTS;
}

static void
step(struct fcgid_pm *pm, int slot, apr_time_t now)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    int class_index = entry_of(pm, slot)->class_index;
    apr_time_t when;
    int heir = find_heir(pm, class_index);

    if (mine->replaced) {
        leave(pm, slot);
        return;
    }
    if (heir == -1) {
        if (make_heir(pm, class_index, &when))
            return;
        if (when == 0)
            leave_first(pm, slot);
        else
            spare(pm, slot);
        return;
    }
    look_at_heir(pm, class_index, heir, now);
    if (pm->classes[class_index].ready == 0) {
        if (now >= mine->held)
            spare(pm, slot);
    } else if (is_time(pm, slot, now)) {
        admit_heir(pm, class_index, heir);
        mine->replaced = 1;
        leave(pm, slot);
    }
}

/* Classes. */

/* The process of the class that is next; -1: none.  One whose lane is held is
 * more urgent than one that serves. */
static int
next_due(const struct fcgid_pm *pm, int class_index)
{
    int best = -1, i;

    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        if (pm->slots[i].due == NULL ||
            pm->table->slots[i].class_index != class_index ||
            pm->table->slots[i].state != FCGID_SLOT_READY)
            continue;
        if (pm->slots[i].replaced)
            return i;
        if (best == -1 || (pm->slots[i].reached && !pm->slots[best].reached))
            best = i;
    }
    return best;
}

/* Those that are not next wait, and serve meanwhile. */
static void
spare_others(struct fcgid_pm *pm, int class_index, int slot, apr_time_t now)
{
    int i;

    for (i = 0; i < FCGID_SLOT_COUNT; i++)
        if (i != slot && pm->table->slots[i].class_index == class_index &&
            pm->slots[i].held != 0 && now >= pm->slots[i].held)
            spare(pm, i);
}

/* A reload, or the end of all, replaces them anyway. */
static void
call_off(struct fcgid_pm *pm, int class_index)
{
    int heir = find_heir(pm, class_index), i;

    if (heir != -1)
        admit_heir(pm, class_index, heir);
    for (i = 0; i < FCGID_SLOT_COUNT; i++)
        if (pm->table->slots[i].class_index == class_index &&
            pm->table->slots[i].state == FCGID_SLOT_READY &&
            pm->slots[i].due != NULL && !pm->slots[i].replaced) {
            spare(pm, i);
            pm->slots[i].due = NULL;
        }
}

/* 0: there is nothing left to do. */
static int
recycle_class(struct fcgid_pm *pm, int class_index, apr_time_t now)
{
    struct fcgid_pm_class *mine = &pm->classes[class_index];
    int slot, heir;

    if (mine->old_before != 0 || mine->def == NULL || pm->stopping)
        call_off(pm, class_index);
    slot = next_due(pm, class_index);
    if (slot == -1) {
        heir = find_heir(pm, class_index);
        if (heir != -1)
            admit_heir(pm, class_index, heir);
        return 0;
    }
    step(pm, slot, now);
    spare_others(pm, class_index, slot, now);
    return 1;
}

void
fcgid_pm_recycle(struct fcgid_pm *pm, apr_time_t now)
{
    int i;

    for (i = 0; i < FCGID_CLASS_COUNT; i++) {
        if (!pm->classes[i].recycling)
            continue;
        pm->classes[i].recycling = pm->table->classes[i].in_use &&
                                   recycle_class(pm, i, now);
        if (pm->classes[i].recycling)
            fcgid_pm_wake_at(&pm->next_recycle, now + STEP);
    }
}

void
fcgid_pm_due(struct fcgid_pm *pm, int slot, const char *reason, int reached)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];

    if (mine->adopted || pm->stopping ||
        entry_of(pm, slot)->state != FCGID_SLOT_READY)
        return;
    if (mine->due == NULL)
        mine->due = reason;
    mine->reached = mine->reached || reached;
    pm->classes[entry_of(pm, slot)->class_index].recycling = 1;
    fcgid_pm_wake_at(&pm->next_recycle, apr_time_now());
}

void
fcgid_pm_served(struct fcgid_pm *pm, int slot)
{
    int class_index = entry_of(pm, slot)->class_index;
    apr_time_t now = apr_time_now();

    fcgid_pm_due(pm, slot, FCGID_OUTLIVED, 1);
    if (pm->slots[slot].due == NULL) {
        fcgid_pm_leave(pm, slot, FCGID_OUTLIVED);
        return;
    }
    /* It takes no further request on its other lanes either. */
    (void)fcgid_pm_gather(pm, slot);
    if (pm->slots[slot].held == 0) {
        pm->slots[slot].held = now;
        if (pm->table->classes[class_index].start_took <= HOLD)
            pm->slots[slot].held += HOLD;
    }
    fcgid_pm_recycle(pm, now);
}

/* Memory. */

/* Resident bytes; 0: not known. */
static apr_int64_t
memory_of(int32_t pid)
{
    char path[64], text[128], *end;
    ssize_t n = -1;
    long pages;
    int fd;

    apr_snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return 0;
    n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    (void)strtol(text, &end, 10);
    pages = strtol(end, &end, 10);
    return (apr_int64_t)pages * sysconf(_SC_PAGESIZE);
}

/* One that has served nothing since it was looked at has not grown; one that
 * has never served would be replaced by its like, again and again. */
static int
is_worth_a_look(const struct fcgid_pm *pm, int slot)
{
    const struct fcgid_slot *entry = &pm->table->slots[slot];

    return entry->state == FCGID_SLOT_READY && pm->slots[slot].due == NULL &&
           !pm->slots[slot].adopted && entry->requests > 0 &&
           (entry->requests != pm->slots[slot].weighed ||
            fcgid_pm_is_at_work(pm, slot));
}

static void
weigh(struct fcgid_pm *pm, int slot)
{
    struct fcgid_slot *entry = entry_of(pm, slot);
    const struct fcgid_class *class =
        &pm->table->classes[entry->class_index];
    apr_int64_t bytes;

    if (!is_worth_a_look(pm, slot))
        return;
    pm->slots[slot].weighed = entry->requests;
    bytes = memory_of(entry->pid);
    if (bytes <= class->limits.max_memory)
        return;
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, pm->server,
                 "mod_fcgid: process %s(%d) has %" APR_INT64_T_FMT
                 " KiB, more than FcgidMaxProcessMemory (%" APR_INT64_T_FMT
                 " KiB)",
                 class->command, entry->pid, bytes / 1024,
                 class->limits.max_memory / 1024);
    fcgid_pm_due(pm, slot, FCGID_OUTGROWN, 1);
}

void
fcgid_pm_weigh(struct fcgid_pm *pm, apr_time_t now)
{
    int i, again = 0;

    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        if (pm->table->slots[i].class_index < 0 ||
            pm->table->classes[pm->table->slots[i].class_index]
                    .limits.max_memory <= 0)
            continue;
        again = 1;
        weigh(pm, i);
    }
    if (again)
        fcgid_pm_wake_at(&pm->next_weigh, now + FCGID_WEIGH_INTERVAL);
}
