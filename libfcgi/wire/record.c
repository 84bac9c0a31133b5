/* SPDX-License-Identifier: BSD-2-Clause */
#include "record.h"

#include <string.h>

unsigned
fcgi_padding(size_t content_length)
{
    return (unsigned)(-content_length & (FCGI_WIRE_ALIGN - 1));
}

void
fcgi_header_put(uint8_t out[8], unsigned type, unsigned request_id,
                size_t content_length, unsigned padding_length)
{
    out[0] = FCGI_WIRE_VERSION;
    out[1] = (uint8_t)type;
    fcgi_put16(out + 2, request_id);
    fcgi_put16(out + 4, (unsigned)content_length);
    out[6] = (uint8_t)padding_length;
    out[7] = 0;
}

void
fcgi_header_get(struct fcgi_header *header, const uint8_t in[8])
{
    header->version = in[0];
    header->type = in[1];
    header->request_id = (uint16_t)fcgi_get16(in + 2);
    header->content_length = (uint16_t)fcgi_get16(in + 4);
    header->padding_length = in[6];
}

void
fcgi_begin_put(uint8_t out[16], unsigned request_id, unsigned role,
               unsigned flags)
{
    fcgi_header_put(out, FCGI_TYPE_BEGIN_REQUEST, request_id,
                    FCGI_WIRE_BODY_SIZE, 0);
    memset(out + 8, 0, FCGI_WIRE_BODY_SIZE);
    fcgi_put16(out + 8, role);
    out[10] = (uint8_t)flags;
}

void
fcgi_begin_get(struct fcgi_begin_body *body, const uint8_t in[8])
{
    body->role = (uint16_t)fcgi_get16(in);
    body->flags = in[2];
}

void
fcgi_end_put(uint8_t out[16], unsigned request_id, uint32_t app_status,
             unsigned protocol_status)
{
    fcgi_header_put(out, FCGI_TYPE_END_REQUEST, request_id, FCGI_WIRE_BODY_SIZE,
                    0);
    memset(out + 8, 0, FCGI_WIRE_BODY_SIZE);
    fcgi_put32(out + 8, app_status);
    out[12] = (uint8_t)protocol_status;
}

void
fcgi_end_get(struct fcgi_end_body *body, const uint8_t in[8])
{
    body->app_status = fcgi_get32(in);
    body->protocol_status = in[4];
}

void
fcgi_unknown_put(uint8_t out[16], unsigned type)
{
    fcgi_header_put(out, FCGI_TYPE_UNKNOWN_TYPE, 0, FCGI_WIRE_BODY_SIZE, 0);
    memset(out + 8, 0, FCGI_WIRE_BODY_SIZE);
    out[8] = (uint8_t)type;
}

unsigned
fcgi_unknown_get(const uint8_t in[8])
{
    return in[0];
}
