/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An HTTP/1.1 answer as it comes in, any number of bytes at a time.  The body
 * is counted, not kept.
 */
#ifndef HTTP_LOAD_H
#define HTTP_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum answer_state {
    ANSWER_HEAD,
    ANSWER_SIZED,      /* body_left bytes to come */
    ANSWER_CHUNK_SIZE, /* a line */
    ANSWER_CHUNK,      /* body_left bytes of it to come */
    ANSWER_CHUNK_END,  /* its line end */
    ANSWER_TRAILER,
    ANSWER_TO_EOF,
    ANSWER_DONE
};

struct answer {
    enum answer_state state;
    int status;  /* 0 until the status line was read */
    bool closes; /* the server will not take another request */
    bool chunked;
    int64_t length;    /* Content-Length; -1: none */
    int64_t received;  /* bytes fed */
    int64_t body_size; /* bytes of body, without framing */
    int64_t body_left;
    char line[8192]; /* not yet ended */
    size_t line_size;
};

void answer_init(struct answer *answer);

/* Takes bytes; returns NULL, or what is wrong with them (static). */
const char *answer_feed(struct answer *answer, const char *bytes, size_t size);

/* The connection has ended; returns NULL, or what is missing. */
const char *answer_end(struct answer *answer);

bool answer_complete(const struct answer *answer);

#endif
