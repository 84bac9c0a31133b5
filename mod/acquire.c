/* SPDX-License-Identifier: BSD-2-Clause */
/* How a request gets a lane: at once, or by waiting in the class's queue. */
#include "external.h"
#include "lane.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apr_portable.h"
#include "apr_strings.h"
#include "http_core.h"
#include "log.h"
#include "pm_client.h"
#include "pm_start.h"

enum { TRIES_TO_OPEN = 8 /* lanes tried before the search is given up */ };

int
fcgid_client_socket(request_rec *r)
{
    conn_rec *c = r->connection;
    apr_socket_t *socket;
    apr_os_sock_t fd;

#if AP_MODULE_MAGIC_AT_LEAST(20120211, 55)
    if (c->master != NULL)
        return -1;
#endif
    socket = ap_get_conn_socket(c);
    if (socket == NULL || apr_os_sock_get(&fd, socket) != APR_SUCCESS)
        return -1;
    return fd;
}

int
fcgid_client_left(request_rec *r)
{
    conn_rec *c = r->connection;
#ifdef POLLRDHUP
    struct pollfd set;
#endif

    if (__atomic_load_n(&fcgid_engine()->table->stopping, __ATOMIC_SEQ_CST))
        c->aborted = 1;
#ifdef POLLRDHUP
    set.fd = c->aborted ? -1 : fcgid_client_socket(r);
    set.events = POLLRDHUP;
    set.revents = 0;
    /* HTTP/2 sets aborted. */
    if (set.fd != -1 && poll(&set, 1, 0) > 0)
        c->aborted = 1;
#endif
    return c->aborted;
}

/* Denials. */

apr_status_t
fcgid_lane_deny(struct fcgid_denial *denial, enum fcgid_denial_reason reason,
                int status, const char *text)
{
    denial->reason = reason;
    denial->http_status = status;
    denial->retry_after =
        status == HTTP_SERVICE_UNAVAILABLE ? FCGID_RETRY_AFTER : 0;
    denial->text = text;
    return APR_EGENERAL;
}

static apr_status_t
deny_start(request_rec *r, int failures, const struct fcgid_class *class,
           struct fcgid_denial *denial)
{
    const char *reason;

    if (class->exec_errno != 0) {
        reason = apr_psprintf(r->pool,
                              "its processes can't be started, %d times in a "
                              "row: %s",
                              failures, strerror(class->exec_errno));
    } else {
        denial->end_status = class->end_status;
        reason = apr_psprintf(r->pool,
                              "its processes end before they serve a request, "
                              "%d times in a row; the last %s",
                              failures,
                              fcgid_describe_end(r->pool, class->end_status));
    }
    return fcgid_lane_deny(denial, FCGID_DENIED_START,
                           HTTP_INTERNAL_SERVER_ERROR, reason);
}

static apr_status_t
deny_as_told(request_rec *r, const struct fcgid_waiter *waiter,
             const struct fcgid_class *class, struct fcgid_denial *denial)
{
    if (waiter->reason == FCGID_DENIED_MANAGER)
        return fcgid_lane_deny(denial, FCGID_DENIED_MANAGER,
                               HTTP_SERVICE_UNAVAILABLE,
                               "the process manager was replaced");
    if (waiter->reason == FCGID_DENIED_NO_SLOT)
        return fcgid_lane_deny(
            denial, FCGID_DENIED_NO_SLOT, HTTP_SERVICE_UNAVAILABLE,
            apr_psprintf(r->pool,
                         "%d connections to processes are in use, more "
                         "cannot be",
                         FCGID_SLOT_COUNT));
    if (waiter->reason == FCGID_DENIED_STOP)
        return fcgid_lane_deny(denial, FCGID_DENIED_STOP,
                               HTTP_SERVICE_UNAVAILABLE,
                               "the server is being stopped");
    if (waiter->reason == FCGID_DENIED_EXEC) {
        denial->exec_errno = waiter->error_number;
        return fcgid_lane_deny(denial, FCGID_DENIED_EXEC,
                               HTTP_INTERNAL_SERVER_ERROR, NULL);
    }
    return deny_start(r, waiter->error_number, class, denial);
}

static apr_status_t
deny_late(request_rec *r, const struct fcgid_class_def *def,
          struct fcgid_denial *denial)
{
    return fcgid_lane_deny(
        denial, FCGID_DENIED_QUEUE_TIMEOUT, HTTP_SERVICE_UNAVAILABLE,
        apr_psprintf(r->pool,
                     "no process was free for %d seconds "
                     "(FcgidQueueTimeout; at most %d processes by "
                     "FcgidMaxProcessesPerClass)",
                     (int)apr_time_sec(def->limits.queue_timeout),
                     def->limits.max_processes));
}

/* error: an enum fcgid_wait_error. */
static apr_status_t
deny_queue(request_rec *r, const struct fcgid_class_def *def, int error,
           struct fcgid_denial *denial)
{
    const char *text = "the queue's lock is broken";

    if (error == FCGID_WAIT_FULL)
        text = apr_psprintf(r->pool,
                            "%d requests wait already (FcgidQueueLength)",
                            def->limits.queue_length);
    else if (error == FCGID_WAIT_NO_ROOM)
        text = apr_psprintf(r->pool,
                            "%d requests wait already for all applications, "
                            "more cannot",
                            FCGID_WAITER_COUNT);
    return fcgid_lane_deny(denial, FCGID_DENIED_QUEUE_FULL,
                           HTTP_SERVICE_UNAVAILABLE, text);
}

/* Sleeps until there is news, the time is over, or the client leaves. */
static enum fcgid_waiter_state
sleep_in_queue(request_rec *r, struct fcgid_table *table, int waiter,
               apr_interval_time_t left, int *client_left)
{
    enum fcgid_waiter_state state = FCGID_WAITER_WAITING;
    apr_interval_time_t step;

    *client_left = 0;
    while (state == FCGID_WAITER_WAITING && left > 0 && !*client_left) {
        step = left < FCGID_CLIENT_INTERVAL ? left : FCGID_CLIENT_INTERVAL;
        state = fcgid_wait_sleep(table, waiter, step);
        left -= step;
        if (state == FCGID_WAITER_WAITING)
            *client_left = fcgid_client_left(r);
    }
    return state;
}

static void
put_back(struct fcgid_table *table, int slot)
{
    fcgid_lane_free(table, slot,
                    fcgid_lane_load(&table->slots[slot]).generation);
}

/* Waits for a slot of the class.  Returns it, or -1 and *denial. */
static int
wait_for_slot(request_rec *r, const struct fcgid_class_def *def,
              struct fcgid_table *table, int class_index,
              struct fcgid_denial *denial)
{
    int waiter = fcgid_wait_begin(table, class_index, fcgid_client_pid(),
                                  def->limits.queue_length);
    struct fcgid_counts *counts = &table->classes[class_index].counts;
    apr_time_t begin = apr_time_now();
    struct fcgid_waiter told;
    enum fcgid_waiter_state state;
    int slot, client_left;

    if (waiter < 0) {
        deny_queue(r, def, waiter, denial);
        return -1;
    }
    /* Once it has all that it may have, the manager looks by itself who waits
     * when that changes. */
    if (!__atomic_load_n(&table->classes[class_index].full, __ATOMIC_SEQ_CST))
        fcgid_client_spawn(class_index);
    state = sleep_in_queue(r, table, waiter, def->limits.queue_timeout,
                           &client_left);
    told.reason = table->waiters[waiter].reason;
    told.error_number = table->waiters[waiter].error_number;
    slot = fcgid_wait_end(table, waiter);
    fcgid_count(&counts->waits, 1);
    fcgid_count(&counts->wait_time, (uint64_t)(apr_time_now() - begin));
    if (client_left) {
        if (slot != -1)
            put_back(table, slot);
        fcgid_lane_deny(denial, FCGID_DENIED_ABORTED, HTTP_SERVICE_UNAVAILABLE,
                        NULL);
        return -1;
    }
    if (slot == -1 && state == FCGID_WAITER_DENIED)
        deny_as_told(r, &told, &table->classes[class_index], denial);
    else if (slot == -1)
        deny_late(r, def, denial);
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
        lane->slot =
            fcgid_lane_take(lane->table, lane->class_index, fcgid_client_pid());
        if (lane->slot == -1)
            lane->slot = wait_for_slot(r, lane->def, lane->table,
                                       lane->class_index, denial);
        if (lane->slot == -1)
            return APR_EGENERAL;
        if (is_mistaken(lane)) {
            put_back(lane->table, lane->slot);
            return fcgid_lane_deny(
                denial, FCGID_DENIED_MANAGER, HTTP_SERVICE_UNAVAILABLE,
                "the table of applications changes too fast");
        }
        lane->held = 1;
        error = fcgid_lane_open(lane);
        if (error == 0)
            return APR_SUCCESS;
        lane->held = 0;
        if (fcgid_is_shortage(error)) {
            put_back(lane->table, lane->slot);
            continue;
        }
        fcgid_lane_give_up(lane, FCGID_RESET_BROKEN);
        if (class_of(lane)->start_failures > 1)
            return deny_start(r, class_of(lane)->start_failures, class_of(lane),
                              denial);
    }
    return fcgid_lane_deny(
        denial, FCGID_DENIED_START, HTTP_SERVICE_UNAVAILABLE,
        apr_psprintf(r->pool, "can't connect to it: %s", strerror(error)));
}

apr_status_t
fcgid_lane_acquire(request_rec *r, const struct fcgid_class_def *def,
                   struct fcgid_lane **lane, struct fcgid_denial *denial)
{
    struct fcgid_lane *made;
    apr_status_t rv;
    int tries = 0;

    if (def->external != NULL)
        return fcgid_external_acquire(r, def, lane, denial);
    made = apr_pcalloc(r->pool, sizeof *made);
    made->r = r;
    made->def = def;
    made->fd = -1;
    made->table = fcgid_engine()->table;
    do {
        made->class_index = fcgid_client_class(r, def, &made->class_generation);
        if (made->class_index == -1)
            return fcgid_lane_deny(
                denial, FCGID_DENIED_MANAGER, HTTP_SERVICE_UNAVAILABLE,
                "the process manager does not answer, or has no room "
                "for another application");
        rv = find_lane(made, denial);
    } while (rv != APR_SUCCESS && denial->reason == FCGID_DENIED_MANAGER &&
             ++tries < TRIES_TO_OPEN);
    if (rv != APR_SUCCESS) {
        if (denial->reason != FCGID_DENIED_ABORTED)
            fcgid_count(&class_of(made)->counts.denials, 1);
        return rv;
    }
    apr_pool_cleanup_register(r->pool, made, fcgid_lane_release_at_end,
                              apr_pool_cleanup_null);
    *lane = made;
    return APR_SUCCESS;
}

apr_status_t
fcgid_lane_reopen(request_rec *r, struct fcgid_lane **lane,
                  struct fcgid_denial *denial)
{
    struct fcgid_lane *old = *lane;

    if (old->table == NULL) {
        fcgid_lane_release(old, FCGID_OUTCOME_BROKEN);
        return fcgid_lane_acquire(r, old->def, lane, denial);
    }
    if (old->own) {
        close(old->fd);
    } else {
        /* The application accepts again when this one is over. */
        (void)shutdown(old->fd, SHUT_RDWR);
        old->broken = 1;
    }
    old->own = 0;
    old->old[0] = process_of(old)->last_pid;
    old->old[1] = old->pid;
    old->pid = 0;
    /* The socket outlives the process: whoever comes after it accepts. */
    if (fcgid_lane_open_own(old) == 0)
        return APR_SUCCESS;
    fcgid_lane_release(old, FCGID_OUTCOME_BROKEN);
    return fcgid_lane_acquire(r, old->def, lane, denial);
}
