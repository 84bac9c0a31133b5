/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "params.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_TEXT = 4096, FIRST_LIST = 64 };

void
fcgi_params_init(struct fcgi_params *params)
{
    memset(params, 0, sizeof(*params));
}

void
fcgi_params_fini(struct fcgi_params *params)
{
    free(params->text);
    free(params->list);
    fcgi_params_init(params);
}

static int
grow_text(struct fcgi_params *params, size_t size)
{
    size_t capacity = params->capacity;
    char *text;

    if (capacity == 0)
        capacity = FIRST_TEXT;
    while (capacity - params->size < size)
        capacity *= 2;
    text = realloc(params->text, capacity);
    if (text == NULL)
        return -ENOMEM;
    params->text = text;
    params->capacity = capacity;
    return 0;
}

static int
append(struct fcgi_params *params, const void *data, size_t size)
{
    if (params->capacity - params->size < size) {
        int error = grow_text(params, size);

        if (error != 0)
            return error;
    }
    memcpy(params->text + params->size, data, size);
    params->size += size;
    return 0;
}

/* Ends the string at start and lists it; leaves room for the last NULL. */
static int
list_string(struct fcgi_params *params)
{
    int error = append(params, "", 1);

    if (error != 0)
        return error;
    if (params->count + 1 >= params->list_capacity) {
        size_t capacity = params->list_capacity * 2;
        char **list;

        if (capacity == 0)
            capacity = FIRST_LIST;
        list = realloc(params->list, capacity * sizeof(*list));
        if (list == NULL)
            return -ENOMEM;
        params->list = list;
        params->list_capacity = capacity;
    }
    params->list[params->count++] = (char *)(uintptr_t)params->start;
    params->start = params->size;
    return 0;
}

int
fcgi_params_begin(struct fcgi_params *params, const char *first, size_t limit)
{
    int error;

    params->size = 0;
    params->count = 0;
    params->start = 0;
    params->has_equals = false;
    params->is_bad = false;
    fcgi_pairs_init(&params->pairs, limit);
    error = append(params, first, strlen(first));
    return error == 0 ? list_string(params) : error;
}

static int
append_equals(struct fcgi_params *params)
{
    if (params->has_equals)
        return 0;
    params->has_equals = true;
    return append(params, "=", 1);
}

static int
end_pair(struct fcgi_params *params)
{
    int error = append_equals(params);

    if (error != 0)
        return error;
    params->has_equals = false;
    if (!params->is_bad)
        return list_string(params);
    params->is_bad = false;
    params->size = params->start;
    return 0;
}

static int
take(struct fcgi_params *params, const struct fcgi_pair_event *event)
{
    int error;

    switch (event->kind) {
    case FCGI_PAIR_NAME:
        if (memchr(event->data, '=', event->size) != NULL ||
            memchr(event->data, '\0', event->size) != NULL)
            params->is_bad = true;
        return append(params, event->data, event->size);
    case FCGI_PAIR_VALUE:
        if (memchr(event->data, '\0', event->size) != NULL)
            params->is_bad = true;
        error = append_equals(params);
        return error == 0 ? append(params, event->data, event->size) : error;
    case FCGI_PAIR_END:
        return end_pair(params);
    case FCGI_PAIR_MORE:
    case FCGI_PAIR_HEAD:
        break;
    }
    return 0;
}

int
fcgi_params_feed(struct fcgi_params *params, const uint8_t *data, size_t size)
{
    struct fcgi_pair_event event;
    size_t pos = 0;
    int error = 0;

    do {
        if (fcgi_pairs_feed(&params->pairs, data, size, &pos, &event) !=
            FCGI_WIRE_OK)
            return -E2BIG;
        error = take(params, &event);
    } while (error == 0 && event.kind != FCGI_PAIR_MORE);
    return error;
}

int
fcgi_params_finish(struct fcgi_params *params, char ***list)
{
    size_t i;

    if (fcgi_pairs_finish(&params->pairs) != FCGI_WIRE_OK)
        return -EPROTO;
    for (i = 0; i < params->count; i++)
        params->list[i] = params->text + (uintptr_t)params->list[i];
    params->list[params->count] = NULL;
    *list = params->list;
    return 0;
}
