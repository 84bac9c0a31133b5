/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "ping.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "json.h"
#include "wire/names.h"
#include "wire/pairs.h"
#include "say.h"

enum { PING_PADDING = 8, PING_LIMIT = 65536 /* bytes of the answer's pairs */ };

struct ping {
    struct ping_setup setup;
    int64_t started; /* clock_us */
    struct json json;
    struct fcgi_parser parser;
    struct fcgi_pairs pairs;
    size_t name_size; /* of the pair at hand */
    size_t size;      /* bytes in pair */
    bool answered;
    bool unknown;
    const char *fault;        /* what is wrong, or NULL */
    uint8_t pair[PING_LIMIT]; /* name, then value */
};

/* Waits for events.  Returns 0 or an errno value. */
static int
await(const struct ping *ping, short events)
{
    struct pollfd pfd = {.fd = ping->setup.peer, .events = events};

    for (;;) {
        int ready = poll(&pfd, 1, clock_poll_ms(ping->setup.deadline));

        if (ready > 0)
            return 0;
        if (ready < 0 && errno != EINTR)
            return errno;
        if (ping->setup.deadline != NEVER && clock_ms() >= ping->setup.deadline)
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
        ssize_t n =
            send(ping->setup.peer, query + sent, size - sent, MSG_NOSIGNAL);

        if (n > 0) {
            if (ping->setup.trace != NULL)
                trace_sent(ping->setup.trace, query + sent, (size_t)n);
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

static void
print_pair(struct ping *ping)
{
    const uint8_t *value = ping->pair + ping->name_size;
    size_t value_size = ping->size - ping->name_size;

    if (ping->setup.json) {
        json_name(&ping->json, ping->pair, ping->name_size);
        json_bytes(&ping->json, NULL, value, value_size);
        return;
    }
    fwrite(ping->pair, 1, ping->name_size, stdout);
    putchar('=');
    fwrite(value, 1, value_size, stdout);
    putchar('\n');
}

/* Prints the pairs that are whole; any split will do. */
static enum fcgi_wire_result
take_pairs(struct ping *ping, const uint8_t *data, size_t size)
{
    struct fcgi_pair_event event;
    enum fcgi_wire_result result;
    size_t pos = 0;

    do {
        result = fcgi_pairs_feed(&ping->pairs, data, size, &pos, &event);
        if (result != FCGI_WIRE_OK)
            return result;
        if (event.kind == FCGI_PAIR_HEAD) {
            ping->name_size = event.name_size;
            ping->size = 0;
        }
        if (event.kind == FCGI_PAIR_NAME || event.kind == FCGI_PAIR_VALUE) {
            memcpy(ping->pair + ping->size, event.data, event.size);
            ping->size += event.size;
        }
        if (event.kind == FCGI_PAIR_END)
            print_pair(ping);
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
            result = take_pairs(ping, event.data, event.size);
        else if (event.kind == FCGI_EVENT_END) {
            ping->answered = true;
            return fcgi_pairs_finish(&ping->pairs);
        }
        if (result != FCGI_WIRE_OK)
            return result;
    }
}

static int
fail(struct ping *ping, const char *what, int code)
{
    say("%s: %s", ping->setup.name, what);
    ping->fault = what;
    return code;
}

static int
receive_answer(struct ping *ping)
{
    uint8_t buffer[4096];

    while (!ping->answered) {
        enum fcgi_wire_result result;
        ssize_t n = recv(ping->setup.peer, buffer, sizeof(buffer), 0);
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
        if (ping->setup.trace != NULL)
            trace_received(ping->setup.trace, buffer, (size_t)n);
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

static void
begin_json(struct json *json, const char *name)
{
    json_init(json, stdout);
    json_begin(json, NULL, '{');
    json_text(json, "address", name);
    json_begin(json, "values", '{');
}

/* started: clock_us, or 0 if nothing was asked. */
static void
end_json(struct json *json, int code, const char *error, int64_t started)
{
    json_end(json, '}');
    json_bool(json, "ok", code == 0);
    json_count(json, "exitCode", (uint64_t)code);
    json_text(json, "error", error);
    if (started > 0)
        json_real(json, "ms", (double)(clock_us() - started) / 1000, 3);
    else
        json_null(json, "ms");
    json_end(json, '}');
    putchar('\n');
}

void
ping_print_failure(const char *name, int code, const char *error)
{
    struct json json;

    begin_json(&json, name);
    end_json(&json, code, error, 0);
}

int
ping_run(const struct ping_setup *setup)
{
    static struct ping ping;
    int code;

    ping.setup = *setup;
    ping.started = clock_us();
    fcgi_parser_init(&ping.parser, FCGI_SENDER_APPLICATION);
    fcgi_pairs_init(&ping.pairs, PING_LIMIT);
    if (setup->json)
        begin_json(&ping.json, setup->name);
    code = send_query(&ping);
    if (code != 0)
        fail(&ping, strerror(code), code);
    else
        code = receive_answer(&ping);
    code &= 255;
    if (setup->json)
        end_json(&ping.json, code, ping.fault, ping.started);
    return code;
}
