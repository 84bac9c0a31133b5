/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits and time-outs: nobody waits for ever, nobody fills the memory. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "api.h"
#include "options.h"
#include "unit.h"
#include "wire/wire.h"

#define PATIENCE 100 /* milliseconds that the options allow */
#define LONG 3000    /* milliseconds: what a busy machine may make of it */

static struct web web;
static struct bytes input;
static char block[4 << 20];

static void
begin(const char *body, size_t size)
{
    web_begin(&web, SOCK_STREAM, body, size);
    input.size = 0;
}

static void
check_silent_body(size_t size, const char *name)
{
    long long start;
    int n;

    fcgi_option_set(FCGI_OPTION_READ_TIMEOUT, PATIENCE);
    begin(block, size);
    start = now();
    n = FCGX_GetStr(block, sizeof(block), web.request.in);
    UNIT_CHECK(n == (int)size && now() - start >= PATIENCE &&
                   now() - start < LONG &&
                   FCGX_GetError(web.request.in) == ETIMEDOUT,
               "limit: a web server that falls silent ends the body: %s", name);
    FCGX_PutS("late", web.request.out);
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(strcmp(web_trace(&web, 1),
                      "STDOUT 1 4; STDOUT 1 0; END 1 0 0; EOF") == 0,
               "limit: it is answered, and not kept: %s", name);
    web_close(&web);
    fcgi_option_set(FCGI_OPTION_READ_TIMEOUT, 0);
}

static void
check_deaf(void)
{
    long long start = now();

    fcgi_option_set(FCGI_OPTION_WRITE_TIMEOUT, PATIENCE);
    begin(NULL, 0);
    UNIT_CHECK(FCGX_PutStr(block, sizeof(block), web.request.out) == -1 &&
                   now() - start >= PATIENCE && now() - start < LONG &&
                   FCGX_GetError(web.request.out) == ETIMEDOUT,
               "limit: a web server that does not read ends the answer");
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(web.request.ipcFd == -1, "limit: the connection is closed");
    web_close(&web);
    fcgi_option_set(FCGI_OPTION_WRITE_TIMEOUT, 0);
}

static void
check_body_limit(void)
{
    fcgi_option_set(FCGI_OPTION_BODY_LIMIT, 1000);
    begin(block, 1000);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    web_send(&web, &input);
    UNIT_CHECK(FCGX_GetStr(block, sizeof(block), web.request.in) == 1000 &&
                   FCGX_GetError(web.request.in) == 0,
               "limit: a body of the size allowed is read");
    web_close(&web);
    begin(block, 100000);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    put_get(&input, 2, 0, "/");
    web_send(&web, &input);
    UNIT_CHECK(FCGX_GetStr(block, sizeof(block), web.request.in) <= 1000 &&
                   FCGX_GetError(web.request.in) == EFBIG,
               "limit: a larger one is an error of the stream");
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(FCGX_Accept_r(&web.request) == 0 && web.request.requestId == 2,
               "limit: its connection serves the next request");
    web_close(&web);
    fcgi_option_set(FCGI_OPTION_BODY_LIMIT, 0);
}

static void
check_params_limit(void)
{
    fcgi_option_set(FCGI_OPTION_PARAMS_LIMIT, 200);
    web_open(&web, SOCK_STREAM);
    input.size = 0;
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    put_stream(&input, FCGI_TYPE_PARAMS, 1, block, 300);
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    put_get(&input, 2, 0, "/");
    web_send(&web, &input);
    UNIT_CHECK(FCGX_Accept_r(&web.request) == 0 && web.request.requestId == 2 &&
                   strcmp(web_trace(&web, 1), "END 1 0 2; ") == 0,
               "limit: parameters above the limit are refused, OVERLOADED");
    web_close(&web);
    fcgi_option_set(FCGI_OPTION_PARAMS_LIMIT, 1 << 20);
}

static void
check_range(void)
{
    UNIT_CHECK(fcgi_option_set(FCGI_OPTION_COUNT, 1) == -EINVAL &&
                   fcgi_option_set(FCGI_OPTION_LINGER, -1) == -EINVAL,
               "limit: an option that is unknown or out of range is refused");
}

int
main(void)
{
    memset(block, 0, sizeof(block));
    check_silent_body(10, "small");
    check_silent_body(70000, "large");
    check_deaf();
    check_body_limit();
    check_params_limit();
    check_range();
    bytes_free(&input);
    return unit_done();
}
