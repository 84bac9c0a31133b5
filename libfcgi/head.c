/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "seek.h"

#include <errno.h>
#include <limits.h>

#include "attach.h"
#include "io.h"
#include "options.h"
#include "report.h"
#include "sig.h"

int
fcgi_seek_limit(const struct fcgi_seeker *seeker, int timeout)
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

bool
fcgi_seek_is_late(const struct fcgi_seeker *seeker)
{
    return seeker->until != 0 && seeker->until <= fcgi_io_now();
}

long long
fcgi_seek_deadline(struct Params *state, long long start)
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
    long long left = fcgi_sig_is_urgent() ? 0 : FCGI_SEEK_GRACE;

    if (fcgi_request_is_new(state) && state->since != 0)
        left -= fcgi_io_now() - state->since;
    else if (fcgi_request_is_idle(state) && !fcgi_request_is_new(state))
        left = 0;
    return left > 0 ? (int)left : 0;
}

/* Waits for bytes when it is time to leave.  Returns 1, 0 when time is up, or
 * -errno. */
static int
wait_last(const struct fcgi_seeker *seeker, const struct Params *state)
{
    long long end = fcgi_io_now() + fcgi_seek_limit(seeker, last_grace(state));
    int result = 0;

    while (result == 0 && !fcgi_sig_is_urgent()) {
        long long left = end - fcgi_io_now();

        if (left <= 0)
            break;
        if (left > FCGI_SIG_STEP)
            left = FCGI_SIG_STEP;
        result = fcgi_io_wait(&state->conn.fd, 1, (int)left, NULL);
    }
    return result;
}

/*
 * Waits for bytes of the connection while a request is to come.  Returns 1,
 * 0 when its time is up, -ETIMEDOUT when the seeker's is, -ECANCELED to leave,
 * -EINTR, or -errno.
 */
static int
wait_for_bytes(const struct fcgi_seeker *seeker, struct Params *state)
{
    long long deadline = fcgi_seek_deadline(state, fcgi_io_now());
    int timeout = -1;
    int result;

    do {
        if (deadline != 0)
            timeout = (int)(deadline - fcgi_io_now());
        if (deadline != 0 && timeout <= 0)
            return 0;
        result = fcgi_sig_wait(state->conn.fd, fcgi_seek_limit(seeker, timeout),
                               seeker->mask);
        if (result == 0 && fcgi_seek_is_late(seeker))
            return -ETIMEDOUT;
    } while (result == 0);
    if (result == -ECANCELED && last_grace(state) > 0)
        result = wait_last(seeker, state);
    if (result == -EINTR && !fcgi_request_is_idle(state))
        return 1;
    return result;
}

int
fcgi_seek_read_head(struct Params *state)
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
        if (n <= 0 && n != -EINTR) {
            if (!fcgi_request_is_idle(state))
                fcgi_report(state->conn.fd, "it ended before a request's "
                                            "parameters did");
            return FCGI_STEP_REFUSED;
        }
    }
}

bool
fcgi_seek_fails_on_signal(const struct fcgi_seeker *seeker)
{
    return (seeker->request->flags & FCGI_FAIL_ACCEPT_ON_INTR) != 0;
}

int
fcgi_seek_stay(const struct fcgi_seeker *seeker)
{
    FCGX_Request *request = seeker->request;
    struct Params *state = request->paramsPtr;

    for (;;) {
        int step = fcgi_seek_read_head(state);
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
            (result == -EINTR && fcgi_seek_fails_on_signal(seeker)))
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
    return FCGI_SEEK_AGAIN;
}
