/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

enum { PEER, INPUT, OUTPUT }; /* places in the poll list */

static const short readable = POLLIN | POLLHUP | POLLERR | POLLNVAL;
static const short writable = POLLOUT | POLLHUP | POLLERR | POLLNVAL;

static bool
is_socket(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

static bool
is_pipe(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

void
bridge_init(struct bridge *bridge, const struct bridge_setup *setup)
{
    memset(bridge, 0, offsetof(struct bridge, in));
    bridge->setup = *setup;
    bridge->sending = SEND_BEGIN;
    bridge->pending_fd = -1;
    bridge->can_drop = setup->input.kind == INPUT_STREAM &&
                       (is_pipe(setup->input.fd) || is_socket(setup->input.fd));
    bridge->output_is_socket = is_socket(setup->output);
    bridge->errors_is_socket = is_socket(setup->errors);
    params_init(&bridge->params, setup->entries);
    fcgi_parser_init(&bridge->parser, FCGI_SENDER_APPLICATION);
    sink_init(&bridge->sink, setup->show);
}

/* --- to the peer --- */

static struct bridge_input *
current_input(struct bridge *bridge)
{
    return bridge->sending == SEND_FILTER ? &bridge->setup.filter
                                          : &bridge->setup.input;
}

static unsigned
current_type(const struct bridge *bridge)
{
    return bridge->sending == SEND_FILTER ? FCGI_TYPE_DATA : FCGI_TYPE_STDIN;
}

/* The empty record that ends a stream. */
static void
put_end(struct bridge *bridge, unsigned type)
{
    fcgi_header_put(bridge->out + bridge->out_size, type, BRIDGE_ID, 0, 0);
    bridge->out_size += FCGI_WIRE_HEADER_SIZE;
}

static bool
is_empty(const struct bridge_input *input)
{
    return input->kind == INPUT_NONE || input->left == 0;
}

static void
end_input(struct bridge *bridge)
{
    current_input(bridge)->left = 0;
    put_end(bridge, current_type(bridge));
    bridge->offset = 0;
    if (bridge->sending == SEND_INPUT && bridge->setup.role == FCGI_ROLE_FILTER)
        bridge->sending = SEND_FILTER;
    else
        bridge->sending = SEND_NOTHING;
}

/* Reads up to size bytes of the input; as read(2). */
static ssize_t
take_input(struct bridge *bridge, struct bridge_input *input, void *to,
           size_t size)
{
    if (size > input->left)
        size = (size_t)input->left;
    if (input->kind == INPUT_STREAM)
        return read(input->fd, to, size);
    if (input->kind == INPUT_FILE)
        return pread(input->fd, to, size, (off_t)bridge->offset);
    memcpy(to, input->data + bridge->offset, size);
    return (ssize_t)size;
}

/* Makes a record of what the input has now; out is empty. */
static void
put_input(struct bridge *bridge)
{
    struct bridge_input *input = current_input(bridge);
    uint8_t *content = bridge->out + FCGI_WIRE_HEADER_SIZE;
    unsigned padding;
    ssize_t n;

    bridge->out_pos = bridge->out_size = 0;
    n = take_input(bridge, input, content, FCGI_WIRE_BEST_CONTENT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n > 0) {
        padding = fcgi_padding((size_t)n);
        fcgi_header_put(bridge->out, current_type(bridge), BRIDGE_ID, (size_t)n,
                        padding);
        memset(content + n, 0, padding);
        bridge->out_size = FCGI_WIRE_HEADER_SIZE + (size_t)n + padding;
        bridge->offset += (uint64_t)n;
        if (input->left != UINT64_MAX)
            input->left -= (uint64_t)n;
    }
    if (n <= 0 || input->left == 0)
        end_input(bridge);
}

static void
put_params(struct bridge *bridge)
{
    bridge->out_size +=
        params_fill(&bridge->params, BRIDGE_ID, bridge->out + bridge->out_size);
    if (*bridge->params.next != NULL)
        return;
    put_end(bridge, FCGI_TYPE_PARAMS);
    bridge->sending = SEND_INPUT;
    if (is_empty(&bridge->setup.input))
        end_input(bridge);
}

/* Makes the next bytes to send, if there are any without waiting. */
static void
refill(struct bridge *bridge)
{
    struct bridge_input *input = current_input(bridge);

    if (bridge->out_pos < bridge->out_size)
        return;
    bridge->out_pos = bridge->out_size = 0;
    switch (bridge->sending) {
    case SEND_BEGIN:
        fcgi_begin_put(bridge->out, BRIDGE_ID, bridge->setup.role,
                       bridge->setup.keep_conn ? FCGI_WIRE_FLAG_KEEP_CONN : 0);
        bridge->out_size = FCGI_WIRE_HEADER_SIZE + FCGI_WIRE_BODY_SIZE;
        bridge->sending = SEND_PARAMS;
        put_params(bridge);
        break;
    case SEND_PARAMS:
        put_params(bridge);
        break;
    case SEND_INPUT:
    case SEND_FILTER:
        if (is_empty(input))
            end_input(bridge);
        else if (input->kind != INPUT_STREAM)
            put_input(bridge);
        break;
    case SEND_NOTHING:
        break;
    }
}

static void
stop_sending(struct bridge *bridge)
{
    bridge->sending = SEND_NOTHING;
    bridge->out_pos = bridge->out_size = 0;
}

/* Sends what out has, as far as the peer takes it. */
static void
send_out(struct bridge *bridge)
{
    const uint8_t *from = bridge->out + bridge->out_pos;
    ssize_t n = send(bridge->setup.peer, from,
                     bridge->out_size - bridge->out_pos, MSG_NOSIGNAL);

    if (n < 0) {
        if (errno == EINTR || errno == EAGAIN)
            return;
        /* An answer may be there although the peer reads no more. */
        bridge->send_error = errno;
        stop_sending(bridge);
        return;
    }
    if (bridge->setup.trace != NULL)
        trace_sent(bridge->setup.trace, from, (size_t)n);
    bridge->out_pos += (size_t)n;
}

/* --- from the peer --- */

static void
finish(struct bridge *bridge, enum bridge_end end, int error)
{
    bridge->end = end;
    bridge->error = error;
    stop_sending(bridge);
}

static void
take_content(struct bridge *bridge, const struct fcgi_event *event)
{
    const uint8_t *data = event->data;
    size_t size = event->size;

    if (event->header.type == FCGI_TYPE_STDOUT && !bridge->output_ended) {
        bridge->passed_on += size;
        sink_take(&bridge->sink, &data, &size);
        bridge->pending_fd = bridge->setup.output;
    } else if (event->header.type == FCGI_TYPE_STDERR &&
               !bridge->errors_ended) {
        bridge->pending_fd = bridge->setup.errors;
    } else {
        return;
    }
    if (bridge->setup.take != NULL) {
        bridge->setup.take(bridge->setup.take_context, event->header.type, data,
                           size);
    } else if (bridge->pending_fd >= 0 && size > 0) {
        bridge->pending = data;
        bridge->pending_size = size;
    }
}

static void
take_end(struct bridge *bridge, const struct fcgi_event *event)
{
    if (event->header.type == FCGI_TYPE_END_REQUEST) {
        fcgi_end_get(&bridge->result, event->body);
        bridge->clean = bridge->sending == SEND_NOTHING &&
                        bridge->out_pos == bridge->out_size &&
                        bridge->send_error == 0 &&
                        bridge->in_pos == bridge->in_size;
        finish(bridge, BRIDGE_COMPLETE, 0);
    } else if (event->header.content_length == 0) {
        if (event->header.type == FCGI_TYPE_STDOUT)
            bridge->output_ended = true;
        else if (event->header.type == FCGI_TYPE_STDERR)
            bridge->errors_ended = true;
    }
}

/* Goes through what was received, up to a piece that has to be written. */
static void
parse(struct bridge *bridge)
{
    struct fcgi_event event;

    while (bridge->end == BRIDGE_RUNNING && bridge->pending_size == 0) {
        bridge->wire =
            fcgi_parser_feed(&bridge->parser, bridge->in, bridge->in_size,
                             &bridge->in_pos, &event);
        if (bridge->wire != FCGI_WIRE_OK) {
            finish(bridge, BRIDGE_RULE, 0);
            return;
        }
        if (event.kind == FCGI_EVENT_MORE)
            return;
        /* Records of other requests and of the connection are no concern. */
        if (event.header.request_id != BRIDGE_ID)
            continue;
        if (event.kind == FCGI_EVENT_DATA)
            take_content(bridge, &event);
        else if (event.kind == FCGI_EVENT_END)
            take_end(bridge, &event);
    }
}

static void
receive(struct bridge *bridge)
{
    ssize_t n = recv(bridge->setup.peer, bridge->in, sizeof(bridge->in), 0);

    if (n < 0) {
        if (errno != EINTR && errno != EAGAIN)
            finish(bridge, BRIDGE_CLOSED, errno);
        return;
    }
    if (n == 0) {
        finish(bridge, BRIDGE_CLOSED, bridge->send_error);
        return;
    }
    if (bridge->setup.trace != NULL)
        trace_received(bridge->setup.trace, bridge->in, (size_t)n);
    if (bridge->received == 0)
        bridge->first_us = clock_us();
    bridge->received += (uint64_t)n;
    bridge->in_pos = 0;
    bridge->in_size = (size_t)n;
    parse(bridge);
}

/* A write that does not block although the descriptor, which is not ours
 * alone, is in blocking mode: poll has said that there is room. */
static ssize_t
write_some(const struct bridge *bridge)
{
    size_t size = bridge->pending_size;
    bool to_socket = bridge->pending_fd == bridge->setup.output
                         ? bridge->output_is_socket
                         : bridge->errors_is_socket;

    if (to_socket)
        return send(bridge->pending_fd, bridge->pending, size,
                    MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size > PIPE_BUF &&
        (bridge->sending != SEND_NOTHING || bridge->setup.deadline != NEVER))
        size = PIPE_BUF;
    return write(bridge->pending_fd, bridge->pending, size);
}

static void
write_pending(struct bridge *bridge)
{
    ssize_t n = write_some(bridge);

    if (n < 0) {
        if (errno == EINTR || errno == EAGAIN)
            return;
        if (bridge->pending_fd == bridge->setup.output) {
            finish(bridge, BRIDGE_NO_OUTPUT, errno);
            return;
        }
        n = (ssize_t)bridge->pending_size; /* nobody is left to be told */
    }
    bridge->pending += n;
    bridge->pending_size -= (size_t)n;
    if (bridge->pending_size == 0)
        parse(bridge);
}

/* --- the loop --- */

/* What the peer did not want is read nevertheless, and dropped. */
static void
drop_input(struct bridge *bridge)
{
    struct bridge_input *input = &bridge->setup.input;
    ssize_t n = take_input(bridge, input, bridge->out, FCGI_WIRE_BEST_CONTENT);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0)
        input->left = 0;
    else if (input->left != UINT64_MAX)
        input->left -= (uint64_t)n;
}

static bool
drops_input(const struct bridge *bridge)
{
    return bridge->sending == SEND_NOTHING && bridge->can_drop &&
           bridge->out_pos == bridge->out_size && bridge->setup.input.left > 0;
}

static int
wanted_input(const struct bridge *bridge)
{
    const struct bridge_input *input = &bridge->setup.input;

    if (drops_input(bridge))
        return input->fd;
    if (bridge->sending == SEND_FILTER)
        input = &bridge->setup.filter;
    else if (bridge->sending != SEND_INPUT)
        return -1;
    if (bridge->out_pos < bridge->out_size || input->kind != INPUT_STREAM)
        return -1;
    return input->fd;
}

void
bridge_want(const struct bridge *bridge, struct pollfd polls[BRIDGE_POLLS])
{
    short events = 0;

    if (bridge->pending_size == 0)
        events |= POLLIN;
    if (bridge->sending < SEND_INPUT || bridge->out_pos < bridge->out_size)
        events |= POLLOUT;
    /* Without events poll would still report, again and again, a hang-up. */
    polls[PEER].fd = events != 0 ? bridge->setup.peer : -1;
    polls[PEER].events = events;
    polls[INPUT].fd = wanted_input(bridge);
    polls[INPUT].events = POLLIN;
    polls[OUTPUT].fd = bridge->pending_size > 0 ? bridge->pending_fd : -1;
    polls[OUTPUT].events = POLLOUT;
}

/* Input first, so that a record is made and sent in one step. */
static void
step_sending(struct bridge *bridge, const struct pollfd polls[BRIDGE_POLLS])
{
    if (polls[INPUT].fd >= 0 && (polls[INPUT].revents & readable) != 0) {
        if (drops_input(bridge))
            drop_input(bridge);
        else
            put_input(bridge);
    }
    refill(bridge);
    if (bridge->out_pos < bridge->out_size)
        send_out(bridge);
    refill(bridge);
}

void
bridge_step(struct bridge *bridge, const struct pollfd polls[BRIDGE_POLLS])
{
    step_sending(bridge, polls);
    if (polls[OUTPUT].fd >= 0 && (polls[OUTPUT].revents & writable) != 0)
        write_pending(bridge);
    if (bridge->end == BRIDGE_RUNNING && bridge->pending_size == 0 &&
        (polls[PEER].revents & readable) != 0)
        receive(bridge);
    if (bridge->end == BRIDGE_RUNNING && bridge->setup.deadline != NEVER &&
        clock_ms() >= bridge->setup.deadline)
        finish(bridge, BRIDGE_TIMED_OUT, 0);
}

void
bridge_run(struct bridge *bridge)
{
    struct pollfd polls[BRIDGE_POLLS];

    while (bridge->end == BRIDGE_RUNNING) {
        bridge_want(bridge, polls);
        if (poll(polls, BRIDGE_POLLS, clock_poll_ms(bridge->setup.deadline)) <=
            0)
            polls[PEER].revents = polls[INPUT].revents = polls[OUTPUT].revents =
                0;
        bridge_step(bridge, polls);
    }
}

void
bridge_drain(struct bridge *bridge)
{
    struct pollfd pfd = {.fd = bridge->setup.input.fd, .events = POLLIN};
    int null;

    stop_sending(bridge);
    if (!drops_input(bridge))
        return;
    null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0 && bridge->setup.output >= 0) {
        dup2(null, bridge->setup.output);
        close(null);
    }
    while (bridge->setup.input.left > 0) {
        int64_t until =
            clock_earlier(bridge->setup.deadline, clock_ms() + BRIDGE_DRAIN_MS);
        int ready = poll(&pfd, 1, clock_poll_ms(until));

        if (ready == 0 || (ready < 0 && errno != EINTR))
            return;
        if (ready > 0)
            drop_input(bridge);
    }
}
