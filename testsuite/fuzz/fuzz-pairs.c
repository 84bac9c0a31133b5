/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input: two bytes (the limit, 0xffff for none; they choose splits as well),
 * then a stream of pairs.
 */
#include "wire/pairs.h"

#include <string.h>

#include "oracle.h"

static struct fcgi_pairs pairs;
static size_t limit;
static size_t announced; /* bytes of names and values */
static size_t name_size, value_size;

/* The pairs read, written again in the shortest form. */
static uint8_t *text; /* name and value of the pair at hand */
static size_t text_size;

static void
start(void)
{
    fcgi_pairs_init(&pairs, limit);
    announced = 0;
    text_size = 0;
}

/* What is read must come back when it is written and read again. */
static void
check_round_trip(void)
{
    size_t size = fcgi_pair_size(name_size, value_size);
    uint8_t *out = malloc(size);
    struct fcgi_pair_event event;
    struct fcgi_pairs again;
    size_t pos = 0;

    ORACLE(out != NULL);
    ORACLE(fcgi_pair_put(out, size, &pos, (const char *)text, name_size,
                         (const char *)text + name_size, value_size));
    ORACLE(pos == size);
    fcgi_pairs_init(&again, size);
    pos = 0;
    ORACLE(fcgi_pairs_feed(&again, out, size, &pos, &event) == FCGI_WIRE_OK);
    ORACLE(event.kind == FCGI_PAIR_HEAD && event.name_size == name_size &&
           event.value_size == value_size);
    ORACLE(memcmp(out + pos, text, name_size + value_size) == 0);
    free(out);
}

static void
take(const struct fcgi_pair_event *event, const uint8_t *data, size_t size,
     struct digest *digest)
{
    switch (event->kind) {
    case FCGI_PAIR_HEAD:
        name_size = event->name_size;
        value_size = event->value_size;
        ORACLE(name_size <= FCGI_PAIR_MAX_LENGTH &&
               value_size <= FCGI_PAIR_MAX_LENGTH);
        announced += name_size + value_size + 2;
        ORACLE(limit == SIZE_MAX || announced <= limit);
        text_size = 0;
        digest_note_number(digest, 'H', name_size);
        digest_note_number(digest, 'H', value_size);
        break;
    case FCGI_PAIR_NAME:
    case FCGI_PAIR_VALUE:
        ORACLE(event->size > 0);
        ORACLE(event->data >= data && event->data + event->size <= data + size);
        ORACLE(text_size + event->size <= name_size + value_size);
        memcpy(text + text_size, event->data, event->size);
        text_size += event->size;
        digest_note(digest, event->kind == FCGI_PAIR_NAME ? 'n' : 'v',
                    event->data, event->size);
        break;
    case FCGI_PAIR_END:
        ORACLE(text_size == name_size + value_size);
        check_round_trip();
        digest_note(digest, 'E', NULL, 0);
        break;
    case FCGI_PAIR_MORE:
        break;
    }
}

static void
chunk(const uint8_t *data, size_t size, struct digest *digest)
{
    struct fcgi_pair_event event;
    size_t pos = 0;

    do {
        size_t before = pos;
        int result = fcgi_pairs_feed(&pairs, data, size, &pos, &event);

        ORACLE(pos >= before && pos <= size);
        if (result != FCGI_WIRE_OK) {
            if (digest->last != 'X')
                digest_note_number(digest, 'X', (uint64_t)-result);
            before = pos;
            ORACLE(fcgi_pairs_feed(&pairs, data, size, &pos, &event) ==
                       result &&
                   pos == before);
            return;
        }
        take(&event, data, size, digest);
    } while (event.kind != FCGI_PAIR_MORE);
    ORACLE(pos == size);
}

static void
finish(struct digest *digest)
{
    digest_note_number(digest, 'F', (uint64_t)-fcgi_pairs_finish(&pairs));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct oracle_decoder decoder = {start, chunk, finish};

    if (size < 2)
        return 0;
    limit = (size_t)data[0] << 8 | data[1];
    if (limit == 0xffff)
        limit = SIZE_MAX;
    text = malloc(size);
    ORACLE(text != NULL);
    oracle_compare(&decoder, data + 2, size - 2, (unsigned)limit);
    free(text);
    return 0;
}
