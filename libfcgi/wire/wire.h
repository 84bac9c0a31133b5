/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The FastCGI 1.0 wire format: numbers, sizes, error names and byte access.
 *
 * Nothing below libfcgi/wire/ allocates, reads a clock or a descriptor, sets
 * errno or prints.  Section numbers are those of the FastCGI 1.0
 * specification.
 */
#ifndef FCGI_WIRE_H
#define FCGI_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FCGI_WIRE_VERSION = 1,
    FCGI_WIRE_HEADER_SIZE = 8,      /* section 3.3 */
    FCGI_WIRE_BODY_SIZE = 8,        /* begin, end and unknown-type bodies */
    FCGI_WIRE_MAX_CONTENT = 65535,  /* contentLength has two bytes */
    FCGI_WIRE_MAX_PADDING = 255,
    FCGI_WIRE_ALIGN = 8,            /* recommended record alignment */
    FCGI_WIRE_BEST_CONTENT = 65528, /* largest content that needs no padding */
    FCGI_WIRE_FLAG_KEEP_CONN = 1    /* section 5.1 */
};

/* Record types, section 8. */
enum fcgi_type {
    FCGI_TYPE_BEGIN_REQUEST = 1,
    FCGI_TYPE_ABORT_REQUEST = 2,
    FCGI_TYPE_END_REQUEST = 3,
    FCGI_TYPE_PARAMS = 4,
    FCGI_TYPE_STDIN = 5,
    FCGI_TYPE_STDOUT = 6,
    FCGI_TYPE_STDERR = 7,
    FCGI_TYPE_DATA = 8,
    FCGI_TYPE_GET_VALUES = 9,
    FCGI_TYPE_GET_VALUES_RESULT = 10,
    FCGI_TYPE_UNKNOWN_TYPE = 11
};

/* Roles, section 6. */
enum fcgi_role {
    FCGI_ROLE_RESPONDER = 1,
    FCGI_ROLE_AUTHORIZER = 2,
    FCGI_ROLE_FILTER = 3
};

/* protocolStatus of END_REQUEST, section 5.5. */
enum fcgi_status {
    FCGI_STATUS_REQUEST_COMPLETE = 0,
    FCGI_STATUS_CANT_MPX_CONN = 1,
    FCGI_STATUS_OVERLOADED = 2,
    FCGI_STATUS_UNKNOWN_ROLE = 3
};

/* What the functions of this directory return; each error names a rule. */
enum fcgi_wire_result {
    FCGI_WIRE_OK = 0,
    FCGI_WIRE_E_VERSION = -1, /* the version byte is not 1 (3.3) */
    FCGI_WIRE_E_TYPE = -2,    /* a type that this sender may not send (3.3) */
    FCGI_WIRE_E_ID = -3,      /* id 0 on an application record, or not 0 on a
                                 management record (3.3) */
    FCGI_WIRE_E_LENGTH = -4,  /* a body of fixed size has another size (5.1,
                                 5.5, 4.2) */
    FCGI_WIRE_E_PAIR_CUT = -5,  /* a stream of pairs ends in a pair (3.4) */
    FCGI_WIRE_E_PAIR_LIMIT = -6 /* a pair exceeds the receiver's limit */
};

static inline unsigned
fcgi_get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static inline void
fcgi_put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline uint32_t
fcgi_get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

static inline void
fcgi_put32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

#endif
