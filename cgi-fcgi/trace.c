/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "trace.h"

#include <string.h>

#include "clock.h"
#include "wire/names.h"

void
trace_init(struct trace *trace, FILE *out)
{
    trace->out = out;
    trace->start = clock_ms();
    fcgi_parser_init(&trace->sent.parser, FCGI_SENDER_SERVER);
    fcgi_parser_init(&trace->received.parser, FCGI_SENDER_APPLICATION);
}

static void
print_text(FILE *out, const struct trace_side *side, size_t length)
{
    size_t i;

    fputs(" \"", out);
    for (i = 0; i < side->previewed; i++) {
        unsigned c = side->preview[i];

        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", (int)c);
        else if (c >= 0x20 && c < 0x7f)
            fputc((int)c, out);
        else if (c == '\n')
            fputs("\\n", out);
        else if (c == '\r')
            fputs("\\r", out);
        else
            fprintf(out, "\\x%02x", c);
    }
    fputs(side->previewed < length ? "\"..." : "\"", out);
}

static void
print_body(FILE *out, unsigned type, const uint8_t *body)
{
    struct fcgi_begin_body begin;
    struct fcgi_end_body end;

    if (type == FCGI_TYPE_BEGIN_REQUEST) {
        fcgi_begin_get(&begin, body);
        fprintf(out, " role=%s%s", fcgi_role_name(begin.role),
                (begin.flags & FCGI_WIRE_FLAG_KEEP_CONN) != 0 ? " keep-conn"
                                                              : "");
    } else if (type == FCGI_TYPE_END_REQUEST) {
        fcgi_end_get(&end, body);
        fprintf(out, " status=%lu protocol=%s", (unsigned long)end.app_status,
                fcgi_status_name(end.protocol_status));
    } else {
        fprintf(out, " type=%u", fcgi_unknown_get(body));
    }
}

static void
print_record(struct trace *trace, const struct trace_side *side,
             const struct fcgi_event *event)
{
    const struct fcgi_header *header = &event->header;
    int64_t now = clock_ms() - trace->start;

    fprintf(trace->out, "%4lld.%03lld %c %s id=%u length=%u padding=%u",
            (long long)(now / 1000), (long long)(now % 1000),
            side == &trace->sent ? '>' : '<', fcgi_type_name(header->type),
            header->request_id, header->content_length, header->padding_length);
    if (event->body != NULL)
        print_body(trace->out, header->type, event->body);
    else if (header->content_length > 0)
        print_text(trace->out, side, header->content_length);
    fputc('\n', trace->out);
}

static void
take_data(struct trace_side *side, const struct fcgi_event *event)
{
    size_t size = sizeof(side->preview) - side->previewed;

    if (size > event->size)
        size = event->size;
    memcpy(side->preview + side->previewed, event->data, size);
    side->previewed += size;
}

static void
take(struct trace *trace, struct trace_side *side, const void *data,
     size_t size)
{
    enum fcgi_wire_result before = side->parser.error;
    enum fcgi_wire_result result;
    struct fcgi_event event;
    size_t pos = 0;

    while ((result = fcgi_parser_feed(&side->parser, data, size, &pos,
                                      &event)) == FCGI_WIRE_OK) {
        if (event.kind == FCGI_EVENT_MORE)
            return;
        if (event.kind == FCGI_EVENT_HEADER)
            side->previewed = 0;
        else if (event.kind == FCGI_EVENT_DATA)
            take_data(side, &event);
        else
            print_record(trace, side, &event);
    }
    if (before == FCGI_WIRE_OK)
        fprintf(trace->out, "         %c %s\n",
                side == &trace->sent ? '>' : '<', fcgi_wire_strerror(result));
}

void
trace_sent(struct trace *trace, const void *data, size_t size)
{
    take(trace, &trace->sent, data, size);
}

void
trace_received(struct trace *trace, const void *data, size_t size)
{
    take(trace, &trace->received, data, size);
}
