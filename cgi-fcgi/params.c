/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "params.h"

#include <string.h>

#include "wire/pairs.h"

struct pair {
    const char *name;
    size_t name_size;
    const char *value;
    size_t value_size;
};

static void
split(struct pair *pair, const char *entry)
{
    pair->name = entry;
    pair->name_size = strcspn(entry, "=");
    pair->value = entry + pair->name_size + 1;
    pair->value_size = strlen(pair->value);
}

void
params_init(struct params *params, char *const *entries)
{
    params->next = entries;
    params->done = 0;
}

/* Copies what the window [from, from + size) of the pair has in common with a
 * part of it that begins at start. */
static void
copy_part(uint8_t *out, size_t from, size_t size, size_t start,
          const void *part, size_t part_size)
{
    size_t begin = from > start ? from : start;
    size_t end = from + size;

    if (end > start + part_size)
        end = start + part_size;
    if (begin < end)
        memcpy(out + (begin - from), (const uint8_t *)part + (begin - start),
               end - begin);
}

/* The next piece of a pair that is larger than a record: returns its size. */
static size_t
fill_piece(struct params *params, uint8_t *out)
{
    struct pair pair;
    uint8_t lengths[8];
    size_t head, total, size;

    split(&pair, *params->next);
    head = fcgi_pair_put_lengths(lengths, pair.name_size, pair.value_size);
    total = head + pair.name_size + pair.value_size;
    size = total - params->done;
    if (size > FCGI_WIRE_BEST_CONTENT)
        size = FCGI_WIRE_BEST_CONTENT;
    copy_part(out, params->done, size, 0, lengths, head);
    copy_part(out, params->done, size, head, pair.name, pair.name_size);
    copy_part(out, params->done, size, head + pair.name_size, pair.value,
              pair.value_size);
    params->done += size;
    if (params->done == total) {
        params->done = 0;
        params->next++;
    }
    return size;
}

/* As many whole pairs as one record holds: returns their size. */
static size_t
fill_pairs(struct params *params, uint8_t *out)
{
    size_t size = 0;

    for (; *params->next != NULL; params->next++) {
        struct pair pair;

        split(&pair, *params->next);
        if (!fcgi_pair_put(out, FCGI_WIRE_MAX_CONTENT, &size, pair.name,
                           pair.name_size, pair.value, pair.value_size))
            break;
    }
    return size;
}

size_t
params_fill(struct params *params, unsigned request_id, uint8_t *out)
{
    uint8_t *content = out + FCGI_WIRE_HEADER_SIZE;
    size_t size = 0;
    unsigned padding;

    if (*params->next == NULL)
        return 0;
    if (params->done == 0)
        size = fill_pairs(params, content);
    if (size == 0)
        size = fill_piece(params, content);
    /* PHP takes a record of more than 65535 bytes, padding included, for a
     * broken one. */
    padding = size > FCGI_WIRE_BEST_CONTENT ? 0 : fcgi_padding(size);
    fcgi_header_put(out, FCGI_TYPE_PARAMS, request_id, size, padding);
    memset(content + size, 0, padding);
    return FCGI_WIRE_HEADER_SIZE + size + padding;
}
