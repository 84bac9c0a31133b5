/* SPDX-License-Identifier: BSD-2-Clause */
/* Stream calls for much data, or for just what is there. */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fcgiext.h"
#include "file.h"
#include "stream.h"

enum {
    MOST_PARTS = 128,  /* slices of one record */
    LEAST_FILE = 8192, /* bytes of a file worth a record of their own */
    EDGES = 3          /* slices around them: buffer, header, padding */
};

/* Why a stream ended: -errno. */
static int
stream_error(const FCGX_Stream *stream)
{
    if (stream->FCGI_errno > 0)
        return -stream->FCGI_errno;
    return stream->isReader ? -EPROTO : -EPIPE;
}

ssize_t
FCGX_Read(FCGX_Stream *in, void *buffer, size_t size)
{
    size_t there;

    if (in == NULL || !in->isReader)
        return -EBADF;
    there = (size_t)(in->stop - in->rdNext);
    if (size > SSIZE_MAX)
        size = SSIZE_MAX;
    if (there == 0 && size > 0 && !in->isClosed) {
        if (fcgi_reader_is_ours(in)) {
            size_t got = fcgi_reader_direct(in, buffer, size);

            if (got > 0)
                return (ssize_t)got;
        }
        (void)fcgi_stream_refill(in);
        there = (size_t)(in->stop - in->rdNext);
    }
    if (there == 0)
        return size > 0 && in->FCGI_errno != 0 ? stream_error(in) : 0;
    if (size > there)
        size = there;
    memcpy(buffer, in->rdNext, size);
    in->rdNext += size;
    return (ssize_t)size;
}

/* --- WriteV -------------------------------------------------------------- */

/* Where a walk through the caller's memory is. */
struct walk {
    const struct iovec *parts;
    int count;
    size_t done; /* bytes of parts[0] */
};

/* The sum of the sizes; -1: it is too large, or negative. */
static long long
total_size(const struct iovec *parts, int count)
{
    size_t total = 0;
    int i;

    for (i = 0; i < count; i++) {
        if (parts[i].iov_len > (size_t)SSIZE_MAX - total)
            return -1;
        total += parts[i].iov_len;
    }
    return (long long)total;
}

/* Takes content for one record; returns its size and how many slices. */
static size_t
take_content(struct walk *walk, struct fcgi_slice *slices, size_t *count)
{
    size_t size = 0;

    *count = 0;
    while (walk->count > 0 && size < FCGI_WIRE_BEST_CONTENT &&
           *count < MOST_PARTS) {
        const struct iovec *part = walk->parts;
        size_t n = part->iov_len - walk->done;

        if (n > FCGI_WIRE_BEST_CONTENT - size)
            n = FCGI_WIRE_BEST_CONTENT - size;
        if (n > 0) {
            slices[*count].data = (const char *)part->iov_base + walk->done;
            slices[(*count)++].size = n;
        }
        size += n;
        walk->done += n;
        if (walk->done == part->iov_len) {
            walk->parts++;
            walk->count--;
            walk->done = 0;
        }
    }
    return size;
}

static bool
send_records(FCGX_Stream *out, struct walk *walk)
{
    static const uint8_t zeros[FCGI_WIRE_ALIGN];
    const struct fcgi_stream_data *data = out->data;
    struct fcgi_slice slices[MOST_PARTS + EDGES];
    uint8_t header[FCGI_WIRE_HEADER_SIZE];

    for (;;) {
        size_t count;
        size_t size = take_content(walk, slices + 2, &count);
        unsigned padding = fcgi_padding(size);

        if (size == 0)
            return true;
        fcgi_header_put(header, (unsigned)data->type,
                        (unsigned)data->reqDataPtr->requestId, size, padding);
        slices[1].data = header;
        slices[1].size = sizeof(header);
        slices[2 + count].data = zeros;
        slices[2 + count].size = padding;
        if (!fcgi_writer_send(out, slices, 3 + count, NULL))
            return false;
    }
}

static bool
put_parts(FCGX_Stream *out, const struct iovec *parts, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        const char *p = parts[i].iov_base;
        size_t left = parts[i].iov_len;

        while (left > 0) {
            int n = left < INT_MAX ? (int)left : INT_MAX;

            if (FCGX_PutStr(p, n, out) != n)
                return false;
            p += n;
            left -= (size_t)n;
        }
    }
    return true;
}

ssize_t
FCGX_WriteV(FCGX_Stream *out, const struct iovec *parts, int count)
{
    struct walk walk = {.parts = parts, .count = count};
    long long total = total_size(parts, count);
    bool fits;

    if (out == NULL || out->isReader)
        return -EBADF;
    if (count < 0 || total < 0)
        return -EINVAL;
    if (out->isClosed)
        return stream_error(out);
    fits = total <= out->stop - out->wrNext;
    if (fits || !fcgi_writer_is_ours(out))
        return put_parts(out, parts, count) ? (ssize_t)total
                                            : stream_error(out);
    return send_records(out, &walk) ? (ssize_t)total : stream_error(out);
}

/* --- SendFile ------------------------------------------------------------ */

/* Reads into the stream's buffer; offset below 0: from where fd is.  Returns
 * the number of bytes, less than size at the end, or -errno. */
static long long
read_in(FCGX_Stream *out, int fd, long long offset, long long size)
{
    long long done = 0;

    while (done < size) {
        size_t room;
        ssize_t n;

        if (out->wrNext == out->stop && !fcgi_stream_make_room(out))
            return stream_error(out);
        room = (size_t)(out->stop - out->wrNext);
        if ((long long)room > size - done)
            room = (size_t)(size - done);
        n = offset < 0 ? read(fd, out->wrNext, room)
                       : pread(fd, out->wrNext, room, (off_t)(offset + done));
        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            out->wrNext += n;
            done += n;
        }
    }
    return done;
}

static bool
send_part(FCGX_Stream *out, int fd, long long offset, size_t size)
{
    const struct fcgi_stream_data *data = out->data;
    struct fcgi_file file = {.fd = fd,
                             .offset = (off_t)offset,
                             .size = size,
                             .padding = fcgi_padding(size)};
    struct fcgi_slice buffered;

    fcgi_header_put(file.header, (unsigned)data->type,
                    (unsigned)data->reqDataPtr->requestId, size, file.padding);
    return fcgi_writer_send(out, &buffered, 1, &file);
}

/* Of a regular file, whose end is at end. */
static long long
send_parts(FCGX_Stream *out, int fd, long long offset, long long size,
           long long end)
{
    long long done = 0;

    while (done < size) {
        long long n = end - offset - done;

        if (n > size - done)
            n = size - done;
        if (n > FCGI_WIRE_BEST_CONTENT)
            n = FCGI_WIRE_BEST_CONTENT;
        if (n < LEAST_FILE || !fcgi_writer_is_ours(out)) {
            n = read_in(out, fd, offset + done, size - done);
            return n < 0 ? n : done + n;
        }
        if (!send_part(out, fd, offset + done, (size_t)n))
            return stream_error(out);
        done += n;
    }
    return done;
}

long long
FCGX_SendFile(FCGX_Stream *out, int fd, long long offset, long long size)
{
    bool moves = offset < 0;
    struct stat s;
    long long done;

    if (out == NULL || out->isReader)
        return -EBADF;
    if (out->isClosed)
        return stream_error(out);
    if (fstat(fd, &s) != 0)
        return -errno;
    if (size < 0)
        size = LLONG_MAX;
    if (!S_ISREG(s.st_mode))
        return moves ? read_in(out, fd, -1, size) : -ESPIPE;
    if (moves)
        offset = (long long)lseek(fd, 0, SEEK_CUR);
    if (offset < 0)
        return -errno;
    done = send_parts(out, fd, offset, size, (long long)s.st_size);
    if (moves && done >= 0)
        (void)lseek(fd, (off_t)(offset + done), SEEK_SET);
    return done;
}
