/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "values.h"

#include <stdio.h>
#include <string.h>

#include "wire/record.h"

static const char *const known[FCGI_VALUES_COUNT] = {
    "FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS"};

void
fcgi_values_begin(struct fcgi_values *values)
{
    fcgi_pairs_init(&values->pairs, FCGI_WIRE_MAX_CONTENT);
    values->name_have = 0;
    values->asked_count = 0;
}

static void
take_name(struct fcgi_values *values, const uint8_t *data, size_t size)
{
    if (size > FCGI_VALUES_NAME ||
        values->name_have > FCGI_VALUES_NAME - size) {
        values->name_have = FCGI_VALUES_NAME + 1;
        return;
    }
    memcpy(values->name + values->name_have, data, size);
    values->name_have += size;
}

static void
end_pair(struct fcgi_values *values)
{
    size_t size = values->name_have;
    unsigned which;
    size_t i;

    values->name_have = 0;
    for (which = 0; which < FCGI_VALUES_COUNT; which++)
        if (strlen(known[which]) == size &&
            memcmp(known[which], values->name, size) == 0)
            break;
    if (which == FCGI_VALUES_COUNT)
        return;
    for (i = 0; i < values->asked_count; i++)
        if (values->asked[i] == which)
            return;
    values->asked[values->asked_count++] = which;
}

bool
fcgi_values_feed(struct fcgi_values *values, const uint8_t *data, size_t size)
{
    struct fcgi_pair_event event;
    size_t pos = 0;

    do {
        if (fcgi_pairs_feed(&values->pairs, data, size, &pos, &event) !=
            FCGI_WIRE_OK)
            return false;
        if (event.kind == FCGI_PAIR_NAME)
            take_name(values, event.data, event.size);
        else if (event.kind == FCGI_PAIR_END)
            end_pair(values);
    } while (event.kind != FCGI_PAIR_MORE);
    return true;
}

size_t
fcgi_values_reply(const struct fcgi_values *values,
                  const struct fcgi_capacity *capacity,
                  uint8_t out[FCGI_VALUES_REPLY])
{
    const unsigned numbers[FCGI_VALUES_COUNT] = {capacity->connections,
                                                 capacity->requests,
                                                 capacity->multiplexes ? 1 : 0};
    size_t pos = FCGI_WIRE_HEADER_SIZE;
    size_t content;
    unsigned padding;
    size_t i;

    if (fcgi_pairs_finish(&values->pairs) != FCGI_WIRE_OK)
        return 0;
    memset(out, 0, FCGI_VALUES_REPLY);
    for (i = 0; i < values->asked_count; i++) {
        const char *name = known[values->asked[i]];
        char value[16];
        int size =
            snprintf(value, sizeof(value), "%u", numbers[values->asked[i]]);

        fcgi_pair_put(out, FCGI_VALUES_REPLY, &pos, name, strlen(name), value,
                      (size_t)size);
    }
    content = pos - FCGI_WIRE_HEADER_SIZE;
    padding = fcgi_padding(content);
    fcgi_header_put(out, FCGI_TYPE_GET_VALUES_RESULT, 0, content, padding);
    return pos + padding;
}
