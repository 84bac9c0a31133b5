/* SPDX-License-Identifier: BSD-2-Clause */
/* PARAMS records made from an environment: whole pairs in each of them. */
#include <stdlib.h>
#include <string.h>

#include "cgi-fcgi/params.h"
#include "unit.h"
#include "wire/pairs.h"
#include "wire/parser.h"

enum { ENTRIES = 4096 };

struct list {
    char *entries[ENTRIES + 1];
    size_t count;
};

/* Adds NAME=VALUE; the value is filled with letters that depend on where they
 * stand. */
static void
add(struct list *list, size_t name_size, size_t value_size)
{
    char *entry = malloc(name_size + value_size + 2);
    size_t i;

    for (i = 0; i < name_size; i++)
        entry[i] = (char)('A' + (i + list->count) % 26);
    entry[name_size] = '=';
    for (i = 0; i < value_size; i++)
        entry[name_size + 1 + i] = (char)('a' + (i * 7 + i / 1000) % 26);
    entry[name_size + 1 + value_size] = '\0';
    list->entries[list->count++] = entry;
    list->entries[list->count] = NULL;
}

static void
clear(struct list *list)
{
    while (list->count > 0)
        free(list->entries[--list->count]);
    list->entries[0] = NULL;
}

/* Decodes what comes and compares it with the list, pair by pair. */
struct reader {
    const struct list *list;
    struct fcgi_pairs pairs;
    size_t entry;     /* that is compared */
    size_t compared;  /* bytes of it */
    size_t name_left; /* bytes of its name that have not come */
    bool same;
};

static void
compare(struct reader *reader, const void *data, size_t size)
{
    const char *entry = reader->list->entries[reader->entry];

    if (entry == NULL || strlen(entry) < reader->compared + size ||
        memcmp(entry + reader->compared, data, size) != 0)
        reader->same = false;
    else
        reader->compared += size;
}

static void
read_content(struct reader *reader, const uint8_t *content, size_t size)
{
    struct fcgi_pair_event event;
    size_t pos = 0;

    do {
        if (!reader->same || fcgi_pairs_feed(&reader->pairs, content, size,
                                             &pos, &event) != FCGI_WIRE_OK) {
            reader->same = false;
            return;
        }
        if (event.kind == FCGI_PAIR_HEAD)
            reader->name_left = event.name_size;
        if (event.kind == FCGI_PAIR_NAME || event.kind == FCGI_PAIR_VALUE)
            compare(reader, event.data, event.size);
        if (event.kind == FCGI_PAIR_NAME) {
            reader->name_left -= event.size;
            if (reader->name_left == 0)
                compare(reader, "=", 1);
        }
        if (event.kind == FCGI_PAIR_END) {
            const char *entry = reader->list->entries[reader->entry];

            reader->same = entry[reader->compared] == '\0';
            reader->entry++;
            reader->compared = 0;
        }
    } while (event.kind != FCGI_PAIR_MORE);
}

struct result {
    bool same;      /* the pairs are those of the list, in order */
    bool well_made; /* every record is a PARAMS record of our id, padded */
    unsigned records;
    unsigned cut; /* records that end inside a pair */
};

/* To a multiple of 8, unless PHP would find the record too large then. */
static bool
is_padded(const struct fcgi_header *header)
{
    unsigned size = header->content_length + header->padding_length;

    return header->content_length > FCGI_WIRE_BEST_CONTENT
               ? header->padding_length == 0
               : size % FCGI_WIRE_ALIGN == 0;
}

static struct result
encode(const struct list *list)
{
    struct result result = {true, true, 0, 0};
    struct reader reader = {.list = list, .same = true};
    uint8_t *out = malloc(RECORD_ROOM);
    struct params params;
    size_t size;

    fcgi_pairs_init(&reader.pairs, SIZE_MAX);
    params_init(&params, list->entries);
    while ((size = params_fill(&params, 513, out)) > 0) {
        struct fcgi_header header;

        fcgi_header_get(&header, out);
        if (header.type != FCGI_TYPE_PARAMS || header.request_id != 513 ||
            header.version != FCGI_WIRE_VERSION || size > RECORD_ROOM ||
            header.content_length == 0 || !is_padded(&header) ||
            size != (size_t)FCGI_WIRE_HEADER_SIZE + header.content_length +
                        header.padding_length)
            result.well_made = false;
        read_content(&reader, out + FCGI_WIRE_HEADER_SIZE,
                     header.content_length);
        result.records++;
        if (fcgi_pairs_finish(&reader.pairs) != FCGI_WIRE_OK)
            result.cut++;
    }
    free(out);
    result.same = reader.same && reader.entry == list->count;
    return result;
}

static void
test_no_pair(struct list *list)
{
    struct result result = encode(list);

    UNIT_CHECK(result.same && result.records == 0,
               "params: an empty environment has no record");
}

/* Two pairs around the size of a record: 8 bytes of lengths at most. */
static void
test_borders(struct list *list)
{
    bool same = true, well_made = true, whole = true, straddles = true;
    size_t size;

    for (size = 65500; size <= 65540; size++) {
        struct result result;
        /* Lengths of 1 and 4 bytes, a name of 3. */
        bool fits = 1 + 4 + 3 + size <= FCGI_WIRE_MAX_CONTENT;

        add(list, 3, 10);
        add(list, 3, size);
        add(list, 3, 10);
        result = encode(list);
        same = same && result.same;
        well_made = well_made && result.well_made;
        if (fits)
            whole = whole && result.cut == 0;
        else
            straddles = straddles && result.cut == 1;
        clear(list);
    }
    UNIT_CHECK(same, "params: pairs around 65535 bytes arrive as they were");
    UNIT_CHECK(well_made, "params: their records are well made");
    UNIT_CHECK(whole, "params: a pair of up to 65535 bytes is in one record");
    UNIT_CHECK(straddles, "params: only a larger one goes on in the next");
}

static void
test_many(struct list *list)
{
    struct result result;
    size_t i, total = 0;

    for (i = 0; i < ENTRIES; i++) {
        size_t name_size = 1 + i * 31 % 200;
        size_t value_size = i * 17 % 300;

        add(list, name_size, value_size);
        total += fcgi_pair_size(name_size, value_size);
    }
    result = encode(list);
    UNIT_CHECK(result.same && result.well_made,
               "params: 4096 pairs arrive as they were");
    UNIT_CHECK(result.cut == 0, "params: no record cuts one of 4096 pairs");
    UNIT_CHECK(result.records <= total / (FCGI_WIRE_MAX_CONTENT - 506) + 1,
               "params: records are filled: %u for %zu bytes", result.records,
               total);
    clear(list);
}

static void
test_huge(struct list *list)
{
    struct result result;

    add(list, 5, 5);
    add(list, 70000, 200000);
    add(list, 70000, 0);
    add(list, 5, 1000000);
    add(list, 65530, 65530);
    add(list, 5, 0);
    result = encode(list);
    UNIT_CHECK(result.same && result.well_made,
               "params: names and values of any size arrive as they were");
    clear(list);
}

int
main(void)
{
    static struct list list;

    test_no_pair(&list);
    test_borders(&list);
    test_many(&list);
    test_huge(&list);
    return unit_done();
}
