/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feeds the bytes of a test case to a decoder in every way: whole, byte by
 * byte, at every split in two and, if short, in three; each must give the
 * events that the case expects.
 *
 * Every slice ends right before a page without access, so that a decoder that
 * reads one byte too many crashes.
 */
#ifndef FEED_H
#define FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unit.h"

/* A growing byte string; also the record of the events of one run. */
struct feed_bytes {
    uint8_t *data;
    size_t size;     /* bytes */
    size_t capacity; /* bytes */
    char last;       /* tag that feed_note wrote last */
};

void feed_add(struct feed_bytes *bytes, const void *data, size_t size);
void feed_add_fill(struct feed_bytes *bytes, size_t size); /* 0, 1, 2... */
void feed_add_byte(struct feed_bytes *bytes, unsigned value);
void feed_free(struct feed_bytes *bytes);

/* Notes an event: a tag, then its bytes.  A second note in a row with a tag of
 * lower case joins the first: so slices of one string make one note. */
void feed_note(struct feed_bytes *events, char tag, const void *data,
               size_t size);
void feed_note_number(struct feed_bytes *events, char tag, size_t number);

/* size bytes of data, ending at the page without access; valid until the next
 * call.  size is at most FEED_GUARD_BYTES. */
#define FEED_GUARD_BYTES ((size_t)4 << 20)
uint8_t *feed_guard(const void *data, size_t size);

struct feed_case {
    struct feed_bytes input;
    struct feed_bytes expected; /* as the decoder's functions note it */
    size_t edges[64];           /* offsets of interest in a long input */
    size_t edge_count;
    int option; /* for the decoder's start function */
};

/* Remembers the end of the input as it is now as an offset of interest. */
void feed_edge(struct feed_case *c);
void feed_case_free(struct feed_case *c);

struct feed_decoder {
    void (*start)(const struct feed_case *c);
    /* One call of the decoder; notes the event, if it gives one; its result.
     * *more: it gives none. */
    int (*step)(const uint8_t *data, size_t size, size_t *pos,
                struct feed_bytes *events, bool *more);
    void (*finish)(struct feed_bytes *events);
};

/* Steps through all of data.  Notes 'X' with the number of an error, once
 * however many chunks meet it, and '!' if it does not last, or if bytes are
 * left without one. */
void feed_chunk(const struct feed_decoder *decoder, const uint8_t *data,
                size_t size, struct feed_bytes *events);

enum {
    FEED_LONG_INPUT = 2048, /* longer ones are split around their edges only */
    FEED_SHORT_INPUT = 72   /* up to this, inputs are split in three as well */
};

/* True if the events are as expected; prints the split at which they differ. */
bool feed_whole(const struct feed_decoder *decoder, const struct feed_case *c);
bool feed_bytewise(const struct feed_decoder *decoder,
                   const struct feed_case *c);
bool feed_twos(const struct feed_decoder *decoder, const struct feed_case *c);
bool feed_threes(const struct feed_decoder *decoder, const struct feed_case *c);

/* Checks all of them; name goes into the lines that are printed. */
static inline void
feed_run(const struct feed_decoder *decoder, const struct feed_case *c,
         const char *name)
{
    UNIT_CHECK(feed_whole(decoder, c), "%s: fed whole", name);
    UNIT_CHECK(feed_bytewise(decoder, c), "%s: fed byte by byte", name);
    UNIT_CHECK(feed_twos(decoder, c), "%s: %s", name,
               c->input.size <= FEED_LONG_INPUT ? "fed in two at every byte"
                                                : "fed in two at the edges");
    if (c->input.size <= FEED_SHORT_INPUT)
        UNIT_CHECK(feed_threes(decoder, c), "%s: fed in three at every byte",
                   name);
}

#endif
