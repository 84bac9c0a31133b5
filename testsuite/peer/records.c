/* SPDX-License-Identifier: BSD-2-Clause */
#include "records.h"

#include <string.h>

#include "wire/names.h"

static void
add_record(struct text *out, const struct shape *shape, unsigned type,
           unsigned id, const void *data, size_t size)
{
    static const char zeros[FCGI_WIRE_MAX_PADDING];
    uint8_t header[FCGI_WIRE_HEADER_SIZE];
    unsigned padding =
        shape->padding >= 0 ? (unsigned)shape->padding : fcgi_padding(size);

    fcgi_header_put(header, type, id, size, padding);
    header[0] = (uint8_t)shape->version;
    text_add(out, header, sizeof(header));
    text_add(out, data, size);
    text_add(out, zeros, padding);
}

void
records_add(struct text *out, const struct shape *shape, unsigned type,
            unsigned id, const void *data, size_t size)
{
    const char *p = data;
    size_t at = 0;

    do {
        size_t n = size - at;

        if (n > shape->content)
            n = shape->content;
        add_record(out, shape, type, id, n > 0 ? p + at : NULL, n);
        at += n;
    } while (at < size);
}

void
records_add_begin(struct text *out, const struct shape *shape, unsigned id,
                  unsigned role, unsigned flags)
{
    uint8_t record[FCGI_WIRE_HEADER_SIZE + FCGI_WIRE_BODY_SIZE];

    fcgi_begin_put(record, id, role, flags);
    add_record(out, shape, FCGI_TYPE_BEGIN_REQUEST, id, record + 8, 8);
}

void
records_add_end(struct text *out, const struct shape *shape, unsigned id,
                uint32_t app_status, unsigned protocol_status)
{
    uint8_t record[FCGI_WIRE_HEADER_SIZE + FCGI_WIRE_BODY_SIZE];

    fcgi_end_put(record, id, app_status, protocol_status);
    add_record(out, shape, FCGI_TYPE_END_REQUEST, id, record + 8, 8);
}

void
pairs_add(struct text *out, const char *name_value)
{
    const char *equals = strchr(name_value, '=');
    size_t name_size =
        equals != NULL ? (size_t)(equals - name_value) : strlen(name_value);
    const char *value = equals != NULL ? equals + 1 : "";
    uint8_t lengths[8];

    text_add(out, lengths,
             fcgi_pair_put_lengths(lengths, name_size, strlen(value)));
    text_add(out, name_value, name_size);
    text_add_string(out, value);
}

void
receiver_init(struct receiver *receiver, enum fcgi_sender sender)
{
    memset(receiver, 0, sizeof(*receiver));
    fcgi_parser_init(&receiver->parser, sender);
}

void
receiver_free(struct receiver *receiver)
{
    text_free(&receiver->record.content);
    text_free(&receiver->input);
}

void
receiver_add(struct receiver *receiver, const void *data, size_t size)
{
    text_drop(&receiver->input, receiver->input_pos);
    receiver->input_pos = 0;
    text_add(&receiver->input, data, size);
}

int
receiver_next(struct receiver *receiver, const struct record **record)
{
    struct text *content = &receiver->record.content;
    struct fcgi_event event;

    for (;;) {
        int result = fcgi_parser_feed(
            &receiver->parser, (const uint8_t *)receiver->input.data,
            receiver->input.size, &receiver->input_pos, &event);
        if (result != FCGI_WIRE_OK)
            return result;
        switch (event.kind) {
        case FCGI_EVENT_MORE:
            return 0;
        case FCGI_EVENT_HEADER:
            receiver->record.header = event.header;
            text_clear(content);
            break;
        case FCGI_EVENT_DATA:
            text_add(content, event.data, event.size);
            break;
        case FCGI_EVENT_END:
            if (event.body != NULL)
                text_add(content, event.body, FCGI_WIRE_BODY_SIZE);
            *record = &receiver->record;
            return 1;
        }
    }
}

bool
receiver_is_clean(const struct receiver *receiver)
{
    return receiver->input_pos == receiver->input.size &&
           fcgi_parser_at_boundary(&receiver->parser);
}

static void
print_content(FILE *out, const struct text *content, size_t show)
{
    if (content->size == 0)
        return;
    fputs(" \"", out);
    print_escaped(out, content->data,
                  content->size < show ? content->size : show);
    fputs(content->size > show ? "\"..." : "\"", out);
}

void
record_print(FILE *out, const struct record *record, size_t show)
{
    const struct fcgi_header *header = &record->header;
    const uint8_t *body = (const uint8_t *)record->content.data;
    struct fcgi_begin_body begin;
    struct fcgi_end_body end;

    fprintf(out, "%s %u %u", fcgi_type_name(header->type),
            (unsigned)header->request_id, (unsigned)header->content_length);
    switch (header->type) {
    case FCGI_TYPE_BEGIN_REQUEST:
        fcgi_begin_get(&begin, body);
        fprintf(out, " role=%s flags=%u", fcgi_role_name(begin.role),
                (unsigned)begin.flags);
        break;
    case FCGI_TYPE_END_REQUEST:
        fcgi_end_get(&end, body);
        fprintf(out, " status=%lu protocol=%s", (unsigned long)end.app_status,
                fcgi_status_name(end.protocol_status));
        break;
    case FCGI_TYPE_UNKNOWN_TYPE:
        fprintf(out, " type=%u", fcgi_unknown_get(body));
        break;
    case FCGI_TYPE_PARAMS:
    case FCGI_TYPE_GET_VALUES:
    case FCGI_TYPE_GET_VALUES_RESULT:
        break;
    default:
        print_content(out, &record->content, show);
        break;
    }
    fputc('\n', out);
}

struct pair {
    struct text name;
    struct text value;
};

/* The next pair of a stream: 1, or 0 at its end, or a negative result. */
static int
next_pair(struct fcgi_pairs *pairs, const struct text *stream, size_t *pos,
          struct pair *pair)
{
    struct fcgi_pair_event event;
    int result;

    do {
        result = fcgi_pairs_feed(pairs, (const uint8_t *)stream->data,
                                 stream->size, pos, &event);
        if (result != FCGI_WIRE_OK)
            return result;
        if (event.kind == FCGI_PAIR_HEAD) {
            text_clear(&pair->name);
            text_clear(&pair->value);
        } else if (event.kind == FCGI_PAIR_NAME) {
            text_add(&pair->name, event.data, event.size);
        } else if (event.kind == FCGI_PAIR_VALUE) {
            text_add(&pair->value, event.data, event.size);
        }
    } while (event.kind != FCGI_PAIR_END && event.kind != FCGI_PAIR_MORE);
    return event.kind == FCGI_PAIR_END ? 1 : 0;
}

static void
print_pair(FILE *out, const char *word, const struct pair *pair)
{
    fprintf(out, "%s ", word);
    print_escaped(out, pair->name.data, pair->name.size);
    fputc('=', out);
    print_escaped(out, pair->value.data, pair->value.size);
    fputc('\n', out);
}

bool
pairs_print(FILE *out, const char *word, const void *data, size_t size)
{
    struct text stream = {NULL, 0, 0};
    struct pair pair = {{NULL, 0, 0}, {NULL, 0, 0}};
    struct fcgi_pairs pairs;
    size_t pos = 0;
    int result;

    text_add(&stream, data, size);
    fcgi_pairs_init(&pairs, SIZE_MAX);
    while ((result = next_pair(&pairs, &stream, &pos, &pair)) > 0)
        if (out != NULL)
            print_pair(out, word, &pair);
    if (result == 0)
        result = fcgi_pairs_finish(&pairs);
    if (result != FCGI_WIRE_OK && out != NULL)
        fprintf(out, "ERROR %s\n", fcgi_wire_strerror(result));
    text_free(&stream);
    text_free(&pair.name);
    text_free(&pair.value);
    return result == FCGI_WIRE_OK;
}

bool
pairs_find(const struct text *stream, const char *name, struct text *value)
{
    struct pair pair = {{NULL, 0, 0}, {NULL, 0, 0}};
    struct fcgi_pairs pairs;
    size_t pos = 0;
    bool found = false;

    fcgi_pairs_init(&pairs, SIZE_MAX);
    while (!found && next_pair(&pairs, stream, &pos, &pair) > 0)
        found = pair.name.size == strlen(name) &&
                memcmp(pair.name.data, name, pair.name.size) == 0;
    text_clear(value);
    if (found)
        text_add(value, pair.value.data, pair.value.size);
    text_free(&pair.name);
    text_free(&pair.value);
    return found;
}
