/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "sink.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void
sink_init(struct sink *sink, enum sink_show show)
{
    memset(sink, 0, sizeof(*sink));
    sink->show = show;
}

static void
take_line(struct sink *sink)
{
    static const char status[] = "Status:";
    static const char location[] = "Location:";

    if (sink->column == 0)
        sink->in_body = true;
    if (sink->column >= sizeof(sink->line))
        sink->column = sizeof(sink->line) - 1;
    sink->line[sink->column] = '\0';
    if (strncasecmp(sink->line, status, strlen(status)) == 0)
        sink->status = (unsigned)strtoul(sink->line + strlen(status), NULL, 10);
    else if (strncasecmp(sink->line, location, strlen(location)) == 0)
        sink->redirects = true;
    sink->column = 0;
}

/* Returns the bytes of data that belong to the header. */
static size_t
scan(struct sink *sink, const uint8_t *data, size_t size)
{
    size_t i;

    for (i = 0; i < size && !sink->in_body; i++) {
        if (data[i] == '\n') {
            take_line(sink);
            continue;
        }
        if (data[i] == '\r')
            continue;
        if (sink->column < sizeof(sink->line))
            sink->line[sink->column++] = (char)data[i];
    }
    return i;
}

void
sink_take(struct sink *sink, const uint8_t **data, size_t *size)
{
    size_t header = scan(sink, *data, *size);

    sink->header += header;
    if (sink->show == SINK_HEADERS) {
        *size = header;
    } else if (sink->show == SINK_BODY) {
        *data += header;
        *size -= header;
    }
}

unsigned
sink_status(const struct sink *sink)
{
    if (!sink->in_body)
        return 0;
    if (sink->status != 0)
        return sink->status;
    return sink->redirects ? 302 : 200;
}
