/* SPDX-License-Identifier: BSD-2-Clause */
#include "oracle.h"

#include <string.h>

/* FNV-1a */
static void
hash(struct digest *digest, const uint8_t *data, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        digest->hash = (digest->hash ^ data[i]) * 0x100000001b3u;
}

void
digest_note(struct digest *digest, char tag, const void *data, size_t size)
{
    if (tag < 'a' || tag != digest->last) {
        hash(digest, (const uint8_t *)&tag, 1);
        digest->count++;
    }
    hash(digest, data, size);
    digest->last = tag;
}

void
digest_note_number(struct digest *digest, char tag, uint64_t number)
{
    digest_note(digest, tag, &number, sizeof(number));
}

/* The next size of a slice: 1 to 16, or the rest. */
static size_t
next_size(unsigned *seed, size_t left)
{
    size_t size;

    *seed = *seed * 1103515245u + 12345u;
    size = ((*seed >> 16) & 15) + 1;
    if ((*seed >> 24) % 8 == 0)
        size *= 37;
    return size < left ? size : left;
}

/* step: bytes per slice; 0: as the seed chooses. */
static struct digest
run(const struct oracle_decoder *decoder, const uint8_t *data, size_t size,
    size_t step, unsigned seed)
{
    struct digest digest = {0xcbf29ce484222325u, 0, '\0'};
    size_t at = 0;

    decoder->start();
    while (at < size) {
        size_t n = step == 0          ? next_size(&seed, size - at)
                   : step < size - at ? step
                                      : size - at;
        uint8_t *slice = malloc(n);

        ORACLE(slice != NULL);
        memcpy(slice, data + at, n);
        decoder->chunk(slice, n, &digest);
        free(slice);
        at += n;
    }
    decoder->chunk(NULL, 0, &digest);
    decoder->finish(&digest);
    return digest;
}

void
oracle_compare(const struct oracle_decoder *decoder, const uint8_t *data,
               size_t size, unsigned seed)
{
    struct digest whole = run(decoder, data, size, size + 1, 0);
    struct digest bytes = run(decoder, data, size, 1, 0);
    struct digest split = run(decoder, data, size, 0, seed);

    ORACLE(whole.hash == bytes.hash && whole.count == bytes.count);
    ORACLE(whole.hash == split.hash && whole.count == split.count);
}
