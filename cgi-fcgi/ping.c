/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "ping.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "wire/names.h"
#include "wire/pairs.h"
#include "say.h"

enum { PING_PADDING = 8, PING_LIMIT = 65536 /* bytes of the answer's pairs */ };

struct ping {
    int peer;
    const char *name;
    int64_t deadline;
    struct trace *trace;
    struct fcgi_parser parser;
    struct fcgi_pairs pairs;
    size_t name_left; /* bytes of the name at hand that have not come */
    bool answered;
    bool unknown;
};

/* Waits for events.  Returns 0 or an errno value. */
static int
await(const struct ping *ping, short events)
{
    struct pollfd pfd = {.fd = ping->peer, .events = events};

    for (;;) {
        int ready = poll(&pfd, 1, clock_poll_ms(ping->deadline));

        if (ready > 0)
            return 0;
        if (ready < 0 && errno != EINTR)
            return errno;
        if (ping->deadline != NEVER && clock_ms() >= ping->deadline)
            return ETIMEDOUT;
    }
}

static int
send_query(struct ping *ping)
{
    static const char *const names[] = {"FCGI_MAX_CONNS", "FCGI_MAX_REQS",
                                        "FCGI_MPXS_CONNS"};
    uint8_t query[128] = {0};
    size_t size = FCGI_WIRE_HEADER_SIZE;
    size_t sent = 0;
    size_t i;
    int error;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        fcgi_pair_put(query, sizeof(query), &size, names[i], strlen(names[i]),
                      "", 0);
    /* Libraries are about that do not see the end of a query without
     * padding. */
    fcgi_header_put(query, FCGI_TYPE_GET_VALUES, 0,
                    size - FCGI_WIRE_HEADER_SIZE, PING_PADDING);
    size += PING_PADDING;
    while (sent < size) {
        ssize_t n = send(ping->peer, query + sent, size - sent, MSG_NOSIGNAL);

        if (n > 0) {
            if (ping->trace != NULL)
                trace_sent(ping->trace, query + sent, (size_t)n);
            sent += (size_t)n;
            continue;
        }
        if (errno != EAGAIN && errno != EINTR)
            return errno;
        error = await(ping, POLLOUT);
        if (error != 0)
            return error;
    }
    return 0;
}

/* Prints pairs as they come; any split will do. */
static enum fcgi_wire_result
print_pairs(struct ping *ping, const uint8_t *data, size_t size)
{
    struct fcgi_pair_event event;
    enum fcgi_wire_result result;
    size_t pos = 0;

    do {
        result = fcgi_pairs_feed(&ping->pairs, data, size, &pos, &event);
        if (result != FCGI_WIRE_OK)
            return result;
        if (event.kind == FCGI_PAIR_HEAD)
            ping->name_left = event.name_size;
        if (event.kind == FCGI_PAIR_NAME || event.kind == FCGI_PAIR_VALUE)
            fwrite(event.data, 1, event.size, stdout);
        if (event.kind == FCGI_PAIR_NAME)
            ping->name_left -= event.size;
        if ((event.kind == FCGI_PAIR_NAME || event.kind == FCGI_PAIR_HEAD) &&
            ping->name_left == 0)
            putchar('=');
        if (event.kind == FCGI_PAIR_END)
            putchar('\n');
    } while (event.kind != FCGI_PAIR_MORE);
    return FCGI_WIRE_OK;
}

static enum fcgi_wire_result
take(struct ping *ping, const uint8_t *data, size_t size)
{
    struct fcgi_event event;
    enum fcgi_wire_result result;
    size_t pos = 0;

    for (;;) {
        result = fcgi_parser_feed(&ping->parser, data, size, &pos, &event);
        if (result != FCGI_WIRE_OK || event.kind == FCGI_EVENT_MORE)
            return result;
        if (event.header.type == FCGI_TYPE_UNKNOWN_TYPE)
            ping->unknown = event.kind == FCGI_EVENT_END;
        if (event.header.type != FCGI_TYPE_GET_VALUES_RESULT)
            continue;
        if (event.kind == FCGI_EVENT_DATA)
            result = print_pairs(ping, event.data, event.size);
        else if (event.kind == FCGI_EVENT_END) {
            ping->answered = true;
            return fcgi_pairs_finish(&ping->pairs);
        }
        if (result != FCGI_WIRE_OK)
            return result;
    }
}

static int
fail(const struct ping *ping, const char *what, int code)
{
    say("%s: %s", ping->name, what);
    return code;
}

static int
receive_answer(struct ping *ping)
{
    uint8_t buffer[4096];

    while (!ping->answered) {
        enum fcgi_wire_result result;
        ssize_t n = recv(ping->peer, buffer, sizeof(buffer), 0);
        int error = n < 0 ? errno : 0;

        if (n == 0)
            return fail(ping, "closed without an answer to GET_VALUES",
                        EXIT_PROTOCOL);
        if (error == EAGAIN || error == EINTR)
            error = await(ping, POLLIN);
        if (error != 0)
            return fail(ping, strerror(error), error);
        if (n < 0)
            continue;
        if (ping->trace != NULL)
            trace_received(ping->trace, buffer, (size_t)n);
        result = take(ping, buffer, (size_t)n);
        if (result != FCGI_WIRE_OK)
            return fail(ping, fcgi_wire_strerror(result),
                        result == FCGI_WIRE_E_VERSION ? EXIT_VERSION
                                                      : EXIT_PROTOCOL);
        if (ping->unknown)
            return fail(ping, "does not know GET_VALUES", EXIT_PROTOCOL);
    }
    return 0;
}

int
ping_run(int peer, const char *name, int64_t deadline, struct trace *trace)
{
    struct ping ping = {
        .peer = peer, .name = name, .deadline = deadline, .trace = trace};
    int error;

    fcgi_parser_init(&ping.parser, FCGI_SENDER_APPLICATION);
    fcgi_pairs_init(&ping.pairs, PING_LIMIT);
    error = send_query(&ping);
    if (error != 0)
        return fail(&ping, strerror(error), error & 255);
    error = receive_answer(&ping);
    if (error == 0 && fflush(stdout) != 0) {
        error = errno;
        say("standard output: %s", strerror(error));
    }
    return error & 255;
}
