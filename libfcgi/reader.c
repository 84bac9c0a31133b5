/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stream.h"

#include <string.h>

enum { DIRECT_LEAST = 4096 }; /* bytes worth a read of their own */

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

/* Acts on what fcgi_request_step said; false: there is more to do. */
static bool
take_step(FCGX_Stream *stream, struct Params *state, int step)
{
    switch (step) {
    case FCGI_STEP_DATA:
        show(stream, &state->conn, &state->data);
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

/* Blocks for input; false: there is none, and the stream is ended. */
static bool
read_more(FCGX_Stream *stream, struct Params *state)
{
    long n = fcgi_conn_read(&state->conn, true);

    if (n > 0)
        return true;
    request_of(stream)->keepConnection = 0;
    fcgi_stream_end(stream, n == 0 ? FCGX_PROTOCOL_ERROR : (int)-n);
    return false;
}

static void
fill(FCGX_Stream *stream)
{
    struct Params *state;
    bool is_done = false;

    if (stream->isClosed)
        return;
    state = state_of(stream);
    if (state == NULL || !is_reading(state, request_of(stream))) {
        fcgi_stream_end(stream, 0);
        return;
    }
    while (!is_done) {
        int step = fcgi_request_step(state, request_of(stream));

        if (step == FCGI_STEP_MORE)
            is_done = !read_more(stream, state);
        else
            is_done = take_step(stream, state, step);
    }
}

size_t
fcgi_reader_direct(FCGX_Stream *stream, char *out, size_t size)
{
    struct fcgi_stream_data *data = stream->data;
    struct Params *state;
    struct fcgi_conn *conn;
    long n;

    if (size < DIRECT_LEAST || stream->isClosed)
        return 0;
    state = state_of(stream);
    if (state == NULL || !is_reading(state, request_of(stream)))
        return 0;
    conn = &state->conn;
    if (state->route != FCGI_ROUTE_STREAM || conn->pos != conn->end ||
        conn->parser.state != FCGI_PARSER_CONTENT ||
        conn->parser.content_left < DIRECT_LEAST)
        return 0;
    n = fcgi_conn_read_content(conn, (uint8_t *)out, size);
    if (n <= 0) {
        request_of(stream)->keepConnection = 0;
        fcgi_stream_end(stream, n == 0 ? FCGX_PROTOCOL_ERROR : (int)-n);
        return 0;
    }
    /* The last byte can be put back, as after any read. */
    stream->stopUnget = data->unget;
    stream->rdNext = data->unget + sizeof(data->unget);
    stream->rdNext[-1] = (unsigned char)out[n - 1];
    stream->wrNext = stream->stop = stream->rdNext;
    return (size_t)n;
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
