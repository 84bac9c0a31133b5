/* SPDX-License-Identifier: BSD-2-Clause */
/* FCGX_IsAborted and FCGX_GetStats. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api.h"
#include "fcgiext.h"
#include "unit.h"
#include "wire/record.h"

static bool
becomes_aborted(FCGX_Request *request)
{
    long long deadline = now() + 3000;

    while (now() < deadline)
        if (FCGX_IsAborted(request))
            return true;
    return false;
}

static void
check_aborted(void)
{
    struct bytes input = {0};
    FCGX_Request none;
    struct web web;

    FCGX_InitRequest(&none, -1, 0);
    UNIT_CHECK(FCGX_IsAborted(&none) == 0 && FCGX_IsAborted(NULL) == 0,
               "aborted: no request is not aborted");
    web_begin(&web, SOCK_STREAM, NULL, 0);
    web_send_end(&web);
    UNIT_CHECK(FCGX_IsAborted(&web.request) == 0, "aborted: a whole request");
    put_record(&input, FCGI_TYPE_ABORT_REQUEST, 1, NULL, 0, 0);
    web_send(&web, &input);
    UNIT_CHECK(becomes_aborted(&web.request), "aborted: by ABORT_REQUEST");
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(FCGX_IsAborted(&web.request) == 0, "aborted: not when finished");
    web_close(&web);

    web_begin(&web, SOCK_STREAM, "unread", 6);
    UNIT_CHECK(FCGX_IsAborted(&web.request) == 0,
               "aborted: a body that is not read");
    web_end(&web);
    UNIT_CHECK(FCGX_IsAborted(&web.request) == 0,
               "aborted: not by the end of sending on a Unix socket");
    close(web.fd);
    web.fd = -1;
    UNIT_CHECK(becomes_aborted(&web.request), "aborted: by closing");
    FCGX_Finish_r(&web.request);
    web_close(&web);
    bytes_free(&input);
}

static void
check_aborted_tcp(void)
{
    struct bytes input = {0};
    struct web web = {.fd = -1};
    char name[64];
    int listener = listen_tcp(name);

    FCGX_Init();
    FCGX_InitRequest(&web.request, listener, 0);
    web.fd = connect_to(name);
    put_get(&input, 1, 0, "/");
    web_send(&web, &input);
    UNIT_CHECK(FCGX_Accept_r(&web.request) == 0 &&
                   FCGX_IsAborted(&web.request) == 0,
               "aborted: not so by TCP");
    web_end(&web);
    UNIT_CHECK(becomes_aborted(&web.request), "aborted: by the end on TCP");
    FCGX_Finish_r(&web.request);
    web_close(&web);
    close(listener);
    bytes_free(&input);
}

static void
check_statistics(void)
{
    struct FCGX_Statistics before, s;
    struct {
        struct FCGX_Statistics known;
        unsigned long long more;
    } larger;
    struct bytes input = {0};
    struct web web;

    FCGX_GetStats(&before, sizeof(before));
    web_begin(&web, SOCK_STREAM, "12345", 5);
    FCGX_GetStats(&s, sizeof(s));
    UNIT_CHECK(s.connections == before.connections + 1 &&
                   s.requests == before.requests + 1 && s.active == 1,
               "statistics: a connection and its request");
    put_end(&input, FCGI_TYPE_STDIN, 1);
    put_record(&input, FCGI_TYPE_ABORT_REQUEST, 1, NULL, 0, 0);
    web_send(&web, &input);
    while (FCGX_GetChar(web.request.in) >= 0)
        continue;
    becomes_aborted(&web.request);
    FCGX_Finish_r(&web.request);
    web_trace(&web, 1);
    FCGX_GetStats(&s, sizeof(s));
    UNIT_CHECK(s.aborted == before.aborted + 1 && s.active == 0,
               "statistics: which is aborted, and finished");
    UNIT_CHECK(s.bytes_out == before.bytes_out + web.raw.size &&
                   s.bytes_in > before.bytes_in + 80,
               "statistics: the bytes both ways");
    UNIT_CHECK(s.errors == before.errors, "statistics: no error so far");
    input.size = 0;
    put_begin(&input, 1, 99, 1);
    put_raw(&input, "\x02 and so on", 12);
    web_send(&web, &input);
    UNIT_CHECK(FCGX_Accept_r(&web.request) != 0, "statistics: no request");
    memset(&larger, 1, sizeof(larger));
    FCGX_GetStats(&larger.known, sizeof(larger));
    UNIT_CHECK(larger.known.refused == before.refused + 1 &&
                   larger.known.errors == before.errors + 1 &&
                   larger.known.requests == s.requests,
               "statistics: what was refused, and errors");
    UNIT_CHECK(larger.more == 0, "statistics: what is not known is 0");
    memset(&s, 1, sizeof(s));
    FCGX_GetStats(&s, sizeof(s.connections));
    UNIT_CHECK(s.connections == larger.known.connections && s.requests != 0 &&
                   s.requests != larger.known.requests,
               "statistics: no more is filled than there is room for");
    web_close(&web);
    bytes_free(&input);
}

/* small: the reads are below what goes past the stream's buffer. */
static unsigned long long
errors_of_cut_body(bool small)
{
    static char buffer[8192];
    struct FCGX_Statistics before, after;
    struct bytes input = {0};
    uint8_t header[FCGI_WIRE_HEADER_SIZE];
    struct web web;
    int size = small ? 16 : (int)sizeof(buffer);

    web_begin(&web, SOCK_STREAM, NULL, 0);
    fcgi_header_put(header, FCGI_TYPE_STDIN, 1, 65000, 0);
    put_raw(&input, header, sizeof(header));
    put_raw(&input, "begins", 6);
    web_send(&web, &input);
    if (FCGX_GetStr(buffer, 6, web.request.in) != 6)
        return 0;
    web_end(&web);
    FCGX_GetStats(&before, sizeof(before));
    while (FCGX_GetStr(buffer, size, web.request.in) > 0)
        continue;
    FCGX_GetStats(&after, sizeof(after));
    web_close(&web);
    bytes_free(&input);
    return after.errors - before.errors;
}

int
main(void)
{
    FCGX_Init();
    check_aborted();
    check_aborted_tcp();
    check_statistics();
    UNIT_CHECK(errors_of_cut_body(true) == 1,
               "statistics: a body that is cut is an error");
    UNIT_CHECK(errors_of_cut_body(false) == 1,
               "statistics: so it is when it is read past the buffer");
    return unit_done();
}
