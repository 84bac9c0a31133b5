/* SPDX-License-Identifier: BSD-2-Clause */
/* Lanes as an httpd child sees them. */
#include "ipc.h"

#include <errno.h>
#include <poll.h>
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
#include "pm_start.h"
#include "proctab.h"
#include "spawn.h"

enum {
    RETRY_AFTER = 5,  /* seconds told to a client that is turned away */
    TRIES_TO_OPEN = 8 /* lanes tried before the search is given up */
};

struct fcgid_lane {
    request_rec *r;
    const struct fcgid_class_def *def;
    struct fcgid_table *table;
    int class_index;
    uint32_t class_generation;
    int slot;
    uint32_t generation;
    int fd;       /* -1: none */
    int own;      /* fd is this request's alone, to be closed */
    int broken;   /* the shared connection is of no use any more */
    int reused;   /* the connection has carried a request before */
    int answered; /* a byte has come */
    int held;     /* the slot is BUSY for this process */
    int served;   /* the application has answered a request before */
    int32_t pid;  /* of the process when the lane was taken */
};

static struct fcgid_slot *
slot_of(const struct fcgid_lane *lane)
{
    return &lane->table->slots[lane->slot];
}

static struct fcgid_class *
class_of(const struct fcgid_lane *lane)
{
    return &lane->table->classes[lane->class_index];
}

/* Ending a use. */

static void
give_to_manager(struct fcgid_lane *lane, enum fcgid_reset how)
{
    fcgid_lane_store(slot_of(lane), FCGID_LANE_RESET, lane->generation, 0);
    fcgid_client_reset(lane->slot, lane->generation, how,
                       lane->own ? lane->fd : -1);
}

/* Whether the process has now served its number of requests. */
static int
count_request(struct fcgid_lane *lane)
{
    struct fcgid_slot *slot = slot_of(lane);
    int most = lane->def->limits.max_requests;

    slot->requests++;
    slot->last_used = apr_time_now();
    if (!lane->own && ++slot->carried > 1)
        __atomic_store_n(&class_of(lane)->closes, 0, __ATOMIC_RELAXED);
    return most > 0 && slot->requests >= (uint64_t)most;
}

/* Whether the process is to make room for another class. */
static int
gives_way(struct fcgid_lane *lane)
{
    uint32_t *flag = &class_of(lane)->gives_way;

    return __atomic_load_n(flag, __ATOMIC_SEQ_CST) != 0 &&
           __atomic_exchange_n(flag, 0, __ATOMIC_SEQ_CST) != 0;
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

void
fcgid_lane_release(struct fcgid_lane *lane, enum fcgid_outcome outcome)
{
    int clean = outcome == FCGID_OUTCOME_KEPT ||
                (outcome == FCGID_OUTCOME_CLOSED && lane->own);
    int stays = 0;

    if (!lane->held)
        return;
    lane->held = 0;
    clean = clean && !lane->broken;
    if (count_request(lane))
        give_to_manager(lane, FCGID_RESET_RETIRE);
    else if (!clean)
        give_to_manager(lane, reset_for(lane, outcome));
    else if (gives_way(lane))
        give_to_manager(lane, FCGID_RESET_MAKE_ROOM);
    else
        stays = 1;
    if (lane->own)
        close(lane->fd);
    lane->fd = -1;
    lane->own = 0;
    if (!stays)
        return;
    /* Last: from here on another may have the slot. */
    fcgid_lane_free(lane->table, lane->slot, lane->generation);
    offer_room(lane->table);
}

static apr_status_t
release_at_end(void *data)
{
    fcgid_lane_release(data, FCGID_OUTCOME_BROKEN);
    return APR_SUCCESS;
}

/* Connections. */

static int
open_own(struct fcgid_lane *lane)
{
    lane->fd = fcgid_connect(slot_of(lane)->path);
    lane->own = lane->fd != -1;
    lane->reused = 0;
    return lane->fd == -1 ? errno : 0;
}

/* The lane's slot is ours: finds its connection.  0 or an errno. */
static int
open_connection(struct fcgid_lane *lane)
{
    struct fcgid_slot *slot = slot_of(lane);

    lane->generation = fcgid_lane_load(slot).generation;
    lane->pid = slot->pid;
    lane->served = __atomic_load_n(&slot->answered, __ATOMIC_SEQ_CST) > 0;
    lane->own = lane->broken = lane->answered = 0;
    slot->last_used = apr_time_now();
    /* Where there is a connection the application may be reading from it. */
    if (!__atomic_load_n(&slot->connected, __ATOMIC_SEQ_CST))
        return open_own(lane);
    lane->reused = slot->carried > 0;
    lane->fd = fcgid_client_lane(lane->slot, lane->generation);
    return lane->fd != -1 ? 0 : ECONNRESET;
}

/* Denials. */

static apr_status_t
deny(request_rec *r, struct fcgid_denial *denial,
     enum fcgid_denial_reason reason, int status, const char *text)
{
    denial->reason = reason;
    denial->http_status = status;
    denial->retry_after = status == HTTP_SERVICE_UNAVAILABLE ? RETRY_AFTER : 0;
    denial->text = text;
    (void)r;
    return APR_EGENERAL;
}

static const char *
describe_end(apr_pool_t *pool, int status)
{
    if (status == -1)
        return "ended in an unknown way";
    if (WIFEXITED(status))
        return apr_psprintf(pool, "exited with code %d", WEXITSTATUS(status));
    return apr_psprintf(pool, "was killed by signal %d", WTERMSIG(status));
}

static apr_status_t
deny_as_told(request_rec *r, const struct fcgid_waiter *waiter, int end_status,
             struct fcgid_denial *denial)
{
    if (waiter->reason == FCGID_DENIED_MANAGER)
        return deny(r, denial, FCGID_DENIED_MANAGER, HTTP_SERVICE_UNAVAILABLE,
                    "the process manager was replaced");
    if (waiter->reason == FCGID_DENIED_EXEC) {
        denial->exec_errno = waiter->error_number;
        return deny(r, denial, FCGID_DENIED_EXEC, HTTP_INTERNAL_SERVER_ERROR,
                    NULL);
    }
    return deny(r, denial, FCGID_DENIED_START, HTTP_INTERNAL_SERVER_ERROR,
                apr_psprintf(r->pool,
                             "its processes end before they serve a request, "
                             "%d times in a row; the last %s",
                             waiter->error_number,
                             describe_end(r->pool, end_status)));
}

static apr_status_t
deny_queue(request_rec *r, const struct fcgid_class_def *def, int timed_out,
           struct fcgid_denial *denial)
{
    const struct fcgid_limits *limits = &def->limits;

    if (timed_out)
        return deny(r, denial, FCGID_DENIED_QUEUE_TIMEOUT,
                    HTTP_SERVICE_UNAVAILABLE,
                    apr_psprintf(r->pool,
                                 "no process was free for %d seconds "
                                 "(FcgidQueueTimeout; at most %d processes by "
                                 "FcgidMaxProcessesPerClass)",
                                 (int)apr_time_sec(limits->queue_timeout),
                                 limits->max_processes));
    return deny(r, denial, FCGID_DENIED_QUEUE_FULL, HTTP_SERVICE_UNAVAILABLE,
                apr_psprintf(r->pool,
                             "%d requests wait already (FcgidQueueLength)",
                             limits->queue_length));
}

/* Waits for a slot of the class.  Returns it, or -1 and *denial. */
static int
wait_for_slot(request_rec *r, const struct fcgid_class_def *def,
              struct fcgid_table *table, int class_index,
              struct fcgid_denial *denial)
{
    int waiter = fcgid_wait_begin(table, class_index, fcgid_client_pid(),
                                  def->limits.queue_length);
    struct fcgid_waiter told;
    enum fcgid_waiter_state state;
    int slot;

    if (waiter < 0) {
        deny_queue(r, def, 0, denial);
        return -1;
    }
    /* Once it has all the processes it may have, only a death changes that,
     * and then the manager looks by itself who waits. */
    if (__atomic_load_n(&table->classes[class_index].processes,
                        __ATOMIC_SEQ_CST) < def->limits.max_processes)
        fcgid_client_spawn(class_index);
    state = fcgid_wait_sleep(table, waiter, def->limits.queue_timeout);
    told.reason = table->waiters[waiter].reason;
    told.error_number = table->waiters[waiter].error_number;
    slot = fcgid_wait_end(table, waiter);
    if (slot == -1 && state == FCGID_WAITER_DENIED)
        deny_as_told(r, &told, table->classes[class_index].end_status, denial);
    else if (slot == -1)
        deny_queue(r, def, 1, denial);
    return slot;
}

/* Whether the class's entry has gone to another class while we waited. */
static int
is_mistaken(const struct fcgid_lane *lane)
{
    return __atomic_load_n(&class_of(lane)->generation, __ATOMIC_SEQ_CST) !=
           lane->class_generation;
}

/* Takes lanes until one has a connection. */
static apr_status_t
find_lane(struct fcgid_lane *lane, struct fcgid_denial *denial)
{
    request_rec *r = lane->r;
    int tries, error = 0;

    for (tries = 0; tries < TRIES_TO_OPEN; tries++) {
        lane->slot = fcgid_lane_take(lane->table, lane->class_index,
                                     fcgid_client_pid());
        if (lane->slot == -1)
            lane->slot = wait_for_slot(r, lane->def, lane->table,
                                       lane->class_index, denial);
        if (lane->slot == -1)
            return APR_EGENERAL;
        if (is_mistaken(lane)) {
            fcgid_lane_free(lane->table, lane->slot,
                            fcgid_lane_load(slot_of(lane)).generation);
            return deny(r, denial, FCGID_DENIED_MANAGER,
                        HTTP_SERVICE_UNAVAILABLE,
                        "the table of applications changes too fast");
        }
        lane->held = 1;
        error = open_connection(lane);
        if (error == 0)
            return APR_SUCCESS;
        lane->held = 0;
        give_to_manager(lane, FCGID_RESET_BROKEN);
    }
    return deny(r, denial, FCGID_DENIED_START, HTTP_SERVICE_UNAVAILABLE,
                apr_psprintf(r->pool, "can't connect to it: %s",
                             strerror(error)));
}

apr_status_t
fcgid_lane_acquire(request_rec *r, const struct fcgid_class_def *def,
                   struct fcgid_lane **lane, struct fcgid_denial *denial)
{
    struct fcgid_lane *made = apr_pcalloc(r->pool, sizeof *made);
    apr_status_t rv;
    int tries = 0;

    made->r = r;
    made->def = def;
    made->fd = -1;
    made->table = fcgid_engine()->table;
    do {
        made->class_index =
            fcgid_client_class(r, def, &made->class_generation);
        if (made->class_index == -1)
            return deny(r, denial, FCGID_DENIED_MANAGER,
                        HTTP_SERVICE_UNAVAILABLE,
                        "the process manager does not answer, or has no room "
                        "for another application");
        rv = find_lane(made, denial);
    } while (rv != APR_SUCCESS && denial->reason == FCGID_DENIED_MANAGER &&
             ++tries < TRIES_TO_OPEN);
    if (rv != APR_SUCCESS)
        return rv;
    apr_pool_cleanup_register(r->pool, made, release_at_end,
                              apr_pool_cleanup_null);
    *lane = made;
    return APR_SUCCESS;
}

apr_status_t
fcgid_lane_reopen(request_rec *r, struct fcgid_lane **lane,
                  struct fcgid_denial *denial)
{
    struct fcgid_lane *old = *lane;

    if (old->own) {
        close(old->fd);
    } else {
        /* The application accepts again when this one is over. */
        (void)shutdown(old->fd, SHUT_RDWR);
        old->broken = 1;
    }
    old->own = 0;
    /* The socket outlives the process: whoever comes after it accepts. */
    if (open_own(old) == 0)
        return APR_SUCCESS;
    fcgid_lane_release(old, FCGID_OUTCOME_BROKEN);
    return fcgid_lane_acquire(r, old->def, lane, denial);
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
                apr_interval_time_t timeout)
{
    struct pollfd set;
    int rc, ms = timeout < 0 ? -1 : (int)((timeout + 999) / 1000);

    set.fd = lane->fd;
    set.events = (short)(((wanted & APR_POLLIN) ? POLLIN : 0) |
                         ((wanted & APR_POLLOUT) ? POLLOUT : 0));
    set.revents = 0;
    rc = poll(&set, 1, ms);
    *got = 0;
    if (rc == 0)
        return APR_TIMEUP;
    if (rc == -1)
        return errno == EINTR ? APR_SUCCESS : errno;
    if (set.revents & (POLLERR | POLLHUP | POLLNVAL))
        *got = wanted;
    if (set.revents & POLLIN)
        *got |= APR_POLLIN;
    if (set.revents & POLLOUT)
        *got |= APR_POLLOUT;
    return APR_SUCCESS;
}

/* What is known of the process. */

void
fcgid_lane_answered(struct fcgid_lane *lane)
{
    if (lane->answered)
        return;
    lane->answered = 1;
    __atomic_fetch_add(&slot_of(lane)->answered, 1, __ATOMIC_SEQ_CST);
    if (class_of(lane)->start_failures != 0)
        __atomic_store_n(&class_of(lane)->start_failures, 0, __ATOMIC_SEQ_CST);
}

apr_int64_t
fcgid_lane_pid(const struct fcgid_lane *lane)
{
    return lane->pid;
}

const char *
fcgid_lane_obituary(struct fcgid_lane *lane, apr_pool_t *pool,
                    apr_interval_time_t wait)
{
    struct fcgid_slot *slot = slot_of(lane);

    if (fcgid_slot_await_end(slot, lane->pid, wait) != 0 ||
        slot->last_status == -1)
        return NULL;
    return describe_end(pool, slot->last_status);
}
