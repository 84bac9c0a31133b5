/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks at an answer (CGI header lines, an empty line, a body) as it passes
 * by in pieces of any size: finds the status and the border between header
 * and body.  Copies nothing.
 */
#ifndef CGI_FCGI_SINK_H
#define CGI_FCGI_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sink_show { SINK_ALL, SINK_HEADERS, SINK_BODY };

struct sink {
    enum sink_show show;
    bool in_body;    /* the empty line has passed */
    bool redirects;  /* a Location line was there */
    unsigned status; /* of the Status line; 0: there was none */
    uint64_t header; /* bytes of the header so far, with the empty line */
    size_t column;   /* bytes in line */
    char line[32];   /* begin of the header line at hand, without CR */
};

void sink_init(struct sink *sink, enum sink_show show);

/* Takes the next piece of the answer and cuts it to what is to be shown;
 * *size may become 0. */
void sink_take(struct sink *sink, const uint8_t **data, size_t *size);

/* The status of the answer: that of its Status line, 302 for a Location
 * without one, 200 otherwise; 0 if the header never ended. */
unsigned sink_status(const struct sink *sink);

#endif
