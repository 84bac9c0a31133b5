/* SPDX-License-Identifier: BSD-2-Clause */
/* One request's answer as JSON (--json). */
#ifndef CGI_FCGI_ANSWER_H
#define CGI_FCGI_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge.h"

enum {
    ANSWER_HEADER_LIMIT = 65536, /* bytes kept of a header, of STDERR */
    ANSWER_BODY_LIMIT = 1 << 20  /* bytes kept of a body */
};

/* The begin of a stream. */
struct capture {
    uint8_t *data;
    size_t size, room, limit; /* bytes */
    uint64_t total;           /* bytes that came */
};

struct answer {
    const char *address;
    bool with_body; /* the body is wanted, too */
    const struct bridge *bridge;
    struct capture output, errors;
    int64_t started, connected, ended; /* clock_us; 0: did not happen */
};

/* Readies it; the clock starts.  The bridge's setup gets what it needs. */
void answer_init(struct answer *answer, const char *address, bool with_body);
void answer_attach(struct answer *answer, struct bridge *bridge);
void answer_free(struct answer *answer);

/* Prints the JSON object to standard output, which the caller flushes.  error:
 * why there is no whole answer, or NULL. */
void answer_print(const struct answer *answer, int code, const char *error);

#endif
