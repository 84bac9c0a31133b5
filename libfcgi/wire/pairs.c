/* SPDX-License-Identifier: BSD-2-Clause */
#include "pairs.h"

#include <string.h>

#define LONG_FORM 0x80u /* top bit of the first byte: a length of 4 bytes */

static size_t
length_size(size_t length)
{
    return length < LONG_FORM ? 1 : 4;
}

/* The same of an encoded length, by its first byte. */
static size_t
form_size(const uint8_t *in)
{
    return in[0] < LONG_FORM ? 1 : 4;
}

static size_t
put_length(uint8_t *out, size_t length)
{
    if (length < LONG_FORM) {
        out[0] = (uint8_t)length;
        return 1;
    }
    fcgi_put32(out, (uint32_t)length | 0x80000000u);
    return 4;
}

static size_t
get_length(const uint8_t *in)
{
    return in[0] < LONG_FORM ? in[0] : fcgi_get32(in) & FCGI_PAIR_MAX_LENGTH;
}

size_t
fcgi_pair_size(size_t name_size, size_t value_size)
{
    size_t size;

    if (name_size > FCGI_PAIR_MAX_LENGTH || value_size > FCGI_PAIR_MAX_LENGTH)
        return 0;
    size = length_size(name_size) + length_size(value_size) + name_size;
    /* Two lengths of 2^31 - 1 do not fit a size_t of 32 bits. */
    return size > SIZE_MAX - value_size ? 0 : size + value_size;
}

size_t
fcgi_pair_put_lengths(uint8_t out[8], size_t name_size, size_t value_size)
{
    size_t n;

    if (name_size > FCGI_PAIR_MAX_LENGTH || value_size > FCGI_PAIR_MAX_LENGTH)
        return 0;
    n = put_length(out, name_size);
    return n + put_length(out + n, value_size);
}

bool
fcgi_pair_put(uint8_t *out, size_t out_size, size_t *out_pos, const char *name,
              size_t name_size, const char *value, size_t value_size)
{
    size_t size = fcgi_pair_size(name_size, value_size);
    uint8_t *p;

    if (size == 0 || *out_pos > out_size || size > out_size - *out_pos)
        return false;
    p = out + *out_pos;
    p += fcgi_pair_put_lengths(p, name_size, value_size);
    if (name_size > 0)
        memcpy(p, name, name_size);
    if (value_size > 0)
        memcpy(p + name_size, value, value_size);
    *out_pos += size;
    return true;
}

void
fcgi_pairs_init(struct fcgi_pairs *pairs, size_t limit)
{
    memset(pairs, 0, sizeof(*pairs));
    pairs->state = FCGI_PAIRS_LENGTHS;
    pairs->error = FCGI_WIRE_OK;
    pairs->limit = limit;
}

/* How many bytes the two lengths take, as far as raw tells it. */
static size_t
lengths_needed(const struct fcgi_pairs *pairs)
{
    size_t name_form;

    if (pairs->have == 0)
        return 1;
    name_form = form_size(pairs->raw);
    if (pairs->have <= name_form)
        return name_form + 1;
    return name_form + form_size(pairs->raw + name_form);
}

/* Subtracts step by step: the sum of both lengths may overflow a size_t. */
static bool
exceeds_limit(const struct fcgi_pairs *pairs)
{
    size_t room = pairs->limit - pairs->used;

    if (pairs->have > room)
        return true;
    room -= pairs->have;
    if (pairs->name_size > room)
        return true;
    room -= pairs->name_size;
    return pairs->value_size > room;
}

static enum fcgi_wire_result
feed_lengths(struct fcgi_pairs *pairs, const uint8_t *in, size_t in_size,
             size_t *in_pos, struct fcgi_pair_event *event)
{
    while (pairs->have < lengths_needed(pairs)) {
        if (*in_pos == in_size)
            return FCGI_WIRE_OK;
        pairs->raw[pairs->have++] = in[(*in_pos)++];
    }
    pairs->name_size = get_length(pairs->raw);
    pairs->value_size = get_length(pairs->raw + form_size(pairs->raw));
    if (exceeds_limit(pairs)) {
        pairs->state = FCGI_PAIRS_ERROR;
        pairs->error = FCGI_WIRE_E_PAIR_LIMIT;
        return pairs->error;
    }
    pairs->used += pairs->have + pairs->name_size + pairs->value_size;
    pairs->have = 0;
    pairs->left = pairs->name_size;
    pairs->state = FCGI_PAIRS_NAME;
    event->kind = FCGI_PAIR_HEAD;
    return FCGI_WIRE_OK;
}

/* True: an event is made, or all input is consumed. */
static bool
feed_bytes(struct fcgi_pairs *pairs, enum fcgi_pair_event_kind kind,
           const uint8_t *in, size_t in_size, size_t *in_pos,
           struct fcgi_pair_event *event)
{
    size_t n = in_size - *in_pos;

    if (pairs->left == 0)
        return false;
    if (n == 0)
        return true;
    if (n > pairs->left)
        n = pairs->left;
    event->kind = kind;
    event->data = in + *in_pos;
    event->size = n;
    *in_pos += n;
    pairs->left -= n;
    return true;
}

static enum fcgi_wire_result
feed(struct fcgi_pairs *pairs, const uint8_t *in, size_t in_size,
     size_t *in_pos, struct fcgi_pair_event *event)
{
    switch (pairs->state) {
    case FCGI_PAIRS_ERROR:
        return pairs->error;
    case FCGI_PAIRS_LENGTHS:
        return feed_lengths(pairs, in, in_size, in_pos, event);
    case FCGI_PAIRS_NAME:
        if (feed_bytes(pairs, FCGI_PAIR_NAME, in, in_size, in_pos, event))
            return FCGI_WIRE_OK;
        pairs->left = pairs->value_size;
        pairs->state = FCGI_PAIRS_VALUE;
        /* fall through */
    case FCGI_PAIRS_VALUE:
        if (feed_bytes(pairs, FCGI_PAIR_VALUE, in, in_size, in_pos, event))
            return FCGI_WIRE_OK;
        pairs->state = FCGI_PAIRS_DONE;
        /* fall through */
    case FCGI_PAIRS_DONE:
        pairs->state = FCGI_PAIRS_LENGTHS;
        event->kind = FCGI_PAIR_END;
        break;
    }
    return FCGI_WIRE_OK;
}

enum fcgi_wire_result
fcgi_pairs_feed(struct fcgi_pairs *pairs, const uint8_t *in, size_t in_size,
                size_t *in_pos, struct fcgi_pair_event *event)
{
    enum fcgi_wire_result result;

    event->kind = FCGI_PAIR_MORE;
    event->data = NULL;
    event->size = 0;
    result = feed(pairs, in, in_size, in_pos, event);
    event->name_size = pairs->name_size;
    event->value_size = pairs->value_size;
    return result;
}

enum fcgi_wire_result
fcgi_pairs_finish(const struct fcgi_pairs *pairs)
{
    if (pairs->state == FCGI_PAIRS_ERROR)
        return pairs->error;
    if (pairs->state == FCGI_PAIRS_LENGTHS && pairs->have == 0)
        return FCGI_WIRE_OK;
    return FCGI_WIRE_E_PAIR_CUT;
}
