/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Health probes by HTTP: recognises a request for one path among whatever
 * comes on a connection that should speak FastCGI, at any split of its bytes.
 * No I/O, no memory.
 *
 * Taken: GET, HEAD or OPTIONS, a blank, the path, then a blank, '?' or the end
 * of the line; and what follows, up to an empty line or, after a line without a
 * version (HTTP/0.9), nothing.
 */
#ifndef FCGI_PROBE_H
#define FCGI_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FCGI_PROBE_PATH = 255,  /* bytes, at most */
    FCGI_PROBE_HEAD = 16384 /* bytes of a request, at most */
};

/* All zeros at the connection's start. */
struct fcgi_probe {
    uint8_t method; /* which one it is, or still may be */
    uint8_t state;
    uint16_t pos;  /* bytes of the method or the path that have matched */
    uint16_t size; /* bytes that were fed */
};

enum fcgi_probe_result {
    FCGI_PROBE_MORE,  /* feed what comes next */
    FCGI_PROBE_MATCH, /* answer it, and close */
    FCGI_PROBE_OTHER  /* it is something else, for ever */
};

/* Feeds the bytes that come next. */
enum fcgi_probe_result fcgi_probe_feed(struct fcgi_probe *probe,
                                       const char *path, const uint8_t *data,
                                       size_t size);

/* True once bytes were fed. */
bool fcgi_probe_has_begun(const struct fcgi_probe *probe);

/* The answer to what has matched: 200, or 503 if the process is on its way
 * out. */
const char *fcgi_probe_answer(const struct fcgi_probe *probe, bool is_leaving);

/* True for what can be a path: '/' and visible ASCII without '?' and '#'. */
bool fcgi_probe_is_path(const char *path);

#endif
