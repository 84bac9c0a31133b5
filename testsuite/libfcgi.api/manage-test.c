/* SPDX-License-Identifier: BSD-2-Clause */
/* Management records, in every place and form. */
#include "config.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "api.h"
#include "unit.h"
#include "wire/pairs.h"

static struct web web;
static struct bytes input;

static void
put_query(struct bytes *bytes, const char *const *names, size_t count,
          unsigned padding)
{
    static uint8_t content[FCGI_WIRE_MAX_CONTENT];
    size_t pos = 0;
    size_t i;

    for (i = 0; i < count; i++)
        fcgi_pair_put(content, sizeof(content), &pos, names[i],
                      strlen(names[i]), "", 0);
    put_record(bytes, FCGI_TYPE_GET_VALUES, 0, content, pos, padding);
}

static void *
accept_one(void *arg)
{
    struct web *of = arg;

    return FCGX_Accept_r(&of->request) == 0 ? of : NULL;
}

/* The answer must come while nothing else does. */
static void
check_alone(void)
{
    static const char *const names[] = {"FCGI_MAX_CONNS"};
    pthread_t thread;
    void *accepted;

    web_open(&web, SOCK_STREAM);
    input.size = 0;
    put_query(&input, names, 1, 0);
    web_send(&web, &input);
    pthread_create(&thread, NULL, accept_one, &web);
    UNIT_CHECK(strcmp(web_trace(&web, 1), "VALUES 0 17; ") == 0,
               "manage: a query without padding is answered at once");
    input.size = 0;
    put_get(&input, 1, 1, "/");
    web_send(&web, &input);
    pthread_join(thread, &accepted);
    UNIT_CHECK(accepted != NULL, "manage: the request after it is served");
    web_close(&web);
    input.size = 0;
}

/* Accepts a request that follows the input; compares what came before it. */
static void
check(const char *name, const char *trace, const char *raw, size_t raw_size)
{
    int accepted;

    put_get(&input, 1, 0, "/");
    web_open(&web, SOCK_STREAM);
    web_send(&web, &input);
    accepted = FCGX_Accept_r(&web.request) == 0 &&
               FCGX_GetChar(web.request.in) == -1 &&
               FCGX_GetError(web.request.in) == 0;
    web_trace(&web, 0);
    UNIT_CHECK(accepted && strcmp((char *)web.trace.data, trace) == 0,
               "manage: %s", name);
    if (raw != NULL)
        UNIT_CHECK(web.raw.size == raw_size &&
                       memcmp(web.raw.data, raw, raw_size) == 0,
                   "manage: %s: the bytes", name);
    web_close(&web);
    input.size = 0;
}

static void
check_queries(void)
{
    static const char *const all[] = {"FCGI_MAX_CONNS", "FCGI_MAX_REQS",
                                      "FCGI_MPXS_CONNS"};
    static const char *const strange[] = {
        "FCGI_MAX_REQS", "fcgi_max_conns",           "",
        "FCGI_MAX_CONN", "FCGI_MPXS_CONNS_AND_MORE", "FCGI_MAX_REQS"};
    static const char reply[] = "\1\12\0\0\0\63\5\0"
                                "\16\1FCGI_MAX_CONNS1\15\1FCGI_MAX_REQS1"
                                "\17\1FCGI_MPXS_CONNS0\0\0\0\0\0";
    const char *many[1000];
    char pair[] = "\177\1FCGI";
    size_t i;

    put_query(&input, all, 3, 7);
    check("all three names", "VALUES 0 51; ", reply, sizeof(reply) - 1);
    for (i = 0; i < 1000; i++)
        many[i] = all[i % 3];
    put_query(&input, many, 1000, 0);
    check("names repeated a thousand times are answered once", "VALUES 0 51; ",
          reply, sizeof(reply) - 1);
    put_query(&input, strange, 6, 0);
    check("unknown names are left out", "VALUES 0 16; ",
          "\1\12\0\0\0\20\0\0\15\1FCGI_MAX_REQS1", 24);
    put_query(&input, NULL, 0, 0);
    check("a query of nothing has an empty answer", "VALUES 0 0; ",
          "\1\12\0\0\0\0\0\0", 8);

    put_record(&input, FCGI_TYPE_GET_VALUES, 0, pair, 6, 0);
    web_open(&web, SOCK_STREAM);
    web_send(&web, &input);
    UNIT_CHECK(FCGX_Accept_r(&web.request) < 0 && web.request.ipcFd == -1,
               "manage: a pair that its record cuts closes the connection");
    web_close(&web);
    input.size = 0;
}

static void
check_unknown(void)
{
    static uint8_t content[FCGI_WIRE_MAX_CONTENT];

    memset(content, 1, sizeof(content)); /* looks like headers */
    put_record(&input, 200, 0, NULL, 0, 0);
    check("an unknown type is named", "UNKNOWN 200; ",
          "\1\13\0\0\0\10\0\0\310\0\0\0\0\0\0\0", 16);
    put_record(&input, 12, 0, content, sizeof(content), 255);
    check("its content is skipped", "UNKNOWN 12; ", NULL, 0);
}

static void
check_amid(void)
{
    static uint8_t content[FCGI_WIRE_MAX_CONTENT];
    static const char *const names[] = {"FCGI_MPXS_CONNS"};
    char body[100];

    put_head(&input, 1, 1, "/");
    put_stream(&input, FCGI_TYPE_STDIN, 1, "be", 2);
    put_record(&input, 99, 0, content, sizeof(content), 1);
    put_stream(&input, FCGI_TYPE_STDIN, 1, "tw", 2);
    put_query(&input, names, 1, 0);
    put_stream(&input, FCGI_TYPE_STDIN, 1, "een", 3);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    web_open(&web, SOCK_STREAM);
    web_send(&web, &input);
    FCGX_Accept_r(&web.request);
    UNIT_CHECK(FCGX_GetStr(body, sizeof(body), web.request.in) == 7 &&
                   memcmp(body, "between", 7) == 0,
               "manage: nothing of it gets into the body");
    UNIT_CHECK(strcmp(web_trace(&web, 0), "UNKNOWN 99; VALUES 0 18; ") == 0,
               "manage: it is answered in mid-body");
    web_close(&web);
}

int
main(void)
{
    check_alone();
    check_queries();
    check_unknown();
    check_amid();
    bytes_free(&input);
    return unit_done();
}
