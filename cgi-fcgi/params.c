/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "params.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/pairs.h"
#include "wire/record.h"

struct builder {
    struct params *params;
    size_t room;   /* bytes allocated */
    size_t header; /* where the open record's header is; 0: none is open */
    unsigned request_id;
    bool failed; /* out of memory */
};

static unsigned char *
reserve(struct builder *b, size_t size)
{
    struct params *params = b->params;
    size_t room = b->room;
    unsigned char *larger;

    while (room - params->size < size)
        room = room == 0 ? 4096 : room * 2;
    if (room != b->room) {
        larger = realloc(params->data, room);
        if (larger == NULL) {
            b->failed = true;
            return NULL;
        }
        params->data = larger;
        b->room = room;
    }
    return params->data + params->size;
}

static void
append(struct builder *b, const void *data, size_t size)
{
    unsigned char *to = reserve(b, size);

    if (to == NULL)
        return;
    memcpy(to, data, size);
    b->params->size += size;
}

static void
append_header(struct builder *b, size_t content, unsigned padding)
{
    unsigned char header[FCGI_WIRE_HEADER_SIZE];

    fcgi_header_put(header, FCGI_TYPE_PARAMS, b->request_id, content, padding);
    append(b, header, sizeof(header));
}

/* Gives the open record its length and padding. */
static void
close_record(struct builder *b)
{
    static const unsigned char zeros[FCGI_WIRE_ALIGN];
    size_t content;
    unsigned padding;

    if (b->header == 0 || b->failed)
        return;
    content = b->params->size - b->header - FCGI_WIRE_HEADER_SIZE;
    padding = fcgi_padding(content);
    append(b, zeros, padding);
    if (!b->failed)
        fcgi_header_put(b->params->data + b->header, FCGI_TYPE_PARAMS,
                        b->request_id, content, padding);
    b->header = 0;
}

static size_t
open_size(const struct builder *b)
{
    return b->header == 0
               ? 0
               : b->params->size - b->header - FCGI_WIRE_HEADER_SIZE;
}

/* A pair that no record can hold goes out in records of its own. */
static void
append_cut(struct builder *b, const unsigned char *pair, size_t size)
{
    size_t part;

    close_record(b);
    for (; size > 0 && !b->failed; pair += part, size -= part) {
        part = size < FCGI_WIRE_BEST_CONTENT ? size : FCGI_WIRE_BEST_CONTENT;
        b->header = b->params->size;
        append_header(b, 0, 0);
        append(b, pair, part);
        close_record(b);
    }
}

static void
append_pair(struct builder *b, const char *text, const char *equals)
{
    size_t name_size = (size_t)(equals - text);
    size_t value_size = strlen(equals + 1), position = 0;
    size_t size = fcgi_pair_size(name_size, value_size);
    unsigned char *pair = malloc(size);

    if (pair == NULL ||
        !fcgi_pair_put(pair, size, &position, text, name_size, equals + 1,
                       value_size)) {
        b->failed = true;
    } else if (size > FCGI_WIRE_MAX_CONTENT) {
        append_cut(b, pair, size);
    } else {
        if (open_size(b) + size > FCGI_WIRE_MAX_CONTENT)
            close_record(b);
        if (b->header == 0) {
            b->header = b->params->size;
            append_header(b, 0, 0);
        }
        append(b, pair, size);
    }
    free(pair);
}

const char *
params_build(struct params *params, unsigned request_id,
             char *const *environment)
{
    struct builder b = {params, 0, 0, request_id, false};
    unsigned char begin[16];
    const char *equals;

    params->data = NULL;
    params->size = 0;
    fcgi_begin_put(begin, request_id, FCGI_ROLE_RESPONDER, 0);
    append(&b, begin, sizeof(begin));
    for (; *environment != NULL && !b.failed; environment++) {
        equals = strchr(*environment, '=');
        if (equals == NULL)
            return "an entry of the environment has no '='";
        append_pair(&b, *environment, equals);
    }
    close_record(&b);
    append_header(&b, 0, 0);
    return b.failed ? "out of memory" : NULL;
}

void
params_free(struct params *params)
{
    free(params->data);
    params->data = NULL;
    params->size = 0;
}
