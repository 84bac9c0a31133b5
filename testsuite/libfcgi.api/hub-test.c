/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections that wait hold nobody: kept ones, silent ones, those that send
 * half a request.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api.h"
#include "options.h"
#include "unit.h"
#include "wire/wire.h"

enum { MANY = 60, MOST_THREADS = 4 };

static int listener;
static char name[64];
static pthread_t threads[MOST_THREADS];
static struct bytes input;

static void *
serve(void *arg)
{
    FCGX_Request request;

    (void)arg;
    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0) {
        const char *uri = FCGX_GetParam("URI", request.envp);

        bool is_last = strcmp(uri, "/last") == 0;

        FCGX_PutS(uri, request.out);
        FCGX_Finish_r(&request);
        if (is_last)
            break;
    }
    FCGX_Free(&request, 1);
    return NULL;
}

static void
start_at(int socket, int count)
{
    int i;

    FCGX_Init();
    listener = socket;
    for (i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, serve, NULL);
}

static void
start(int count)
{
    start_at(listen_local(name), count);
}

static void
connect_web(struct web *web)
{
    memset(web, 0, sizeof(*web));
    web->request.ipcFd = -1;
    web->fd = connect_to(name);
}

/* One request; true if it is answered, within 5 s. */
static bool
ask(struct web *web, unsigned keep, const char *uri)
{
    input.size = 0;
    put_get(&input, 1, keep, uri);
    web_send(web, &input);
    web_trace(web, 1);
    return web->out.size == strlen(uri) &&
           memcmp(web->out.data, uri, web->out.size) == 0;
}

static void
stop(int count)
{
    struct web web;
    int i;

    for (i = 0; i < count; i++) {
        connect_web(&web);
        ask(&web, 0, "/last");
        web_close(&web);
    }
    for (i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    close(listener);
    unlink(name);
}

/* True if the connection is at its end within 5 s. */
static bool
ends(const struct web *web)
{
    struct pollfd p = {.fd = web->fd, .events = POLLIN};
    char c;

    return poll(&p, 1, 5000) == 1 && recv(web->fd, &c, 1, 0) <= 0;
}

static void
check_kept(int count)
{
    struct web webs[MANY];
    struct web other;
    long long begin;
    bool good = true;
    int i;

    start(count);
    begin = now();
    for (i = 0; i < MANY; i++) {
        connect_web(&webs[i]);
        good = ask(&webs[i], 1, "/kept") && good;
    }
    UNIT_CHECK(good, "hub: %d thread(s) serve %d connections that are kept",
               count, MANY);
    connect_web(&other);
    UNIT_CHECK(ask(&other, 0, "/other"), "hub: %d thread(s): and a new one",
               count);
    for (i = MANY - 1; i >= 0; i--)
        good = ask(&webs[i], 1, "/again") && good;
    UNIT_CHECK(good && now() - begin < 4000,
               "hub: %d thread(s): and the kept ones again, soon", count);
    stop(count);
    web_close(&other);
    for (i = 0; i < MANY; i++)
        web_close(&webs[i]);
}

static void
check_silent(void)
{
    struct web silent[MANY], half, web;
    size_t cut;
    int i;

    start(1);
    for (i = 0; i < MANY; i++)
        connect_web(&silent[i]);
    connect_web(&web);
    UNIT_CHECK(ask(&web, 1, "/a"), "hub: silent connections hold nobody");
    connect_web(&half);
    input.size = 0;
    put_get(&input, 1, 0, "/half");
    for (cut = 0; cut < input.size; cut++) {
        struct bytes whole = input;

        web_send_part(&half, input.data + cut, 1);
        memset(&input, 0, sizeof(input));
        if (cut % 7 == 0 && !ask(&web, 1, "/b"))
            break;
        bytes_free(&input);
        input = whole;
    }
    UNIT_CHECK(cut == input.size, "hub: nor does half a request");
    web_trace(&half, 1);
    UNIT_CHECK(half.out.size == 5, "hub: which is served when it is whole");
    UNIT_CHECK(ask(&silent[MANY / 2], 0, "/late"),
               "hub: so is a connection that was silent");
    stop(1);
    web_close(&half);
    web_close(&web);
    for (i = 0; i < MANY; i++)
        web_close(&silent[i]);
}

static int is_busy;

static void *
keep_busy(void *arg)
{
    struct bytes request = {0};
    struct web web;
    char answer[64];

    (void)arg;
    connect_web(&web);
    put_get(&request, 1, 1, "/busy");
    while (__atomic_load_n(&is_busy, __ATOMIC_SEQ_CST)) {
        web_send(&web, &request);
        /* 5 bytes of a record of 16, an empty one of 8, 16 for the end. */
        if (recv(web.fd, answer, 40, MSG_WAITALL) != 40)
            break;
    }
    web_close(&web);
    bytes_free(&request);
    return NULL;
}

static void
check_busy(void)
{
    struct web web;
    pthread_t busy;
    bool good = true;
    int i;

    start(1);
    __atomic_store_n(&is_busy, 1, __ATOMIC_SEQ_CST);
    pthread_create(&busy, NULL, keep_busy, NULL);
    for (i = 0; i < 20; i++) {
        connect_web(&web);
        good = ask(&web, 0, "/new") && good;
        web_close(&web);
    }
    UNIT_CHECK(good, "hub: a kept connection that is always busy does not keep "
                     "new ones from being served");
    __atomic_store_n(&is_busy, 0, __ATOMIC_SEQ_CST);
    pthread_join(busy, NULL);
    stop(1);
}

/* How long a new connection waits behind another one that was just served, or
 * is silent: milliseconds, the least of many, since others may be busy. */
static long long
least_delay(bool is_served)
{
    long long least = 1000;
    int i;

    for (i = 0; i < 20; i++) {
        struct web other, web;
        long long begin;

        connect_web(&other);
        if (is_served)
            ask(&other, 1, "/kept");
        begin = now();
        connect_web(&web);
        if (ask(&web, 0, "/new") && now() - begin < least)
            least = now() - begin;
        /* The next time there must be no other one in the hub. */
        shutdown(other.fd, SHUT_WR);
        if (!ends(&web) || !ends(&other))
            break;
        web_close(&web);
        web_close(&other);
    }
    return least;
}

static void
check_delay(bool is_tcp)
{
    const char *family = is_tcp ? "TCP" : "Unix";
    int socket = is_tcp ? listen_tcp(name) : listen_local(name);

    /* A number that no other threads have accepted from. */
    start_at(fcntl(socket, F_DUPFD, is_tcp ? 200 : 300), 1);
    close(socket);
    UNIT_CHECK(
        least_delay(true) <= (is_tcp ? 12 : 1),
        "hub: %s: a new connection does not wait for one that was served",
        family);
    UNIT_CHECK(least_delay(false) <= 8,
               "hub: %s: nor for long behind a silent one", family);
    stop(1);
}

static void
check_times(void)
{
    struct web silent, kept, half, web;

    fcgi_option_set(FCGI_OPTION_IDLE_TIMEOUT, 100);
    fcgi_option_set(FCGI_OPTION_HEAD_TIMEOUT, 200);
    start(1);
    connect_web(&silent);
    connect_web(&kept);
    connect_web(&half);
    input.size = 0;
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    web_send(&half, &input);
    UNIT_CHECK(ask(&kept, 1, "/kept"), "hub: a connection is kept");
    UNIT_CHECK(ends(&silent), "hub: a silent connection ends after its time");
    UNIT_CHECK(ends(&kept), "hub: so does a kept one");
    UNIT_CHECK(ends(&half), "hub: so does one with half a request");
    fcgi_option_set(FCGI_OPTION_IDLE_TIMEOUT, 0);
    connect_web(&web);
    UNIT_CHECK(ask(&web, 1, "/web") && ask(&web, 1, "/web"),
               "hub: others are served after that");
    stop(1);
    web_close(&silent);
    web_close(&kept);
    web_close(&half);
    web_close(&web);
}

/* A child of fork(2) takes no connection away from its parent. */
static void
check_fork(void)
{
    struct web web;
    pid_t pid;

    start(1);
    connect_web(&web);
    ask(&web, 1, "/before");
    pid = fork();
    if (pid == 0)
        exit(0);
    UNIT_CHECK(ask(&web, 1, "/after"),
               "hub: a child that exits leaves the parent's connections");
    stop(1);
    web_close(&web);
}

int
main(void)
{
    check_kept(1);
    check_kept(3);
    check_silent();
    check_busy();
    check_delay(false);
    check_delay(true);
    check_times();
    check_fork();
    bytes_free(&input);
    return unit_done();
}
