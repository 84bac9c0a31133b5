/* SPDX-License-Identifier: BSD-2-Clause */
/* Every record of a connection, in both directions, as a line of text. */
#ifndef CGI_FCGI_TRACE_H
#define CGI_FCGI_TRACE_H

#include <stdio.h>

#include "wire/parser.h"

enum { TRACE_PREVIEW = 64 }; /* bytes of content shown */

struct trace_side {
    struct fcgi_parser parser;
    uint8_t preview[TRACE_PREVIEW];
    size_t previewed; /* bytes in it */
};

struct trace {
    FILE *out;
    int64_t start; /* clock.h */
    struct trace_side sent, received;
};

void trace_init(struct trace *trace, FILE *out);

/* Tell what was sent or received; any split will do. */
void trace_sent(struct trace *trace, const void *data, size_t size);
void trace_received(struct trace *trace, const void *data, size_t size);

#endif
