/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process's lanes, taken together.  The first is its own slot's; the further
 * ones hang on that by a list.  They are opened one by one, as requests wait.
 */
#include <poll.h>

#include "log.h"
#include "pm.h"

/* A process that leaves a connection in its listening socket's queue for so
 * long has nobody left who accepts: it gets no further one. */
#define ACCEPT_PATIENCE apr_time_from_msec(100)
/* The same while it may not have started up. */
#define START_PATIENCE apr_time_from_sec(10)
/* How often it is looked whether a connection is accepted. */
#define LOOK_AGAIN apr_time_from_msec(1)

static enum fcgid_lane_state
state_of(const struct fcgid_pm *pm, int slot)
{
    return fcgid_lane_load(entry_of(pm, slot)).state;
}

static int
lane_count(const struct fcgid_pm *pm, int slot)
{
    int lane, count = 0;

    for (lane = slot; lane != -1; lane = pm->slots[lane].next)
        count++;
    return count;
}

int
fcgid_pm_lanes_of(const struct fcgid_pm *pm, int class_index)
{
    const struct fcgid_class *class = &pm->table->classes[class_index];
    int lanes = (int)class->lanes;

    if (lanes > class->limits.max_lanes)
        lanes = class->limits.max_lanes;
    return lanes > 1 ? lanes : 1;
}

int
fcgid_pm_is_at_work(const struct fcgid_pm *pm, int slot)
{
    for (; slot != -1; slot = pm->slots[slot].next)
        if (state_of(pm, slot) == FCGID_LANE_BUSY)
            return 1;
    return 0;
}

int
fcgid_pm_is_idle(const struct fcgid_pm *pm, int slot)
{
    for (; slot != -1; slot = pm->slots[slot].next)
        if (state_of(pm, slot) != FCGID_LANE_FREE)
            return 0;
    return 1;
}

apr_time_t
fcgid_pm_last_used(const struct fcgid_pm *pm, int slot)
{
    apr_time_t last = 0;

    for (; slot != -1; slot = pm->slots[slot].next)
        if (entry_of(pm, slot)->last_used > last)
            last = entry_of(pm, slot)->last_used;
    return last;
}

/* Taking them. */

/* The lane is the manager's if nobody has it. */
static int
take_if_free(struct fcgid_pm *pm, int slot)
{
    struct fcgid_slot *entry = entry_of(pm, slot);

    if (!fcgid_lane_move(entry, FCGID_LANE_FREE, FCGID_LANE_RESET,
                         fcgid_lane_load(entry).generation, 0))
        return 0;
    pm->slots[slot].kept = 1;
    return 1;
}

int
fcgid_pm_take_idle(struct fcgid_pm *pm, int slot)
{
    int lane = slot, other;

    while (lane != -1 && take_if_free(pm, lane))
        lane = pm->slots[lane].next;
    if (lane == -1)
        return 1;
    for (other = slot; other != lane; other = pm->slots[other].next) {
        pm->slots[other].kept = 0;
        fcgid_lane_free(pm->table, other,
                        fcgid_lane_load(entry_of(pm, other)).generation);
    }
    return 0;
}

int
fcgid_pm_gather(struct fcgid_pm *pm, int slot)
{
    int at_work = 0;

    for (; slot != -1; slot = pm->slots[slot].next)
        if (!take_if_free(pm, slot) && state_of(pm, slot) == FCGID_LANE_BUSY &&
            !pm->slots[slot].lost)
            at_work = 1;
    return !at_work;
}

void
fcgid_pm_hang_up(struct fcgid_pm *pm, int slot)
{
    for (; slot != -1; slot = pm->slots[slot].next)
        if (state_of(pm, slot) == FCGID_LANE_RESET)
            fcgid_pm_close_lane(pm, slot);
}

void
fcgid_pm_reopen_kept(struct fcgid_pm *pm, int slot)
{
    int next;

    for (; slot != -1; slot = next) {
        next = pm->slots[slot].next;
        if (pm->slots[slot].kept)
            (void)fcgid_pm_open_lane(pm, slot);
    }
}

/* Coming and going. */

static int
is_live(const struct fcgid_pm *pm, int leader)
{
    return entry_of(pm, leader)->pid != 0 &&
           entry_of(pm, leader)->state != FCGID_SLOT_EXITING;
}

void
fcgid_pm_count_lanes(struct fcgid_pm *pm, int slot, int sign)
{
    int class_index = entry_of(pm, slot)->class_index;

    pm->classes[class_index].extra += sign * (lane_count(pm, slot) - 1);
    fcgid_pm_has_room(pm, class_index);
}

void
fcgid_pm_has_room(struct fcgid_pm *pm, int class_index)
{
    __atomic_store_n(&pm->table->classes[class_index].full, 0,
                     __ATOMIC_SEQ_CST);
}

void
fcgid_pm_link_lane(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *leader = &pm->slots[entry_of(pm, slot)->leader];

    pm->slots[slot].next = leader->next;
    leader->next = slot;
}

void
fcgid_pm_unlink_lane(struct fcgid_pm *pm, int slot)
{
    int leader = entry_of(pm, slot)->leader, before = leader;

    if (leader == slot)
        return;
    while (pm->slots[before].next != slot)
        before = pm->slots[before].next;
    pm->slots[before].next = pm->slots[slot].next;
    pm->slots[slot].next = -1;
    if (is_live(pm, leader)) {
        pm->classes[entry_of(pm, slot)->class_index].extra--;
        fcgid_pm_has_room(pm, entry_of(pm, slot)->class_index);
    }
}

void
fcgid_pm_bury(struct fcgid_pm *pm, int slot)
{
    int lane, next;

    (void)fcgid_pm_gather(pm, slot);
    for (lane = pm->slots[slot].next; lane != -1; lane = next) {
        next = pm->slots[lane].next;
        if (state_of(pm, lane) != FCGID_LANE_BUSY)
            fcgid_pm_remove_slot(pm, lane);
    }
    if (entry_of(pm, slot)->pid == 0 && !fcgid_pm_is_at_work(pm, slot))
        fcgid_pm_remove_slot(pm, slot);
}

/* Whether connections reach it. */
static int
accepts(struct fcgid_pm *pm, int slot, apr_time_t now)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    struct pollfd set = {mine->listener, POLLIN, 0};

    if (poll(&set, 1, 0) == 0)
        mine->queued = 0;
    else if (mine->queued == 0)
        mine->queued = now;
    return mine->queued == 0 || now - mine->queued < ACCEPT_PATIENCE;
}

static int
takes_another(const struct fcgid_pm *pm, int slot, int class_index)
{
    const struct fcgid_slot *entry = entry_of(pm, slot);
    const struct fcgid_pm_slot *mine = &pm->slots[slot];

    return entry->class_index == class_index &&
           entry->state == FCGID_SLOT_READY && !mine->apart && !mine->adopted &&
           mine->held == 0 && !fcgid_is_retired(entry);
}

/* The process of the class that has the fewest lanes, and may have one more;
 * -1: none. */
static int
find_process(struct fcgid_pm *pm, int class_index, apr_time_t now)
{
    int least = fcgid_pm_lanes_of(pm, class_index), best = -1, count, i;

    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        if (!takes_another(pm, i, class_index))
            continue;
        count = lane_count(pm, i);
        if (count < least && accepts(pm, i, now)) {
            least = count;
            best = i;
        }
    }
    return best;
}

int
fcgid_pm_has_all_lanes(const struct fcgid_pm *pm, int class_index)
{
    return pm->classes[class_index].extra >=
           pm->table->classes[class_index].processes *
               (fcgid_pm_lanes_of(pm, class_index) - 1);
}

int
fcgid_pm_add_lane(struct fcgid_pm *pm, int class_index)
{
    int leader, slot;

    if (fcgid_pm_has_all_lanes(pm, class_index) ||
        pm->slots_used >= FCGID_SLOT_COUNT - FCGID_SLOT_SPARE)
        return 0;
    leader = find_process(pm, class_index, apr_time_now());
    slot = leader != -1 ? fcgid_slot_add_lane(pm->table, leader) : -1;
    if (slot == -1)
        return 0;
    pm->slots_used++;
    fcgid_pm_link_lane(pm, slot);
    pm->classes[class_index].extra++;
    return fcgid_pm_open_lane(pm, slot);
}

void
fcgid_pm_offer(struct fcgid_pm *pm, int slot)
{
    pm->slots[slot].offered = apr_time_now();
    pm->classes[entry_of(pm, slot)->class_index].offered++;
    fcgid_pm_wake_at(&pm->next_offer, pm->slots[slot].offered + LOOK_AGAIN);
}

void
fcgid_pm_end_offer(struct fcgid_pm *pm, int slot)
{
    if (pm->slots[slot].offered == 0)
        return;
    pm->slots[slot].offered = 0;
    pm->classes[entry_of(pm, slot)->class_index].offered--;
}

/* Its connection is accepted. */
static void
take_up(struct fcgid_pm *pm, int slot, int leader)
{
    fcgid_pm_end_offer(pm, slot);
    if (takes_another(pm, leader, entry_of(pm, leader)->class_index))
        fcgid_pm_free_lane(pm, slot);
    else
        pm->slots[slot].kept = 1;
}

static void
look_at_offer(struct fcgid_pm *pm, int slot, apr_time_t now)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    int leader = entry_of(pm, slot)->leader;
    const struct fcgid_slot *process = entry_of(pm, leader);

    (void)accepts(pm, leader, now);
    if (pm->slots[leader].queued == 0) {
        take_up(pm, slot, leader);
        return;
    }
    if (__atomic_load_n(&process->answered, __ATOMIC_SEQ_CST) == 0 &&
        now - process->started < START_PATIENCE)
        mine->offered = now;
    if (now - mine->offered < ACCEPT_PATIENCE) {
        fcgid_pm_wake_at(&pm->next_offer, now + LOOK_AGAIN);
        return;
    }
    /* No other is offered until the queue is seen empty. */
    pm->slots[leader].queued = now - ACCEPT_PATIENCE;
    fcgid_pm_remove_slot(pm, slot);
}

void
fcgid_pm_look_at_offers(struct fcgid_pm *pm, apr_time_t now)
{
    int i, class_index;

    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        if (pm->slots[i].offered == 0)
            continue;
        class_index = entry_of(pm, i)->class_index;
        look_at_offer(pm, i, now);
        if (!pm->stopping && entry_of(pm, i)->class_index == -1)
            fcgid_pm_consider(pm, class_index);
    }
}

int
fcgid_pm_drop_lane(struct fcgid_pm *pm)
{
    int i;

    for (i = 0; i < FCGID_SLOT_COUNT; i++)
        if (entry_of(pm, i)->class_index != -1 &&
            entry_of(pm, i)->state == FCGID_SLOT_LANE && take_if_free(pm, i)) {
            fcgid_pm_remove_slot(pm, i);
            return 1;
        }
    return 0;
}

/* Ends. */

void
fcgid_pm_leave(struct fcgid_pm *pm, int slot, const char *reason)
{
    struct fcgid_slot *entry = entry_of(pm, slot);
    struct fcgid_pm_slot *mine = &pm->slots[slot];

    if (entry->pid == 0 || entry->state == FCGID_SLOT_EXITING)
        return;
    if (mine->leaves == NULL)
        mine->leaves = reason;
    fcgid_set_retire(entry, FCGID_RETIRE_NOW);
    fcgid_pm_retire(pm, slot);
}

/* All that is to be done about one that is to go, and that nobody uses. */
static void
end_unused(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    int class_index = entry_of(pm, slot)->class_index;
    struct fcgid_pm_class *class = &pm->classes[class_index];

    if (mine->leaves != NULL) {
        fcgid_pm_terminate(pm, slot, mine->leaves);
        if (!pm->stopping)
            fcgid_pm_consider(pm, class_index);
    } else if (mine->replaced) {
        fcgid_pm_terminate(pm, slot, mine->due);
    } else if (mine->due != NULL) {
        fcgid_pm_replace(pm, slot, mine->due);
    } else if (class->spare) {
        class->spare = 0;
        fcgid_pm_terminate(pm, slot, FCGID_RELOADING);
    } else {
        fcgid_pm_replace(pm, slot, FCGID_RELOADING);
    }
}

void
fcgid_pm_retire(struct fcgid_pm *pm, int slot)
{
    struct fcgid_slot *entry = entry_of(pm, slot);
    struct fcgid_pm_slot *mine = &pm->slots[slot];

    if (entry->state != FCGID_SLOT_EXITING && !fcgid_is_retired(entry)) {
        fcgid_pm_served(pm, slot);
        return;
    }
    if (entry->state != FCGID_SLOT_EXITING && fcgid_pm_gather(pm, slot)) {
        end_unused(pm, slot);
        return;
    }
    /* EXITING: to hang up; else whoever freed a lane may not have seen that
     * it was to be given up. */
    mine->next_step = apr_time_now() + FCGID_TERM_ALONE;
    fcgid_pm_wake_at(&pm->next_kill, mine->next_step);
}
