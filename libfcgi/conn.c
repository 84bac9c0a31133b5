/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conn.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "io.h"
#include "lock.h"
#include "options.h"
#include "stats.h"

void
fcgi_conn_init(struct fcgi_conn *conn, int fd, bool is_tcp)
{
    conn->ops = NULL;
    conn->ops_of = NULL;
    conn->fd = fd;
    conn->is_tcp = is_tcp;
    conn->is_impatient = false;
    conn->is_prompt = false;
    conn->pos = 0;
    conn->end = 0;
    conn->is_torn = false;
    fcgi_lock_init(&conn->write_lock);
    fcgi_parser_init(&conn->parser, FCGI_SENDER_SERVER);
}

void
fcgi_conn_fini(struct fcgi_conn *conn)
{
    pthread_mutex_destroy(&conn->write_lock);
}

enum fcgi_wire_result
fcgi_conn_next(struct fcgi_conn *conn, struct fcgi_event *event)
{
    return fcgi_parser_feed(&conn->parser, conn->buffer, conn->end, &conn->pos,
                            event);
}

bool
fcgi_conn_is_quiet(const struct fcgi_conn *conn)
{
    return conn->pos == conn->end && fcgi_parser_at_boundary(&conn->parser);
}

static long
filled(struct fcgi_conn *conn, long n)
{
    conn->pos = 0;
    conn->end = n > 0 ? (size_t)n : 0;
    return n;
}

long
fcgi_conn_read(struct fcgi_conn *conn, bool wait)
{
    if (conn->ops != NULL)
        return filled(conn, conn->ops->read(conn->ops_of, conn->buffer,
                                            sizeof(conn->buffer), wait));
    return filled(
        conn, wait ? fcgi_io_read(conn->fd, conn->buffer, sizeof(conn->buffer),
                                  fcgi_option(FCGI_OPTION_READ_TIMEOUT))
                   : fcgi_io_try_read(conn->fd, conn->buffer,
                                      sizeof(conn->buffer), false));
}

long
fcgi_conn_read_more(struct fcgi_conn *conn)
{
    size_t left = conn->end - conn->pos;
    long n;

    memmove(conn->buffer, conn->buffer + conn->pos, left);
    conn->pos = 0;
    conn->end = left;
    if (conn->ops != NULL)
        n = conn->ops->read(conn->ops_of, conn->buffer + left,
                            sizeof(conn->buffer) - left, false);
    else
        n = fcgi_io_try_read(conn->fd, conn->buffer + left,
                             sizeof(conn->buffer) - left, false);
    if (n > 0)
        conn->end += (size_t)n;
    return n;
}

bool
fcgi_conn_peek(const struct fcgi_conn *conn, struct fcgi_header *header)
{
    if (!fcgi_parser_at_boundary(&conn->parser) ||
        conn->end - conn->pos < FCGI_WIRE_HEADER_SIZE)
        return false;
    fcgi_header_get(header, conn->buffer + conn->pos);
    return true;
}

static long
poll_and_read(struct fcgi_conn *conn, int other)
{
    int fds[2] = {conn->fd, other};
    int found = fcgi_io_wait(fds, 2, FCGI_CONN_PATIENCE, NULL);

    if (found < 0)
        return found;
    return (found & 1) != 0 ? fcgi_conn_read(conn, false) : -EAGAIN;
}

static long
block_and_read(struct fcgi_conn *conn)
{
    if (!conn->is_impatient) {
        struct timeval t = {.tv_usec = FCGI_CONN_HOLD * 1000};

        if (setsockopt(conn->fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)) != 0)
            return fcgi_conn_read(conn, false);
        conn->is_impatient = true;
    }
    return filled(conn, fcgi_io_try_read(conn->fd, conn->buffer,
                                         sizeof(conn->buffer), true));
}

/*
 * A reader that blocks in a Unix socket wakes when its peer takes what it has
 * written, too: once more for each answer.  One that polls does not, and a
 * system call costs less than a switch of processes.  But where the next
 * request follows at once, that wake-up comes in time for it.
 */
long
fcgi_conn_read_soon(struct fcgi_conn *conn, int other)
{
    long long begin;
    long n;

    if (conn->is_tcp)
        return block_and_read(conn);
    begin = fcgi_io_micros();
    n = conn->is_prompt ? block_and_read(conn) : poll_and_read(conn, other);
    conn->is_prompt = n > 0 && fcgi_io_micros() - begin < FCGI_CONN_PROMPT;
    return n;
}

long
fcgi_conn_read_content(struct fcgi_conn *conn, uint8_t *out, size_t size)
{
    struct fcgi_event event;
    size_t pos = 0;
    long n;

    if (size > conn->parser.content_left)
        size = conn->parser.content_left;
    n = fcgi_io_read2(conn->fd, out, size, conn->buffer, sizeof(conn->buffer),
                      fcgi_option(FCGI_OPTION_READ_TIMEOUT));
    conn->pos = 0;
    conn->end = 0;
    if (n <= 0)
        return n;
    if ((size_t)n > size)
        conn->end = (size_t)n - size;
    else
        size = (size_t)n;
    /* All of it is content: one DATA event, whose bytes are in place. */
    fcgi_parser_feed(&conn->parser, out, size, &pos, &event);
    return (long)size;
}

int
fcgi_conn_write(struct fcgi_conn *conn, struct fcgi_slice *slices, size_t count,
                const struct fcgi_file *file)
{
    long timeout = fcgi_option(FCGI_OPTION_WRITE_TIMEOUT);
    int error;

    if (conn->ops != NULL)
        return conn->ops->write(conn->ops_of, slices, count, file);
    if (!fcgi_lock(&conn->write_lock))
        conn->is_torn = true;
    error = conn->is_torn
                ? -EPIPE
                : fcgi_file_write(conn->fd, slices, count, file, timeout);
    fcgi_unlock(&conn->write_lock);
    if (error != 0)
        fcgi_stats_add(FCGI_STAT_ERRORS, 1);
    return error;
}
