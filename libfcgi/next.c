/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "next.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "capacity.h"
#include "io.h"
#include "process.h"
#include "report.h"
#include "seek.h"
#include "sig.h"
#include "sock.h"
#include "trunk.h"
#include "wire/record.h"

enum {
    FIRST_PAUSE = 10,    /* milliseconds to wait for resources: doubled... */
    LONGEST_PAUSE = 500, /* ...up to here */
    LOOK_PERIOD = 5      /* milliseconds that a busy kept connection may keep
                            a thread from looking for others */
};

/* Milliseconds of a pause for want of resources, each longer than the last. */
static int
next_pause(struct fcgi_seeker *seeker)
{
    int pause = seeker->pause;

    if (pause < LONGEST_PAUSE)
        seeker->pause *= 2;
    return pause;
}

/* What a wait, by its result, means for the search. */
static int
after_wait(const struct fcgi_seeker *seeker, int result)
{
    return result == -EINTR && fcgi_seek_fails_on_signal(seeker)
               ? -EINTR
               : FCGI_SEEK_AGAIN;
}

static int
prepare_listener(struct fcgi_seeker *seeker)
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
park(struct fcgi_seeker *seeker)
{
    FCGX_Request *request = seeker->request;
    struct Params *state = request->paramsPtr;

    state->since = fcgi_io_now();
    state->deadline = fcgi_seek_deadline(state, state->since);
    (void)fcgi_take_away(request);
    fcgi_forget(request);
    if (fcgi_hub_put(seeker->hub, state) != 0)
        fcgi_end(state);
}

static int
go_on(struct fcgi_seeker *seeker)
{
    int step = fcgi_seek_read_head(seeker->request->paramsPtr);

    if (step == FCGI_STEP_STARTED)
        return 0;
    if (step == FCGI_STEP_MORE)
        park(seeker);
    else
        fcgi_drop(seeker->request);
    return FCGI_SEEK_AGAIN;
}

/* True if what has come begins a request with which the connection ends: it
 * will carry no other. */
static bool
ends_with_first(const struct fcgi_conn *conn)
{
    struct fcgi_header header;
    struct fcgi_begin_body body;

    if (!fcgi_conn_peek(conn, &header) ||
        header.type != FCGI_TYPE_BEGIN_REQUEST ||
        conn->end - conn->pos < FCGI_WIRE_HEADER_SIZE + FCGI_WIRE_BODY_SIZE)
        return false;
    fcgi_begin_get(&body, conn->buffer + conn->pos + FCGI_WIRE_HEADER_SIZE);
    return (body.flags & FCGI_WIRE_FLAG_KEEP_CONN) == 0;
}

/* True if a connection carries many requests, or may from now on. */
static bool
is_trunk(const struct fcgi_seeker *seeker, struct Params *state)
{
    if (state->trunk != NULL)
        return true;
    if (!fcgi_hub_is_shared(seeker->hub) || !fcgi_request_is_idle(state))
        return false;
    if (fcgi_request_is_new(state) &&
        (fcgi_conn_read(&state->conn, false) <= 0 ||
         ends_with_first(&state->conn)))
        return false;
    return fcgi_trunk_open(state, seeker->hub) == 0;
}

static int
turn(struct fcgi_seeker *seeker, struct Params *root)
{
    struct Params *branch = fcgi_trunk_turn(root);

    if (branch == NULL)
        return FCGI_SEEK_AGAIN;
    fcgi_attach(seeker->request, branch);
    return 0;
}

/*
 * A new connection.  Web servers connect first and then write: a process that
 * took the next connection meanwhile would serve both, one after the other,
 * while others have nothing to do.  Threads are no such others: one of those
 * that wait gets it from the hub.
 */
static int
go_on_with_new(struct fcgi_seeker *seeker)
{
    struct Params *state = seeker->request->paramsPtr;
    int step = fcgi_seek_read_head(state);
    int result = 0;

    if (step == FCGI_STEP_STARTED)
        return 0;
    if (step == FCGI_STEP_MORE && !fcgi_hub_has_waiting(seeker->hub) &&
        !fcgi_hub_is_shared(seeker->hub))
        result = fcgi_sig_wait(state->conn.fd,
                               fcgi_seek_limit(seeker, FCGI_CONN_HOLD),
                               seeker->mask);
    if (step == FCGI_STEP_MORE && result == 1)
        return go_on(seeker);
    if (step == FCGI_STEP_MORE)
        park(seeker);
    else
        fcgi_drop(seeker->request);
    return after_wait(seeker, result);
}

/* There is no room for a connection that came. */
static int
lack(struct fcgi_seeker *seeker, int error)
{
    int pause = next_pause(seeker);
    int result = 0;

    fcgi_report(-1, "no connection can be accepted: %s", strerror(error));
    /* Threads that wait already would not know when the pause is over. */
    if (fcgi_hub_is_shared(seeker->hub))
        result =
            fcgi_sig_wait(-1, fcgi_seek_limit(seeker, pause), seeker->mask);
    else
        fcgi_hub_pause(seeker->hub, pause);
    seeker->is_empty = true;
    return after_wait(seeker, result);
}

int
fcgi_seek_accept(struct fcgi_seeker *seeker, struct Params **state)
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
        return lack(seeker, ENOMEM);
    }
    if (fd == -EAGAIN)
        seeker->is_empty = true;
    else if (fcgi_sock_is_shortage(-fd))
        return lack(seeker, -fd);
    else if (!fcgi_sock_is_of_connection(-fd))
        return fd;
    return FCGI_SEEK_AGAIN;
}

/* was_told: the hub has told of it. */
static int
accept_one(struct fcgi_seeker *seeker, bool was_told)
{
    struct Params *state;
    int result = fcgi_seek_accept(seeker, &state);

    if (was_told)
        fcgi_hub_listen(seeker->hub);
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
take_connection(struct fcgi_seeker *seeker, struct Params *state)
{
    if (state->is_closing) {
        go_on_closing(seeker->hub, state);
        return FCGI_SEEK_AGAIN;
    }
    if (is_trunk(seeker, state))
        return turn(seeker, state);
    if (state->is_slow)
        state->is_slow = fcgi_io_now() - state->since > FCGI_CONN_PATIENCE;
    fcgi_attach(seeker->request, state);
    return go_on(seeker);
}

/* A handler may have closed the listening socket, or put another one in its
 * place: then the hub does not watch it. */
static int
look_after_signal(struct fcgi_seeker *seeker)
{
    int listener = seeker->request->listen_sock;
    int error;

    if (!fcgi_sock_is_listening(listener))
        return accept_one(seeker, false);
    error = fcgi_sock_prepare(listener);
    if (error == 0)
        fcgi_hub_renew(seeker->hub);
    seeker->is_empty = false;
    return error == 0 ? FCGI_SEEK_AGAIN : error;
}

static int
wait_in_hub(struct fcgi_seeker *seeker)
{
    struct Params *state = NULL;
    int event = fcgi_hub_wait(seeker->hub, &state, fcgi_seek_limit(seeker, -1),
                              seeker->mask);

    switch (event) {
    case FCGI_HUB_NOTHING:
        return FCGI_SEEK_AGAIN;
    case FCGI_HUB_LISTENER:
        /* Processes without a connection may go first. */
        if (fcgi_hub_has_waiting(seeker->hub))
            sched_yield();
        return accept_one(seeker, true);
    case FCGI_HUB_CONNECTION:
        return take_connection(seeker, state);
    case FCGI_HUB_REQUEST:
        fcgi_attach(seeker->request, state);
        return 0;
    default:
        break;
    }
    if (fcgi_sock_is_shortage(-event))
        event = fcgi_sig_wait(-1, fcgi_seek_limit(seeker, next_pause(seeker)),
                              seeker->mask);
    if (event == -EINTR)
        return fcgi_seek_fails_on_signal(seeker) ? -EINTR
                                                 : look_after_signal(seeker);
    return event < 0 ? event : FCGI_SEEK_AGAIN;
}

static int
seek(struct fcgi_seeker *seeker)
{
    bool was_late = false;
    int result = FCGI_SEEK_AGAIN;

    while (result == FCGI_SEEK_AGAIN) {
        if (fcgi_sig_pending())
            return fcgi_seek_leave(seeker);
        result = seeker->is_empty || fcgi_hub_has_waiting(seeker->hub)
                     ? wait_in_hub(seeker)
                     : accept_one(seeker, false);
        if (result == -ECANCELED)
            return fcgi_seek_leave(seeker);
        /* Another thread or the parent has ended the socket. */
        if (result == -EINVAL && fcgi_seek_leave(seeker) == 0)
            return 0;
        if (result == -EINVAL && fcgi_sig_pending())
            return -ECANCELED;
        /* Not before a look at everything has found nothing. */
        if (result == FCGI_SEEK_AGAIN && was_late)
            return -ETIMEDOUT;
        was_late = fcgi_seek_is_late(seeker);
    }
    return result;
}

/* --- The connection that was just served ---------------------------------- */

/* True if another connection was found, and waits in the hub now. */
static bool
finds_another(struct fcgi_seeker *seeker)
{
    struct Params *state = seeker->request->paramsPtr;
    long long now = fcgi_io_now();
    struct Params *other;

    if (now - state->since < LOOK_PERIOD)
        return false;
    state->since = now;
    if (fcgi_seek_accept(seeker, &other) != 0)
        return false;
    other->deadline = fcgi_seek_deadline(other, now);
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
is_worth_a_read(struct fcgi_seeker *seeker)
{
    const struct Params *state = seeker->request->paramsPtr;

    return seeker->mask == NULL && seeker->until == 0 && !state->is_slow &&
           !fcgi_sig_pending() && !fcgi_hub_has_waiting(seeker->hub) &&
           !finds_another(seeker);
}

/* Goes through what has been read.  Returns as fcgi_seek_read_head. */
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
go_on_with_own(struct fcgi_seeker *seeker)
{
    FCGX_Request *request = seeker->request;
    struct Params *state = request->paramsPtr;
    int step = read_rest(state);
    long n = -EAGAIN;

    if (step == FCGI_STEP_STARTED)
        return 0;
    if (step != FCGI_STEP_MORE) {
        fcgi_drop(request);
        return FCGI_SEEK_AGAIN;
    }
    if (is_trunk(seeker, state))
        return turn(seeker, fcgi_take_away(request));
    if (is_worth_a_read(seeker)) {
        n = fcgi_conn_read_soon(&state->conn, request->listen_sock);
        state->is_slow = n == -EAGAIN;
    }
    if (n > 0)
        return go_on(seeker);
    if (n == -EAGAIN || n == -EINTR)
        park(seeker);
    else
        fcgi_drop(request);
    return FCGI_SEEK_AGAIN;
}

int
fcgi_next(FCGX_Request *request, const sigset_t *mask, int timeout)
{
    struct fcgi_seeker seeker = {
        .request = request, .mask = mask, .pause = FIRST_PAUSE};
    int result = FCGI_SEEK_AGAIN;

    if (timeout >= 0)
        seeker.until = fcgi_io_now() + timeout;
    if (request->ipcFd >= 0 && request->paramsPtr->is_adopted)
        result = fcgi_seek_stay(&seeker);
    if (result != FCGI_SEEK_AGAIN)
        return result;
    result = prepare_listener(&seeker);
    if (result != 0)
        return result;
    if (request->ipcFd >= 0)
        result = go_on_with_own(&seeker);
    else
        result = FCGI_SEEK_AGAIN;
    return result == FCGI_SEEK_AGAIN ? seek(&seeker) : result;
}

int
fcgi_next_fd(FCGX_Request *request)
{
    struct fcgi_seeker seeker = {.request = request};
    int error = prepare_listener(&seeker);

    return error == 0 ? fcgi_hub_fd(seeker.hub) : error;
}
