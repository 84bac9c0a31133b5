/* SPDX-License-Identifier: BSD-2-Clause */
#include "web.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void
web_init(struct web *web, int fd)
{
    memset(web, 0, sizeof(*web));
    web->fd = fd;
    web->sends_fcgi = true;
    fcgi_parser_init(&web->sent, FCGI_SENDER_SERVER);
    fcgi_parser_init(&web->received, FCGI_SENDER_APPLICATION);
}

/* Notes which requests begin. */
static void
note_sent(struct web *web, const uint8_t *data, size_t size)
{
    struct fcgi_event event = {.kind = FCGI_EVENT_HEADER};
    size_t pos = 0;

    while (web->sends_fcgi && event.kind != FCGI_EVENT_MORE) {
        if (fcgi_parser_feed(&web->sent, data, size, &pos, &event) !=
            FCGI_WIRE_OK) {
            web->sends_fcgi = false;
            return;
        }
        if (event.kind != FCGI_EVENT_END)
            continue;
        if (event.header.type == FCGI_TYPE_BEGIN_REQUEST)
            web->begun[event.header.request_id % WEB_IDS]++;
        if (event.header.type == FCGI_TYPE_ABORT_REQUEST)
            web->has_abort = true;
    }
}

void
web_send(struct web *web, const uint8_t *data, size_t size)
{
    ssize_t n;

    if (size == 0 || web->fd < 0)
        return;
    if (!web->has_sent)
        web->is_probe = data[0] != FCGI_WIRE_VERSION;
    web->has_sent = true;
    note_sent(web, data, size);
    n = send(web->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    ORACLE(n == (ssize_t)size || errno == EPIPE || errno == ECONNRESET);
}

static void
check(struct web *web, const struct fcgi_event *event)
{
    unsigned id = event->header.request_id;

    ORACLE(id == 0 || web->ended[id % WEB_IDS] < web->begun[id % WEB_IDS]);
    switch (event->header.type) {
    case FCGI_TYPE_END_REQUEST:
        ORACLE(id != 0);
        if (event->kind != FCGI_EVENT_END)
            return;
        ORACLE(event->body[4] <= FCGI_STATUS_UNKNOWN_ROLE);
        web->ended[id % WEB_IDS]++;
        digest_note_number(&web->answers, 'E', id);
        digest_note(&web->answers, 'E', event->body, 5);
        break;
    case FCGI_TYPE_STDOUT:
        if (event->kind == FCGI_EVENT_DATA)
            digest_note(&web->answers, 'o', event->data, event->size);
        ORACLE(id != 0);
        break;
    case FCGI_TYPE_STDERR:
        ORACLE(id != 0);
        break;
    default:
        ORACLE(id == 0);
        break;
    }
}

static void
take(struct web *web, const uint8_t *data, size_t size)
{
    struct fcgi_event event = {.kind = FCGI_EVENT_HEADER};
    size_t pos = 0;

    if (web->is_probe) {
        ORACLE(data[0] == 'H' || data[0] == FCGI_WIRE_VERSION);
        return;
    }
    while (event.kind != FCGI_EVENT_MORE) {
        ORACLE(fcgi_parser_feed(&web->received, data, size, &pos, &event) ==
               FCGI_WIRE_OK);
        if (event.kind != FCGI_EVENT_MORE)
            check(web, &event);
    }
}

bool
web_take(struct web *web)
{
    uint8_t buffer[16384];
    ssize_t n;

    if (web->fd < 0)
        return true;
    /* What came before a reset can be read after it was told. */
    while ((n = recv(web->fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0 ||
           (n < 0 && errno == ECONNRESET))
        if (n > 0)
            take(web, buffer, (size_t)n);
    ORACLE(n == 0 || errno == EAGAIN);
    ORACLE(fcgi_parser_at_boundary(&web->received));
    return n == 0;
}

void
web_close(struct web *web)
{
    if (web->fd >= 0)
        close(web->fd);
    web->fd = -1;
}
