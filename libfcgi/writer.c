/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "options.h"

enum { LEAST_BUFFER = 32, MOST_BUFFER = 65536 };

/* A writer of FCGX_CreateWriter, in one block with its buffer. */
struct alone {
    FCGX_Stream stream;
    struct fcgi_stream_data data;
    FCGX_Request request;
    unsigned char buffer[];
};

/* Bytes of content that are buffered. */
static size_t
pending(const FCGX_Stream *stream)
{
    const struct fcgi_stream_data *data = stream->data;

    return (size_t)(stream->wrNext - data->buff) - FCGI_WIRE_HEADER_SIZE;
}

static void
rewind_buffer(FCGX_Stream *stream)
{
    struct fcgi_stream_data *data = stream->data;

    stream->wrNext = data->buff + FCGI_WIRE_HEADER_SIZE;
    stream->rdNext = stream->stop = data->buff + data->bufflen;
}

/* Makes a record of what is buffered; returns its end. */
static unsigned char *
close_record(FCGX_Stream *stream)
{
    struct fcgi_stream_data *data = stream->data;
    size_t content = pending(stream);
    unsigned padding = fcgi_padding(content);

    if (content == 0)
        return data->buff;
    fcgi_header_put(data->buff, (unsigned)data->type,
                    (unsigned)data->reqDataPtr->requestId, content, padding);
    memset(stream->wrNext, 0, padding);
    data->isAnythingWritten = 1;
    return stream->wrNext + padding;
}

/* Adds what ends the stream, and the request with its last writer. */
static unsigned char *
close_stream(FCGX_Stream *stream, unsigned char *end)
{
    struct fcgi_stream_data *data = stream->data;
    FCGX_Request *request = data->reqDataPtr;
    unsigned id = (unsigned)request->requestId;

    if (data->type != FCGI_TYPE_STDERR || data->isAnythingWritten) {
        fcgi_header_put(end, (unsigned)data->type, id, 0, 0);
        end += FCGI_WIRE_HEADER_SIZE;
    }
    if (data->is_alone || --request->nWriters > 0)
        return end;
    fcgi_end_put(end, id, (uint32_t)request->appStatus,
                 FCGI_STATUS_REQUEST_COMPLETE);
    if (request->paramsPtr != NULL)
        __atomic_store_n(&request->paramsPtr->is_ended, true, __ATOMIC_RELEASE);
    return end + 2 * FCGI_WIRE_HEADER_SIZE;
}

/* Sends slices and file; on failure ends the stream and, with it, the request's
 * other one. */
static bool
send_slices(FCGX_Stream *stream, struct fcgi_slice *slices, size_t count,
            const struct fcgi_file *file)
{
    struct fcgi_stream_data *data = stream->data;
    struct Params *state = data->reqDataPtr->paramsPtr;
    int error = state == NULL ? 0 : state->write_error;

    if (error == 0)
        error =
            state == NULL
                ? fcgi_file_write(data->reqDataPtr->ipcFd, slices, count, file,
                                  fcgi_option(FCGI_OPTION_WRITE_TIMEOUT))
                : fcgi_conn_write(&state->conn, slices, count, file);
    if (error == 0)
        return true;
    if (state != NULL)
        state->write_error = error;
    fcgi_stream_end(stream, -error);
    return false;
}

static bool
is_aborted(const FCGX_Stream *stream)
{
    const struct fcgi_stream_data *data = stream->data;
    const struct Params *state = data->reqDataPtr->paramsPtr;

    return state != NULL && state->phase == FCGI_PHASE_ABORTED;
}

/* Looks whether the answer is still wanted; ends the stream if not. */
static bool
may_write(FCGX_Stream *stream)
{
    struct fcgi_stream_data *data = stream->data;
    struct Params *state = data->reqDataPtr->paramsPtr;

    if (stream->isClosed)
        return false;
    if (state == NULL || fcgi_reader_look(state, data->reqDataPtr))
        return true;
    fcgi_stream_end(stream, EPIPE);
    return false;
}

static void
empty(FCGX_Stream *stream, int do_close)
{
    struct fcgi_stream_data *data = stream->data;
    struct fcgi_slice slice;
    unsigned char *end;

    if (!do_close && !may_write(stream))
        return;
    if (stream->isClosed && !(do_close && is_aborted(stream)))
        return;
    end = stream->isClosed ? data->buff : close_record(stream);
    if (do_close)
        end = close_stream(stream, end);
    slice.data = data->buff;
    slice.size = (size_t)(end - data->buff);
    if (slice.size == 0 || send_slices(stream, &slice, 1, NULL))
        rewind_buffer(stream);
}

bool
fcgi_writer_send(FCGX_Stream *stream, struct fcgi_slice *slices, size_t count,
                 const struct fcgi_file *file)
{
    struct fcgi_stream_data *data = stream->data;

    if (!may_write(stream))
        return false;
    slices[0].data = data->buff;
    slices[0].size = (size_t)(close_record(stream) - data->buff);
    data->isAnythingWritten = 1;
    if (!send_slices(stream, slices, count, file))
        return false;
    rewind_buffer(stream);
    return true;
}

bool
fcgi_writer_direct(FCGX_Stream *stream, const char *text, size_t size)
{
    const struct fcgi_stream_data *data = stream->data;
    unsigned id = (unsigned)data->reqDataPtr->requestId;
    struct fcgi_slice slices[1 + FCGI_FRAME_SLICES];
    struct fcgi_frame frame;

    while (size > 0) {
        size_t covered =
            fcgi_frame_cut(&frame, (unsigned)data->type, id, text, size);

        memcpy(slices + 1, frame.slices,
               frame.slice_count * sizeof(frame.slices[0]));
        if (!fcgi_writer_send(stream, slices, 1 + frame.slice_count, NULL))
            return false;
        text += covered;
        size -= covered;
    }
    return true;
}

bool
fcgi_writer_is_ours(const FCGX_Stream *stream)
{
    return stream->emptyBuffProc == empty;
}

static void
init(FCGX_Stream *stream, struct fcgi_stream_data *data, FCGX_Request *request,
     unsigned type, unsigned char *buffer, int size)
{
    memset(stream, 0, sizeof(*stream));
    memset(data, 0, sizeof(*data));
    data->buff = data->mBuff = buffer;
    data->bufflen = size;
    data->buffStop = buffer + size;
    data->type = (int)type;
    data->reqDataPtr = request;
    stream->emptyBuffProc = empty;
    stream->data = data;
    rewind_buffer(stream);
}

/* Makes *size smaller where there is no memory for so much. */
static unsigned char *
get_out_buffer(struct Params *state, int *size)
{
    if (*size <= FCGI_OUT_BUFFER)
        return state->out_buffer;
    if (state->large_size < *size) {
        free(state->large_buffer);
        state->large_buffer = malloc((size_t)*size + FCGI_WRITER_TAIL);
        state->large_size = state->large_buffer == NULL ? 0 : *size;
    }
    if (state->large_buffer != NULL)
        return state->large_buffer;
    *size = FCGI_OUT_BUFFER;
    return state->out_buffer;
}

void
fcgi_writers_init(struct Params *state, FCGX_Request *request)
{
    int size = (int)fcgi_option(FCGI_OPTION_OUT_BUFFER) & -FCGI_WIRE_ALIGN;
    unsigned char *buffer = get_out_buffer(state, &size);

    init(&state->out, &state->out_data, request, FCGI_TYPE_STDOUT, buffer,
         size);
    init(&state->err, &state->err_data, request, FCGI_TYPE_STDERR,
         state->err_buffer, FCGI_ERR_BUFFER);
    request->out = &state->out;
    request->err = &state->err;
    request->nWriters = 2;
}

FCGX_Stream *
FCGX_CreateWriter(int ipcFd, int requestId, int bufflen, int streamType)
{
    struct alone *alone;

    if (bufflen < LEAST_BUFFER)
        bufflen = LEAST_BUFFER;
    if (bufflen > MOST_BUFFER)
        bufflen = MOST_BUFFER;
    bufflen =
        (bufflen + FCGI_WIRE_ALIGN - 1) / FCGI_WIRE_ALIGN * FCGI_WIRE_ALIGN;
    alone = malloc(sizeof(*alone) + (size_t)bufflen + FCGI_WRITER_TAIL);
    if (alone == NULL)
        return NULL;
    FCGX_InitRequest(&alone->request, 0, 0);
    alone->request.ipcFd = ipcFd;
    alone->request.requestId = requestId;
    alone->request.nWriters = 1;
    init(&alone->stream, &alone->data, &alone->request, (unsigned)streamType,
         alone->buffer, bufflen);
    alone->data.is_alone = 1;
    return &alone->stream;
}

void
FCGX_FreeStream(FCGX_Stream **stream)
{
    const struct fcgi_stream_data *data;

    if (stream == NULL || *stream == NULL)
        return;
    data = (*stream)->data;
    if (fcgi_writer_is_ours(*stream) && data->is_alone)
        free(*stream); /* the first member of its block */
    *stream = NULL;
}
