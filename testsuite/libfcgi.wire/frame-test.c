/* SPDX-License-Identifier: BSD-2-Clause */
/* Payloads cut into records: nothing copied, nothing lost, any short write. */
#include "wire/frame.h"

#include <stdlib.h>
#include <string.h>

#include "feed.h"
#include "wire/parser.h"
#include "unit.h"

static uint8_t *payload; /* of 2 * FCGI_FRAME_BYTES */

/* The slices' bytes in a row, into a buffer of frame->total bytes. */
static uint8_t *
join(const struct fcgi_frame *frame)
{
    uint8_t *bytes = malloc(frame->total + 1);
    size_t at = 0;
    size_t i;

    for (i = 0; i < frame->slice_count; i++) {
        memcpy(bytes + at, frame->slices[i].data, frame->slices[i].size);
        at += frame->slices[i].size;
    }
    if (at != frame->total)
        abort();
    return bytes;
}

/*
 * Parses the bytes of a cut and compares the content with the payload; false
 * also if a record is larger, emptier or padded otherwise than promised.
 */
static bool
reads_back(const struct fcgi_frame *frame, const uint8_t *data, size_t covered)
{
    uint8_t *bytes = join(frame);
    struct fcgi_parser parser;
    struct fcgi_event event;
    size_t pos = 0, at = 0;
    bool right = true;

    fcgi_parser_init(&parser, FCGI_SENDER_APPLICATION);
    do {
        if (fcgi_parser_feed(&parser, bytes, frame->total, &pos, &event) !=
            FCGI_WIRE_OK) {
            right = false;
            break;
        }
        if (event.kind == FCGI_EVENT_HEADER)
            right = right && event.header.type == FCGI_TYPE_STDOUT &&
                    event.header.request_id == 513 &&
                    event.header.content_length > 0 &&
                    event.header.content_length <= FCGI_WIRE_BEST_CONTENT &&
                    event.header.padding_length ==
                        fcgi_padding(event.header.content_length);
        if (event.kind == FCGI_EVENT_DATA) {
            right = right && event.size <= covered - at &&
                    memcmp(event.data, data + at, event.size) == 0;
            at += event.size;
        }
    } while (event.kind != FCGI_EVENT_MORE);
    right = right && at == covered && fcgi_parser_at_boundary(&parser);
    free(bytes);
    return right;
}

/* Content slices point into the payload; padding is zero. */
static bool
copies_nothing(const struct fcgi_frame *frame, const uint8_t *data, size_t size)
{
    size_t i, j;

    for (i = 0; i < frame->slice_count; i++) {
        const uint8_t *p = frame->slices[i].data;
        bool inside = p >= data && p < data + size;

        if (frame->slices[i].size > FCGI_WIRE_HEADER_SIZE && !inside)
            return false;
        if (i > 0 && !inside && frame->slices[i].size < FCGI_WIRE_HEADER_SIZE)
            for (j = 0; j < frame->slices[i].size; j++)
                if (p[j] != 0)
                    return false;
    }
    return true;
}

static void
test_cut(size_t size, size_t covers, size_t records)
{
    struct fcgi_frame frame;
    uint8_t *data = feed_guard(payload, size);
    size_t covered;

    memset(&frame, 0xa5, sizeof(frame));
    covered = fcgi_frame_cut(&frame, FCGI_TYPE_STDOUT, 513, data, size);
    UNIT_CHECK(covered == covers, "wire frame: %zu bytes, covers %zu", size,
               covers);
    UNIT_CHECK(frame.total == covers + 8 * records + fcgi_padding(covers),
               "wire frame: %zu bytes make %zu records", size, records);
    UNIT_CHECK(frame.slice_count <= FCGI_FRAME_SLICES &&
                   copies_nothing(&frame, data, size),
               "wire frame: %zu bytes are sent from where they are", size);
    UNIT_CHECK(reads_back(&frame, data, covered),
               "wire frame: %zu bytes read back the same", size);
}

static void
test_sizes(void)
{
    const size_t most = FCGI_FRAME_BYTES;

    test_cut(0, 0, 0);
    test_cut(1, 1, 1);
    test_cut(7, 7, 1);
    test_cut(8, 8, 1);
    test_cut(9, 9, 1);
    test_cut(65527, 65527, 1);
    test_cut(65528, 65528, 1);
    test_cut(65529, 65529, 2);
    test_cut(65535, 65535, 2);
    test_cut(131056, 131056, 2);
    test_cut(most - 1, most - 1, 16);
    test_cut(most, most, 16);
    test_cut(most + 1, most, 16);
    test_cut((size_t)1 << 20, most, 16);
    test_cut(2 * most, most, 16);
}

/* Cutting again and again covers a payload of any size. */
static void
test_repeated(void)
{
    const size_t size = 2 * FCGI_FRAME_BYTES - 3;
    struct fcgi_frame frame;
    size_t at = 0, cuts = 0;
    bool right = true;

    while (at < size) {
        size_t n = fcgi_frame_cut(&frame, FCGI_TYPE_STDOUT, 513, payload + at,
                                  size - at);

        if (n == 0 || !reads_back(&frame, payload + at, n)) {
            right = false;
            break;
        }
        at += n;
        cuts++;
    }
    UNIT_CHECK(right && cuts == 2, "wire frame: a long payload in two cuts");
}

/* As writev would send them: sent bytes at a time, until nothing is left. */
static bool
sends_all(const struct fcgi_frame *cut, size_t step)
{
    struct fcgi_frame frame = *cut;
    uint8_t *want = join(&frame);
    size_t first = 0, at = 0;
    size_t left = frame.total;
    bool right = true;

    while (left > 0 && right) {
        size_t sent = step < left ? step : left;
        size_t n = 0, i;

        for (i = first; n < sent; i++) {
            size_t part = frame.slices[i].size;

            if (part > sent - n)
                part = sent - n;
            right =
                right && memcmp(frame.slices[i].data, want + at + n, part) == 0;
            n += part;
        }
        at += sent;
        left =
            fcgi_slices_advance(frame.slices, frame.slice_count, &first, sent);
        right = right && left == cut->total - at;
        if (left > 0)
            right = right && frame.slices[first].size > 0;
    }
    free(want);
    return right && first == frame.slice_count;
}

static void
test_advance(void)
{
    struct fcgi_frame frame;
    size_t step;
    bool right = true;

    fcgi_frame_cut(&frame, FCGI_TYPE_STDOUT, 513, payload, 65528 + 13);
    for (step = 1; step <= 100; step++)
        right = right && sends_all(&frame, step);
    UNIT_CHECK(right, "wire frame: steps of 1 to 100 bytes send everything");
}

static void
test_advance_once(void)
{
    struct fcgi_frame frame, fresh;
    size_t sent;
    bool right = true;

    fcgi_frame_cut(&fresh, FCGI_TYPE_STDOUT, 513, payload, 65528 + 13);
    for (sent = 0; sent <= fresh.total && right; sent++) {
        size_t first = 0;
        size_t left, again;

        frame = fresh;
        left =
            fcgi_slices_advance(frame.slices, frame.slice_count, &first, sent);
        again =
            fcgi_slices_advance(frame.slices, frame.slice_count, &first, left);
        right = left == fresh.total - sent && again == 0 &&
                first == frame.slice_count;
    }
    UNIT_CHECK(right, "wire frame: a short write at every byte");
}

static void
test_advance_edges(void)
{
    struct fcgi_slice slices[3] = {{"ab", 2}, {"", 0}, {"cd", 2}};
    size_t first = 0;

    UNIT_CHECK(fcgi_slices_advance(slices, 3, &first, 0) == 4 && first == 0,
               "wire frame: nothing sent leaves everything");
    UNIT_CHECK(fcgi_slices_advance(slices, 3, &first, 2) == 2 && first == 2,
               "wire frame: an empty slice is passed over");
    UNIT_CHECK(fcgi_slices_advance(slices, 3, &first, 1) == 1 && first == 2 &&
                   *(const char *)slices[2].data == 'd',
               "wire frame: the slice at hand is shortened");
    UNIT_CHECK(fcgi_slices_advance(slices, 3, &first, 1) == 0 && first == 3,
               "wire frame: the last byte ends the list");
    UNIT_CHECK(fcgi_slices_advance(slices, 3, &first, 5) == 0 && first == 3,
               "wire frame: an ended list stays ended");
}

int
main(void)
{
    struct feed_bytes bytes = {0};

    feed_add_fill(&bytes, 2 * FCGI_FRAME_BYTES);
    payload = bytes.data;
    test_sizes();
    test_repeated();
    test_advance();
    test_advance_once();
    test_advance_edges();
    feed_free(&bytes);
    return unit_done();
}
