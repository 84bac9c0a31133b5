/* SPDX-License-Identifier: BSD-2-Clause */
/* Lanes as an httpd child sees them. */
#include "lane.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/sockios.h>
#endif

#include "apr_strings.h"
#include "log.h"
#include "pm_client.h"
#include "policy.h"
#include "spawn.h"

/* Time after which it is looked again whether a request has been read. */
#define LOOK_AGAIN apr_time_from_msec(1)

/* Ending a use. */

void
fcgid_lane_give_up(struct fcgid_lane *lane, enum fcgid_reset how)
{
    fcgid_lane_store(slot_of(lane), FCGID_LANE_RESET, lane->generation, 0);
    fcgid_client_reset(lane->slot, lane->generation, how,
                       lane->own ? lane->fd : -1);
}

static void
count_request(struct fcgid_lane *lane)
{
    struct fcgid_slot *slot = slot_of(lane);

    __atomic_fetch_add(&process_of(lane)->requests, 1, __ATOMIC_RELAXED);
    fcgid_count(&class_of(lane)->counts.requests, 1);
    slot->last_used = apr_time_now();
    if (!lane->own && ++slot->carried > 1)
        __atomic_store_n(&class_of(lane)->closes, 0, __ATOMIC_RELAXED);
}

/* Whether the process is to go now that its request has ended; *ahead: its
 * successor is to be started, as it is soon to go. */
static int
retires(struct fcgid_lane *lane, enum fcgid_outcome outcome, int *ahead)
{
    struct fcgid_slot *process = process_of(lane);
    uint32_t retire = __atomic_load_n(&process->retire, __ATOMIC_SEQ_CST);
    apr_int64_t took;

    *ahead = 0;
    if (retire == FCGID_RETIRE_NOW ||
        __atomic_load_n(&process->state, __ATOMIC_SEQ_CST) ==
            FCGID_SLOT_EXITING)
        return 1;
    /* It may be at work still on what was given up. */
    if (retire == FCGID_RETIRE_SPARED || lane->def->limits.max_requests == 0 ||
        (outcome != FCGID_OUTCOME_KEPT && outcome != FCGID_OUTCOME_CLOSED))
        return 0;
    took = __atomic_load_n(&class_of(lane)->start_took, __ATOMIC_RELAXED);
    switch (fcgid_judge_number(
        &lane->def->limits,
        (apr_int64_t)__atomic_load_n(&process->requests, __ATOMIC_RELAXED),
        slot_of(lane)->last_used - process->started, took)) {
    case FCGID_NUMBER_SERVED:
        return 1;
    case FCGID_NUMBER_SOON:
        *ahead = retire == FCGID_RETIRE_NO &&
                 __atomic_compare_exchange_n(
                     &process->retire, &retire, FCGID_RETIRE_AHEAD, 0,
                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
        return 0;
    default:
        return 0;
    }
}

/* Whether the process is to make room for another class. */
static int
gives_way(struct fcgid_lane *lane)
{
    uint32_t *flag = &class_of(lane)->gives_way;

    return __atomic_load_n(flag, __ATOMIC_SEQ_CST) != 0 &&
           __atomic_exchange_n(flag, 0, __ATOMIC_SEQ_CST) != 0;
}

/* Whether the manager wants what it is to ask for next; if so it gets it. */
static int
is_wanted(struct fcgid_lane *lane, uint32_t wish)
{
    uint32_t *ask = &class_of(lane)->ask;

    return lane->def->limits.max_lanes != 1 && lane->answered &&
           __atomic_load_n(ask, __ATOMIC_SEQ_CST) == wish &&
           __atomic_compare_exchange_n(ask, &wish, FCGID_ASK_NOTHING, 0,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* A lane is free: a class may have waited for one of another's to be so. */
static void
offer_room(struct fcgid_table *table)
{
    int32_t wanted = __atomic_load_n(&table->room_wanted, __ATOMIC_SEQ_CST);

    if (wanted == 0)
        return;
    wanted = __atomic_exchange_n(&table->room_wanted, 0, __ATOMIC_SEQ_CST);
    if (wanted != 0)
        fcgid_client_spawn(wanted - 1);
}

static enum fcgid_reset
reset_for(const struct fcgid_lane *lane, enum fcgid_outcome outcome)
{
    if (outcome == FCGID_OUTCOME_HUNG)
        return FCGID_RESET_HUNG;
    /* Answered, or never begun to: the application left of its own. */
    return outcome == FCGID_OUTCOME_CLOSED || (lane->broken && !lane->own)
               ? FCGID_RESET_CLOSED
               : FCGID_RESET_BROKEN;
}

/* The manager gets the slot if it is not to be used as it is; whether it does
 * not.  *ahead: see retires. */
static int
stays(struct fcgid_lane *lane, enum fcgid_outcome outcome, int *ahead)
{
    int clean = outcome == FCGID_OUTCOME_KEPT ||
                (outcome == FCGID_OUTCOME_CLOSED && lane->own);

    if (retires(lane, outcome, ahead))
        fcgid_lane_give_up(lane, FCGID_RESET_RETIRE);
    else if (!clean || lane->broken)
        fcgid_lane_give_up(lane, reset_for(lane, outcome));
    else if (gives_way(lane))
        fcgid_lane_give_up(lane, FCGID_RESET_MAKE_ROOM);
    else if (is_wanted(lane, FCGID_ASK_LANE))
        fcgid_lane_give_up(lane, FCGID_RESET_ASK);
    else
        return 1;
    return 0;
}

void
fcgid_lane_release(struct fcgid_lane *lane, enum fcgid_outcome outcome)
{
    int ahead, free;

    if (lane->table == NULL && lane->fd != -1) {
        close(lane->fd);
        lane->fd = -1;
    }
    if (!lane->held)
        return;
    lane->held = 0;
    count_request(lane);
    free = stays(lane, outcome, &ahead);
    if (lane->own)
        close(lane->fd);
    lane->fd = -1;
    lane->own = 0;
    if (free && ahead)
        fcgid_client_due(lane->slot, lane->generation);
    /* From here on another may have the slot. */
    if (free)
        fcgid_lane_free(lane->table, lane->slot, lane->generation);
    if (is_wanted(lane, FCGID_ASK_SERVED))
        fcgid_client_served(lane->class_index);
    if (free)
        offer_room(lane->table);
}

apr_status_t
fcgid_lane_release_at_end(void *data)
{
    fcgid_lane_release(data, FCGID_OUTCOME_BROKEN);
    return APR_SUCCESS;
}

/* Connections. */

int
fcgid_lane_open_own(struct fcgid_lane *lane)
{
    lane->fd = fcgid_connect(process_of(lane)->path);
    lane->own = lane->fd != -1;
    lane->reused = 0;
    return lane->fd == -1 ? errno : 0;
}

/* Many lanes, few descriptors: closes our copy of one that nobody uses. */
static void
close_surplus(struct fcgid_table *table, int is_short)
{
    int slot = fcgid_client_surplus_lane(is_short);
    struct fcgid_lane_word word;

    if (slot == -1)
        return;
    word = fcgid_lane_load(&table->slots[slot]);
    if (word.state != FCGID_LANE_FREE ||
        !fcgid_lane_move(&table->slots[slot], FCGID_LANE_FREE, FCGID_LANE_BUSY,
                         word.generation, fcgid_client_pid()))
        return;
    fcgid_client_close_lane(slot);
    fcgid_lane_free(table, slot, word.generation);
    offer_room(table);
}

/* The lane's slot is ours: finds its connection.  0 or an errno. */
int
fcgid_lane_open(struct fcgid_lane *lane)
{
    struct fcgid_slot *slot = slot_of(lane), *process = process_of(lane);
    int error;

    lane->generation = fcgid_lane_load(slot).generation;
    lane->pid = process->pid;
    lane->old[0] = lane->old[1] = process->last_pid;
    lane->served = __atomic_load_n(&process->answered, __ATOMIC_SEQ_CST) > 0;
    lane->own = lane->broken = lane->answered = 0;
    slot->last_used = apr_time_now();
    /* Where there is a connection the application may be reading from it. */
    if (!__atomic_load_n(&slot->connected, __ATOMIC_SEQ_CST))
        return fcgid_lane_open_own(lane);
    lane->reused = slot->carried > 0;
    lane->fd = fcgid_client_lane(lane->slot, lane->generation);
    error = lane->fd != -1 ? 0 : errno;
    close_surplus(lane->table, fcgid_is_shortage(error));
    return error;
}

int
fcgid_lane_keeps(const struct fcgid_lane *lane)
{
    return !lane->own;
}

int
fcgid_lane_reused(const struct fcgid_lane *lane)
{
    return lane->reused;
}

int
fcgid_lane_served(const struct fcgid_lane *lane)
{
    return lane->served;
}

/* Bytes. */

apr_status_t
fcgid_lane_sendv(struct fcgid_lane *lane, const struct iovec *vec, int count,
                 apr_size_t *size)
{
    struct msghdr header;
    ssize_t n;

    memset(&header, 0, sizeof header);
    header.msg_iov = (struct iovec *)(apr_uintptr_t)vec;
    header.msg_iovlen = (apr_size_t)count;
    *size = 0;
    do
        n = sendmsg(lane->fd, &header, MSG_NOSIGNAL);
    while (n == -1 && errno == EINTR);
    if (n == -1)
        return errno;
    *size = (apr_size_t)n;
    return APR_SUCCESS;
}

apr_status_t
fcgid_lane_recv(struct fcgid_lane *lane, char *buffer, apr_size_t *size)
{
    ssize_t n;

    do
        n = recv(lane->fd, buffer, *size, 0);
    while (n == -1 && errno == EINTR);
    *size = n > 0 ? (apr_size_t)n : 0;
    if (n == -1)
        return errno;
    return n == 0 ? APR_EOF : APR_SUCCESS;
}

int
fcgid_lane_is_taken(const struct fcgid_lane *lane)
{
#ifdef SIOCOUTQ
    int left = 0;

    return ioctl(lane->fd, SIOCOUTQ, &left) == -1 || left == 0;
#else
    (void)lane;
    return 1;
#endif
}

apr_status_t
fcgid_lane_poll(struct fcgid_lane *lane, apr_int16_t wanted, apr_int16_t *got,
                apr_interval_time_t timeout, int client)
{
    struct pollfd sets[2];
    struct pollfd *set = &sets[0];
    int rc, ms = timeout < 0 ? -1 : (int)((timeout + 999) / 1000);

    set->fd = lane->fd;
    set->events = (short)(((wanted & APR_POLLIN) ? POLLIN : 0) |
                          ((wanted & APR_POLLOUT) ? POLLOUT : 0));
    set->revents = 0;
    sets[1].fd = client; /* poll skips what is negative */
    sets[1].events = POLLIN;
    sets[1].revents = 0;
    rc = poll(sets, 2, ms);
    *got = 0;
    if (rc == 0)
        return APR_TIMEUP;
    if (rc == -1)
        return errno == EINTR ? APR_SUCCESS : errno;
    if (set->revents & (POLLERR | POLLHUP | POLLNVAL))
        *got = wanted;
    if (set->revents & POLLIN)
        *got |= APR_POLLIN;
    if (set->revents & POLLOUT)
        *got |= APR_POLLOUT;
    return APR_SUCCESS;
}

static void
set_send_buffer(const struct fcgid_lane *lane, int size)
{
    setsockopt(lane->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

/*
 * A socket can be written to when a part of its send buffer is free.  With the
 * smallest buffer that there is, any request fills it, so that poll tells
 * when it has been read.  A request of few bytes may not: then it is looked
 * for again after a moment.
 */
apr_status_t
fcgid_lane_await_taken(struct fcgid_lane *lane, apr_int16_t *got,
                       apr_interval_time_t timeout)
{
    int size = 0;
    socklen_t length = sizeof size;
    apr_status_t rv;

    if (getsockopt(lane->fd, SOL_SOCKET, SO_SNDBUF, &size, &length) == -1)
        return errno;
    set_send_buffer(lane, 1);
    rv = fcgid_lane_poll(lane, APR_POLLIN | APR_POLLOUT, got, timeout, -1);
    set_send_buffer(lane, size / 2); /* the system doubles it */
    for (; rv == APR_SUCCESS && (*got & APR_POLLIN) == 0;
         timeout -= LOOK_AGAIN) {
        if (fcgid_lane_is_taken(lane))
            return APR_SUCCESS;
        if (timeout <= 0)
            return APR_TIMEUP;
        rv = fcgid_lane_poll(lane, APR_POLLIN, got, LOOK_AGAIN, -1);
        if (APR_STATUS_IS_TIMEUP(rv))
            rv = APR_SUCCESS;
    }
    return rv;
}

/* What is known of the process. */

const char *
fcgid_describe_end(apr_pool_t *pool, int status)
{
    if (status == -1)
        return "ended in an unknown way";
    if (WIFEXITED(status))
        return apr_psprintf(pool, "exited with code %d", WEXITSTATUS(status));
    return apr_psprintf(pool, "was killed by signal %d", WTERMSIG(status));
}

void
fcgid_lane_answered(struct fcgid_lane *lane)
{
    if (lane->answered || lane->table == NULL)
        return;
    lane->answered = 1;
    __atomic_fetch_add(&process_of(lane)->answered, 1, __ATOMIC_SEQ_CST);
    if (class_of(lane)->start_failures != 0)
        __atomic_store_n(&class_of(lane)->start_failures, 0, __ATOMIC_SEQ_CST);
}

apr_int64_t
fcgid_lane_pid(const struct fcgid_lane *lane)
{
    return lane->pid != 0 || lane->table == NULL ? lane->pid
                                                 : process_of(lane)->pid;
}

void
fcgid_lane_taken(struct fcgid_lane *lane)
{
    if (lane->table != NULL)
        __atomic_store_n(&class_of(lane)->start_failures, 0, __ATOMIC_SEQ_CST);
}

void
fcgid_lane_await_end(struct fcgid_lane *lane, apr_interval_time_t wait,
                     struct fcgid_end *end)
{
    struct fcgid_slot *slot;
    int32_t pid;

    memset(end, 0, sizeof *end);
    if (lane->table == NULL)
        return;
    slot = process_of(lane);
    pid = fcgid_slot_await_end(slot, lane->old, wait);
    end->known = pid != 0;
    end->status = slot->last_status;
    end->told = slot->last_told;
    if (pid != 0)
        lane->pid = pid;
}

int
fcgid_end_by_others(const struct fcgid_end *end)
{
    if (!end->known || end->told || end->status == -1 ||
        !WIFSIGNALED(end->status))
        return 0;
    switch (WTERMSIG(end->status)) {
    case SIGKILL:
    case SIGTERM:
    case SIGINT:
    case SIGHUP:
    case SIGQUIT:
        return 1;
    default:
        return 0;
    }
}

const char *
fcgid_end_text(const struct fcgid_end *end, apr_pool_t *pool)
{
    return end->known && end->status != -1
               ? fcgid_describe_end(pool, end->status)
               : NULL;
}
