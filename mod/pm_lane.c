/* SPDX-License-Identifier: BSD-2-Clause */
/* Lanes as the manager sees them. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "pm.h"
#include "pm_preload.h"
#include "spawn.h"

enum { CLOSES_TO_CONNECT = 3, READS_AT_ONCE = 8 };

/* The application has closed the connection. */
static void
on_hangup(struct fcgid_pm *pm, struct fcgid_watch *watch)
{
    int slot = watch->index, leader = fcgid_pm_leader(pm, slot);
    struct fcgid_slot *entry = &pm->table->slots[slot];
    uint32_t generation = fcgid_lane_load(entry).generation;

    fcgid_pm_unwatch(pm, &pm->slots[slot].lane_watch);
    pm->slots[leader].took = 1;
    if (pm->slots[slot].offered != 0) {
        fcgid_pm_remove_slot(pm, slot);
        return;
    }
    /* If it is in use, its user finds out and says so. */
    if (!fcgid_lane_move(entry, FCGID_LANE_FREE, FCGID_LANE_RESET, generation,
                         0))
        return;
    /* Another is opened when it is needed. */
    if (slot != leader)
        fcgid_pm_remove_slot(pm, slot);
    else
        fcgid_pm_reset_lane(pm, slot, FCGID_RESET_CLOSED);
}

/* What stands in the queue of the listening socket, which is ours too, is not
 * hung up by the process's end. */
static int
is_hung_up(const struct fcgid_pm *pm, int slot)
{
    struct pollfd set = {pm->slots[slot].lane, POLLIN, 0};

    return set.fd != -1 && poll(&set, 1, 0) == 1 &&
           (set.revents & (POLLHUP | POLLERR)) != 0;
}

int
fcgid_pm_is_accepted(const struct fcgid_pm *pm, int slot)
{
    while (slot != -1 && !is_hung_up(pm, slot))
        slot = pm->slots[slot].next;
    return slot != -1;
}

void
fcgid_pm_close_lane(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];

    fcgid_pm_stop_asking(pm, slot);
    fcgid_pm_end_offer(pm, slot);
    fcgid_pm_unwatch(pm, &mine->lane_watch);
    __atomic_store_n(&pm->table->slots[slot].connected, 0, __ATOMIC_SEQ_CST);
    if (mine->lane == -1)
        return;
    /* Acts on the one connection that all copies stand for. */
    (void)shutdown(mine->lane, SHUT_RDWR);
    close(mine->lane);
    mine->lane = -1;
}

void
fcgid_pm_watch_lane(struct fcgid_pm *pm, int slot)
{
    fcgid_pm_unwatch(pm, &pm->slots[slot].lane_watch);
    pm->slots[slot].lane_watch =
        fcgid_pm_watch(pm, pm->slots[slot].lane, APR_POLLHUP, slot, on_hangup);
}

void
fcgid_pm_free_lane(struct fcgid_pm *pm, int slot)
{
    pm->slots[slot].kept = pm->slots[slot].lost = 0;
    fcgid_lane_free(pm->table, slot,
                    fcgid_lane_load(&pm->table->slots[slot]).generation);
}

static void
connect_failed(struct fcgid_pm *pm, int slot, int error)
{
    int leader = fcgid_pm_leader(pm, slot);
    const struct fcgid_slot *process = &pm->table->slots[leader];

    ap_log_error(
        APLOG_MARK, slot != leader ? APLOG_INFO : APLOG_ERR, error, pm->server,
        "mod_fcgid: can't connect to process %d of %s" FCGID_ID(511),
        process->pid, pm->table->classes[process->class_index].command);
    if (slot != leader)
        fcgid_pm_remove_slot(pm, slot);
    else
        fcgid_pm_terminate(pm, slot, "connect error");
}

int
fcgid_pm_open_lane(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    struct fcgid_slot *entry = &pm->table->slots[slot];
    struct fcgid_class *class = &pm->table->classes[entry->class_index];
    uint32_t generation = fcgid_lane_load(entry).generation + 1;
    int apart = pm->slots[entry->leader].apart;

    fcgid_pm_close_lane(pm, slot);
    entry->carried = 0;
    /* Whose word is of the old generation finds nothing to take. */
    fcgid_lane_store(entry, FCGID_LANE_RESET, generation, 0);
    /* That of one who is apart, or tried, shows when it has accepted. */
    if (apart || fcgid_pm_is_tried(pm, slot) ||
        __atomic_load_n(&class->mode, __ATOMIC_RELAXED) == FCGID_MODE_KEPT) {
        mine->lane = fcgid_connect(fcgid_process_of(pm->table, slot)->path);
        if (mine->lane == -1) {
            connect_failed(pm, slot, errno);
            return 0;
        }
        fcgid_pm_watch_lane(pm, slot);
        fcgid_pm_note_connection(pm, slot);
        __atomic_store_n(&entry->connected, 1, __ATOMIC_SEQ_CST);
    }
    mine->kept = mine->lost = mine->excused = 0;
    if (slot != entry->leader && mine->lane != -1)
        fcgid_pm_offer(pm, slot);
    else if (!apart)
        fcgid_pm_free_lane(pm, slot);
    return 1;
}

/*
 * An application that closes after each answer is better connected to for each
 * request.  One that has answered more on a connection does not do so, and one
 * that has ended had to close them all.
 */
static void
count_close(struct fcgid_pm *pm, int slot)
{
    const struct fcgid_slot *entry = &pm->table->slots[slot];
    struct fcgid_class *class = &pm->table->classes[entry->class_index];
    uint32_t closes;

    if (entry->carried > 1 || pm->slots[slot].excused)
        return;
    closes = __atomic_add_fetch(&class->closes, 1, __ATOMIC_RELAXED);
    if (closes >= CLOSES_TO_CONNECT)
        __atomic_store_n(&class->mode, FCGID_MODE_CONNECT, __ATOMIC_RELAXED);
}

/* Its connection is of no use, or over. */
static void
renew(struct fcgid_pm *pm, int slot)
{
    int leader = fcgid_pm_leader(pm, slot);
    const struct fcgid_slot *process = &pm->table->slots[leader];

    if (process->state == FCGID_SLOT_READY && !fcgid_is_retired(process)) {
        (void)fcgid_pm_open_lane(pm, slot);
        return;
    }
    /* STARTING: opened when exec has succeeded.  EXITING: not any more. */
    fcgid_pm_close_lane(pm, slot);
    if (process->pid == 0)
        fcgid_pm_bury(pm, leader);
    else if (process->state == FCGID_SLOT_READY)
        fcgid_pm_retire(pm, leader);
}

/* The rest of an answer that nobody wants any more. */
static void
on_rest(struct fcgid_pm *pm, struct fcgid_watch *watch)
{
    int slot = watch->index, leader = fcgid_pm_leader(pm, slot), reads = 0;
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    ssize_t n;

    do {
        n = recv(watch->fd, pm->payload, sizeof pm->payload, MSG_DONTWAIT);
        if (n > 0)
            mine->rest += (apr_uint64_t)n;
    } while (n > 0 && ++reads < READS_AT_ONCE);
    if (n > 0 && mine->rest > FCGID_REST_MAX) {
        /* It blocks, then it is cut off. */
        fcgid_pm_unwatch(pm, &mine->lane_watch);
        fcgid_pm_leave(pm, leader, "communication error");
        return;
    }
    if (n > 0 || (n == -1 && errno == EAGAIN))
        return;
    if (pm->table->slots[leader].state != FCGID_SLOT_EXITING)
        mine->kill_at = 0;
    renew(pm, slot);
}

/*
 * The connection is given up in the middle of a request.  The application may
 * be at work on it still: the lane is free again when it has closed the
 * connection, and if it does not, it is ended, see FCGID_REST_PATIENCE.
 */
static void
drain(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];

    fcgid_pm_unwatch(pm, &mine->lane_watch);
    __atomic_store_n(&pm->table->slots[slot].connected, 0, __ATOMIC_SEQ_CST);
    /* It reads an end of file now, but may write without harm. */
    (void)shutdown(mine->lane, SHUT_WR);
    mine->lane_watch =
        fcgid_pm_watch(pm, mine->lane, APR_POLLIN, slot, on_rest);
    mine->rest = 0;
    mine->rest_end = apr_time_now() + FCGID_TERM_GRACE;
    mine->kill_at = apr_time_now() + FCGID_REST_PATIENCE;
    fcgid_pm_wake_at(&pm->next_kill, mine->kill_at);
}

void
fcgid_pm_take_connection(struct fcgid_pm *pm, int slot, int descriptor)
{
    fcgid_pm_close_lane(pm, slot);
    pm->slots[slot].lane = descriptor;
}

void
fcgid_pm_reset_lane(struct fcgid_pm *pm, int slot, enum fcgid_reset how)
{
    struct fcgid_slot *entry = &pm->table->slots[slot];
    int leader = entry->leader;
    const struct fcgid_slot *process = &pm->table->slots[leader];

    pm->slots[slot].lost = 0;
    if (how == FCGID_RESET_CLOSED)
        count_close(pm, slot);
    if (how == FCGID_RESET_BROKEN && process->state == FCGID_SLOT_READY &&
        pm->slots[slot].lane != -1) {
        drain(pm, slot);
        return;
    }
    /* Idle, and its connection is whole. */
    if (process->pid != 0 && how >= FCGID_RESET_RETIRE) {
        pm->slots[slot].kept = 1;
        if (how == FCGID_RESET_ASK)
            fcgid_pm_ask(pm, slot);
        else if (how == FCGID_RESET_MAKE_ROOM)
            fcgid_pm_leave(pm, leader, FCGID_MAKING_ROOM);
        else
            fcgid_pm_retire(pm, leader);
        return;
    }
    if (how == FCGID_RESET_HUNG || pm->slots[leader].adopted) {
        /* The latter may be reading from a connection that is out of our
         * hands. */
        fcgid_pm_close_lane(pm, slot);
        fcgid_pm_leave(pm, leader,
                       how == FCGID_RESET_HUNG ? "communication error"
                                               : "its manager is gone");
    }
    renew(pm, slot);
}

void
fcgid_pm_clear_slot(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];

    memset(mine, 0, sizeof *mine);
    mine->lane = mine->next = mine->listener = mine->exec_fd = -1;
    mine->overdue = -1;
}

void
fcgid_pm_remove_slot(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    struct fcgid_slot *entry = &pm->table->slots[slot];

    while (entry->leader == slot && mine->next != -1)
        fcgid_pm_remove_slot(pm, mine->next);
    fcgid_pm_close_lane(pm, slot);
    fcgid_pm_unlink_lane(pm, slot);
    fcgid_pm_close_exec(pm, slot);
    if (mine->listener != -1)
        close(mine->listener);
    fcgid_pm_clear_slot(pm, slot);
    if (entry->path[0] != '\0')
        unlink(entry->path);
    fcgid_slot_remove(pm->table, slot);
    pm->slots_used--;
}
