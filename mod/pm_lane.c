/* SPDX-License-Identifier: BSD-2-Clause */
/* Lanes as the manager sees them. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "pm.h"
#include "spawn.h"

enum { CLOSES_TO_CONNECT = 3, READS_AT_ONCE = 8 };

/* The application has closed the connection. */
static void
on_hangup(struct fcgid_pm *pm, struct fcgid_watch *watch)
{
    int slot = watch->index;
    struct fcgid_slot *entry = &pm->table->slots[slot];
    uint32_t generation = fcgid_lane_load(entry).generation;

    fcgid_pm_unwatch(pm, &pm->slots[slot].lane_watch);
    pm->slots[slot].took = 1;
    /* If it is in use, its user finds out and says so. */
    if (fcgid_lane_move(entry, FCGID_LANE_FREE, FCGID_LANE_RESET, generation,
                        0))
        fcgid_pm_reset_lane(pm, slot, FCGID_RESET_CLOSED);
}

/* What stands in the queue of the listening socket, which is ours too, is not
 * hung up by the process's end. */
int
fcgid_pm_is_accepted(const struct fcgid_pm *pm, int slot)
{
    struct pollfd set = {pm->slots[slot].lane, POLLIN, 0};

    return set.fd != -1 && poll(&set, 1, 0) == 1 &&
           (set.revents & (POLLHUP | POLLERR)) != 0;
}

void
fcgid_pm_close_lane(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];

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
fcgid_pm_open_lane(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    struct fcgid_slot *entry = &pm->table->slots[slot];
    struct fcgid_class *class = &pm->table->classes[entry->class_index];
    uint32_t generation = fcgid_lane_load(entry).generation + 1;

    fcgid_pm_close_lane(pm, slot);
    entry->carried = 0;
    /* That of one who is apart shows when it has accepted. */
    if (mine->apart ||
        __atomic_load_n(&class->mode, __ATOMIC_RELAXED) == FCGID_MODE_KEPT) {
        mine->lane = fcgid_connect(entry->path);
        if (mine->lane == -1) {
            ap_log_error(APLOG_MARK, APLOG_ERR, errno, pm->server,
                         "mod_fcgid: can't connect to process %d of "
                         "%s" FCGID_ID(511),
                         entry->pid, class->command);
            fcgid_pm_terminate(pm, slot, "connect error");
            return;
        }
        mine->lane_watch =
            fcgid_pm_watch(pm, mine->lane, APR_POLLHUP, slot, on_hangup);
        __atomic_store_n(&entry->connected, 1, __ATOMIC_SEQ_CST);
    }
    if (mine->apart)
        fcgid_lane_store(entry, FCGID_LANE_RESET, generation, 0);
    else
        fcgid_lane_free(pm->table, slot, generation);
}

/* An application that closes after each answer is better connected to for
 * each request. */
static void
count_close(struct fcgid_class *class)
{
    uint32_t closes = __atomic_add_fetch(&class->closes, 1, __ATOMIC_RELAXED);

    if (closes >= CLOSES_TO_CONNECT)
        __atomic_store_n(&class->mode, FCGID_MODE_CONNECT, __ATOMIC_RELAXED);
}

/* The rest of an answer that nobody wants any more. */
static void
on_rest(struct fcgid_pm *pm, struct fcgid_watch *watch)
{
    int slot = watch->index, reads = 0, class_index;
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
        class_index = pm->table->slots[slot].class_index;
        fcgid_pm_terminate(pm, slot, "communication error");
        fcgid_pm_consider(pm, class_index);
        return;
    }
    if (n > 0 || (n == -1 && errno == EAGAIN))
        return;
    mine->kill_at = 0;
    if (pm->table->slots[slot].state == FCGID_SLOT_READY)
        fcgid_pm_open_lane(pm, slot);
    else
        fcgid_pm_close_lane(pm, slot);
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

/* It has served its number, is due, or its program has changed. */
static void
retire(struct fcgid_pm *pm, int slot)
{
    struct fcgid_slot *entry = &pm->table->slots[slot];
    struct fcgid_pm_class *mine = &pm->classes[entry->class_index];

    if (__atomic_load_n(&entry->retire, __ATOMIC_SEQ_CST) !=
        FCGID_RETIRE_NOW) {
        fcgid_pm_served(pm, slot);
    } else if (pm->slots[slot].replaced) {
        fcgid_pm_terminate(pm, slot, pm->slots[slot].due);
    } else if (pm->slots[slot].due != NULL) {
        fcgid_pm_replace(pm, slot, pm->slots[slot].due);
    } else if (mine->spare) {
        mine->spare = 0;
        fcgid_pm_terminate(pm, slot, FCGID_RELOADING);
    } else {
        fcgid_pm_replace(pm, slot, FCGID_RELOADING);
    }
}

void
fcgid_pm_reset_lane(struct fcgid_pm *pm, int slot, enum fcgid_reset how)
{
    struct fcgid_slot *entry = &pm->table->slots[slot];

    if (how == FCGID_RESET_CLOSED)
        count_close(&pm->table->classes[entry->class_index]);
    if (how == FCGID_RESET_BROKEN && entry->state == FCGID_SLOT_READY &&
        pm->slots[slot].lane != -1) {
        drain(pm, slot);
        return;
    }
    /* Idle, and its connection is whole. */
    if (how == FCGID_RESET_RETIRE && entry->pid != 0) {
        retire(pm, slot);
        return;
    }
    if (how == FCGID_RESET_MAKE_ROOM && entry->pid != 0) {
        fcgid_pm_terminate(pm, slot, FCGID_MAKING_ROOM);
        return;
    }
    fcgid_pm_close_lane(pm, slot);
    if (entry->pid == 0)
        fcgid_pm_remove_slot(pm, slot);
    else if (pm->slots[slot].adopted)
        /* It may be reading from a connection that is out of our hands. */
        fcgid_pm_terminate(pm, slot, "its manager is gone");
    else if (how == FCGID_RESET_HUNG)
        fcgid_pm_terminate(pm, slot, "communication error");
    else if (entry->state == FCGID_SLOT_READY)
        fcgid_pm_open_lane(pm, slot);
    /* STARTING: opened when exec has succeeded.  EXITING: not any more. */
}

void
fcgid_pm_remove_slot(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    struct fcgid_slot *entry = &pm->table->slots[slot];

    fcgid_pm_close_lane(pm, slot);
    fcgid_pm_unwatch(pm, &mine->exec_watch);
    if (mine->exec_fd != -1)
        close(mine->exec_fd);
    if (mine->listener != -1)
        close(mine->listener);
    mine->exec_fd = mine->listener = -1;
    mine->kill_at = 0;
    mine->end_reason = NULL;
    mine->exec_failed = 0;
    mine->adopted = 0;
    mine->due = NULL;
    if (entry->path[0] != '\0')
        unlink(entry->path);
    fcgid_slot_remove(pm->table, slot);
}
