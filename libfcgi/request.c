/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "health.h"
#include "io.h"
#include "lock.h"
#include "options.h"
#include "report.h"
#include "sig.h"
#include "stats.h"
#include "wire/names.h"

#define VALUES_FAULT "GET_VALUES has no whole pairs"

struct Params *
fcgi_request_new(int fd, bool is_tcp)
{
    struct Params *state = malloc(sizeof(*state)); /* buffers stay untouched */

    if (state == NULL)
        return NULL;
    fcgi_conn_init(&state->conn, fd, is_tcp);
    fcgi_params_init(&state->params);
    fcgi_lock_init(&state->input_lock);
    state->phase = FCGI_PHASE_IDLE;
    state->route = FCGI_ROUTE_SKIP;
    state->skipped = 0;
    state->looked = 0;
    state->id = 0;
    state->role = 0;
    state->keep = false;
    state->envp = NULL;
    state->forks = 0;
    state->is_adopted = false;
    state->is_slow = false;
    state->is_closing = false;
    state->set = NULL;
    state->deadline = 0;
    state->since = 0;
    state->begun = 0;
    state->trunk = NULL;
    state->is_branch = false;
    state->is_started = false;
    state->next_branch = NULL;
    state->next_ready = NULL;
    memset(&state->queue, 0, sizeof(state->queue));
    state->branch_count = 0;
    state->begun_count = 0;
    state->divert = NULL;
    state->free_trunk = NULL;
    state->get_capacity = NULL;
    state->is_ended = false;
    state->write_error = 0;
    memset(&state->probe, 0, sizeof(state->probe));
    state->is_fcgi = false;
    state->is_broken = false;
    state->large_buffer = NULL;
    state->large_size = 0;
    return state;
}

void
fcgi_request_free(struct Params *state)
{
    if (state == NULL)
        return;
    fcgi_params_fini(&state->params);
    free(state->large_buffer);
    pthread_mutex_destroy(&state->input_lock);
    fcgi_conn_fini(&state->conn);
    free(state->queue.data);
    if (state->free_trunk != NULL)
        state->free_trunk(state);
    free(state);
}

static bool
has_request(const struct Params *state)
{
    return state->phase != FCGI_PHASE_IDLE && state->phase != FCGI_PHASE_DRAIN;
}

bool
fcgi_request_has_branches(const struct Params *state)
{
    return __atomic_load_n(&state->branch_count, __ATOMIC_SEQ_CST) > 0;
}

bool
fcgi_request_has_begun_branches(const struct Params *state)
{
    return __atomic_load_n(&state->begun_count, __ATOMIC_SEQ_CST) > 0;
}

bool
fcgi_request_is_idle(const struct Params *state)
{
    if (fcgi_request_has_branches(state))
        return false;
    if (state->phase == FCGI_PHASE_IDLE)
        return fcgi_conn_is_quiet(&state->conn) &&
               !fcgi_probe_has_begun(&state->probe);
    return state->phase == FCGI_PHASE_DRAIN;
}

bool
fcgi_request_is_new(const struct Params *state)
{
    return state->id == 0 && fcgi_request_is_idle(state);
}

static int
answer(struct Params *state, const void *record, size_t size)
{
    struct fcgi_slice slice = {.data = record, .size = size};

    state->write_error = fcgi_conn_write(&state->conn, &slice, 1, NULL);
    return state->write_error == 0 ? 0 : FCGX_PROTOCOL_ERROR;
}

static int
send_end(struct Params *state, unsigned id, unsigned protocol_status)
{
    uint8_t record[16];

    fcgi_end_put(record, id, 0, protocol_status);
    return answer(state, record, sizeof(record));
}

/* Answers a request that the application will not see. */
static int
refuse(struct Params *state, unsigned protocol_status)
{
    int error = send_end(state, state->id, protocol_status);

    fcgi_stats_add(FCGI_STAT_REFUSED, 1);
    state->phase = FCGI_PHASE_DRAIN;
    state->skipped = 0;
    if (error != 0)
        return error;
    return state->keep ? 0 : FCGI_STEP_REFUSED;
}

/* The connection is of no use any more; tells why. */
static int
broken(const struct Params *state, int step, const char *why)
{
    fcgi_report(state->conn.fd, "%s", why);
    return step;
}

/* The type of the stream that ends a request's input. */
static unsigned
last_stream(const struct Params *state)
{
    return state->role == FCGI_ROLE_FILTER ? FCGI_TYPE_DATA : FCGI_TYPE_STDIN;
}

/* What a record of the request at hand means; -1: it must not come now. */
static int
route_of_request(const struct Params *state, const struct fcgi_header *header)
{
    switch (header->type) {
    case FCGI_TYPE_ABORT_REQUEST:
        return FCGI_ROUTE_ABORT;
    case FCGI_TYPE_PARAMS:
        return state->phase == FCGI_PHASE_PARAMS ? (int)FCGI_ROUTE_PARAMS : -1;
    case FCGI_TYPE_STDIN:
        return state->phase == FCGI_PHASE_STDIN ? (int)FCGI_ROUTE_STREAM : -1;
    case FCGI_TYPE_DATA:
        return state->phase == FCGI_PHASE_DATA ? (int)FCGI_ROUTE_STREAM : -1;
    default:
        return -1;
    }
}

static int
route(const struct Params *state, const struct fcgi_header *header)
{
    bool is_ours = header->request_id == state->id;

    if (header->request_id == 0)
        return header->type == FCGI_TYPE_GET_VALUES ? FCGI_ROUTE_VALUES
                                                    : FCGI_ROUTE_UNKNOWN;
    if (header->type == FCGI_TYPE_BEGIN_REQUEST)
        return FCGI_ROUTE_BEGIN;
    if (is_ours && has_request(state))
        return route_of_request(state, header);
    if (is_ours && state->phase == FCGI_PHASE_DRAIN &&
        header->type == last_stream(state) && header->content_length == 0)
        return FCGI_ROUTE_LAST;
    return FCGI_ROUTE_SKIP; /* an inactive id (3.3) */
}

static int
on_header(struct Params *state, const struct fcgi_header *header)
{
    int way = route(state, header);

    if (way < 0) {
        fcgi_report(state->conn.fd, "%s record where none may come",
                    fcgi_type_name(header->type));
        return FCGX_PROTOCOL_ERROR;
    }
    state->route = (enum fcgi_route)way;
    if (way == FCGI_ROUTE_VALUES)
        fcgi_values_begin(&state->values);
    if (has_request(state) || way != FCGI_ROUTE_SKIP)
        return 0;
    state->skipped += (uint64_t)FCGI_WIRE_HEADER_SIZE + header->content_length;
    if (state->skipped <= FCGI_SKIP_LIMIT)
        return 0;
    return broken(state, FCGX_PROTOCOL_ERROR, "too much between two requests");
}

static int
on_data(struct Params *state, const struct fcgi_event *event)
{
    int error;

    switch (state->route) {
    case FCGI_ROUTE_STREAM:
        state->data = *event;
        return FCGI_STEP_DATA;
    case FCGI_ROUTE_VALUES:
        return fcgi_values_feed(&state->values, event->data, event->size)
                   ? 0
                   : broken(state, FCGX_PARAMS_ERROR, VALUES_FAULT);
    case FCGI_ROUTE_PARAMS:
        error = fcgi_params_feed(&state->params, event->data, event->size);
        if (error == 0)
            return 0;
        state->route = FCGI_ROUTE_SKIP;
        fcgi_report(state->conn.fd,
                    "request refused: parameters above %ld "
                    "bytes, or no memory",
                    fcgi_option(FCGI_OPTION_PARAMS_LIMIT));
        return refuse(state, FCGI_STATUS_OVERLOADED);
    default:
        return 0;
    }
}

static const char *
role_string(unsigned role)
{
    switch (role) {
    case FCGI_ROLE_RESPONDER:
        return "FCGI_ROLE=RESPONDER";
    case FCGI_ROLE_AUTHORIZER:
        return "FCGI_ROLE=AUTHORIZER";
    case FCGI_ROLE_FILTER:
        return "FCGI_ROLE=FILTER";
    default:
        return NULL;
    }
}

static int
on_begin(struct Params *state, const struct fcgi_event *event)
{
    struct fcgi_begin_body body;
    const char *role;
    long limit;

    if (has_request(state)) {
        if (event->header.request_id == state->id)
            return broken(state, FCGX_PROTOCOL_ERROR, "a request began twice");
        return send_end(state, event->header.request_id,
                        FCGI_STATUS_CANT_MPX_CONN);
    }
    fcgi_begin_get(&body, event->body);
    state->id = event->header.request_id;
    state->role = body.role;
    state->keep = (body.flags & FCGI_WIRE_FLAG_KEEP_CONN) != 0;
    state->body = 0;
    state->is_ended = false;
    role = role_string(body.role);
    if (role == NULL) {
        fcgi_report(state->conn.fd, "request refused: role %u", body.role);
        return refuse(state, FCGI_STATUS_UNKNOWN_ROLE);
    }
    limit = fcgi_option(FCGI_OPTION_PARAMS_LIMIT);
    if (fcgi_params_begin(&state->params, role,
                          limit == 0 ? SIZE_MAX : (size_t)limit) != 0)
        return refuse(state, FCGI_STATUS_OVERLOADED);
    state->phase = FCGI_PHASE_PARAMS;
    return 0;
}

static int
on_abort(struct Params *state)
{
    int step;

    if (state->phase != FCGI_PHASE_PARAMS) {
        fcgi_stats_add(FCGI_STAT_ABORTED, 1);
        state->phase = FCGI_PHASE_ABORTED;
        return FCGI_STEP_ABORTED;
    }
    step = refuse(state, FCGI_STATUS_REQUEST_COMPLETE);
    state->phase = FCGI_PHASE_IDLE;
    return step;
}

static int
on_params_end(struct Params *state)
{
    if (fcgi_params_finish(&state->params, &state->envp) != 0)
        return broken(state, FCGX_PARAMS_ERROR, "parameters end in a pair");
    state->phase = FCGI_PHASE_STDIN;
    return FCGI_STEP_STARTED;
}

static int
on_stream_end(struct Params *state)
{
    state->phase = state->phase == FCGI_PHASE_STDIN ? FCGI_PHASE_STDIN_END
                                                    : FCGI_PHASE_DATA_END;
    return FCGI_STEP_END;
}

static int
on_values_end(struct Params *state)
{
    uint8_t reply[FCGI_VALUES_REPLY];
    struct fcgi_capacity capacity = {1, 1, false};
    size_t size;

    if (state->get_capacity != NULL)
        state->get_capacity(state, &capacity);
    size = fcgi_values_reply(&state->values, &capacity, reply);
    if (size == 0)
        return broken(state, FCGX_PARAMS_ERROR, VALUES_FAULT);
    return answer(state, reply, size);
}

static int
on_unknown(struct Params *state, unsigned type)
{
    uint8_t record[16];

    fcgi_unknown_put(record, type);
    return answer(state, record, sizeof(record));
}

static int
on_end(struct Params *state, const struct fcgi_event *event)
{
    bool is_empty = event->header.content_length == 0;

    switch (state->route) {
    case FCGI_ROUTE_BEGIN:
        return on_begin(state, event);
    case FCGI_ROUTE_ABORT:
        return on_abort(state);
    case FCGI_ROUTE_PARAMS:
        return is_empty ? on_params_end(state) : 0;
    case FCGI_ROUTE_STREAM:
        return is_empty ? on_stream_end(state) : 0;
    case FCGI_ROUTE_VALUES:
        return on_values_end(state);
    case FCGI_ROUTE_UNKNOWN:
        return on_unknown(state, event->header.type);
    case FCGI_ROUTE_LAST:
        state->phase = FCGI_PHASE_IDLE;
        return FCGI_STEP_DRAINED;
    case FCGI_ROUTE_SKIP:
        break;
    }
    return 0;
}

static int
wire_error(const struct Params *state, enum fcgi_wire_result result)
{
    fcgi_report(state->conn.fd, "%s", fcgi_wire_strerror(result));
    return result == FCGI_WIRE_E_VERSION ? FCGX_UNSUPPORTED_VERSION
                                         : FCGX_PROTOCOL_ERROR;
}

static int
on_event(struct Params *state, const struct fcgi_event *event)
{
    if (state->divert != NULL && event->kind != FCGI_EVENT_MORE &&
        event->header.request_id != 0)
        return state->divert(state, event);
    switch (event->kind) {
    case FCGI_EVENT_MORE:
        return FCGI_STEP_MORE;
    case FCGI_EVENT_HEADER:
        return on_header(state, &event->header);
    case FCGI_EVENT_DATA:
        return on_data(state, event);
    case FCGI_EVENT_END:
        break;
    }
    return on_end(state, event);
}

int
fcgi_request_record(struct Params *state)
{
    struct fcgi_event event;
    int step = state->is_fcgi ? 0 : fcgi_health_step(state);

    if (step != 0)
        return step;
    /* What a header has refused must not be taken for the record before. */
    if (state->is_broken)
        return FCGX_PROTOCOL_ERROR;
    do {
        enum fcgi_wire_result result = fcgi_conn_next(&state->conn, &event);

        step = result == FCGI_WIRE_OK ? on_event(state, &event)
                                      : wire_error(state, result);
    } while (step == 0 && event.kind != FCGI_EVENT_END);
    if (step < 0 && !state->is_broken)
        fcgi_stats_add(FCGI_STAT_ERRORS, 1);
    state->is_broken = step < 0;
    return step;
}

int
fcgi_request_step(struct Params *state)
{
    int step;

    do
        step = fcgi_request_record(state);
    while (step == 0);
    return step;
}

void
fcgi_request_end(struct Params *state)
{
    bool is_complete = state->phase == FCGI_PHASE_IDLE ||
                       state->phase == FCGI_PHASE_ABORTED ||
                       state->phase == FCGI_PHASE_DATA_END ||
                       (state->phase == FCGI_PHASE_STDIN_END &&
                        state->role != FCGI_ROLE_FILTER);

    state->phase = is_complete ? FCGI_PHASE_IDLE : FCGI_PHASE_DRAIN;
    state->skipped = 0;
    /* What a record that is half read means may have changed. */
    state->route = (enum fcgi_route)route(state, &state->conn.parser.header);
}

bool
fcgi_request_drain(struct Params *state, long long linger)
{
    long long deadline = 0;

    while (state->phase == FCGI_PHASE_DRAIN) {
        int step = fcgi_request_step(state);
        long long left;
        long n;

        if (step != FCGI_STEP_MORE) {
            if (step == FCGI_STEP_DRAINED || step < 0)
                return true;
            continue;
        }
        n = fcgi_conn_read(&state->conn, false);
        if (n == -EINTR || n > 0)
            continue;
        if (n != -EAGAIN)
            return true;
        if (linger <= 0)
            return false;
        if (deadline == 0)
            deadline = fcgi_io_now() + linger;
        left = deadline - fcgi_io_now();
        if (left <= 0)
            return false;
        if (fcgi_sig_is_urgent())
            return false;
        if (fcgi_sig_pending() && left > FCGI_SIG_STEP)
            left = FCGI_SIG_STEP;
        (void)fcgi_io_wait(&state->conn.fd, 1, (int)left, NULL);
    }
    return true;
}
