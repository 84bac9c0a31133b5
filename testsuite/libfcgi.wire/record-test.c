/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers and fixed bodies, byte for byte. */
#include "wire/record.h"

#include <string.h>

#include "feed.h"
#include "unit.h"

static void
test_padding(void)
{
    size_t size;
    bool right = true;

    for (size = 0; size <= FCGI_WIRE_MAX_CONTENT; size++)
        if (fcgi_padding(size) > 7 || (size + fcgi_padding(size)) % 8 != 0)
            right = false;
    UNIT_CHECK(right, "wire record: padding fills every length up to 8");
    UNIT_CHECK(fcgi_padding(0) == 0 && fcgi_padding(8) == 0 &&
                   fcgi_padding(FCGI_WIRE_BEST_CONTENT) == 0,
               "wire record: aligned lengths need no padding");
}

static void
test_header(void)
{
    static const uint8_t want[] = {1, 6, 0x12, 0x34, 0xfe, 0xdc, 0xab, 0};
    struct fcgi_header header;
    uint8_t out[8];
    unsigned i;
    bool right = true;

    memset(out, 0xff, sizeof(out));
    fcgi_header_put(out, FCGI_TYPE_STDOUT, 0x1234, 0xfedc, 0xab);
    UNIT_CHECK(memcmp(out, want, 8) == 0, "wire record: header as written");
    fcgi_header_get(&header, feed_guard(want, 8));
    UNIT_CHECK(header.version == 1 && header.type == 6 &&
                   header.request_id == 0x1234 &&
                   header.content_length == 0xfedc &&
                   header.padding_length == 0xab,
               "wire record: header as read");
    for (i = 0; i <= 65535; i++) {
        fcgi_header_put(out, i & 255, i, 65535 - i, i >> 8);
        fcgi_header_get(&header, out);
        if (header.type != (i & 255) || header.request_id != i ||
            header.content_length != 65535 - i ||
            header.padding_length != i >> 8)
            right = false;
    }
    UNIT_CHECK(right, "wire record: all ids and lengths go there and back");
    out[0] = 9;
    fcgi_header_get(&header, out);
    UNIT_CHECK(header.version == 9, "wire record: the version is not judged");
}

static void
test_begin(void)
{
    static const uint8_t want[] = {1, 1, 1, 2, 0, 8, 0, 0,
                                   0, 3, 1, 0, 0, 0, 0, 0};
    static const uint8_t odd[] = {0xff, 0xfe, 0xfd, 9, 9, 9, 9, 9};
    struct fcgi_begin_body body;
    uint8_t out[16];

    memset(out, 0xff, sizeof(out));
    fcgi_begin_put(out, 258, FCGI_ROLE_FILTER, FCGI_WIRE_FLAG_KEEP_CONN);
    UNIT_CHECK(memcmp(out, want, 16) == 0,
               "wire record: BEGIN_REQUEST as written");
    fcgi_begin_get(&body, feed_guard(odd, 8));
    UNIT_CHECK(body.role == 0xfffe && body.flags == 0xfd,
               "wire record: BEGIN_REQUEST as read, whatever it holds");
}

static void
test_end(void)
{
    static const uint8_t want[] = {1,    3,    0xff, 0xff, 0, 8, 0, 0,
                                   0x80, 0x01, 0x02, 0x03, 2, 0, 0, 0};
    static const uint8_t odd[] = {0xff, 0xff, 0xff, 0xff, 0xfe, 9, 9, 9};
    struct fcgi_end_body body;
    uint8_t out[16];

    memset(out, 0xff, sizeof(out));
    fcgi_end_put(out, 65535, 0x80010203u, FCGI_STATUS_OVERLOADED);
    UNIT_CHECK(memcmp(out, want, 16) == 0,
               "wire record: END_REQUEST as written");
    fcgi_end_get(&body, feed_guard(odd, 8));
    UNIT_CHECK(body.app_status == 0xffffffffu && body.protocol_status == 0xfe,
               "wire record: END_REQUEST as read, whatever it holds");
}

static void
test_unknown(void)
{
    static const uint8_t want[] = {1,   11, 0, 0, 0, 8, 0, 0,
                                   200, 0,  0, 0, 0, 0, 0, 0};
    uint8_t out[16];

    memset(out, 0xff, sizeof(out));
    fcgi_unknown_put(out, 200);
    UNIT_CHECK(memcmp(out, want, 16) == 0,
               "wire record: UNKNOWN_TYPE as written");
    UNIT_CHECK(fcgi_unknown_get(feed_guard(want + 8, 8)) == 200,
               "wire record: UNKNOWN_TYPE as read");
}

static void
test_integers(void)
{
    static const uint8_t bytes[] = {0xfe, 0xdc, 0xba, 0x98};
    uint8_t out[4];

    UNIT_CHECK(fcgi_get16(bytes) == 0xfedc && fcgi_get32(bytes) == 0xfedcba98u,
               "wire record: integers are read high byte first");
    fcgi_put16(out, 0xfedc);
    fcgi_put16(out + 2, 0xba98);
    UNIT_CHECK(memcmp(out, bytes, 4) == 0,
               "wire record: 16 bits are written high byte first");
    memset(out, 0, sizeof(out));
    fcgi_put32(out, 0xfedcba98u);
    UNIT_CHECK(memcmp(out, bytes, 4) == 0,
               "wire record: 32 bits are written high byte first");
}

int
main(void)
{
    test_padding();
    test_header();
    test_begin();
    test_end();
    test_unknown();
    test_integers();
    return unit_done();
}
