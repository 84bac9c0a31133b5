/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "api.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "wire/pairs.h"
#include "wire/parser.h"

#define PATIENCE 5000 /* milliseconds */

static void
fail(const char *what)
{
    perror(what);
    exit(2);
}

void
bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    memset(bytes, 0, sizeof(*bytes));
}

void
put_raw(struct bytes *bytes, const void *data, size_t size)
{
    if (bytes->capacity - bytes->size < size + 1) {
        bytes->capacity = (bytes->size + size + 1) * 2;
        bytes->data = realloc(bytes->data, bytes->capacity);
        if (bytes->data == NULL)
            fail("realloc");
    }
    if (size > 0)
        memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    bytes->data[bytes->size] = '\0';
}

void
put_text(struct bytes *bytes, const char *format, ...)
{
    char text[256];
    va_list arg;
    int n;

    va_start(arg, format);
    n = vsnprintf(text, sizeof(text), format, arg);
    va_end(arg);
    put_raw(bytes, text, n < 0 ? 0 : (size_t)n);
}

void
put_record(struct bytes *bytes, unsigned type, unsigned id, const void *data,
           size_t size, unsigned padding)
{
    static const uint8_t filling[FCGI_WIRE_MAX_PADDING] = {0xee, 0xdd, 1, 6};
    uint8_t header[FCGI_WIRE_HEADER_SIZE];

    fcgi_header_put(header, type, id, size, padding);
    put_raw(bytes, header, sizeof(header));
    put_raw(bytes, data, size);
    put_raw(bytes, filling, padding);
}

void
put_begin(struct bytes *bytes, unsigned id, unsigned role, unsigned flags)
{
    uint8_t record[16];

    fcgi_begin_put(record, id, role, flags);
    put_raw(bytes, record, sizeof(record));
}

void
put_param(struct bytes *bytes, unsigned id, const char *name, const char *value)
{
    size_t size = fcgi_pair_size(strlen(name), strlen(value));
    uint8_t *pair = malloc(size);
    size_t pos = 0;

    if (pair == NULL)
        fail("malloc");
    fcgi_pair_put(pair, size, &pos, name, strlen(name), value, strlen(value));
    put_stream(bytes, FCGI_TYPE_PARAMS, id, pair, size);
    free(pair);
}

void
put_stream(struct bytes *bytes, unsigned type, unsigned id, const void *data,
           size_t size)
{
    const uint8_t *p = data;

    while (size > 0) {
        size_t n = size < FCGI_WIRE_MAX_CONTENT ? size : FCGI_WIRE_MAX_CONTENT;

        put_record(bytes, type, id, p, n, fcgi_padding(n));
        p += n;
        size -= n;
    }
}

void
put_end(struct bytes *bytes, unsigned type, unsigned id)
{
    put_record(bytes, type, id, NULL, 0, 0);
}

void
put_head(struct bytes *bytes, unsigned id, unsigned flags, const char *uri)
{
    put_begin(bytes, id, FCGI_ROLE_RESPONDER, flags);
    put_param(bytes, id, "REQUEST_METHOD", "GET");
    put_param(bytes, id, "URI", uri);
    put_end(bytes, FCGI_TYPE_PARAMS, id);
}

void
put_get(struct bytes *bytes, unsigned id, unsigned flags, const char *uri)
{
    put_head(bytes, id, flags, uri);
    put_end(bytes, FCGI_TYPE_STDIN, id);
}

void
web_open(struct web *web, int type)
{
    int ends[2];

    memset(web, 0, sizeof(*web));
    if (FCGX_Init() != 0 || socketpair(AF_UNIX, type, 0, ends) != 0)
        fail("socketpair");
    web->fd = ends[0];
    FCGX_InitRequest(&web->request, -1, 0);
    web->request.ipcFd = ends[1];
    web->request.keepConnection = 1;
}

void
web_close(struct web *web)
{
    FCGX_Free(&web->request, 1);
    if (web->fd >= 0)
        close(web->fd);
    web->fd = -1;
    bytes_free(&web->raw);
    bytes_free(&web->out);
    bytes_free(&web->err);
    bytes_free(&web->trace);
}

void
web_send_part(struct web *web, const void *data, size_t size)
{
    const uint8_t *p = data;

    while (size > 0) {
        ssize_t n = send(web->fd, p, size, MSG_NOSIGNAL);

        if (n < 0)
            fail("send");
        p += n;
        size -= (size_t)n;
    }
}

void
web_send(struct web *web, const struct bytes *bytes)
{
    web_send_part(web, bytes->data, bytes->size);
}

void
web_begin(struct web *web, int type, const void *body, size_t size)
{
    struct bytes input = {0};

    web_open(web, type);
    put_head(&input, 1, 1, "/");
    web_send(web, &input);
    input.size = 0;
    if (size > 0) {
        put_stream(&input, FCGI_TYPE_STDIN, 1, body, size);
        web_send(web, &input);
    }
    bytes_free(&input);
    if (FCGX_Accept_r(&web->request) != 0)
        exit(2);
}

void
web_send_end(struct web *web)
{
    struct bytes input = {0};

    put_end(&input, FCGI_TYPE_STDIN, 1);
    web_send(web, &input);
    bytes_free(&input);
}

void
web_end(struct web *web)
{
    shutdown(web->fd, SHUT_WR);
}

static void
trace_event(struct web *web, const struct fcgi_event *event)
{
    const struct fcgi_header *header = &event->header;
    struct fcgi_end_body body;

    if (event->kind == FCGI_EVENT_DATA) {
        if (header->type == FCGI_TYPE_STDOUT)
            put_raw(&web->out, event->data, event->size);
        else if (header->type == FCGI_TYPE_STDERR)
            put_raw(&web->err, event->data, event->size);
    }
    if (event->kind != FCGI_EVENT_END)
        return;
    switch (header->type) {
    case FCGI_TYPE_STDOUT:
    case FCGI_TYPE_STDERR:
    case FCGI_TYPE_GET_VALUES_RESULT:
        put_text(&web->trace, "%s %u %u; ",
                 header->type == FCGI_TYPE_STDOUT   ? "STDOUT"
                 : header->type == FCGI_TYPE_STDERR ? "STDERR"
                                                    : "VALUES",
                 header->request_id, header->content_length);
        break;
    case FCGI_TYPE_UNKNOWN_TYPE:
        put_text(&web->trace, "UNKNOWN %u; ", fcgi_unknown_get(event->body));
        break;
    default:
        fcgi_end_get(&body, event->body);
        put_text(&web->trace, "END %u %u %u; ", header->request_id,
                 (unsigned)body.app_status, body.protocol_status);
        break;
    }
}

/* Parses all of raw anew; returns the number of answers in it. */
static int
parse_raw(struct web *web)
{
    struct fcgi_parser parser;
    struct fcgi_event event;
    size_t pos = 0;
    int ends = 0;

    web->out.size = web->err.size = web->trace.size = 0;
    put_raw(&web->trace, "", 0);
    fcgi_parser_init(&parser, FCGI_SENDER_APPLICATION);
    do {
        if (fcgi_parser_feed(&parser, web->raw.data, web->raw.size, &pos,
                             &event) != FCGI_WIRE_OK) {
            put_text(&web->trace, "BROKEN");
            return ends;
        }
        if (event.kind != FCGI_EVENT_MORE)
            trace_event(web, &event);
        ends += event.kind == FCGI_EVENT_END &&
                (event.header.type == FCGI_TYPE_END_REQUEST ||
                 event.header.type == FCGI_TYPE_GET_VALUES_RESULT);
    } while (event.kind != FCGI_EVENT_MORE);
    if (!fcgi_parser_at_boundary(&parser))
        put_text(&web->trace, "CUT ");
    return ends;
}

const char *
web_trace(struct web *web, int wait)
{
    struct pollfd p = {.fd = web->fd, .events = POLLIN};
    char piece[1 << 16];
    long long deadline = now() + PATIENCE;
    ssize_t n = -1;

    web->raw.size = 0;
    put_raw(&web->raw, "", 0);
    while (n != 0) {
        int left = (int)(deadline - now());
        int ends = parse_raw(web);

        if (poll(&p, 1, ends >= wait || left < 0 ? 0 : left) <= 0)
            break;
        n = recv(web->fd, piece, sizeof(piece), MSG_DONTWAIT);
        if (n < 0)
            break;
        put_raw(&web->raw, piece, (size_t)n);
    }
    parse_raw(web);
    if (n == 0)
        put_text(&web->trace, "EOF");
    return (const char *)web->trace.data;
}

int
listen_local(char name[64])
{
    static int count;
    int fd;

    snprintf(name, 64, "./api-%ld-%d.sock", (long)getpid(), ++count);
    fd = FCGX_OpenSocket(name, 16);
    if (fd < 0)
        fail(name);
    return fd;
}

int
listen_tcp(char name[64])
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t size = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
        listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &size) != 0)
        fail("listen");
    snprintf(name, 64, "127.0.0.1:%u", (unsigned)ntohs(a.sin_port));
    return fd;
}

int
connect_to(const char *name)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in in = {.sin_family = AF_INET};
    const char *colon = strchr(name, ':');
    int fd = socket(colon == NULL ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
    int result;

    if (colon == NULL) {
        snprintf(local.sun_path, sizeof(local.sun_path), "%s", name);
        result = connect(fd, (struct sockaddr *)&local, sizeof(local));
    } else {
        in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        in.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
        result = connect(fd, (struct sockaddr *)&in, sizeof(in));
    }
    if (result != 0)
        fail(name);
    return fd;
}

long long
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int
open_state(pid_t tid)
{
    char path[64];
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/stat", (long)tid);
    fd = open(path, O_RDONLY);
    if (fd < 0)
        fail(path);
    return fd;
}

void
await_sleep_at(int state_fd)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    long long deadline = now() + PATIENCE;

    while (now() < deadline) {
        char text[256] = "";
        char *state;

        if (pread(state_fd, text, sizeof(text) - 1, 0) < 0)
            text[0] = '\0';
        state = strrchr(text, ')');
        if (state != NULL && state[1] == ' ' && state[2] == 'S')
            return;
        nanosleep(&pause, NULL);
    }
}

void
await_sleep(pid_t tid)
{
    int fd = open_state(tid);

    await_sleep_at(fd);
    close(fd);
}
