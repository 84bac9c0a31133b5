/* SPDX-License-Identifier: BSD-2-Clause */
/* What comes from the web server while the application computes or writes. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "api.h"
#include "unit.h"
#include "wire/pairs.h"
#include "wire/wire.h"

static struct web web;
static struct bytes input;

static void
begin(const char *body, size_t size)
{
    web_begin(&web, SOCK_STREAM, body, size);
    input.size = 0;
}

static void
put_query(void)
{
    uint8_t pair[64];
    size_t pos = 0;

    fcgi_pair_put(pair, sizeof(pair), &pos, "FCGI_MAX_CONNS", 14, "", 0);
    put_record(&input, FCGI_TYPE_GET_VALUES, 0, pair, pos, 0);
}

/* Writes until that fails, or for some seconds. */
static bool
write_fails(void)
{
    long long deadline = now() + 3000;

    while (now() < deadline)
        if (FCGX_PutS("x", web.request.out) < 0 ||
            FCGX_FFlush(web.request.out) < 0)
            return true;
        else
            web_trace(&web, 0);
    return false;
}

static void
check_abort(bool has_end, const char *name)
{
    begin(NULL, 0);
    if (has_end)
        put_end(&input, FCGI_TYPE_STDIN, 1);
    put_record(&input, FCGI_TYPE_ABORT_REQUEST, 1, NULL, 0, 0);
    web_send(&web, &input);
    FCGX_SetExitStatus(7, web.request.out);
    UNIT_CHECK(write_fails(), "look: ABORT_REQUEST is seen by a writer: %s",
               name);
    UNIT_CHECK(FCGX_GetChar(web.request.in) == -1,
               "look: the body is at its end: %s", name);
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(strstr(web_trace(&web, 1), "STDOUT 1 0; END 1 7 0; ") != NULL &&
                   strstr((char *)web.trace.data, "EOF") == NULL,
               "look: the request is ended with its status: %s", name);
    input.size = 0;
    put_get(&input, 2, 0, "/next");
    web_send(&web, &input);
    UNIT_CHECK(FCGX_Accept_r(&web.request) == 0,
               "look: the connection serves the next one: %s", name);
    FCGX_Finish_r(&web.request);
    web_close(&web);
}

static void
check_abort_large(void)
{
    static char block[1 << 20];
    long long deadline = now() + 3000;
    int n = 0;

    begin(NULL, 0);
    put_record(&input, FCGI_TYPE_ABORT_REQUEST, 1, NULL, 0, 0);
    web_send(&web, &input);
    while (n >= 0 && now() < deadline)
        n = FCGX_PutStr(block, 65536, web.request.out);
    UNIT_CHECK(n < 0, "look: ABORT_REQUEST is seen before large writes");
    FCGX_Finish_r(&web.request);
    web_close(&web);
}

/* A look may have been just now: flushes until such an answer comes. */
static bool
flushes_until(const char *answer)
{
    long long deadline = now() + 3000;

    while (now() < deadline) {
        FCGX_FFlush(web.request.out);
        if (strstr(web_trace(&web, 0), answer) != NULL)
            return true;
    }
    return false;
}

static void
check_query(void)
{
    begin("ab", 2);
    FCGX_GetChar(web.request.in);
    put_query();
    web_send(&web, &input);
    FCGX_FFlush(web.request.out);
    UNIT_CHECK(strcmp(web_trace(&web, 0), "") == 0,
               "look: nothing is taken while a part of the body waits");
    FCGX_GetChar(web.request.in);
    FCGX_PutS("1", web.request.out);
    FCGX_FFlush(web.request.out);
    UNIT_CHECK(flushes_until("VALUES 0 17; "),
               "look: a query is answered while the request runs");
    UNIT_CHECK(FCGX_UnGetChar('z', web.request.in) == 'z' &&
                   FCGX_GetChar(web.request.in) == 'z',
               "look: the last byte can still be put back");
    input.size = 0;
    put_stream(&input, FCGI_TYPE_STDIN, 1, "cd", 2);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    web_send(&web, &input);
    UNIT_CHECK(FCGX_GetChar(web.request.in) == 'c' &&
                   FCGX_GetChar(web.request.in) == 'd' &&
                   FCGX_GetChar(web.request.in) == -1 &&
                   FCGX_GetError(web.request.in) == 0,
               "look: the body goes on after it");
    FCGX_Finish_r(&web.request);
    web_close(&web);
}

/* The next request has come already, in two pieces. */
static void
check_pipelined(void)
{
    size_t cut;

    for (cut = 1; cut < 24; cut++) {
        begin(NULL, 0);
        put_end(&input, FCGI_TYPE_STDIN, 1);
        put_get(&input, 1, 0, "/second");
        web_send_part(&web, input.data, 8 + cut);
        FCGX_PutS("1", web.request.out);
        FCGX_FFlush(web.request.out);
        web_send_part(&web, input.data + 8 + cut, input.size - 8 - cut);
        FCGX_PutS("2", web.request.out);
        FCGX_FFlush(web.request.out);
        FCGX_Finish_r(&web.request);
        if (FCGX_Accept_r(&web.request) != 0)
            break;
        FCGX_Finish_r(&web.request);
        web_trace(&web, 2);
        if (strstr((char *)web.trace.data, "END 1 0 0; STDOUT 1 0; END 1 0 0; "
                                           "EOF") == NULL)
            break;
        web_close(&web);
    }
    UNIT_CHECK(cut == 24, "look: a request that came early waits (cut %zu)",
               cut);
    if (cut < 24)
        web_close(&web);
}

int
main(void)
{
    check_abort(true, "after the body");
    check_abort(false, "in mid-body");
    check_abort_large();
    check_query();
    check_pipelined();
    bytes_free(&input);
    return unit_done();
}
