/* SPDX-License-Identifier: BSD-2-Clause */
/* Several requests on one connection. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "api.h"
#include "fcgiext.h"
#include "unit.h"
#include "wire/wire.h"

static const char done[] = "STDOUT 1 0; END 1 0 0; ";

static struct web web;
static struct bytes input;

static void
start(void)
{
    web_open(&web, SOCK_STREAM);
    input.size = 0;
}

/* Accepts a request and tells whether it is the one for uri. */
static int
accepts(const char *uri)
{
    const char *got;

    if (FCGX_Accept_r(&web.request) != 0)
        return 0;
    got = FCGX_GetParam("URI", web.request.envp);
    return got != NULL && strcmp(got, uri) == 0;
}

static void
check_pipelined(void)
{
    start();
    put_get(&input, 1, 1, "/first");
    put_get(&input, 1, 1, "/second");
    put_get(&input, 9, 0, "/third");
    web_send(&web, &input);
    UNIT_CHECK(accepts("/first"), "keep: the first of three sent at once");
    UNIT_CHECK(accepts("/second"), "keep: the second");
    UNIT_CHECK(accepts("/third"), "keep: the third, with another id");
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(strcmp(web_trace(&web, 3),
                      "STDOUT 1 0; END 1 0 0; STDOUT 1 0; END 1 0 0; STDOUT 9 "
                      "0; END 9 0 0; EOF") == 0,
               "keep: all are answered in order");
    web_close(&web);
}

static void
check_unread(void)
{
    static char body[100000];
    char part[10];

    start();
    put_head(&input, 1, 1, "/first");
    put_stream(&input, FCGI_TYPE_STDIN, 1, body, sizeof(body));
    put_end(&input, FCGI_TYPE_STDIN, 1);
    put_get(&input, 1, 1, "/second");
    web_send(&web, &input);
    accepts("/first");
    UNIT_CHECK(accepts("/second"),
               "keep: an unread body of 100 kB is passed over");
    FCGX_Finish_r(&web.request);
    web_trace(&web, 2);
    web_send(&web, &input);
    accepts("/first");
    FCGX_GetStr(part, sizeof(part), web.request.in);
    UNIT_CHECK(accepts("/second"), "keep: the rest of a body as well");
    FCGX_Finish_r(&web.request);
    web_trace(&web, 2);
    input.size = 0;
    put_get(&input, 1, 1, "/third");
    web_send(&web, &input);
    UNIT_CHECK(accepts("/third"), "keep: what follows is in step");
    web_close(&web);
}

static void
check_inactive(void)
{
    start();
    put_get(&input, 1, 1, "/first");
    web_send(&web, &input);
    accepts("/first");
    FCGX_Finish_r(&web.request);
    web_trace(&web, 1);
    input.size = 0;
    put_record(&input, FCGI_TYPE_ABORT_REQUEST, 1, NULL, 0, 0);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    put_record(&input, FCGI_TYPE_STDIN, 5, "late", 4, 4);
    put_get(&input, 1, 1, "/second");
    web_send(&web, &input);
    UNIT_CHECK(accepts("/second"),
               "keep: late records of a finished request are ignored");
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(strcmp(web_trace(&web, 1), done) == 0, "keep: and not answered");
    web_close(&web);
}

static void
check_abort_reading(void)
{
    char body[10];

    start();
    put_head(&input, 1, 1, "/first");
    put_stream(&input, FCGI_TYPE_STDIN, 1, "abc", 3);
    put_record(&input, FCGI_TYPE_ABORT_REQUEST, 1, NULL, 0, 0);
    put_get(&input, 2, 1, "/second");
    web_send(&web, &input);
    accepts("/first");
    UNIT_CHECK(FCGX_GetStr(body, sizeof(body), web.request.in) == 3 &&
                   FCGX_HasSeenEOF(web.request.in) == -1 &&
                   FCGX_GetError(web.request.in) == FCGX_PROTOCOL_ERROR,
               "keep: an abort ends the body with an error");
    FCGX_SetExitStatus(7, web.request.out);
    UNIT_CHECK(accepts("/second"), "keep: an abort keeps the connection");
    UNIT_CHECK(strcmp(web_trace(&web, 1), "STDOUT 1 0; END 1 7 0; ") == 0,
               "keep: an aborted request is ended with its status");
    web_close(&web);
}

/* A record whose padding comes when its request has ended. */
static void
check_late_padding(unsigned type, const char *name)
{
    struct bytes late = {0};

    start();
    put_head(&input, 1, 1, "/first");
    put_record(&late, type, 1, NULL, 0, 200);
    put_get(&late, 2, 1, "/second");
    web_send(&web, &input);
    accepts("/first");
    web_send_part(&web, late.data, 100);
    /* The header has been seen by then. */
    UNIT_CHECK(!FCGX_IsAborted(&web.request),
               "keep: %s is not taken before its padding", name);
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(strcmp(web_trace(&web, 1), done) == 0,
               "keep: the request ends in the padding of %s", name);
    web_send_part(&web, late.data + 100, late.size - 100);
    web_end(&web); /* so that a failure is no endless wait */
    UNIT_CHECK(accepts("/second"), "keep: the next one is served after %s",
               name);
    web_close(&web);
    bytes_free(&late);
}

static void
check_abort_params(void)
{
    start();
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    put_param(&input, 1, "URI", "/first");
    put_record(&input, FCGI_TYPE_ABORT_REQUEST, 1, NULL, 0, 0);
    put_get(&input, 1, 1, "/second");
    web_send(&web, &input);
    UNIT_CHECK(accepts("/second"),
               "keep: a request aborted in its parameters is not served");
    UNIT_CHECK(strcmp(web_trace(&web, 1), "END 1 0 0; ") == 0,
               "keep: but ended");
    web_close(&web);
}

static void
check_padding(void)
{
    start();
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    put_param(&input, 1, "URI", "/first");
    put_record(&input, FCGI_TYPE_PARAMS, 1, NULL, 0, 255);
    put_record(&input, FCGI_TYPE_STDIN, 1, NULL, 0, 255);
    put_get(&input, 1, 1, "/second");
    web_send(&web, &input);
    UNIT_CHECK(accepts("/first") && FCGX_GetChar(web.request.in) == -1 &&
                   FCGX_GetError(web.request.in) == 0,
               "keep: padding on empty records is no content");
    UNIT_CHECK(accepts("/second"), "keep: nor is it in the next request's way");
    web_close(&web);
}

static void
check_refused_close(void)
{
    start();
    put_get(&input, 1, 1, "/first");
    web_send(&web, &input);
    accepts("/first");
    web.request.keepConnection = 0;
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(strcmp(web_trace(&web, 1), "STDOUT 1 0; END 1 0 0; EOF") == 0,
               "keep: the application may have the connection closed");
    UNIT_CHECK(web.request.ipcFd == -1, "keep: its descriptor is gone then");
    web_close(&web);
}

int
main(void)
{
    check_pipelined();
    check_unread();
    check_inactive();
    check_abort_reading();
    check_late_padding(FCGI_TYPE_ABORT_REQUEST, "an abort");
    check_late_padding(FCGI_TYPE_STDIN, "the end of the body");
    check_abort_params();
    check_padding();
    check_refused_close();
    bytes_free(&input);
    return unit_done();
}
