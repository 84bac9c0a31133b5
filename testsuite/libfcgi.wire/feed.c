/* SPDX-License-Identifier: BSD-2-Clause */
#include "feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { EDGE_REACH = 10 }; /* bytes before and after an edge */

static void
die(const char *what)
{
    perror(what);
    exit(2);
}

void
feed_add(struct feed_bytes *bytes, const void *data, size_t size)
{
    if (size == 0)
        return;
    if (size > bytes->capacity - bytes->size) {
        bytes->capacity = 2 * bytes->capacity + size + 64;
        bytes->data = realloc(bytes->data, bytes->capacity);
        if (bytes->data == NULL)
            die("realloc");
    }
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

void
feed_add_byte(struct feed_bytes *bytes, unsigned value)
{
    uint8_t byte = (uint8_t)value;

    feed_add(bytes, &byte, 1);
}

void
feed_add_fill(struct feed_bytes *bytes, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        feed_add_byte(bytes, (unsigned)i % 251);
}

void
feed_free(struct feed_bytes *bytes)
{
    free(bytes->data);
    memset(bytes, 0, sizeof(*bytes));
}

void
feed_note(struct feed_bytes *events, char tag, const void *data, size_t size)
{
    bool joins = tag >= 'a' && tag == events->last;

    if (!joins)
        feed_add(events, &tag, 1);
    feed_add(events, data, size);
    events->last = tag;
}

void
feed_note_number(struct feed_bytes *events, char tag, size_t number)
{
    feed_note(events, tag, &number, sizeof(number));
}

/* A lasting error: the same again, and nothing is consumed. */
static bool
error_lasts(const struct feed_decoder *decoder, const uint8_t *data,
            size_t size, size_t pos, struct feed_bytes *events, int error)
{
    size_t before = pos;
    bool more = false;

    return decoder->step(data, size, &pos, events, &more) == error &&
           pos == before && more;
}

void
feed_chunk(const struct feed_decoder *decoder, const uint8_t *data, size_t size,
           struct feed_bytes *events)
{
    size_t pos = 0;
    bool more;

    do {
        int result = decoder->step(data, size, &pos, events, &more);

        if (result != 0) {
            if (events->last != 'X')
                feed_note_number(events, 'X', (size_t)-result);
            if (!error_lasts(decoder, data, size, pos, events, result))
                feed_note(events, '!', "error", 5);
            return;
        }
    } while (!more);
    if (pos != size)
        feed_note(events, '!', "left", 4);
}

uint8_t *
feed_guard(const void *data, size_t size)
{
    static uint8_t *end;
    uint8_t *map;

    if (end == NULL) {
        map = mmap(NULL, FEED_GUARD_BYTES + (size_t)sysconf(_SC_PAGESIZE),
                   PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (map == MAP_FAILED)
            die("mmap");
        end = map + FEED_GUARD_BYTES;
        if (mprotect(end, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE) != 0)
            die("mprotect");
    }
    if (size > 0)
        memcpy(end - size, data, size);
    return end - size;
}

void
feed_edge(struct feed_case *c)
{
    if (c->edge_count < sizeof(c->edges) / sizeof(c->edges[0]))
        c->edges[c->edge_count++] = c->input.size;
}

void
feed_case_free(struct feed_case *c)
{
    feed_free(&c->input);
    feed_free(&c->expected);
    memset(c, 0, sizeof(*c));
}

/* One run, cut at the given offsets; true if the events are as expected. */
static bool
run_cut(const struct feed_decoder *decoder, const struct feed_case *c,
        const size_t *cuts, size_t count)
{
    struct feed_bytes events = {0};
    size_t from = 0;
    size_t i;
    bool same;

    decoder->start(c);
    for (i = 0; i <= count; i++) {
        size_t to = i < count ? cuts[i] : c->input.size;
        const uint8_t *chunk =
            feed_guard(to > from ? c->input.data + from : NULL, to - from);

        feed_chunk(decoder, chunk, to - from, &events);
        from = to;
    }
    decoder->finish(&events);
    same = events.size == c->expected.size &&
           (events.size == 0 ||
            memcmp(events.data, c->expected.data, events.size) == 0);
    feed_free(&events);
    return same;
}

bool
feed_whole(const struct feed_decoder *decoder, const struct feed_case *c)
{
    return run_cut(decoder, c, NULL, 0);
}

bool
feed_bytewise(const struct feed_decoder *decoder, const struct feed_case *c)
{
    size_t *cuts = calloc(c->input.size + 1, sizeof(*cuts));
    size_t i;
    bool same;

    if (cuts == NULL)
        die("calloc");
    for (i = 0; i < c->input.size; i++)
        cuts[i] = i; /* cut 0 makes an empty slice as well */
    same = run_cut(decoder, c, cuts, c->input.size);
    free(cuts);
    return same;
}

static bool
is_worth_a_cut(const struct feed_case *c, size_t offset)
{
    size_t i;

    if (c->input.size <= FEED_LONG_INPUT || offset <= EDGE_REACH ||
        offset + EDGE_REACH >= c->input.size)
        return true;
    for (i = 0; i < c->edge_count; i++)
        if (offset + EDGE_REACH >= c->edges[i] &&
            offset <= c->edges[i] + EDGE_REACH)
            return true;
    return false;
}

bool
feed_twos(const struct feed_decoder *decoder, const struct feed_case *c)
{
    size_t cut;

    for (cut = 0; cut <= c->input.size; cut++)
        if (is_worth_a_cut(c, cut) && !run_cut(decoder, c, &cut, 1)) {
            printf("differs when cut at %zu of %zu\n", cut, c->input.size);
            return false;
        }
    return true;
}

bool
feed_threes(const struct feed_decoder *decoder, const struct feed_case *c)
{
    size_t cuts[2];

    for (cuts[0] = 0; cuts[0] <= c->input.size; cuts[0]++)
        for (cuts[1] = cuts[0]; cuts[1] <= c->input.size; cuts[1]++)
            if (!run_cut(decoder, c, cuts, 2)) {
                printf("differs when cut at %zu and %zu of %zu\n", cuts[0],
                       cuts[1], c->input.size);
                return false;
            }
    return true;
}
