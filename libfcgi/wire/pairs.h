/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Name-value pairs (section 3.4): lengths of 1 or 4 bytes, then name, value.
 */
#ifndef FCGI_PAIRS_H
#define FCGI_PAIRS_H

#include "wire.h"

#define FCGI_PAIR_MAX_LENGTH 0x7fffffffu /* of a name or a value, bytes */

/* Encoded size of a pair in bytes.  Lengths above the maximum give 0. */
size_t fcgi_pair_size(size_t name_size, size_t value_size);

/*
 * Writes the two lengths alone (2 to 8 bytes) and returns how many bytes: for
 * callers that send name and value from where they are.  Lengths above the
 * maximum write nothing and give 0.
 */
size_t fcgi_pair_put_lengths(uint8_t out[8], size_t name_size,
                             size_t value_size);

/*
 * Appends a whole pair at out[*out_pos] and moves *out_pos.  Returns false,
 * with nothing written, if it does not fit below out_size.
 */
bool fcgi_pair_put(uint8_t *out, size_t out_size, size_t *out_pos,
                   const char *name, size_t name_size, const char *value,
                   size_t value_size);

/*
 * Incremental decoder.  Pairs may straddle slices and records.  Events, in
 * order, for each pair: HEAD (both lengths known and within the limit: the
 * caller may reserve memory), NAME slices (none for an empty name), VALUE
 * slices (none for an empty value), END.  MORE: all input consumed.
 */
enum fcgi_pair_event_kind {
    FCGI_PAIR_MORE,
    FCGI_PAIR_HEAD,
    FCGI_PAIR_NAME,
    FCGI_PAIR_VALUE,
    FCGI_PAIR_END
};

struct fcgi_pair_event {
    enum fcgi_pair_event_kind kind;
    size_t name_size;    /* bytes; valid from HEAD to END */
    size_t value_size;   /* bytes; valid from HEAD to END */
    const uint8_t *data; /* NAME, VALUE: slice of the caller's buffer */
    size_t size;         /* NAME, VALUE: bytes, > 0 */
};

enum fcgi_pairs_state {
    FCGI_PAIRS_LENGTHS,
    FCGI_PAIRS_NAME,
    FCGI_PAIRS_VALUE,
    FCGI_PAIRS_DONE,
    FCGI_PAIRS_ERROR
};

struct fcgi_pairs {
    enum fcgi_pairs_state state;
    enum fcgi_wire_result error;
    size_t limit;     /* bytes that all pairs together may take, encoded */
    size_t used;      /* bytes of that taken or announced */
    size_t have;      /* bytes in raw */
    size_t name_size; /* of the pair at hand */
    size_t value_size;
    size_t left; /* bytes due of the name or value at hand */
    uint8_t raw[8];
};

/* limit: see above; a pair that would exceed it is FCGI_WIRE_E_PAIR_LIMIT. */
void fcgi_pairs_init(struct fcgi_pairs *pairs, size_t limit);

/* As fcgi_parser_feed: any split gives the same events; errors last. */
enum fcgi_wire_result fcgi_pairs_feed(struct fcgi_pairs *pairs,
                                      const uint8_t *in, size_t in_size,
                                      size_t *in_pos,
                                      struct fcgi_pair_event *event);

/* FCGI_WIRE_OK if the stream may end here, else FCGI_WIRE_E_PAIR_CUT. */
enum fcgi_wire_result fcgi_pairs_finish(const struct fcgi_pairs *pairs);

#endif
