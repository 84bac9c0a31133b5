/* SPDX-License-Identifier: BSD-2-Clause */
/* Many requests at once on one connection, where several threads serve. */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api.h"
#include "options.h"
#include "unit.h"
#include "wire/pairs.h"
#include "wire/parser.h"

enum {
    THREADS = 4,
    REQUESTS = 12,
    BODY = 300000,
    LARGE = 3000000,
    LEAVES = 60
};

static int listener;
static char name[64];
static pthread_t threads[THREADS];
static struct bytes input;
static struct web web;
static char *body;

/* Requests for /wait go on when this is raised. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int allowed, waiting;

static void
wait_until_allowed(void)
{
    pthread_mutex_lock(&lock);
    waiting++;
    pthread_cond_broadcast(&changed);
    while (allowed == 0)
        pthread_cond_wait(&changed, &lock);
    allowed--;
    waiting--;
    pthread_mutex_unlock(&lock);
}

static void
allow(int count)
{
    pthread_mutex_lock(&lock);
    allowed += count;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void
await_waiting(int count)
{
    pthread_mutex_lock(&lock);
    while (waiting < count)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static void
answer(FCGX_Request *request, const char *uri, char *copy)
{
    int n;

    if (strcmp(uri, "/wait") == 0)
        wait_until_allowed();
    FCGX_FPrintF(request->out, "%s:", uri);
    if (strcmp(uri, "/large") == 0)
        FCGX_PutStr(body, LARGE, request->out);
    if (strcmp(uri, "/abort") == 0)
        while (FCGX_PutS("x", request->out) > 0 &&
               FCGX_FFlush(request->out) == 0)
            continue;
    if (strncmp(uri, "/echo", 5) == 0)
        while ((n = FCGX_GetStr(copy, 10000, request->in)) > 0)
            FCGX_PutStr(copy, n, request->out);
    FCGX_SetExitStatus(request->requestId, request->out);
}

static void *
serve(void *arg)
{
    char *copy = malloc(10000);
    FCGX_Request request;
    bool is_last = false;

    (void)arg;
    FCGX_InitRequest(&request, listener, 0);
    while (!is_last && FCGX_Accept_r(&request) == 0) {
        const char *uri = FCGX_GetParam("URI", request.envp);

        is_last = strcmp(uri, "/last") == 0;
        answer(&request, uri, copy);
        FCGX_Finish_r(&request);
    }
    FCGX_Free(&request, 1);
    free(copy);
    return NULL;
}

/* One request; true if it is answered. */
static bool
ask(const char *uri)
{
    struct web other = {.request.ipcFd = -1};
    struct bytes request = {0};
    bool good;

    other.fd = connect_to(name);
    put_get(&request, 1, 0, uri);
    web_send(&other, &request);
    web_trace(&other, 1);
    good = other.out.size == strlen(uri) + 1;
    web_close(&other);
    bytes_free(&request);
    return good;
}

static void
start(void)
{
    int i;

    FCGX_Init();
    listener = listen_local(name);
    for (i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, serve, NULL);
    /* Each has waited once: they know of each other. */
    allowed = 0;
    {
        struct web all[THREADS];

        for (i = 0; i < THREADS; i++) {
            memset(&all[i], 0, sizeof(all[i]));
            all[i].request.ipcFd = -1;
            all[i].fd = connect_to(name);
            input.size = 0;
            put_get(&input, 1, 0, "/wait");
            web_send(&all[i], &input);
        }
        await_waiting(THREADS);
        allow(THREADS);
        for (i = 0; i < THREADS; i++) {
            web_trace(&all[i], 1);
            web_close(&all[i]);
        }
    }
}

static void
stop(void)
{
    int i;

    for (i = 0; i < THREADS; i++)
        ask("/last");
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    close(listener);
    unlink(name);
}

static void
open_web(void)
{
    memset(&web, 0, sizeof(web));
    web.request.ipcFd = -1;
    web.fd = connect_to(name);
    input.size = 0;
}

/* True if the answer to id is uri, ':' and size bytes of body, ended. */
static bool
is_answer(unsigned id, const char *uri, size_t size)
{
    struct fcgi_parser parser;
    struct fcgi_event event;
    struct fcgi_end_body end = {0};
    struct bytes out = {0};
    size_t pos = 0;
    size_t n = strlen(uri);
    bool ended = false;
    bool good;

    fcgi_parser_init(&parser, FCGI_SENDER_APPLICATION);
    while (fcgi_parser_feed(&parser, web.raw.data, web.raw.size, &pos,
                            &event) == FCGI_WIRE_OK &&
           event.kind != FCGI_EVENT_MORE) {
        if (event.header.request_id != id)
            continue;
        if (event.kind == FCGI_EVENT_DATA &&
            event.header.type == FCGI_TYPE_STDOUT)
            put_raw(&out, event.data, event.size);
        if (event.kind == FCGI_EVENT_END && event.body != NULL) {
            fcgi_end_get(&end, event.body);
            ended = true;
        }
    }
    good = ended && end.app_status == id && out.size == n + 1 + size &&
           memcmp(out.data, uri, n) == 0 && out.data[n] == ':' &&
           (size == 0 || memcmp(out.data + n + 1, body, size) == 0);
    bytes_free(&out);
    return good;
}

static void *
send_input(void *arg)
{
    web_send(&web, arg);
    return NULL;
}

/* Sends input while the answers are taken: as many as wait. */
static void
exchange(int wait)
{
    pthread_t sender;

    pthread_create(&sender, NULL, send_input, &input);
    web_trace(&web, wait);
    pthread_join(sender, NULL);
}

static size_t
size_of(unsigned id)
{
    return (size_t)id * 7919 % BODY;
}

/* Requests whose bodies come in turns, a piece each. */
static void
put_interleaved(unsigned count)
{
    size_t sent[REQUESTS + 1] = {0};
    unsigned open = count;
    unsigned id;
    char uri[32];

    for (id = 1; id <= count; id++) {
        snprintf(uri, sizeof(uri), "/echo%u", id);
        put_head(&input, id, 1, uri);
    }
    while (open > 0)
        for (id = 1; id <= count; id++) {
            size_t n = size_of(id) - sent[id];

            if (sent[id] > size_of(id))
                continue;
            if (n > 1000 + id * 300)
                n = 1000 + id * 300;
            if (n > 0)
                put_record(&input, FCGI_TYPE_STDIN, id, body + sent[id], n,
                           id * 9 % 255);
            sent[id] += n;
            if (sent[id] == size_of(id)) {
                put_end(&input, FCGI_TYPE_STDIN, id);
                sent[id]++;
                open--;
            }
        }
}

static void
check_interleaved(void)
{
    bool good = true;
    int round;
    unsigned id;
    char uri[32];

    open_web();
    for (round = 0; round < 5; round++) {
        input.size = 0;
        put_interleaved(REQUESTS);
        exchange(REQUESTS);
        for (id = 1; id <= REQUESTS; id++) {
            snprintf(uri, sizeof(uri), "/echo%u", id);
            good = is_answer(id, uri, size_of(id)) && good;
        }
    }
    UNIT_CHECK(good && strstr((char *)web.trace.data, "EOF") == NULL,
               "mpx: %d requests with their bodies in turns, 5 times",
               REQUESTS);
    web_close(&web);
}

static void
check_overtaking(void)
{
    open_web();
    put_get(&input, 1, 1, "/wait");
    put_get(&input, 2, 1, "/quick");
    web_send(&web, &input);
    web_trace(&web, 1);
    UNIT_CHECK(is_answer(2, "/quick", 0) && !is_answer(1, "/wait", 0),
               "mpx: a quick request overtakes a slow one");
    input.size = 0;
    put_get(&input, 2, 1, "/again");
    web_send(&web, &input);
    web_trace(&web, 1);
    UNIT_CHECK(is_answer(2, "/again", 0), "mpx: its id can be used again");
    allow(1);
    web_trace(&web, 1);
    UNIT_CHECK(is_answer(1, "/wait", 0), "mpx: the slow one is answered, too");
    web_close(&web);
}

/* A body that is not read, as large as queues hold, is in nobody's way. */
static void
check_unread(void)
{
    open_web();
    put_head(&input, 1, 1, "/wait");
    put_stream(&input, FCGI_TYPE_STDIN, 1, body, 1000000);
    put_get(&input, 2, 1, "/quick");
    put_stream(&input, FCGI_TYPE_STDIN, 1, body, 1000000);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    put_get(&input, 3, 1, "/late");
    {
        pthread_t sender;

        pthread_create(&sender, NULL, send_input, &input);
        web_trace(&web, 1);
        UNIT_CHECK(is_answer(2, "/quick", 0),
                   "mpx: an unread body of 1 MB keeps nobody waiting");
        allow(1);
        web_trace(&web, 2);
        pthread_join(sender, NULL);
    }
    UNIT_CHECK(is_answer(1, "/wait", 0) && is_answer(3, "/late", 0),
               "mpx: beyond that the connection waits for it");
    web_close(&web);
}

/* More requests than threads. */
static void
check_many(void)
{
    unsigned id;
    bool good = true;

    open_web();
    for (id = 1; id <= 3 * THREADS; id++)
        put_get(&input, id, 1, "/wait");
    web_send(&web, &input);
    await_waiting(THREADS);
    allow(3 * THREADS);
    web_trace(&web, 3 * THREADS);
    for (id = 1; id <= 3 * THREADS; id++)
        good = is_answer(id, "/wait", 0) && good;
    UNIT_CHECK(good, "mpx: requests wait for a thread");
    web_close(&web);
}

static void
check_large(void)
{
    unsigned id;
    bool good = true;

    open_web();
    for (id = 1; id <= 3; id++)
        put_get(&input, id, 1, "/large");
    web_send(&web, &input);
    web_trace(&web, 3);
    for (id = 1; id <= 3; id++)
        good = is_answer(id, "/large", LARGE) && good;
    UNIT_CHECK(good, "mpx: large answers share the connection, by the record");
    web_close(&web);
}

static void
check_abort(void)
{
    open_web();
    put_get(&input, 1, 1, "/abort");
    put_get(&input, 2, 1, "/wait");
    put_record(&input, FCGI_TYPE_ABORT_REQUEST, 1, NULL, 0, 0);
    web_send(&web, &input);
    web_trace(&web, 1);
    UNIT_CHECK(strstr((char *)web.trace.data, "END 1 1 0; ") != NULL,
               "mpx: one of the requests is aborted");
    allow(1);
    web_trace(&web, 1);
    UNIT_CHECK(is_answer(2, "/wait", 0), "mpx: the other one is not");
    web_close(&web);
}

static void
check_values(void)
{
    static const char *const names[] = {"FCGI_MPXS_CONNS", "FCGI_MAX_REQS"};
    uint8_t pairs[100];
    size_t pos = 0;
    char reply[24 + 16];
    int i;

    open_web();
    for (i = 0; i < 2; i++)
        fcgi_pair_put(pairs, sizeof(pairs), &pos, names[i], strlen(names[i]),
                      "", 0);
    put_record(&input, FCGI_TYPE_GET_VALUES, 0, pairs, pos, 0);
    web_send(&web, &input);
    web_trace(&web, 1);
    snprintf(reply, sizeof(reply), "%cFCGI_MPXS_CONNS1%c%cFCGI_MAX_REQS%d", 1,
             13, 1, THREADS);
    UNIT_CHECK(web.raw.size > 9 + strlen(reply) &&
                   memcmp(web.raw.data + 9, reply, strlen(reply)) == 0,
               "mpx: FCGI_MPXS_CONNS is 1, FCGI_MAX_REQS the threads");
    web_close(&web);
}

/* A request without FCGI_KEEP_CONN closes the connection, after the others. */
static void
check_close(void)
{
    open_web();
    put_get(&input, 1, 1, "/wait");
    put_get(&input, 2, 0, "/final");
    web_send(&web, &input);
    web_trace(&web, 1);
    UNIT_CHECK(is_answer(2, "/final", 0) &&
                   strstr((char *)web.trace.data, "EOF") == NULL,
               "mpx: a connection that is not kept carries the others on");
    allow(1);
    web_trace(&web, 2);
    UNIT_CHECK(is_answer(1, "/wait", 0) &&
                   strstr((char *)web.trace.data, "EOF") != NULL,
               "mpx: and is closed after the last one");
    web_close(&web);
}

/* The connection breaks off while parameters arrive. */
static void
check_cut(void)
{
    open_web();
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    web_send(&web, &input);
    input.size = 0;
    put_raw(&input, "\2\4\0\1\0\0\0\0", 8);
    web_send(&web, &input);
    web_trace(&web, 1);
    UNIT_CHECK(strcmp((char *)web.trace.data, "EOF") == 0,
               "mpx: a request that is cut off by an error keeps nothing open");
    web_close(&web);
    open_web();
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    web_send(&web, &input);
    shutdown(web.fd, SHUT_WR);
    web_trace(&web, 1);
    UNIT_CHECK(strcmp((char *)web.trace.data, "EOF") == 0,
               "mpx: nor does one that is cut off by the end");
    web_close(&web);
}

/* The connection is to be closed while other parameters arrive. */
static void
check_last_overtakes(void)
{
    open_web();
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    put_get(&input, 2, 0, "/final");
    web_send(&web, &input);
    web_trace(&web, 1);
    UNIT_CHECK(is_answer(2, "/final", 0),
               "mpx: the last request is answered before one that has begun");
    input.size = 0;
    put_param(&input, 1, "URI", "/first");
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    web_send(&web, &input);
    web_trace(&web, 2);
    UNIT_CHECK(is_answer(1, "/first", 0) &&
                   strstr((char *)web.trace.data, "EOF") != NULL,
               "mpx: that one is answered, too, and then the end comes");
    web_close(&web);
}

/* The web server leaves, or breaks the rules, in the midst of it. */
static void
check_broken(void)
{
    open_web();
    put_head(&input, 1, 1, "/echo");
    put_get(&input, 2, 1, "/wait");
    web_send(&web, &input);
    await_waiting(1);
    web_close(&web);
    allow(1);
    open_web();
    put_head(&input, 1, 1, "/echo");
    put_head(&input, 1, 1, "/echo");
    web_send(&web, &input);
    web_trace(&web, 2);
    UNIT_CHECK(strstr((char *)web.trace.data, "EOF") != NULL,
               "mpx: an id that begins twice ends the connection");
    web_close(&web);
    UNIT_CHECK(ask("/other"), "mpx: other connections go on");
}

static void
check_half(void)
{
    fcgi_option_set(FCGI_OPTION_HEAD_TIMEOUT, 200);
    open_web();
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    web_send(&web, &input);
    web_trace(&web, 1);
    UNIT_CHECK(strcmp((char *)web.trace.data, "EOF") == 0,
               "mpx: parameters that do not come end the connection");
    web_close(&web);
    fcgi_option_set(FCGI_OPTION_HEAD_TIMEOUT, 60000);
}

static void
check_leave(void)
{
    int i;

    open_web();
    put_get(&input, 1, 1, "/wait");
    web_send(&web, &input);
    await_waiting(1);
    FCGX_ShutdownPending();
    input.size = 0;
    put_get(&input, 2, 1, "/new");
    web_send(&web, &input);
    allow(1);
    web_trace(&web, 100);
    UNIT_CHECK(is_answer(1, "/wait", 0) &&
                   strstr((char *)web.trace.data, "EOF") != NULL,
               "mpx: when it is time to leave the request ends, and then the "
               "connection");
    web_close(&web);
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    close(listener);
    unlink(name);
}

int
main(void)
{
    int i;

    body = malloc(LARGE);
    if (body == NULL)
        return 2;
    for (i = 0; i < LARGE; i++)
        body[i] = (char)(i * 31 / 7);
    start();
    check_values();
    check_overtaking();
    check_interleaved();
    check_unread();
    check_many();
    check_large();
    check_abort();
    check_close();
    check_cut();
    check_last_overtakes();
    check_broken();
    check_half();
    stop();
    start();
    check_leave();
    free(body);
    bytes_free(&input);
    return unit_done();
}
