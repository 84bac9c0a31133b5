/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange.h"
#include "apr_portable.h"
#include "apr_strings.h"
#include "http_core.h"
#include "log.h"

#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Bytes for the heads of an answer and of its records, so that a body of just
 * the buffer's size is received and passed on at once. */
#define HEADS 2048

/* Time that an application may pause before what it said is flushed. */
#define FLUSH_WAIT apr_time_from_msec(1)
/* Time in which PARAMS are usually taken; then the time-out is looked at. */
#define TAKE_WAIT apr_time_from_msec(100)
/* Time between two looks for more of the body where nothing tells of it. */
#define BODY_WAIT apr_time_from_msec(10)
/* Time in which an aborted application can save its connection. */
#define ABORT_GRACE apr_time_from_msec(500)
/* Bytes of content that are read though nobody wants them. */
#define UNWANTED_MAX (1024 * 1024)

_Static_assert(sizeof(struct fcgi_slice) == sizeof(struct iovec) &&
                   offsetof(struct fcgi_slice, data) ==
                       offsetof(struct iovec, iov_base) &&
                   offsetof(struct fcgi_slice, size) ==
                       offsetof(struct iovec, iov_len),
               "a slice is an iovec");

/* Sending. */

static void
push(struct fcgid_outbox *outbox, const void *data, size_t size)
{
    outbox->slices[outbox->count].data = data;
    outbox->slices[outbox->count].size = size;
    outbox->count++;
}

static void
push_end(struct fcgid_outbox *outbox, unsigned char *header, unsigned type)
{
    fcgi_header_put(header, type, FCGID_REQUEST_ID, 0, 0);
    push(outbox, header, FCGI_WIRE_HEADER_SIZE);
}

/* Cuts what is shown of the body into records. */
static void
push_records(struct fcgid_outbox *outbox, unsigned type,
             const struct fcgid_body_view *view)
{
    static const char zeros[FCGI_WIRE_ALIGN];
    const struct fcgi_slice *part = view->parts;
    size_t taken = 0, record, left, n; /* taken: bytes of part */
    apr_size_t size = view->size;

    for (record = 0; size > 0; record++) {
        size_t content =
            size < FCGI_WIRE_BEST_CONTENT ? size : FCGI_WIRE_BEST_CONTENT;
        unsigned padding = fcgi_padding(content);

        fcgi_header_put(outbox->headers[record], type, FCGID_REQUEST_ID,
                        content, padding);
        push(outbox, outbox->headers[record], FCGI_WIRE_HEADER_SIZE);
        for (left = content; left > 0; left -= n) {
            n = part->size - taken < left ? part->size - taken : left;
            push(outbox, (const char *)part->data + taken, n);
            taken += n;
            if (taken == part->size) {
                part++;
                taken = 0;
            }
        }
        if (padding > 0)
            push(outbox, zeros, padding);
        size -= content;
    }
}

/* Puts the next part of the body, and its end if that is all, into the outbox,
 * which has at most one slice. */
static apr_status_t
push_body(struct fcgid_exchange *x)
{
    struct fcgid_outbox *outbox = &x->outbox;
    struct fcgid_body_view view = {.size = 0, .is_last = 1};
    unsigned type = x->body != NULL ? x->body->type : FCGI_TYPE_STDIN;
    apr_status_t rv;

    if (type == FCGI_TYPE_DATA && !outbox->ended_stdin) {
        push_end(outbox, outbox->stdin_end, FCGI_TYPE_STDIN);
        outbox->ended_stdin = 1;
    }
    if (x->body != NULL) {
        rv = fcgid_body_peek(x->body, &view);
        if (rv != APR_SUCCESS)
            return rv;
    }
    push_records(outbox, type, &view);
    outbox->covered = view.size;
    if (view.size == 0 || view.is_last) {
        push_end(outbox, outbox->body_end, type);
        outbox->done = 1;
    }
    return APR_SUCCESS;
}

/* Fills the outbox with what goes out next.  APR_EAGAIN: the client has not
 * sent it yet. */
static apr_status_t
refill(struct fcgid_exchange *x)
{
    struct fcgid_outbox *outbox = &x->outbox;
    apr_status_t rv;

    if (outbox->covered > 0)
        fcgid_body_consume(x->body, outbox->covered);
    outbox->count = outbox->first = outbox->covered = 0;
    if (!outbox->started && x->careful) {
        push(outbox, x->head->data, x->head->size - FCGI_WIRE_HEADER_SIZE);
        outbox->started = 1;
        return APR_SUCCESS;
    }
    if (!outbox->started)
        push(outbox, x->head->data, x->head->size);
    else if (!outbox->ended_head)
        push(outbox, x->head->data + x->head->size - FCGI_WIRE_HEADER_SIZE,
             FCGI_WIRE_HEADER_SIZE);
    outbox->started = outbox->ended_head = 1;
    rv = push_body(x);
    x->starved = APR_STATUS_IS_EAGAIN(rv);
    if (x->starved && outbox->count > 0)
        return APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return rv;
    x->silence = 0;
    return APR_SUCCESS;
}

static int
is_sending(const struct fcgid_exchange *x)
{
    return !x->send_failed &&
           !(x->outbox.done && x->outbox.first == x->outbox.count);
}

/* PARAMS have gone out without their end, which waits until the application
 * has taken them. */
static int
is_half_way(const struct fcgid_exchange *x)
{
    return x->outbox.started && !x->outbox.ended_head &&
           x->outbox.first == x->outbox.count;
}

/* Sends what the lane takes now.  APR_EGENERAL: the body cannot be read. */
static apr_status_t
send_some(struct fcgid_exchange *x)
{
    struct fcgid_outbox *outbox = &x->outbox;
    const struct iovec *vec;
    apr_size_t size;
    apr_status_t rv;

    while (is_sending(x)) {
        if (outbox->first == outbox->count) {
            if (is_half_way(x) && !fcgid_lane_is_taken(x->lane))
                return APR_SUCCESS;
            rv = refill(x);
            if (APR_STATUS_IS_EAGAIN(rv))
                return APR_SUCCESS;
            if (rv != APR_SUCCESS)
                return APR_EGENERAL;
        }
        vec =
            (const struct iovec *)(const void *)&outbox->slices[outbox->first];
        size = 0;
        rv = fcgid_lane_sendv(x->lane, vec,
                              (int)(outbox->count - outbox->first), &size);
        if (rv == APR_SUCCESS || size > 0) {
            x->sent += size;
            fcgi_slices_advance(outbox->slices, outbox->count, &outbox->first,
                                size);
        }
        if (APR_STATUS_IS_EAGAIN(rv))
            return APR_SUCCESS;
        if (rv != APR_SUCCESS) {
            /* It may have answered before it left: go on reading. */
            x->send_failed = 1;
            x->error = rv;
        }
    }
    return APR_SUCCESS;
}

/* Receiving. */

/* Gives what has come to the client. */
static void
pass_on(struct fcgid_exchange *x)
{
    if (fcgid_response_pending(x->response) &&
        fcgid_response_pass(x->response, 1) != APR_SUCCESS)
        x->client_gone = 1;
    x->received = 0;
}

static int
is_complete(const struct fcgid_exchange *x)
{
    return x->response->request_ended || x->response->fault != NULL;
}

/* Receives once.  Returns APR_EOF and errors of the connection. */
static apr_status_t
receive_some(struct fcgid_exchange *x)
{
    apr_size_t wanted = x->buffer_size - x->received;
    apr_size_t size = wanted;
    char *to = x->buffer + x->received;
    apr_status_t rv = fcgid_lane_recv(x->lane, to, &size);

    x->more = rv == APR_SUCCESS && size == wanted && !is_sending(x);
    if (rv != APR_SUCCESS)
        return APR_STATUS_IS_EAGAIN(rv) ? APR_SUCCESS : rv;
    fcgid_response_feed(x->response, to, size);
    if (!x->answered && !fcgid_response_is_awaited(x->response)) {
        fcgid_lane_answered(x->lane);
        x->answered = 1;
    }
    x->received += size;
    if (x->response->state == FCGID_RESPONSE_DISCARD &&
        x->response->headers_done)
        x->unwanted += size;
    if (is_complete(x))
        return APR_SUCCESS;
    if (!fcgid_response_pending(x->response))
        x->received = 0;
    else if (x->received == x->buffer_size || x->flush_always)
        pass_on(x);
    return APR_SUCCESS;
}

/* Waiting. */

/* All that the client has sent of the body is with the application. */
static int
waits_for_client(const struct fcgid_exchange *x)
{
    return x->starved && is_sending(x) && x->outbox.first == x->outbox.count;
}

/* Waits for one step.  APR_TIMEUP after the time that the application, or the
 * client whose body is awaited, may be silent. */
static apr_status_t
wait_in_steps(struct fcgid_exchange *x, apr_int16_t wanted, apr_int16_t *got)
{
    int starved = waits_for_client(x);
    int client = starved ? fcgid_client_socket(x->r) : -1;
    apr_interval_time_t limit = starved ? x->r->server->timeout : x->io_timeout;
    apr_interval_time_t step;
    apr_status_t rv;

    while (x->silence < limit && !x->client_gone) {
        step = limit - x->silence;
        if (step > FCGID_CLIENT_INTERVAL)
            step = FCGID_CLIENT_INTERVAL;
        if (starved && client == -1 && step > BODY_WAIT)
            step = BODY_WAIT;
        rv = fcgid_lane_poll(x->lane, wanted, got, step, client);
        if (!APR_STATUS_IS_TIMEUP(rv)) {
            x->silence = 0;
            return rv;
        }
        x->silence += step;
        x->client_gone = fcgid_client_left(x->r);
        if (starved)
            return APR_SUCCESS; /* to look for more of the body: filters may
                                   have come to an end of their patience */
    }
    return APR_TIMEUP;
}

/*
 * Waits until something can be sent or received.  When the application
 * pauses, what it has said goes to the client.  Where the last look found as
 * much as there was room for, the next one needs no wait.
 */
static apr_status_t
wait_for_lane(struct fcgid_exchange *x, apr_int16_t *got)
{
    apr_int16_t wanted = APR_POLLIN;
    apr_status_t rv;

    if (x->more) {
        *got = APR_POLLIN;
        return APR_SUCCESS;
    }
    if (is_half_way(x)) {
        rv = fcgid_lane_await_taken(x->lane, got, TAKE_WAIT);
        if (!APR_STATUS_IS_TIMEUP(rv))
            return rv;
        x->half_way += TAKE_WAIT;
        return x->half_way < x->io_timeout ? APR_SUCCESS : APR_TIMEUP;
    }
    if (is_sending(x) && !waits_for_client(x))
        wanted |= APR_POLLOUT;
    if (fcgid_response_pending(x->response)) {
        rv = fcgid_lane_poll(x->lane, wanted, got, FLUSH_WAIT, -1);
        if (!APR_STATUS_IS_TIMEUP(rv))
            return rv;
        pass_on(x);
    }
    return wait_in_steps(x, wanted, got);
}

/* The client did not go on with its body. */
static enum fcgid_result
body_timed_out(struct fcgid_exchange *x)
{
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, APR_TIMEUP, x->r,
                  "mod_fcgid: can't get data from http client" FCGID_ID(202));
    x->body->status = HTTP_REQUEST_TIME_OUT;
    return FCGID_RESULT_BODY;
}

/* Tells the application to stop and gives it some time to do so (5.4). */
static void
abort_request(struct fcgid_exchange *x)
{
    apr_time_t end = apr_time_now() + ABORT_GRACE, now;
    unsigned char record[FCGI_WIRE_HEADER_SIZE];
    struct iovec vec = {record, sizeof record};
    apr_size_t size = 0;
    apr_int16_t got;

    if (x->outbox.first != x->outbox.count || !x->outbox.started ||
        x->send_failed)
        return; /* in the middle of a record */
    x->response->state = FCGID_RESPONSE_DISCARD;
    fcgi_header_put(record, FCGI_TYPE_ABORT_REQUEST, FCGID_REQUEST_ID, 0, 0);
    if (fcgid_lane_sendv(x->lane, &vec, 1, &size) != APR_SUCCESS)
        return;
    while (!is_complete(x) && (now = apr_time_now()) < end)
        if (fcgid_lane_poll(x->lane, APR_POLLIN, &got, end - now, -1) !=
                APR_SUCCESS ||
            receive_some(x) != APR_SUCCESS)
            return;
    x->drained = x->response->request_ended;
}

static enum fcgid_result
connection_lost(struct fcgid_exchange *x, apr_status_t rv)
{
    if (!APR_STATUS_IS_EOF(rv))
        x->error = rv;
    if (!x->answered)
        return FCGID_RESULT_UNANSWERED;
    /* Some leave without END_REQUEST when all was said. */
    return x->response->stdout_ended ? FCGID_RESULT_COMPLETE
                                     : FCGID_RESULT_LOST;
}

/*
 * The client has its answer (to HEAD, or as long as announced) but the
 * application goes on.  It is told to stop in the end.
 */
static int
is_unending(struct fcgid_exchange *x)
{
    apr_time_t now;

    if (x->unwanted == 0)
        return 0;
    now = apr_time_now();
    if (x->unwanted_since == 0)
        x->unwanted_since = x->client_seen = now;
    if (now - x->client_seen >= FCGID_CLIENT_INTERVAL) {
        x->client_seen = now;
        x->client_gone = fcgid_client_left(x->r);
    }
    return x->unwanted > UNWANTED_MAX ||
           now - x->unwanted_since > x->io_timeout;
}

/* What came is no answer to this request, but bytes that the application has
 * sent behind its answer to another. */
static int
is_left_over(const struct fcgid_exchange *x)
{
    return fcgid_lane_reused(x->lane) && !x->response->begun;
}

enum fcgid_result
fcgid_exchange_run(struct fcgid_exchange *x)
{
    apr_int16_t got;
    apr_status_t rv;

    x->buffer_size += HEADS;
    x->buffer = apr_palloc(x->r->pool, x->buffer_size);
    for (;;) {
        if (send_some(x) != APR_SUCCESS) {
            abort_request(x);
            return FCGID_RESULT_BODY;
        }
        got = 0;
        rv = wait_for_lane(x, &got);
        if (rv == APR_SUCCESS && (got & APR_POLLIN) != 0)
            rv = receive_some(x);
        if (x->client_gone) {
            abort_request(x);
            return FCGID_RESULT_CLIENT;
        }
        if (x->response->fault != NULL)
            return is_left_over(x) ? FCGID_RESULT_UNANSWERED
                                   : FCGID_RESULT_FAULT;
        if (x->response->request_ended)
            return FCGID_RESULT_COMPLETE;
        if (is_unending(x)) {
            abort_request(x);
            x->given_up = 1;
            return FCGID_RESULT_COMPLETE;
        }
        if (APR_STATUS_IS_TIMEUP(rv) && waits_for_client(x)) {
            abort_request(x);
            return body_timed_out(x);
        }
        if (APR_STATUS_IS_TIMEUP(rv))
            return FCGID_RESULT_TIMEOUT;
        if (rv != APR_SUCCESS)
            return connection_lost(x, rv);
    }
}

int
fcgid_exchange_may_have_begun(const struct fcgid_exchange *x)
{
    return x->sent > x->head->size - FCGI_WIRE_HEADER_SIZE;
}

int
fcgid_exchange_sent_body(const struct fcgid_exchange *x)
{
    return x->body != NULL && x->body->length > 0 && x->sent > x->head->size;
}

enum fcgid_outcome
fcgid_exchange_outcome(const struct fcgid_exchange *x, enum fcgid_result result)
{
    switch (result) {
    case FCGID_RESULT_COMPLETE:
        if (x->given_up)
            return x->drained ? FCGID_OUTCOME_CLOSED : FCGID_OUTCOME_BROKEN;
        if (x->response->request_ended && !x->response->excess &&
            !is_sending(x) && !x->send_failed && fcgid_lane_keeps(x->lane))
            return FCGID_OUTCOME_KEPT;
        return FCGID_OUTCOME_CLOSED;
    case FCGID_RESULT_BODY:
    case FCGID_RESULT_CLIENT:
        return x->drained ? FCGID_OUTCOME_CLOSED : FCGID_OUTCOME_BROKEN;
    case FCGID_RESULT_TIMEOUT:
        return FCGID_OUTCOME_HUNG;
    default:
        return FCGID_OUTCOME_BROKEN;
    }
}
