/* SPDX-License-Identifier: BSD-2-Clause */
/* Input: one byte (bit 0: the sender; the rest chooses splits), then records.
 */
#include "wire/parser.h"

#include "oracle.h"

static struct fcgi_parser parser;
static enum fcgi_sender sender;
static size_t content; /* bytes of the record at hand */

static void
start(void)
{
    fcgi_parser_init(&parser, sender);
    content = 0;
}

static void
take(const struct fcgi_event *event, const uint8_t *data, size_t size,
     struct digest *digest)
{
    switch (event->kind) {
    case FCGI_EVENT_HEADER:
        ORACLE(event->header.version == FCGI_WIRE_VERSION);
        digest_note_number(digest, 'H',
                           (uint64_t)event->header.type << 40 |
                               (uint64_t)event->header.request_id << 24 |
                               (uint64_t)event->header.content_length << 8 |
                               event->header.padding_length);
        content = 0;
        break;
    case FCGI_EVENT_DATA:
        ORACLE(event->size > 0);
        ORACLE(event->data >= data && event->data + event->size <= data + size);
        content += event->size;
        digest_note(digest, 'd', event->data, event->size);
        break;
    case FCGI_EVENT_END:
        if (event->body != NULL)
            content += FCGI_WIRE_BODY_SIZE;
        ORACLE(content == event->header.content_length);
        digest_note(digest, 'E', event->body,
                    event->body != NULL ? FCGI_WIRE_BODY_SIZE : 0);
        break;
    case FCGI_EVENT_MORE:
        break;
    }
}

static void
chunk(const uint8_t *data, size_t size, struct digest *digest)
{
    struct fcgi_event event;
    size_t pos = 0;

    do {
        size_t before = pos;
        int result = fcgi_parser_feed(&parser, data, size, &pos, &event);

        ORACLE(pos >= before && pos <= size);
        if (result != FCGI_WIRE_OK) {
            if (digest->last != 'X')
                digest_note_number(digest, 'X', (uint64_t)-result);
            before = pos;
            ORACLE(fcgi_parser_feed(&parser, data, size, &pos, &event) ==
                       result &&
                   pos == before);
            return;
        }
        take(&event, data, size, digest);
    } while (event.kind != FCGI_EVENT_MORE);
    ORACLE(pos == size);
}

static void
finish(struct digest *digest)
{
    digest_note_number(digest, 'F', fcgi_parser_at_boundary(&parser));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct oracle_decoder decoder = {start, chunk, finish};

    if (size == 0)
        return 0;
    sender = data[0] & 1 ? FCGI_SENDER_APPLICATION : FCGI_SENDER_SERVER;
    oracle_compare(&decoder, data + 1, size - 1, data[0]);
    return 0;
}
