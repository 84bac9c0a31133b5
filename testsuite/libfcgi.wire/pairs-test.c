/* SPDX-License-Identifier: BSD-2-Clause */
/* The name-value codec: writing, reading at any split, limits, cut streams. */
#include "wire/pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed.h"
#include "unit.h"

static struct fcgi_pairs pairs;

/* The option of a case is the limit of its pairs; 0 stands for none. */
static void
start(const struct feed_case *c)
{
    memset(&pairs, 0xa5, sizeof(pairs));
    fcgi_pairs_init(&pairs, c->option > 0 ? (size_t)c->option : SIZE_MAX);
}

static void
note_sizes(struct feed_bytes *events, char tag, size_t name_size,
           size_t value_size)
{
    feed_note_number(events, tag, name_size);
    feed_note_number(events, tag, value_size);
}

static void
note_event(const struct fcgi_pair_event *event, const uint8_t *data,
           size_t size, struct feed_bytes *events)
{
    bool slice =
        event->kind == FCGI_PAIR_NAME || event->kind == FCGI_PAIR_VALUE;

    if (slice && (event->size == 0 || event->data < data ||
                  event->data + event->size > data + size))
        feed_note(events, '!', "slice", 5);
    switch (event->kind) {
    case FCGI_PAIR_HEAD:
        note_sizes(events, 'H', event->name_size, event->value_size);
        break;
    case FCGI_PAIR_NAME:
        feed_note(events, 'n', event->data, event->size);
        break;
    case FCGI_PAIR_VALUE:
        feed_note(events, 'v', event->data, event->size);
        break;
    case FCGI_PAIR_END:
        note_sizes(events, 'E', event->name_size, event->value_size);
        break;
    case FCGI_PAIR_MORE:
        break;
    }
}

static int
step(const uint8_t *data, size_t size, size_t *pos, struct feed_bytes *events,
     bool *more)
{
    struct fcgi_pair_event event;
    int result = fcgi_pairs_feed(&pairs, data, size, pos, &event);

    *more = event.kind == FCGI_PAIR_MORE;
    if (result == FCGI_WIRE_OK)
        note_event(&event, data, size, events);
    return result;
}

static void
finish(struct feed_bytes *events)
{
    feed_note_number(events, 'F', (size_t)-fcgi_pairs_finish(&pairs));
}

static const struct feed_decoder decoder = {start, step, finish};

static void
run(struct feed_case *c, enum fcgi_wire_result at_end, const char *name)
{
    feed_note_number(&c->expected, 'F', (size_t)-at_end);
    feed_run(&decoder, c, name);
    feed_case_free(c);
}

enum form { SHORTEST, LONG_NAME = 1, LONG_VALUE = 2, LONG_BOTH = 3 };

static void
put_length(struct feed_case *c, size_t length, bool long_form)
{
    uint8_t raw[4];

    if (length < 128 && !long_form) {
        feed_add_byte(&c->input, (unsigned)length);
        return;
    }
    fcgi_put32(raw, (uint32_t)length | 0x80000000u);
    feed_add(&c->input, raw, sizeof(raw));
}

/* Adds a pair, with the lengths written by this test's own hand. */
static void
pair(struct feed_case *c, size_t name_size, size_t value_size, enum form form)
{
    size_t at;

    feed_edge(c);
    put_length(c, name_size, form & LONG_NAME);
    put_length(c, value_size, form & LONG_VALUE);
    note_sizes(&c->expected, 'H', name_size, value_size);
    feed_edge(c);
    at = c->input.size;
    feed_add_fill(&c->input, name_size);
    if (name_size > 0)
        feed_note(&c->expected, 'n', c->input.data + at, name_size);
    feed_edge(c);
    at = c->input.size;
    feed_add_fill(&c->input, value_size);
    if (value_size > 0)
        feed_note(&c->expected, 'v', c->input.data + at, value_size);
    note_sizes(&c->expected, 'E', name_size, value_size);
}

static void
test_forms(void)
{
    static const size_t sizes[] = {0, 1, 127, 128, 300, 70000};
    char name[96];
    size_t i, j;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
            struct feed_case c = {.option = 0};

            pair(&c, sizes[i], sizes[j], SHORTEST);
            pair(&c, 1, 1, SHORTEST);
            snprintf(name, sizeof(name),
                     "wire pairs: name of %zu and value of %zu bytes", sizes[i],
                     sizes[j]);
            run(&c, FCGI_WIRE_OK, name);
        }
}

static void
test_long_forms(void)
{
    static const size_t sizes[][2] = {{0, 0}, {3, 5}, {127, 127}};
    char name[96];
    size_t i;
    unsigned form;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (form = LONG_NAME; form <= LONG_BOTH; form++) {
            struct feed_case c = {.option = 0};

            pair(&c, sizes[i][0], sizes[i][1], form);
            pair(&c, sizes[i][0], sizes[i][1], SHORTEST);
            snprintf(name, sizeof(name),
                     "wire pairs: four-byte lengths of %zu and %zu, form %u",
                     sizes[i][0], sizes[i][1], form);
            run(&c, FCGI_WIRE_OK, name);
        }
}

static void
test_streams(void)
{
    struct feed_case c = {.option = 0};
    int i;

    run(&c, FCGI_WIRE_OK, "wire pairs: an empty stream");
    for (i = 0; i < 40; i++)
        pair(&c, (size_t)i % 7, (size_t)i % 5, (enum form)(i % 4));
    run(&c, FCGI_WIRE_OK, "wire pairs: forty small pairs");
}

/* Adds the lengths of a pair that shall be refused before its HEAD. */
static void
refused(struct feed_case *c, size_t name_size, size_t value_size)
{
    put_length(c, name_size, true);
    put_length(c, value_size, true);
    feed_note_number(&c->expected, 'X', -FCGI_WIRE_E_PAIR_LIMIT);
}

static void
test_limits(void)
{
    struct feed_case c = {.option = 12};

    pair(&c, 3, 7, SHORTEST);
    run(&c, FCGI_WIRE_OK, "wire pairs: a pair as long as the limit");

    c.option = 11;
    put_length(&c, 3, false);
    put_length(&c, 7, false);
    feed_note_number(&c.expected, 'X', -FCGI_WIRE_E_PAIR_LIMIT);
    feed_add_fill(&c.input, 10);
    run(&c, FCGI_WIRE_E_PAIR_LIMIT,
        "wire pairs: a pair one byte above the limit");

    c.option = 11;
    put_length(&c, 10, false);
    put_length(&c, 0, false);
    feed_note_number(&c.expected, 'X', -FCGI_WIRE_E_PAIR_LIMIT);
    run(&c, FCGI_WIRE_E_PAIR_LIMIT,
        "wire pairs: a name one byte above the limit");

    c.option = 30;
    pair(&c, 3, 7, SHORTEST);
    pair(&c, 4, 4, LONG_VALUE);
    refused(&c, 0, 0);
    run(&c, FCGI_WIRE_E_PAIR_LIMIT,
        "wire pairs: all pairs together count, lengths included");

    c.option = 1;
    refused(&c, 0, 0);
    run(&c, FCGI_WIRE_E_PAIR_LIMIT,
        "wire pairs: lengths alone may exceed the limit");

    c.option = 1 << 20;
    refused(&c, FCGI_PAIR_MAX_LENGTH, FCGI_PAIR_MAX_LENGTH);
    feed_add_fill(&c.input, 20);
    run(&c, FCGI_WIRE_E_PAIR_LIMIT, "wire pairs: two lengths of 2 GiB");

    c.option = 1 << 20;
    refused(&c, FCGI_PAIR_MAX_LENGTH, 1);
    run(&c, FCGI_WIRE_E_PAIR_LIMIT, "wire pairs: a name of 2 GiB");

    c.option = 1 << 20;
    refused(&c, 1, FCGI_PAIR_MAX_LENGTH);
    run(&c, FCGI_WIRE_E_PAIR_LIMIT, "wire pairs: a value of 2 GiB");

    c.option = 0;
    pair(&c, 2, 2, SHORTEST);
    put_length(&c, FCGI_PAIR_MAX_LENGTH, true);
    put_length(&c, 0, false);
    note_sizes(&c.expected, 'H', FCGI_PAIR_MAX_LENGTH, 0);
    run(&c, FCGI_WIRE_E_PAIR_CUT,
        "wire pairs: a length of 2 GiB is read whole when no limit is set");
}

/* Every end of input but those between pairs cuts a pair. */
static void
test_cut_streams(void)
{
    struct feed_case whole = {.option = 0};
    size_t first, size;
    bool right = true;

    pair(&whole, 3, 2, LONG_NAME);
    first = whole.input.size;
    pair(&whole, 130, 0, SHORTEST);
    for (size = 0; size <= whole.input.size; size++) {
        struct feed_bytes events = {0};
        bool between = size == 0 || size == first || size == whole.input.size;

        start(&whole);
        feed_chunk(&decoder, feed_guard(whole.input.data, size), size, &events);
        if (fcgi_pairs_finish(&pairs) !=
            (between ? FCGI_WIRE_OK : FCGI_WIRE_E_PAIR_CUT))
            right = false;
        feed_free(&events);
    }
    UNIT_CHECK(right, "wire pairs: a stream may end between pairs only");
    feed_case_free(&whole);
}

/* What fcgi_pair_put writes, the decoder reads back. */
static void
test_round_trips(void)
{
    static const size_t sizes[] = {0, 1, 127, 128, 129, 5000};
    static char text[5000];
    char name[96];
    size_t i, j;

    memset(text, 'x', sizeof(text));
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
            struct feed_case c = {.option = 0};
            size_t size = fcgi_pair_size(sizes[i], sizes[j]);
            size_t pos = 0;
            uint8_t *out = malloc(size);

            snprintf(name, sizeof(name), "wire pairs: put of %zu and %zu",
                     sizes[i], sizes[j]);
            UNIT_CHECK(fcgi_pair_put(out, size, &pos, text, sizes[i], text,
                                     sizes[j]) &&
                           pos == size,
                       "%s fills its size exactly", name);
            feed_add(&c.input, out, size);
            note_sizes(&c.expected, 'H', sizes[i], sizes[j]);
            if (sizes[i] > 0)
                feed_note(&c.expected, 'n', text, sizes[i]);
            if (sizes[j] > 0)
                feed_note(&c.expected, 'v', text, sizes[j]);
            note_sizes(&c.expected, 'E', sizes[i], sizes[j]);
            run(&c, FCGI_WIRE_OK, name);
            free(out);
        }
}

static void
test_put(void)
{
    static const uint8_t want[] = {1, 2, 'A', 'b', 'c'};
    uint8_t out[16];
    uint8_t *tight = feed_guard(out, 5);
    size_t pos = 0;
    size_t room;
    bool untouched = true;

    memset(tight, 0xee, 5);
    for (room = 0; room < 5; room++) {
        pos = 0;
        if (fcgi_pair_put(tight, room, &pos, "A", 1, "bc", 2) || pos != 0 ||
            tight[0] != 0xee)
            untouched = false;
    }
    UNIT_CHECK(untouched, "wire pairs: put without room writes nothing");
    UNIT_CHECK(fcgi_pair_put(tight, 5, &pos, "A", 1, "bc", 2) && pos == 5 &&
                   memcmp(tight, want, 5) == 0,
               "wire pairs: put writes lengths, name, value");
    UNIT_CHECK(!fcgi_pair_put(tight, 5, &pos, "", 0, "", 0) && pos == 5,
               "wire pairs: put into a full buffer is refused");
    pos = 9;
    UNIT_CHECK(!fcgi_pair_put(tight, 5, &pos, "", 0, "", 0) && pos == 9,
               "wire pairs: put beyond the end is refused");
    pos = 0;
    UNIT_CHECK(!fcgi_pair_put(out, SIZE_MAX, &pos, "A",
                              FCGI_PAIR_MAX_LENGTH + (size_t)1, "", 0) &&
                   pos == 0,
               "wire pairs: put of a name above the maximum is refused");
    pos = 11;
    UNIT_CHECK(fcgi_pair_put(out, 16, &pos, "A", 1, "bc", 2) && pos == 16 &&
                   memcmp(out + 11, want, 5) == 0,
               "wire pairs: put appends at the position");
}

static void
test_sizes(void)
{
    static const uint8_t lengths[] = {0x80, 0, 0, 0x80, 0x7f};
    static const uint8_t longest[] = {0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff};
    const size_t max = FCGI_PAIR_MAX_LENGTH;
    uint8_t out[8];

    UNIT_CHECK(fcgi_pair_size(0, 0) == 2, "wire pairs: size of an empty pair");
    UNIT_CHECK(fcgi_pair_size(127, 128) == 260,
               "wire pairs: size with lengths of 1 and 4 bytes");
    UNIT_CHECK(fcgi_pair_size(128, 127) == 260,
               "wire pairs: size with lengths of 4 and 1 bytes");
    UNIT_CHECK(fcgi_pair_size(max, 0) == max + 5,
               "wire pairs: size of the longest name");
    UNIT_CHECK(fcgi_pair_size(max + 1, 0) == 0 &&
                   fcgi_pair_size(0, max + 1) == 0,
               "wire pairs: lengths above the maximum have no size");
    UNIT_CHECK(fcgi_pair_size(max, max) ==
                   (SIZE_MAX > 0xffffffffu ? 2 * max + 8 : 0),
               "wire pairs: size of the longest pair, if it fits a size_t");
    UNIT_CHECK(fcgi_pair_put_lengths(out, 128, 127) == 5 &&
                   memcmp(out, lengths, 5) == 0,
               "wire pairs: lengths of 4 and 1 bytes as written");
    UNIT_CHECK(fcgi_pair_put_lengths(out, max, max) == 8 &&
                   memcmp(out, longest, 8) == 0,
               "wire pairs: the greatest lengths as written");
    UNIT_CHECK(fcgi_pair_put_lengths(out, max + 1, 0) == 0 &&
                   fcgi_pair_put_lengths(out, 0, SIZE_MAX) == 0,
               "wire pairs: lengths above the maximum are not written");
}

int
main(void)
{
    test_forms();
    test_long_forms();
    test_streams();
    test_limits();
    test_cut_streams();
    test_round_trips();
    test_put();
    test_sizes();
    return unit_done();
}
