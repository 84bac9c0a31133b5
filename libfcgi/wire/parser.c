/* SPDX-License-Identifier: BSD-2-Clause */
#include "parser.h"

#include <string.h>

#define BIT(type) (1u << (type))

/* The types that each side may send; management records included. */
static const unsigned valid_types[] = {
    [FCGI_SENDER_SERVER] = BIT(FCGI_TYPE_BEGIN_REQUEST) |
                           BIT(FCGI_TYPE_ABORT_REQUEST) |
                           BIT(FCGI_TYPE_PARAMS) | BIT(FCGI_TYPE_STDIN) |
                           BIT(FCGI_TYPE_DATA) | BIT(FCGI_TYPE_GET_VALUES),
    [FCGI_SENDER_APPLICATION] = BIT(FCGI_TYPE_END_REQUEST) |
                                BIT(FCGI_TYPE_STDOUT) | BIT(FCGI_TYPE_STDERR) |
                                BIT(FCGI_TYPE_GET_VALUES_RESULT) |
                                BIT(FCGI_TYPE_UNKNOWN_TYPE),
};

static const unsigned management_types = BIT(FCGI_TYPE_GET_VALUES) |
                                         BIT(FCGI_TYPE_GET_VALUES_RESULT) |
                                         BIT(FCGI_TYPE_UNKNOWN_TYPE);

static const unsigned fixed_types = BIT(FCGI_TYPE_BEGIN_REQUEST) |
                                    BIT(FCGI_TYPE_END_REQUEST) |
                                    BIT(FCGI_TYPE_UNKNOWN_TYPE);

static bool
is_known(unsigned type)
{
    return type >= FCGI_TYPE_BEGIN_REQUEST && type <= FCGI_TYPE_UNKNOWN_TYPE;
}

static bool
is_fixed(unsigned type)
{
    return is_known(type) && (fixed_types & BIT(type)) != 0;
}

static enum fcgi_wire_result
check_header(const struct fcgi_header *header, enum fcgi_sender sender)
{
    unsigned type = header->type;
    bool management;

    if (header->version != FCGI_WIRE_VERSION)
        return FCGI_WIRE_E_VERSION;
    if (!is_known(type))
        return header->request_id == 0 ? FCGI_WIRE_OK : FCGI_WIRE_E_TYPE;
    if ((valid_types[sender] & BIT(type)) == 0)
        return FCGI_WIRE_E_TYPE;
    management = (management_types & BIT(type)) != 0;
    if (management != (header->request_id == 0))
        return FCGI_WIRE_E_ID;
    if (is_fixed(type) && header->content_length != FCGI_WIRE_BODY_SIZE)
        return FCGI_WIRE_E_LENGTH;
    return FCGI_WIRE_OK;
}

/* Moves input to buffer[*have] until size bytes are there; false: not yet. */
static bool
collect(uint8_t *buffer, size_t size, size_t *have, const uint8_t *in,
        size_t in_size, size_t *in_pos)
{
    size_t n = size - *have;

    if (n > in_size - *in_pos)
        n = in_size - *in_pos;
    if (n > 0) { /* in may be NULL when there is no input */
        memcpy(buffer + *have, in + *in_pos, n);
        *have += n;
        *in_pos += n;
    }
    return *have == size;
}

static enum fcgi_wire_result
feed_header(struct fcgi_parser *parser, const uint8_t *in, size_t in_size,
            size_t *in_pos, struct fcgi_event *event)
{
    struct fcgi_header *header = &parser->header;

    if (!collect(parser->raw, sizeof(parser->raw), &parser->have, in, in_size,
                 in_pos))
        return FCGI_WIRE_OK;
    parser->have = 0;
    fcgi_header_get(header, parser->raw);
    parser->error = check_header(header, parser->sender);
    if (parser->error != FCGI_WIRE_OK) {
        parser->state = FCGI_PARSER_ERROR;
        return parser->error;
    }
    parser->state = FCGI_PARSER_CONTENT;
    parser->content_left = header->content_length;
    parser->padding_left = header->padding_length;
    event->kind = FCGI_EVENT_HEADER;
    event->header = *header;
    return FCGI_WIRE_OK;
}

/* True: an event is made, or all input is consumed. */
static bool
feed_content(struct fcgi_parser *parser, const uint8_t *in, size_t in_size,
             size_t *in_pos, struct fcgi_event *event)
{
    size_t n = in_size - *in_pos;

    if (parser->content_left == 0)
        return false;
    if (is_fixed(parser->header.type)) {
        if (!collect(parser->body, sizeof(parser->body), &parser->have, in,
                     in_size, in_pos))
            return true;
        parser->have = 0;
        parser->content_left = 0;
        return false;
    }
    if (n == 0)
        return true;
    if (n > parser->content_left)
        n = parser->content_left;
    event->kind = FCGI_EVENT_DATA;
    event->header = parser->header;
    event->data = in + *in_pos;
    event->size = n;
    *in_pos += n;
    parser->content_left -= n;
    return true;
}

static void
feed_padding(struct fcgi_parser *parser, size_t in_size, size_t *in_pos,
             struct fcgi_event *event)
{
    size_t n = parser->padding_left;

    if (n > in_size - *in_pos)
        n = in_size - *in_pos;
    *in_pos += n;
    parser->padding_left -= (unsigned)n;
    if (parser->padding_left > 0)
        return;
    parser->state = FCGI_PARSER_HEADER;
    event->kind = FCGI_EVENT_END;
    event->header = parser->header;
    if (is_fixed(parser->header.type))
        event->body = parser->body;
}

void
fcgi_parser_init(struct fcgi_parser *parser, enum fcgi_sender sender)
{
    memset(parser, 0, sizeof(*parser));
    parser->sender = sender;
    parser->state = FCGI_PARSER_HEADER;
    parser->error = FCGI_WIRE_OK;
}

enum fcgi_wire_result
fcgi_parser_feed(struct fcgi_parser *parser, const uint8_t *in, size_t in_size,
                 size_t *in_pos, struct fcgi_event *event)
{
    event->kind = FCGI_EVENT_MORE;
    event->data = NULL;
    event->size = 0;
    event->body = NULL;

    switch (parser->state) {
    case FCGI_PARSER_ERROR:
        return parser->error;
    case FCGI_PARSER_HEADER:
        return feed_header(parser, in, in_size, in_pos, event);
    case FCGI_PARSER_CONTENT:
        if (feed_content(parser, in, in_size, in_pos, event))
            return FCGI_WIRE_OK;
        parser->state = FCGI_PARSER_PADDING;
        /* fall through */
    case FCGI_PARSER_PADDING:
        feed_padding(parser, in_size, in_pos, event);
        break;
    }
    return FCGI_WIRE_OK;
}

bool
fcgi_parser_at_boundary(const struct fcgi_parser *parser)
{
    return parser->state == FCGI_PARSER_HEADER && parser->have == 0;
}
