/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "bridge.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "params.h"
#include "wire/names.h"
#include "wire/parser.h"

enum {
    REQUEST_ID = 1,
    IN_SIZE = 65536,
    /* A pipe that poll says can be written to takes this much at least. */
    OUT_STEP = 4096,
    /* After the answer, this long is waited for the rest of the body, which
     * the CGI server wants read before it believes the answer. */
    DRAIN_MS = 1000
};

struct bridge {
    int fd;
    int timeout;

    /* Towards the application. */
    struct params head;             /* BEGIN_REQUEST and PARAMS */
    unsigned char body[FCGI_WIRE_HEADER_SIZE + FCGI_WIRE_BEST_CONTENT + 8];
    const unsigned char *out;       /* what is being sent */
    size_t out_size;                /* bytes left of it */
    long long body_left;            /* bytes of standard input still due */
    bool stdin_open;                /* its end has not been sent */
    bool send_failed;               /* the application reads no more */

    /* From the application. */
    struct fcgi_parser parser;
    unsigned char in[IN_SIZE];
    size_t in_pos, in_size;
    const unsigned char *print; /* what is being printed */
    size_t print_size;
    int print_fd;
    bool ended; /* END_REQUEST has come */
    bool done;

    struct bridge_result result;
};

static void
finish(struct bridge *b, int status, const char *problem)
{
    b->done = true;
    b->result.status = status & 255;
    b->result.problem = problem;
}

/* Towards the application. */

static void
end_stdin(struct bridge *b)
{
    fcgi_header_put(b->body, FCGI_TYPE_STDIN, REQUEST_ID, 0, 0);
    b->out = b->body;
    b->out_size = FCGI_WIRE_HEADER_SIZE;
    b->stdin_open = false;
}

/* Moves some of standard input into a record. */
static void
read_stdin(struct bridge *b)
{
    size_t want = FCGI_WIRE_BEST_CONTENT;
    unsigned padding;
    ssize_t n;

    if (b->body_left < (long long)want)
        want = (size_t)b->body_left;
    n = read(STDIN_FILENO, b->body + FCGI_WIRE_HEADER_SIZE, want);
    if (n == -1 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        b->body_left = 0;
        if (b->stdin_open)
            end_stdin(b);
        return;
    }
    b->body_left -= n;
    if (b->send_failed || b->ended || !b->stdin_open)
        return; /* read only so that it is read */
    padding = fcgi_padding((size_t)n);
    fcgi_header_put(b->body, FCGI_TYPE_STDIN, REQUEST_ID, (size_t)n, padding);
    memset(b->body + FCGI_WIRE_HEADER_SIZE + n, 0, padding);
    b->out = b->body;
    b->out_size = FCGI_WIRE_HEADER_SIZE + (size_t)n + padding;
}

static void
send_some(struct bridge *b)
{
    ssize_t n = send(b->fd, b->out, b->out_size, MSG_NOSIGNAL);

    if (n == -1) {
        if (errno == EINTR || errno == EAGAIN)
            return;
        /* It may have answered all the same. */
        b->send_failed = true;
        b->stdin_open = false;
        b->out_size = 0;
        return;
    }
    b->out += n;
    b->out_size -= (size_t)n;
    if (b->out_size == 0 && b->stdin_open && b->body_left == 0)
        end_stdin(b);
}

/* From the application. */

static void
take_end(struct bridge *b, const struct fcgi_event *event)
{
    struct fcgi_end_body end;

    fcgi_end_get(&end, event->body);
    b->ended = true;
    b->out_size = 0;
    b->stdin_open = false;
    if (end.protocol_status == FCGI_STATUS_REQUEST_COMPLETE)
        b->result.status = (int)(end.app_status & 255);
    else
        finish(b, BRIDGE_EXIT_PROTOCOL,
               fcgi_status_name(end.protocol_status));
}

static void
take_data(struct bridge *b, const struct fcgi_event *event)
{
    if (event->header.type == FCGI_TYPE_STDOUT)
        b->print_fd = STDOUT_FILENO;
    else if (event->header.type == FCGI_TYPE_STDERR)
        b->print_fd = STDERR_FILENO;
    else
        return;
    b->print = event->data;
    b->print_size = event->size;
}

/* Parses what has come until there is something to print.  Records of other
 * requests and management records mean nothing here. */
static void
parse(struct bridge *b)
{
    struct fcgi_event event;
    enum fcgi_wire_result rc;

    while (!b->ended && !b->done && b->print_size == 0) {
        rc = fcgi_parser_feed(&b->parser, b->in, b->in_size, &b->in_pos,
                              &event);
        if (rc != FCGI_WIRE_OK) {
            finish(b,
                   rc == FCGI_WIRE_E_VERSION ? BRIDGE_EXIT_VERSION
                                             : BRIDGE_EXIT_PROTOCOL,
                   fcgi_wire_strerror(rc));
            return;
        }
        if (event.kind == FCGI_EVENT_MORE)
            return;
        if (event.header.request_id != REQUEST_ID)
            continue;
        if (event.kind == FCGI_EVENT_DATA)
            take_data(b, &event);
        else if (event.kind == FCGI_EVENT_END && event.body != NULL)
            take_end(b, &event);
    }
}

static void
receive_some(struct bridge *b)
{
    ssize_t n = recv(b->fd, b->in, sizeof(b->in), 0);

    if (n == -1 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n == -1) {
        finish(b, errno, strerror(errno));
    } else if (n == 0) {
        finish(b, BRIDGE_EXIT_PROTOCOL,
               "the connection ended before the answer did");
    } else {
        b->in_pos = 0;
        b->in_size = (size_t)n;
        parse(b);
    }
}

static void
print_some(struct bridge *b)
{
    size_t size = b->print_size < OUT_STEP ? b->print_size : OUT_STEP;
    ssize_t n = write(b->print_fd, b->print, size);

    if (n == -1) {
        if (errno == EINTR || errno == EAGAIN)
            return;
        if (b->print_fd == STDOUT_FILENO) {
            finish(b, errno, "can't write to standard output");
            return;
        }
        n = (ssize_t)b->print_size; /* nobody wants to hear it */
    }
    b->print += n;
    b->print_size -= (size_t)n;
    if (b->print_size == 0)
        parse(b);
}

/* The loop. */

enum { SOCKET, INPUT, OUTPUT, SET_SIZE };

static void
fill_set(const struct bridge *b, struct pollfd *set)
{
    bool want_body = b->body_left > 0 && b->out_size == 0;

    set[SOCKET].fd = b->ended ? -1 : b->fd;
    set[SOCKET].events = (short)((b->print_size == 0 ? POLLIN : 0) |
                                 (b->out_size > 0 ? POLLOUT : 0));
    set[INPUT].fd = want_body ? STDIN_FILENO : -1;
    set[INPUT].events = POLLIN;
    set[OUTPUT].fd = b->print_size > 0 ? b->print_fd : -1;
    set[OUTPUT].events = POLLOUT;
    if (set[SOCKET].events == 0)
        set[SOCKET].fd = -1; /* or a hang-up would make poll spin */
}

static void
act(struct bridge *b, const struct pollfd *set)
{
    if (set[OUTPUT].fd != -1 && set[OUTPUT].revents != 0)
        print_some(b);
    if (!b->done && set[SOCKET].fd != -1) {
        if ((set[SOCKET].revents & (POLLOUT | POLLERR | POLLHUP)) != 0 &&
            b->out_size > 0)
            send_some(b);
        if ((set[SOCKET].revents & (POLLIN | POLLERR | POLLHUP)) != 0 &&
            (set[SOCKET].events & POLLIN) != 0 && !b->ended && !b->done)
            receive_some(b);
    }
    if (!b->done && set[INPUT].fd != -1 && set[INPUT].revents != 0)
        read_stdin(b);
}

static void
step(struct bridge *b)
{
    struct pollfd set[SET_SIZE] = {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}};
    int timeout = b->timeout, rc;

    fill_set(b, set);
    if (b->ended && b->print_size == 0) {
        if (b->body_left == 0) {
            b->done = true;
            return;
        }
        timeout = DRAIN_MS;
    }
    rc = poll(set, SET_SIZE, timeout);
    if (rc > 0)
        act(b, set);
    else if (rc == 0 && b->ended && b->print_size == 0)
        b->done = true;
    else if (rc == 0)
        finish(b, BRIDGE_EXIT_PROTOCOL, "the application is silent");
    else if (errno != EINTR)
        finish(b, errno, "poll failed");
}

/* Bytes of standard input that belong to the request. */
static long long
content_length(char *const *environment)
{
    static const char name[] = "CONTENT_LENGTH=";
    long long length;
    char *end;

    for (; *environment != NULL; environment++)
        if (strncmp(*environment, name, sizeof(name) - 1) == 0) {
            errno = 0;
            length = strtoll(*environment + sizeof(name) - 1, &end, 10);
            return errno == 0 && length > 0 ? length : 0;
        }
    return 0;
}

struct bridge_result
bridge_run(int fd, char *const *environment, int timeout)
{
    struct bridge *b = calloc(1, sizeof(*b));
    struct bridge_result result = {1, "out of memory"};
    const char *problem;

    if (b == NULL)
        return result;
    problem = params_build(&b->head, REQUEST_ID, environment);
    if (problem == NULL) {
        b->fd = fd;
        b->timeout = timeout;
        b->body_left = content_length(environment);
        b->stdin_open = true;
        b->out = b->head.data;
        b->out_size = b->head.size;
        fcgi_parser_init(&b->parser, FCGI_SENDER_APPLICATION);
        while (!b->done)
            step(b);
        result = b->result;
    } else {
        result.problem = problem;
    }
    params_free(&b->head);
    free(b);
    return result;
}
