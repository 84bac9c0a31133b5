/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The web server's side of a connection under a fuzzer: it knows which requests
 * it has begun, and holds what comes back against the rules of the protocol.
 */
#ifndef FUZZ_WEB_H
#define FUZZ_WEB_H

#include <stdbool.h>

#include "oracle.h"
#include "wire/parser.h"

enum { WEB_IDS = 256 }; /* those above are counted with one below */

struct web {
    int fd; /* -1: closed */
    struct fcgi_parser sent, received;
    bool sends_fcgi; /* what was sent breaks no rule so far */
    bool is_probe;   /* it does not begin as FastCGI does */
    bool has_sent;
    bool has_abort; /* an ABORT_REQUEST was sent */
    uint16_t begun[WEB_IDS], ended[WEB_IDS];
    struct digest answers; /* END_REQUEST, and what STDOUT said before it */
};

/* A connection of that descriptor; nothing was sent. */
void web_init(struct web *web, int fd);

/* Sends bytes that fit into the socket's buffer. */
void web_send(struct web *web, const uint8_t *data, size_t size);

/*
 * Takes what is there.  Every record must be whole and of its form, and belong
 * to a request that has begun and not ended.  Returns true at the end of
 * input.
 */
bool web_take(struct web *web);

void web_close(struct web *web);

#endif
