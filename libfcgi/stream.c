/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The FCGX stream calls.  They look at the four pointers first and at nothing
 * else as long as these suffice: programs make streams by hand.
 */
#include "config.h"

#include "stream.h"

#include <errno.h>
#include <string.h>

bool
fcgi_stream_refill(FCGX_Stream *stream)
{
    if (stream->isClosed || !stream->isReader || stream->fillBuffProc == NULL)
        return false;
    stream->fillBuffProc(stream);
    return stream->rdNext != stream->stop;
}

bool
fcgi_stream_make_room(FCGX_Stream *stream)
{
    if (stream->isClosed || stream->isReader || stream->emptyBuffProc == NULL)
        return false;
    stream->emptyBuffProc(stream, 0);
    return stream->wrNext != stream->stop;
}

int
FCGX_GetChar(FCGX_Stream *stream)
{
    if (stream == NULL ||
        (stream->rdNext == stream->stop && !fcgi_stream_refill(stream)))
        return -1;
    return *stream->rdNext++;
}

static size_t
take(char *str, size_t size, FCGX_Stream *stream)
{
    size_t there = (size_t)(stream->stop - stream->rdNext);

    if (size > there)
        size = there;
    if (size > 0)
        memcpy(str, stream->rdNext, size);
    stream->rdNext += size;
    return size;
}

int
FCGX_GetStr(char *str, int n, FCGX_Stream *stream)
{
    size_t size = n > 0 ? (size_t)n : 0;
    size_t got;

    if (stream == NULL)
        return 0;
    got = take(str, size, stream);
    while (got < size) {
        if (fcgi_reader_is_ours(stream))
            got += fcgi_reader_direct(stream, str + got, size - got);
        if (got == size || !fcgi_stream_refill(stream))
            break;
        got += take(str + got, size - got, stream);
    }
    return (int)got;
}

char *
FCGX_GetLine(char *str, int n, FCGX_Stream *stream)
{
    char *p = str;

    if (stream == NULL)
        return NULL;
    while (n > 1) {
        size_t there = (size_t)(stream->stop - stream->rdNext);
        const unsigned char *newline;

        if (there == 0) {
            if (fcgi_stream_refill(stream))
                continue;
            if (p == str)
                return NULL;
            break;
        }
        if (there > (size_t)n - 1)
            there = (size_t)n - 1;
        newline = memchr(stream->rdNext, '\n', there);
        if (newline != NULL)
            there = (size_t)(newline - stream->rdNext) + 1;
        p += take(p, there, stream);
        n -= (int)there;
        if (newline != NULL)
            break;
    }
    *p = '\0';
    return str;
}

int
FCGX_UnGetChar(int c, FCGX_Stream *stream)
{
    if (c == -1 || stream == NULL || stream->isClosed || !stream->isReader ||
        stream->rdNext == stream->stopUnget)
        return -1;
    *--stream->rdNext = (unsigned char)c;
    return c;
}

int
FCGX_HasSeenEOF(FCGX_Stream *stream)
{
    return stream == NULL || stream->isClosed ? -1 : 0;
}

int
FCGX_PutChar(int c, FCGX_Stream *stream)
{
    if (stream == NULL ||
        (stream->wrNext == stream->stop && !fcgi_stream_make_room(stream)))
        return -1;
    *stream->wrNext++ = (unsigned char)c;
    return (unsigned char)c;
}

/* True if size bytes are more than a buffer takes. */
static bool
is_large(const FCGX_Stream *stream, size_t size)
{
    const struct fcgi_stream_data *data;

    if (stream->isClosed || !fcgi_writer_is_ours(stream))
        return false;
    data = stream->data;
    return size >= (size_t)data->bufflen;
}

int
FCGX_PutStr(const char *str, int n, FCGX_Stream *stream)
{
    size_t left = n > 0 ? (size_t)n : 0;

    if (stream == NULL)
        return -1;
    if (is_large(stream, left))
        return fcgi_writer_direct(stream, str, left) ? n : -1;
    for (;;) {
        size_t room = (size_t)(stream->stop - stream->wrNext);

        if (room > left)
            room = left;
        if (room > 0) {
            memcpy(stream->wrNext, str, room);
            stream->wrNext += room;
            str += room;
            left -= room;
        }
        if (left == 0)
            return n > 0 ? n : 0;
        if (!fcgi_stream_make_room(stream))
            return -1;
    }
}

int
FCGX_PutS(const char *str, FCGX_Stream *stream)
{
    return FCGX_PutStr(str, (int)strlen(str), stream);
}

int
FCGX_FFlush(FCGX_Stream *stream)
{
    if (stream == NULL)
        return -1;
    if (stream->isClosed || stream->isReader || stream->emptyBuffProc == NULL)
        return 0;
    stream->emptyBuffProc(stream, 0);
    return stream->isClosed ? -1 : 0;
}

int
FCGX_FClose(FCGX_Stream *stream)
{
    if (stream == NULL)
        return 0;
    if (!stream->wasFCloseCalled) {
        if (!stream->isReader && stream->emptyBuffProc != NULL)
            stream->emptyBuffProc(stream, 1);
        stream->wasFCloseCalled = 1;
        fcgi_stream_end(stream, 0);
    }
    return stream->FCGI_errno == 0 ? 0 : -1;
}

int
FCGX_GetError(FCGX_Stream *stream)
{
    return stream == NULL ? EBADF : stream->FCGI_errno;
}

void
FCGX_ClearError(FCGX_Stream *stream)
{
    if (stream != NULL)
        stream->FCGI_errno = 0;
}

int
FCGX_StartFilterData(FCGX_Stream *stream)
{
    if (stream == NULL)
        return -1;
    if (fcgi_reader_is_ours(stream) && fcgi_reader_start_data(stream))
        return 0;
    if (stream->FCGI_errno == 0)
        stream->FCGI_errno = FCGX_CALL_SEQ_ERROR;
    return -1;
}

void
FCGX_SetExitStatus(int status, FCGX_Stream *stream)
{
    const struct fcgi_stream_data *data;

    if (stream == NULL ||
        (!fcgi_reader_is_ours(stream) && !fcgi_writer_is_ours(stream)))
        return;
    data = stream->data;
    data->reqDataPtr->appStatus = status;
}
