/* SPDX-License-Identifier: BSD-2-Clause */
/* The record parser: same events at any split; every rule; errors last. */
#include "wire/parser.h"
#include "wire/names.h"

#include <stdio.h>
#include <string.h>

#include "feed.h"
#include "unit.h"

static struct fcgi_parser parser;

static void
start(const struct feed_case *c)
{
    memset(&parser, 0xa5, sizeof(parser));
    fcgi_parser_init(&parser, (enum fcgi_sender)c->option);
}

static void
note_header(struct feed_bytes *events, const struct fcgi_header *header)
{
    uint8_t fields[7];

    fields[0] = header->version;
    fields[1] = header->type;
    fcgi_put16(fields + 2, header->request_id);
    fcgi_put16(fields + 4, header->content_length);
    fields[6] = header->padding_length;
    feed_note(events, 'H', fields, sizeof(fields));
}

static bool
is_slice_of(const struct fcgi_event *event, const uint8_t *data, size_t size)
{
    return event->size > 0 && event->data >= data &&
           event->data + event->size <= data + size;
}

static void
note_event(const struct fcgi_event *event, const uint8_t *data, size_t size,
           struct feed_bytes *events)
{
    switch (event->kind) {
    case FCGI_EVENT_HEADER:
        note_header(events, &event->header);
        break;
    case FCGI_EVENT_DATA:
        if (!is_slice_of(event, data, size))
            feed_note(events, '!', "slice", 5);
        feed_note(events, 'd', event->data, event->size);
        break;
    case FCGI_EVENT_END:
        note_header(events, &event->header);
        feed_note(events, 'E', event->body,
                  event->body != NULL ? FCGI_WIRE_BODY_SIZE : 0);
        break;
    case FCGI_EVENT_MORE:
        break;
    }
}

static int
step(const uint8_t *data, size_t size, size_t *pos, struct feed_bytes *events,
     bool *more)
{
    struct fcgi_event event;
    int result = fcgi_parser_feed(&parser, data, size, pos, &event);

    *more = event.kind == FCGI_EVENT_MORE;
    if (result == FCGI_WIRE_OK)
        note_event(&event, data, size, events);
    return result;
}

static void
finish(struct feed_bytes *events)
{
    if (events->last != 'X')
        feed_note(events, fcgi_parser_at_boundary(&parser) ? 'B' : 'C', "", 0);
    else if (fcgi_parser_at_boundary(&parser))
        feed_note(events, '!', "boundary", 8);
}

static const struct feed_decoder decoder = {start, step, finish};

static void
put_header(struct feed_case *c, unsigned type, unsigned id, size_t length,
           unsigned padding)
{
    uint8_t raw[FCGI_WIRE_HEADER_SIZE];

    fcgi_header_put(raw, type, id, length, padding);
    feed_edge(c);
    feed_add(&c->input, raw, sizeof(raw));
    feed_edge(c);
}

static void
expect_header(struct feed_case *c, unsigned type, unsigned id, size_t length,
              unsigned padding)
{
    struct fcgi_header header = {
        .version = 1,
        .type = (uint8_t)type,
        .request_id = (uint16_t)id,
        .content_length = (uint16_t)length,
        .padding_length = (uint8_t)padding,
    };

    note_header(&c->expected, &header);
}

/* Adds a record and what is expected of it. */
static void
record(struct feed_case *c, unsigned type, unsigned id, size_t length,
       unsigned padding)
{
    size_t at;
    bool fixed = type == FCGI_TYPE_BEGIN_REQUEST ||
                 type == FCGI_TYPE_END_REQUEST ||
                 type == FCGI_TYPE_UNKNOWN_TYPE;

    put_header(c, type, id, length, padding);
    expect_header(c, type, id, length, padding);
    at = c->input.size;
    feed_add_fill(&c->input, length);
    if (!fixed && length > 0)
        feed_note(&c->expected, 'd', c->input.data + at, length);
    feed_edge(c);
    expect_header(c, type, id, length, padding);
    feed_note(&c->expected, 'E', c->input.data + at, fixed ? length : 0);
    at = c->input.size;
    feed_add_fill(&c->input, padding);
    if (padding > 0) /* padding may hold anything */
        memset(c->input.data + at, 0xff, padding);
}

static void
ends_at_boundary(struct feed_case *c, const char *name)
{
    feed_note(&c->expected, 'B', "", 0);
    feed_run(&decoder, c, name);
    feed_case_free(c);
}

static void
test_conversations(void)
{
    struct feed_case c = {.option = FCGI_SENDER_SERVER};

    record(&c, FCGI_TYPE_BEGIN_REQUEST, 1, 8, 0);
    record(&c, FCGI_TYPE_PARAMS, 1, 9, 7);
    record(&c, FCGI_TYPE_PARAMS, 1, 0, 0);
    record(&c, FCGI_TYPE_STDIN, 1, 1, 0);
    record(&c, FCGI_TYPE_STDIN, 1, 0, 0);
    ends_at_boundary(&c, "wire parser: a whole request");

    c.option = FCGI_SENDER_APPLICATION;
    record(&c, FCGI_TYPE_STDERR, 1, 3, 5);
    record(&c, FCGI_TYPE_STDOUT, 1, 8, 0);
    record(&c, FCGI_TYPE_STDOUT, 1, 0, 0);
    record(&c, FCGI_TYPE_END_REQUEST, 1, 8, 0);
    ends_at_boundary(&c, "wire parser: a whole answer");

    c.option = FCGI_SENDER_SERVER;
    record(&c, FCGI_TYPE_GET_VALUES, 0, 2, 6);
    record(&c, FCGI_TYPE_ABORT_REQUEST, 65535, 0, 0);
    record(&c, FCGI_TYPE_DATA, 256, 2, 0);
    ends_at_boundary(&c, "wire parser: the server's other types");

    c.option = FCGI_SENDER_APPLICATION;
    record(&c, FCGI_TYPE_GET_VALUES_RESULT, 0, 20, 4);
    record(&c, FCGI_TYPE_UNKNOWN_TYPE, 0, 8, 0);
    ends_at_boundary(&c, "wire parser: the application's other types");

    c.option = FCGI_SENDER_SERVER;
    ends_at_boundary(&c, "wire parser: no input at all");
}

static void
test_lengths(void)
{
    static const size_t lengths[] = {0, 1, 7, 8, 255, 256, 257, 65528, 65535};
    static const unsigned paddings[] = {0, 1, 255};
    char name[96];
    size_t i, j;

    for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        for (j = 0; j < sizeof(paddings) / sizeof(paddings[0]); j++) {
            struct feed_case c = {.option = FCGI_SENDER_APPLICATION};

            record(&c, FCGI_TYPE_STDOUT, 258, lengths[i], paddings[j]);
            record(&c, FCGI_TYPE_END_REQUEST, 258, 8, paddings[j]);
            snprintf(name, sizeof(name),
                     "wire parser: content of %zu and padding of %u bytes",
                     lengths[i], paddings[j]);
            ends_at_boundary(&c, name);
        }
}

/* Padding 0 to 255 on empty, filled and fixed records, all in one stream. */
static void
test_paddings(void)
{
    static const struct {
        unsigned type;
        size_t length;
        const char *name;
    } kinds[] = {
        {FCGI_TYPE_STDIN, 0, "wire parser: padding 0 to 255, empty records"},
        {FCGI_TYPE_PARAMS, 5, "wire parser: padding 0 to 255, filled records"},
        {FCGI_TYPE_BEGIN_REQUEST, 8,
         "wire parser: padding 0 to 255, fixed bodies"},
    };
    size_t kind;
    unsigned padding;

    for (kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
        struct feed_case all = {.option = FCGI_SENDER_SERVER};

        for (padding = 0; padding <= 255; padding++)
            record(&all, kinds[kind].type, 7, kinds[kind].length, padding);
        ends_at_boundary(&all, kinds[kind].name);
    }
}

/* A good record, then header bytes that break a rule, then more. */
static void
breaks_rule(int sender, const uint8_t raw[8], int error, const char *name)
{
    struct feed_case c = {.option = sender};

    if (sender == FCGI_SENDER_SERVER)
        record(&c, FCGI_TYPE_STDIN, 1, 3, 1);
    else
        record(&c, FCGI_TYPE_STDOUT, 1, 3, 1);
    feed_add(&c.input, raw, 8);
    feed_add_fill(&c.input, 12);
    feed_note_number(&c.expected, 'X', (size_t)-error);
    feed_run(&decoder, &c, name);
    feed_case_free(&c);
}

/* Headers that break a rule, and which. */
static const struct {
    int sender;
    uint8_t raw[8];
    int error;
    const char *name;
} bad[] = {
    {FCGI_SENDER_SERVER,
     {0, 1, 0, 1, 0, 8, 0, 0},
     FCGI_WIRE_E_VERSION,
     "wire parser: version 0 is refused"},
    {FCGI_SENDER_SERVER,
     {2, 1, 0, 1, 0, 8, 0, 0},
     FCGI_WIRE_E_VERSION,
     "wire parser: version 2 is refused"},
    {FCGI_SENDER_APPLICATION,
     {'C', 'o', 'n', 't', 'e', 'n', 't', '-'},
     FCGI_WIRE_E_VERSION,
     "wire parser: plain CGI output is refused"},
    {FCGI_SENDER_SERVER,
     {1, 12, 0, 1, 0, 0, 0, 0},
     FCGI_WIRE_E_TYPE,
     "wire parser: an unknown type with an id is refused"},
    {FCGI_SENDER_SERVER,
     {1, 0, 1, 0, 0, 0, 0, 0},
     FCGI_WIRE_E_TYPE,
     "wire parser: type 0 with an id is refused"},
    {FCGI_SENDER_SERVER,
     {1, 5, 0, 0, 0, 0, 0, 0},
     FCGI_WIRE_E_ID,
     "wire parser: STDIN with id 0 is refused"},
    {FCGI_SENDER_SERVER,
     {1, 1, 0, 0, 0, 8, 0, 0},
     FCGI_WIRE_E_ID,
     "wire parser: BEGIN_REQUEST with id 0 is refused"},
    {FCGI_SENDER_APPLICATION,
     {1, 3, 0, 0, 0, 8, 0, 0},
     FCGI_WIRE_E_ID,
     "wire parser: END_REQUEST with id 0 is refused"},
    {FCGI_SENDER_SERVER,
     {1, 9, 0, 1, 0, 0, 0, 0},
     FCGI_WIRE_E_ID,
     "wire parser: GET_VALUES with an id is refused"},
    {FCGI_SENDER_APPLICATION,
     {1, 10, 1, 0, 0, 0, 0, 0},
     FCGI_WIRE_E_ID,
     "wire parser: GET_VALUES_RESULT with id 256 is refused"},
    {FCGI_SENDER_APPLICATION,
     {1, 11, 0, 1, 0, 8, 0, 0},
     FCGI_WIRE_E_ID,
     "wire parser: UNKNOWN_TYPE with an id is refused"},
    {FCGI_SENDER_SERVER,
     {1, 1, 0, 1, 0, 7, 0, 0},
     FCGI_WIRE_E_LENGTH,
     "wire parser: BEGIN_REQUEST of 7 bytes is refused"},
    {FCGI_SENDER_SERVER,
     {1, 1, 0, 1, 0, 0, 8, 0},
     FCGI_WIRE_E_LENGTH,
     "wire parser: BEGIN_REQUEST without a body is refused"},
    {FCGI_SENDER_APPLICATION,
     {1, 3, 0, 1, 1, 8, 0, 0},
     FCGI_WIRE_E_LENGTH,
     "wire parser: END_REQUEST of 264 bytes is refused"},
    {FCGI_SENDER_APPLICATION,
     {1, 11, 0, 0, 0, 9, 0, 0},
     FCGI_WIRE_E_LENGTH,
     "wire parser: UNKNOWN_TYPE of 9 bytes is refused"},
};

static void
test_errors(void)
{
    size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        breaks_rule(bad[i].sender, bad[i].raw, bad[i].error, bad[i].name);
}

/* Each of the 11 types from each side: taken or refused as a type. */
static void
test_senders(void)
{
    static const char server_may[] = "110110011000";
    static const char application_may[] = "001001100110";
    unsigned type;
    int sender;

    for (sender = 0; sender < 2; sender++)
        for (type = 1; type <= 11; type++) {
            const char *may =
                sender == FCGI_SENDER_SERVER ? server_may : application_may;
            unsigned id = type >= FCGI_TYPE_GET_VALUES ? 0 : 1;
            char name[96];

            snprintf(name, sizeof(name), "wire parser: %s %s %s",
                     fcgi_type_name(type),
                     may[type - 1] == '1' ? "is taken from" : "is refused from",
                     sender == FCGI_SENDER_SERVER ? "a server"
                                                  : "an application");
            if (may[type - 1] == '1') {
                struct feed_case c = {.option = sender};

                record(&c, type, id, 8, 0);
                ends_at_boundary(&c, name);
            } else {
                uint8_t raw[8];

                fcgi_header_put(raw, type, id, 8, 0);
                breaks_rule(sender, raw, FCGI_WIRE_E_TYPE, name);
            }
        }
}

static void
test_unknown_management(void)
{
    static const unsigned types[] = {0, 12, 100, 255};
    char name[96];
    size_t i;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct feed_case c = {.option = FCGI_SENDER_SERVER};

        record(&c, types[i], 0, 5, 3);
        record(&c, FCGI_TYPE_GET_VALUES, 0, 0, 0);
        snprintf(name, sizeof(name),
                 "wire parser: type %u with id 0 is passed on", types[i]);
        ends_at_boundary(&c, name);
    }
}

/* A stream that ends inside a record is not at a boundary. */
static void
test_cut_streams(void)
{
    struct feed_case whole = {.option = FCGI_SENDER_APPLICATION};
    size_t size;
    bool right = true;

    record(&whole, FCGI_TYPE_STDOUT, 1, 4, 4);
    record(&whole, FCGI_TYPE_END_REQUEST, 1, 8, 3);
    for (size = 0; size <= whole.input.size; size++) {
        struct feed_bytes events = {0};
        bool boundary = size == 0 || size == 16 || size == whole.input.size;

        start(&whole);
        feed_chunk(&decoder, feed_guard(whole.input.data, size), size, &events);
        if (fcgi_parser_at_boundary(&parser) != boundary)
            right = false;
        feed_free(&events);
    }
    UNIT_CHECK(right, "wire parser: only the ends of records are boundaries");
    feed_case_free(&whole);
}

int
main(void)
{
    test_conversations();
    test_lengths();
    test_paddings();
    test_errors();
    test_senders();
    test_unknown_management();
    test_cut_streams();
    return unit_done();
}
