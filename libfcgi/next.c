/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "next.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <unistd.h>

#include "attach.h"
#include "capacity.h"
#include "hub.h"
#include "io.h"
#include "listen.h"
#include "options.h"
#include "process.h"
#include "sig.h"
#include "sock.h"
#include "trunk.h"

enum {
    FIRST_PAUSE = 10,    /* milliseconds to wait for resources: doubled... */
    LONGEST_PAUSE = 500, /* ...up to here */
    LAST_GRACE = 1000,   /* milliseconds for the rest of the parameters of a
                            request that has begun when it is time to leave */
    LOOK_PERIOD = 5      /* milliseconds that a busy kept connection may keep
                            a thread from looking for others */
};

/* Besides 0 and -errno: nothing yet, go on. */
enum { AGAIN = 1 };

struct seeker {
    FCGX_Request *request;
    const sigset_t *mask;
    long long until; /* fcgi_io_now; 0: for ever */
    struct fcgi_hub *hub;
    int pause;     /* milliseconds, the next one for a lack of resources */
    bool is_empty; /* accept has found no connection, or no room for it */
};

/* A wait of that many milliseconds (-1: for ever), or up to until. */
static int
limit(const struct seeker *seeker, int timeout)
{
    long long left;

    if (seeker->until == 0)
        return timeout;
    left = seeker->until - fcgi_io_now();
    if (left < 0)
        left = 0;
    if (timeout >= 0 && timeout < left)
        return timeout;
    return left < INT_MAX ? (int)left : INT_MAX;
}

static bool
is_late(const struct seeker *seeker)
{
    return seeker->until != 0 && seeker->until <= fcgi_io_now();
}

/* When the connection's time is up; 0: never.  start: of the wait. */
static long long
get_deadline(struct Params *state, long long start)
{
    bool is_idle = fcgi_request_is_idle(state);
    long timeout = fcgi_option(is_idle ? FCGI_OPTION_IDLE_TIMEOUT
                                       : FCGI_OPTION_HEAD_TIMEOUT);

    if (!is_idle && state->begun == 0)
        state->begun = start;
    if (timeout == 0)
        return 0;
    return (is_idle ? start : state->begun) + timeout;
}

/*
 * How long its request may still take to come when it is time to leave,
 * milliseconds.  A connection between two requests is let go at once; a new one
 * was made when this process still took them, so its request is sure to come.
 */
static int
last_grace(const struct Params *state)
{
    long long left = LAST_GRACE;

    if (fcgi_request_is_new(state) && state->since != 0)
        left -= fcgi_io_now() - state->since;
    else if (fcgi_request_is_idle(state) && !fcgi_request_is_new(state))
        left = 0;
    return left > 0 ? (int)left : 0;
}

/*
 * Waits for bytes of the connection while a request is to come.  Returns 1,
 * 0 when its time is up, -ETIMEDOUT when the seeker's is, -ECANCELED to leave,
 * -EINTR, or -errno.
 */
static int
wait_for_bytes(const struct seeker *seeker, struct Params *state)
{
    long long deadline = get_deadline(state, fcgi_io_now());
    int timeout = -1;
    int result;

    do {
        if (deadline != 0)
            timeout = (int)(deadline - fcgi_io_now());
        if (deadline != 0 && timeout <= 0)
            return 0;
        result =
            fcgi_sig_wait(state->conn.fd, limit(seeker, timeout), seeker->mask);
        if (result == 0 && is_late(seeker))
            return -ETIMEDOUT;
    } while (result == 0);
    if (result == -ECANCELED && last_grace(state) > 0)
        result = fcgi_io_wait(&state->conn.fd, 1,
                              limit(seeker, last_grace(state)), NULL);
    if (result == -EINTR && !fcgi_request_is_idle(state))
        return 1;
    return result;
}

/* Reads what has come and goes through it.  Returns a step: STARTED, MORE, or
 * another one if the connection is of no use. */
static int
read_head(struct Params *state)
{
    for (;;) {
        int step = fcgi_request_step(state);
        long n;

        if (step == FCGI_STEP_STARTED || step == FCGI_STEP_REFUSED || step < 0)
            return step;
        if (step != FCGI_STEP_MORE)
            continue;
        n = fcgi_conn_read(&state->conn, false);
        if (n == -EAGAIN)
            return FCGI_STEP_MORE;
        if (n <= 0 && n != -EINTR)
            return FCGI_STEP_REFUSED;
    }
}

static bool
fails_on_signal(const struct seeker *seeker)
{
    return (seeker->request->flags & FCGI_FAIL_ACCEPT_ON_INTR) != 0;
}

/* Waits on the attached connection alone.  Returns as fcgi_next, or AGAIN
 * when the connection is gone. */
static int
stay(const struct seeker *seeker)
{
    FCGX_Request *request = seeker->request;
    struct Params *state = request->paramsPtr;

    for (;;) {
        int step = read_head(state);
        int result;

        if (step == FCGI_STEP_STARTED)
            return 0;
        if (step != FCGI_STEP_MORE)
            break;
        if (fcgi_sig_pending() && last_grace(state) == 0) {
            fcgi_drop(request);
            return -ECANCELED;
        }
        result = wait_for_bytes(seeker, state);
        if (result == -ETIMEDOUT ||
            (result == -EINTR && fails_on_signal(seeker)))
            return result;
        if (result == 1 || result == -EINTR)
            continue;
        if (result == -ECANCELED) {
            fcgi_drop(request);
            return result;
        }
        break;
    }
    fcgi_drop(request);
    return AGAIN;
}

static int
prepare_listener(struct seeker *seeker)
{
    FCGX_Request *request = seeker->request;
    bool is_prepared = (request->flags & FCGI_LISTENER_IS_PREPARED) != 0;
    int error = is_prepared ? 0 : fcgi_sock_prepare(request->listen_sock);

    if (error != 0)
        return error;
    seeker->hub = fcgi_hub_get(request->listen_sock);
    if (seeker->hub == NULL)
        return -ENOMEM;
    if (is_prepared)
        return 0;
    request->flags |= FCGI_LISTENER_IS_PREPARED;
    fcgi_hub_renew(seeker->hub);
    return 0;
}

/* Gives the attached connection to the hub. */
static void
park(struct seeker *seeker)
{
    FCGX_Request *request = seeker->request;
    struct Params *state = request->paramsPtr;

    state->since = fcgi_io_now();
    state->deadline = get_deadline(state, state->since);
    (void)fcgi_take_away(request);
    fcgi_forget(request);
    if (fcgi_hub_put(seeker->hub, state) != 0)
        fcgi_end(state);
}

static int
go_on(struct seeker *seeker)
{
    int step = read_head(seeker->request->paramsPtr);

    if (step == FCGI_STEP_STARTED)
        return 0;
    if (step == FCGI_STEP_MORE)
        park(seeker);
    else
        fcgi_drop(seeker->request);
    return AGAIN;
}

/* True if a connection carries many requests, or may from now on. */
static bool
is_trunk(const struct seeker *seeker, struct Params *state)
{
    if (state->trunk != NULL)
        return true;
    return fcgi_hub_is_shared(seeker->hub) && fcgi_request_is_idle(state) &&
           fcgi_trunk_open(state, seeker->hub) == 0;
}

static int
turn(struct seeker *seeker, struct Params *root)
{
    struct Params *branch = fcgi_trunk_turn(root);

    if (branch == NULL)
        return AGAIN;
    fcgi_attach(seeker->request, branch);
    return 0;
}

/*
 * A new connection.  Web servers connect first and then write: a process that
 * took the next connection meanwhile would serve both, one after the other,
 * while others have nothing to do.
 */
static int
go_on_with_new(struct seeker *seeker)
{
    struct Params *state = seeker->request->paramsPtr;
    int step = read_head(state);
    int result = 1;

    if (step == FCGI_STEP_STARTED)
        return 0;
    if (step == FCGI_STEP_MORE && !fcgi_hub_has_waiting(seeker->hub))
        result = fcgi_sig_wait(state->conn.fd,
                               limit(seeker, FCGI_CONN_PATIENCE), seeker->mask);
    if (step == FCGI_STEP_MORE && result == 1)
        return go_on(seeker);
    if (step == FCGI_STEP_MORE)
        park(seeker);
    else
        fcgi_drop(seeker->request);
    return result == -EINTR && fails_on_signal(seeker) ? -EINTR : AGAIN;
}

/* There is no room for a connection that came. */
static int
lack(struct seeker *seeker)
{
    int result = 0;

    /* Threads that wait already would not know when the pause is over. */
    if (fcgi_hub_is_shared(seeker->hub))
        result = fcgi_sig_wait(-1, seeker->pause, seeker->mask);
    else
        fcgi_hub_pause(seeker->hub, seeker->pause);
    if (seeker->pause < LONGEST_PAUSE)
        seeker->pause *= 2;
    seeker->is_empty = true;
    return result == -EINTR && fails_on_signal(seeker) ? -EINTR : AGAIN;
}

/* Accepts a connection if there is one.  Returns 0 and its descriptor, or
 * AGAIN, or -errno. */
static int
get_connection(struct seeker *seeker, struct Params **state)
{
    bool is_tcp = false;
    int fd = fcgi_sock_accept(seeker->request->listen_sock,
                              &fcgi_process()->peers, &is_tcp);

    if (fd >= 0) {
        *state = fcgi_request_new(fd, is_tcp);
        if (*state != NULL) {
            (*state)->get_capacity = fcgi_capacity_get;
            return 0;
        }
        close(fd);
        return -ENOMEM;
    }
    if (fd == -EAGAIN)
        seeker->is_empty = true;
    else if (fcgi_sock_is_shortage(-fd))
        return lack(seeker);
    else if (!fcgi_sock_is_of_connection(-fd))
        return fd;
    return AGAIN;
}

static int
accept_one(struct seeker *seeker)
{
    struct Params *state;
    int result = get_connection(seeker, &state);

    if (result != 0)
        return result;
    if (is_trunk(seeker, state))
        return turn(seeker, state);
    fcgi_attach(seeker->request, state);
    return go_on_with_new(seeker);
}

/* A connection that lingers has got something. */
static void
go_on_closing(struct fcgi_hub *hub, struct Params *state)
{
    if (fcgi_request_drain(state, 0) || fcgi_hub_put(hub, state) != 0)
        fcgi_end(state);
}

static int
take_connection(struct seeker *seeker, struct Params *state)
{
    if (state->is_closing) {
        go_on_closing(seeker->hub, state);
        return AGAIN;
    }
    if (is_trunk(seeker, state))
        return turn(seeker, state);
    if (state->is_slow)
        state->is_slow = fcgi_io_now() - state->since > FCGI_CONN_PATIENCE;
    fcgi_attach(seeker->request, state);
    return go_on(seeker);
}

static int
wait_in_hub(struct seeker *seeker)
{
    struct Params *state = NULL;
    int event =
        fcgi_hub_wait(seeker->hub, &state, limit(seeker, -1), seeker->mask);

    switch (event) {
    case FCGI_HUB_NOTHING:
        return AGAIN;
    case FCGI_HUB_LISTENER:
        /* Processes without a connection may go first. */
        if (fcgi_hub_has_waiting(seeker->hub))
            sched_yield();
        return accept_one(seeker);
    case FCGI_HUB_CONNECTION:
        return take_connection(seeker, state);
    case FCGI_HUB_REQUEST:
        fcgi_attach(seeker->request, state);
        return 0;
    default:
        break;
    }
    if (fcgi_sock_is_shortage(-event)) {
        event = fcgi_sig_wait(-1, limit(seeker, seeker->pause), seeker->mask);
        if (seeker->pause < LONGEST_PAUSE)
            seeker->pause *= 2;
    }
    if (event == -EINTR && fails_on_signal(seeker))
        return -EINTR;
    return event < 0 && event != -EINTR ? event : AGAIN;
}

/* True if the connection has a request. */
static bool
has_request(const struct seeker *seeker, struct Params *state)
{
    FCGX_Request *request = seeker->request;

    if (state->trunk != NULL && !state->is_branch)
        fcgi_trunk_undo(state);
    fcgi_attach(request, state);
    if (state->is_branch || stay(seeker) == 0)
        return true;
    if (request->ipcFd >= 0)
        fcgi_drop(request);
    return false;
}

/*
 * Takes the next request out of the queue of a socket that is ours; when it is
 * empty, ends the socket, and looks for what came in between.  A queue that
 * went with its socket would be reset, a process that left later would get new
 * ones for ever.  Returns 0 with a request, or -ECANCELED.
 */
static int
drain_queue(struct seeker *seeker)
{
    bool has_ended = false;
    struct Params *state;
    int result;

    do {
        seeker->is_empty = false;
        result = get_connection(seeker, &state);
        if (result == 0 && has_request(seeker, state))
            return 0;
        if (seeker->is_empty) {
            if (has_ended)
                break;
            fcgi_listen_end(seeker->request->listen_sock);
            has_ended = true;
        }
    } while (result >= 0 && fcgi_listen_may_drain());
    if (!has_ended)
        fcgi_listen_end(seeker->request->listen_sock);
    return -ECANCELED;
}

/* Serves what has begun, new connections, and what waits at a socket that is
 * ours.  Returns 0 or -ECANCELED. */
static int
leave(struct seeker *seeker)
{
    long long end = fcgi_io_now() + LAST_GRACE;
    struct Params *state;

    if (seeker->until == 0 || seeker->until > end)
        seeker->until = end;
    while ((state = fcgi_hub_leave(seeker->hub)) != NULL) {
        if (has_request(seeker, state))
            return 0;
    }
    return fcgi_listen_is_ours(seeker->request->listen_sock)
               ? drain_queue(seeker)
               : -ECANCELED;
}

static int
seek(struct seeker *seeker)
{
    bool was_late = false;
    int result = AGAIN;

    while (result == AGAIN) {
        if (fcgi_sig_pending())
            return leave(seeker);
        result = seeker->is_empty || fcgi_hub_has_waiting(seeker->hub)
                     ? wait_in_hub(seeker)
                     : accept_one(seeker);
        if (result == -ECANCELED)
            return leave(seeker);
        /* Another thread or the parent has ended the socket. */
        if (result == -EINVAL && leave(seeker) == 0)
            return 0;
        if (result == -EINVAL && fcgi_sig_pending())
            return -ECANCELED;
        /* Not before a look at everything has found nothing. */
        if (result == AGAIN && was_late)
            return -ETIMEDOUT;
        was_late = is_late(seeker);
    }
    return result;
}

/* --- The connection that was just served -----------------------------------
 */

/* True if another connection was found, and waits in the hub now. */
static bool
finds_another(struct seeker *seeker)
{
    struct Params *state = seeker->request->paramsPtr;
    long long now = fcgi_io_now();
    struct Params *other;

    if (now - state->since < LOOK_PERIOD)
        return false;
    state->since = now;
    if (get_connection(seeker, &other) != 0)
        return false;
    other->deadline = get_deadline(other, now);
    if (fcgi_hub_put(seeker->hub, other) == 0)
        return true;
    fcgi_end(other);
    return false;
}

/*
 * Its web server is likely to go on at once: a read that waits for a short
 * time saves a look at all the others, unless there are others.
 */
static bool
is_worth_a_read(struct seeker *seeker)
{
    const struct Params *state = seeker->request->paramsPtr;

    return seeker->mask == NULL && seeker->until == 0 && !state->is_slow &&
           !fcgi_sig_pending() && !fcgi_hub_has_waiting(seeker->hub) &&
           !finds_another(seeker);
}

/* Goes through what has been read.  Returns as read_head. */
static int
read_rest(struct Params *state)
{
    int step;

    do
        step = fcgi_request_step(state);
    while (step == FCGI_STEP_DRAINED);
    return step;
}

static int
go_on_with_own(struct seeker *seeker)
{
    FCGX_Request *request = seeker->request;
    struct Params *state = request->paramsPtr;
    int step = read_rest(state);
    long n = -EAGAIN;

    if (step == FCGI_STEP_STARTED)
        return 0;
    if (step != FCGI_STEP_MORE) {
        fcgi_drop(request);
        return AGAIN;
    }
    if (is_trunk(seeker, state))
        return turn(seeker, fcgi_take_away(request));
    if (is_worth_a_read(seeker)) {
        n = fcgi_conn_read_soon(&state->conn);
        state->is_slow = n == -EAGAIN;
    }
    if (n > 0)
        return go_on(seeker);
    if (n == -EAGAIN || n == -EINTR)
        park(seeker);
    else
        fcgi_drop(request);
    return AGAIN;
}

int
fcgi_next(FCGX_Request *request, const sigset_t *mask, int timeout)
{
    struct seeker seeker = {
        .request = request, .mask = mask, .pause = FIRST_PAUSE};
    int result = AGAIN;

    if (timeout >= 0)
        seeker.until = fcgi_io_now() + timeout;
    if (request->ipcFd >= 0 && request->paramsPtr->is_adopted)
        result = stay(&seeker);
    if (result != AGAIN)
        return result;
    result = prepare_listener(&seeker);
    if (result != 0)
        return result;
    if (request->ipcFd >= 0)
        result = go_on_with_own(&seeker);
    else
        result = AGAIN;
    return result == AGAIN ? seek(&seeker) : result;
}

int
fcgi_next_fd(FCGX_Request *request)
{
    struct seeker seeker = {.request = request};
    int error = prepare_listener(&seeker);

    return error == 0 ? fcgi_hub_fd(seeker.hub) : error;
}
