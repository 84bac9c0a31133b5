/* SPDX-License-Identifier: BSD-2-Clause */
#include "conn.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/names.h"

void
conn_init(struct conn *conn, struct peer *peer, int fd, enum fcgi_sender other)
{
    memset(conn, 0, sizeof(*conn));
    conn->peer = peer;
    conn->other = other;
    conn->out.fd = fd;
    receiver_init(&conn->receiver, other);
    conn_next_request(conn);
}

void
conn_fini(struct conn *conn)
{
    if (conn->out.fd >= 0)
        close(conn->out.fd);
    conn->out.fd = -1;
    receiver_free(&conn->receiver);
    text_free(&conn->params);
    text_free(&conn->input);
    text_free(&conn->out.held);
}

void
conn_next_request(struct conn *conn)
{
    static const struct shape shape = SHAPE_INIT;
    int fd = conn->out.fd;

    conn->shape = shape;
    conn->keep = KEEP_ASKED;
    text_free(&conn->out.held);
    memset(&conn->out, 0, sizeof(conn->out));
    conn->out.fd = fd;
    conn->id = 1;
    conn->id_is_fixed = false;
    conn->role = FCGI_ROLE_RESPONDER;
    conn->flags = 0;
    conn->begun = conn->params_done = conn->stdin_done = false;
    conn->data_done = conn->aborted = conn->ended = false;
    conn->values_asked = false;
    text_clear(&conn->params);
    text_clear(&conn->input);
}

void
conn_log(const struct conn *conn, const char *format, ...)
{
    va_list args;

    if (conn->peer->log == NULL)
        return;
    va_start(args, format);
    vfprintf(conn->peer->log, format, args);
    va_end(args);
    fputc('\n', conn->peer->log);
    fflush(conn->peer->log);
}

static void
break_rule(struct conn *conn, const char *what)
{
    conn_log(conn, "ERROR %s", what);
    conn->broken = true;
    conn->eof = true;
    conn->peer->exit_code = EXIT_PROTOCOL;
}

static void
take_begin(struct conn *conn, const struct record *record)
{
    struct fcgi_begin_body body;

    if (conn->begun && !conn->ended) {
        break_rule(conn, "BEGIN_REQUEST while a request is active");
        return;
    }
    fcgi_begin_get(&body, (const uint8_t *)record->content.data);
    conn->begun = true;
    conn->role = body.role;
    conn->flags = body.flags;
    if (!conn->id_is_fixed)
        conn->id = record->header.request_id;
    conn->peer->requests++;
}

static void
take_params(struct conn *conn, const struct record *record)
{
    if (conn->params_done)
        break_rule(conn, "PARAMS after its end");
    else if (record->content.size > 0)
        text_add(&conn->params, record->content.data, record->content.size);
    else {
        conn->params_done = true;
        if (!pairs_print(conn->peer->log, "PARAM", conn->params.data,
                         conn->params.size))
            break_rule(conn, "the stream of pairs");
    }
}

static void
take_stream(struct conn *conn, const struct record *record, bool *done)
{
    if (*done)
        break_rule(conn, "a stream goes on after its end");
    else if (record->content.size == 0)
        *done = true;
    else if (record->header.type != FCGI_TYPE_DATA &&
             record->header.type != FCGI_TYPE_STDERR)
        text_add(&conn->input, record->content.data, record->content.size);
}

static void
take(struct conn *conn, const struct record *record)
{
    bool ignored = false;

    switch (record->header.type) {
    case FCGI_TYPE_BEGIN_REQUEST:
        take_begin(conn, record);
        break;
    case FCGI_TYPE_ABORT_REQUEST:
        conn->aborted = true;
        break;
    case FCGI_TYPE_END_REQUEST:
        conn->ended = true;
        break;
    case FCGI_TYPE_PARAMS:
        take_params(conn, record);
        break;
    case FCGI_TYPE_STDIN:
    case FCGI_TYPE_STDOUT:
        take_stream(conn, record, &conn->stdin_done);
        break;
    case FCGI_TYPE_STDERR:
        take_stream(conn, record, &ignored);
        break;
    case FCGI_TYPE_DATA:
        take_stream(conn, record, &conn->data_done);
        break;
    case FCGI_TYPE_GET_VALUES:
    case FCGI_TYPE_GET_VALUES_RESULT:
        conn->values_asked = true;
        if (!pairs_print(conn->peer->log, "VALUE", record->content.data,
                         record->content.size))
            break_rule(conn, "the pairs of a management record");
        break;
    default:
        break;
    }
}

/* Blocks for more bytes; 0 at the end of input. */
static size_t
receive(struct conn *conn, char *buffer, size_t size)
{
    ssize_t n;

    do
        n = recv(conn->out.fd, buffer, size, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        conn_log(conn, "RESET");
    else if (n == 0)
        conn_log(conn, receiver_is_clean(&conn->receiver)
                           ? "EOF"
                           : "EOF inside a record");
    return n > 0 ? (size_t)n : 0;
}

bool
conn_read_record(struct conn *conn)
{
    static char buffer[65536];
    const struct record *record;

    while (!conn->eof) {
        int result = receiver_next(&conn->receiver, &record);
        size_t n;

        if (result < 0) {
            break_rule(conn, fcgi_wire_strerror(result));
            break;
        }
        if (result > 0) {
            conn->records++;
            if (conn->peer->log != NULL) {
                record_print(conn->peer->log, record, conn->peer->show);
                fflush(conn->peer->log);
            }
            take(conn, record);
            return !conn->broken;
        }
        n = receive(conn, buffer, sizeof(buffer));
        if (n == 0)
            conn->eof = true;
        else
            receiver_add(&conn->receiver, buffer, n);
    }
    return false;
}

size_t
conn_drain(struct conn *conn)
{
    static char buffer[65536];
    size_t total = conn->receiver.input.size - conn->receiver.input_pos;
    size_t n;

    while (!conn->eof) {
        n = receive(conn, buffer, sizeof(buffer));
        total += n;
        conn->eof = n == 0;
    }
    return total;
}

bool
conn_is_complete(const struct conn *conn)
{
    if (conn->other == FCGI_SENDER_APPLICATION)
        return conn->ended;
    if (!conn->begun || !conn->params_done)
        return false;
    if (conn->role == FCGI_ROLE_AUTHORIZER)
        return true;
    return conn->stdin_done &&
           (conn->role != FCGI_ROLE_FILTER || conn->data_done);
}
