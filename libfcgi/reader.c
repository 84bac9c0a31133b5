/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stream.h"

#include <errno.h>
#include <string.h>

#include "io.h"
#include "lock.h"
#include "options.h"
#include "stats.h"

enum {
    DIRECT_LEAST = 4096, /* bytes worth a read of their own */
    LOOK_PERIOD = 10     /* milliseconds between two looks */
};

void
fcgi_stream_end(FCGX_Stream *stream, int error)
{
    if (stream->FCGI_errno == 0)
        stream->FCGI_errno = error;
    stream->isClosed = 1;
    if (stream->isReader)
        stream->wrNext = stream->stop = stream->rdNext;
    else
        stream->rdNext = stream->stop = stream->wrNext;
}

static struct Params *
state_of(const FCGX_Stream *stream)
{
    const struct fcgi_stream_data *data = stream->data;

    return data->reqDataPtr->paramsPtr;
}

static FCGX_Request *
request_of(const FCGX_Stream *stream)
{
    const struct fcgi_stream_data *data = stream->data;

    return data->reqDataPtr;
}

/* Shows the reader the slice that the connection's buffer holds. */
static void
show(FCGX_Stream *stream, struct fcgi_conn *conn,
     const struct fcgi_event *slice)
{
    struct fcgi_stream_data *data = stream->data;

    stream->rdNext = conn->buffer + (slice->data - conn->buffer);
    stream->stop = stream->rdNext + slice->size;
    stream->wrNext = stream->stop;
    stream->stopUnget = stream->rdNext;
    data->buffStop = stream->stop;
    data->contentLen = (int)conn->parser.content_left;
}

/* Counts bytes of the body; false: there are too many. */
static bool
count_body(struct Params *state, size_t size)
{
    long limit = fcgi_option(FCGI_OPTION_BODY_LIMIT);

    state->body += size;
    return limit == 0 || state->body <= (uint64_t)limit;
}

/* Acts on what fcgi_request_step said; false: there is more to do. */
static bool
take_step(FCGX_Stream *stream, struct Params *state, int step)
{
    switch (step) {
    case FCGI_STEP_DATA:
        if (count_body(state, state->data.size))
            show(stream, &state->conn, &state->data);
        else
            fcgi_stream_end(stream, EFBIG);
        return true;
    case FCGI_STEP_END:
        fcgi_stream_end(stream, 0);
        return true;
    case FCGI_STEP_ABORTED:
        fcgi_stream_end(stream, FCGX_PROTOCOL_ERROR);
        return true;
    default:
        if (step > 0)
            return false;
        request_of(stream)->keepConnection = 0;
        fcgi_stream_end(stream, step);
        return true;
    }
}

static bool
is_reading(const struct Params *state, const FCGX_Request *request)
{
    /* An Authorizer's web server may send no STDIN at all (6.3). */
    if (request->role == FCGI_ROLE_AUTHORIZER)
        return false;
    return state->phase == FCGI_PHASE_STDIN || state->phase == FCGI_PHASE_DATA;
}

/* The connection has broken off; n: what the read has returned, 0 or below. */
static void
end_by_connection(FCGX_Stream *stream, long n)
{
    fcgi_stats_add(FCGI_STAT_ERRORS, 1);
    request_of(stream)->keepConnection = 0;
    fcgi_stream_end(stream, n == 0 ? FCGX_PROTOCOL_ERROR : (int)-n);
}

/* Blocks for input; false: there is none, and the stream is ended. */
static bool
read_more(FCGX_Stream *stream, struct Params *state)
{
    long n = fcgi_conn_read(&state->conn, true);

    if (n <= 0)
        end_by_connection(stream, n);
    return n > 0;
}

static void
read_body(FCGX_Stream *stream, struct Params *state)
{
    bool is_done = false;

    while (!is_done) {
        int step = fcgi_request_step(state);

        if (step == FCGI_STEP_MORE)
            is_done = !read_more(stream, state);
        else
            is_done = take_step(stream, state, step);
    }
}

static void
fill(FCGX_Stream *stream)
{
    struct Params *state;

    if (stream->isClosed)
        return;
    state = state_of(stream);
    if (state == NULL || !is_reading(state, request_of(stream))) {
        fcgi_stream_end(stream, 0);
        return;
    }
    (void)fcgi_lock(&state->input_lock); /* a wait may have been left */
    if (!stream->isClosed)
        read_body(stream, state);
    fcgi_unlock(&state->input_lock);
}

/* Frees the connection's buffer of bytes that were read, but for the last
 * one, which can still be put back. */
static void
leave_buffer(FCGX_Stream *in)
{
    struct fcgi_stream_data *data = in->data;
    bool has_last = in->rdNext != in->stopUnget;
    unsigned char last = has_last ? in->rdNext[-1] : 0;

    in->rdNext = data->unget + sizeof(data->unget);
    in->rdNext[-1] = last;
    in->wrNext = in->stop = in->rdNext;
    in->stopUnget = has_last ? data->unget : in->rdNext;
}

static size_t
read_direct(FCGX_Stream *stream, struct Params *state, char *out, size_t size)
{
    struct fcgi_conn *conn = &state->conn;
    long n;

    if (state->route != FCGI_ROUTE_STREAM || conn->ops != NULL ||
        conn->pos != conn->end || conn->parser.state != FCGI_PARSER_CONTENT ||
        conn->parser.content_left < DIRECT_LEAST)
        return 0;
    n = fcgi_conn_read_content(conn, (uint8_t *)out, size);
    if (n <= 0) {
        end_by_connection(stream, n);
        return 0;
    }
    if (!count_body(state, (size_t)n)) {
        fcgi_stream_end(stream, EFBIG);
        return 0;
    }
    leave_buffer(stream);
    /* The last byte can be put back, as after any read. */
    stream->rdNext[-1] = (unsigned char)out[n - 1];
    stream->stopUnget = stream->rdNext - 1;
    return (size_t)n;
}

size_t
fcgi_reader_direct(FCGX_Stream *stream, char *out, size_t size)
{
    struct Params *state;
    size_t n;

    if (size < DIRECT_LEAST || stream->isClosed)
        return 0;
    state = state_of(stream);
    if (state == NULL || !is_reading(state, request_of(stream)))
        return 0;
    (void)fcgi_lock(&state->input_lock); /* a wait may have been left */
    n = read_direct(stream, state, out, size);
    fcgi_unlock(&state->input_lock);
    return n;
}

/* True if the bytes that come next are to be looked at now: the body, and the
 * next request, wait for their turn. */
static bool
has_more_to_see(struct Params *state)
{
    struct fcgi_conn *conn = &state->conn;
    struct fcgi_header next;

    if (!fcgi_parser_at_boundary(&conn->parser))
        return (state->route != FCGI_ROUTE_STREAM ||
                conn->parser.content_left == 0) &&
               (conn->pos != conn->end || fcgi_conn_read_more(conn) > 0);
    while (!fcgi_conn_peek(conn, &next))
        if (fcgi_conn_read_more(conn) <= 0)
            return false;
    if (next.type == FCGI_TYPE_STDIN)
        return next.content_length == 0 && state->phase == FCGI_PHASE_STDIN;
    if (next.type == FCGI_TYPE_DATA)
        return next.content_length == 0 && state->phase == FCGI_PHASE_DATA;
    return next.type != FCGI_TYPE_BEGIN_REQUEST;
}

static void
look(struct Params *state, FCGX_Request *request)
{
    int step = 0;

    leave_buffer(request->in);
    while (step >= 0 && step != FCGI_STEP_ABORTED && has_more_to_see(state)) {
        step = fcgi_request_record(state);
        if (step != 0 && step != FCGI_STEP_MORE)
            take_step(request->in, state, step);
    }
}

bool
fcgi_reader_look(struct Params *state, FCGX_Request *request)
{
    const FCGX_Stream *in = request->in;
    long long now = fcgi_io_now();

    if (now - state->looked < LOOK_PERIOD)
        return state->phase != FCGI_PHASE_ABORTED;
    state->looked = now;
    if (pthread_mutex_trylock(&state->input_lock) != 0)
        return true; /* another thread reads, and will see it */
    if (in != NULL && in->rdNext == in->stop && fcgi_reader_is_ours(in))
        look(state, request);
    fcgi_unlock(&state->input_lock);
    return state->phase != FCGI_PHASE_ABORTED;
}

bool
fcgi_reader_start_data(FCGX_Stream *stream)
{
    struct fcgi_stream_data *data = stream->data;
    struct Params *state = state_of(stream);

    if (state == NULL || !stream->isClosed ||
        request_of(stream)->role != FCGI_ROLE_FILTER ||
        state->phase != FCGI_PHASE_STDIN_END)
        return false;
    state->phase = FCGI_PHASE_DATA;
    data->type = FCGI_TYPE_DATA;
    stream->isClosed = 0;
    return true;
}

bool
fcgi_reader_is_ours(const FCGX_Stream *stream)
{
    return stream->fillBuffProc == fill;
}

void
fcgi_reader_init(struct Params *state, FCGX_Request *request)
{
    FCGX_Stream *stream = &state->in;
    struct fcgi_stream_data *data = &state->in_data;

    memset(stream, 0, sizeof(*stream));
    memset(data, 0, sizeof(*data));
    data->buff = data->mBuff = data->buffStop = state->conn.buffer;
    data->bufflen = (int)sizeof(state->conn.buffer);
    data->type = FCGI_TYPE_STDIN;
    data->reqDataPtr = request;
    stream->isReader = 1;
    stream->rdNext = stream->wrNext = stream->stop = stream->stopUnget =
        data->buff;
    stream->fillBuffProc = fill;
    stream->data = data;
    request->in = stream;
}
