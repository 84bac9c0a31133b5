/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Record headers and the bodies of fixed size, to and from bytes.
 *
 *   header  version type requestId(2) contentLength(2) paddingLength reserved
 *   begin   role(2) flags reserved(5)
 *   end     appStatus(4) protocolStatus reserved(3)
 *   unknown type reserved(7)
 */
#ifndef FCGI_RECORD_H
#define FCGI_RECORD_H

#include "wire.h"

struct fcgi_header {
    uint8_t version;
    uint8_t type;            /* enum fcgi_type, or a number unknown to us */
    uint16_t request_id;     /* 0: management record */
    uint16_t content_length; /* bytes */
    uint8_t padding_length;  /* bytes */
};

struct fcgi_begin_body {
    uint16_t role; /* enum fcgi_role, or a number unknown to us */
    uint8_t flags; /* FCGI_WIRE_FLAG_KEEP_CONN; other bits mean nothing */
};

struct fcgi_end_body {
    uint32_t app_status;
    uint8_t protocol_status; /* enum fcgi_status */
};

/* Bytes that bring content of this size to a multiple of 8: 0 to 7. */
unsigned fcgi_padding(size_t content_length);

/* Writes the 8 bytes of a header (version 1, reserved byte zero). */
void fcgi_header_put(uint8_t out[8], unsigned type, unsigned request_id,
                     size_t content_length, unsigned padding_length);
void fcgi_header_get(struct fcgi_header *header, const uint8_t in[8]);

/*
 * Whole records of 16 bytes: header and body.  The getters take the 8 bytes
 * of the body alone.
 */
void fcgi_begin_put(uint8_t out[16], unsigned request_id, unsigned role,
                    unsigned flags);
void fcgi_begin_get(struct fcgi_begin_body *body, const uint8_t in[8]);
void fcgi_end_put(uint8_t out[16], unsigned request_id, uint32_t app_status,
                  unsigned protocol_status);
void fcgi_end_get(struct fcgi_end_body *body, const uint8_t in[8]);
void fcgi_unknown_put(uint8_t out[16], unsigned type);
unsigned fcgi_unknown_get(const uint8_t in[8]);

#endif
