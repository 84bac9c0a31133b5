/* SPDX-License-Identifier: BSD-2-Clause */
/* How connections end: nobody waits for long, no answer is destroyed. */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "api.h"
#include "unit.h"
#include "wire/wire.h"

#define SHORT 1000 /* milliseconds: far below the devkit's waits of 2 s */

static struct bytes input;

/* A request object on a listening socket, and a web server's connection. */
static FCGX_Request request;
static struct web web;
static char name[64];

static void
open_all(bool is_tcp)
{
    int listener = is_tcp ? listen_tcp(name) : listen_local(name);

    FCGX_Init();
    FCGX_InitRequest(&request, listener, 0);
    memset(&web, 0, sizeof(web));
    web.request.ipcFd = -1;
    web.fd = connect_to(name);
    input.size = 0;
}

static void
close_all(bool is_tcp)
{
    FCGX_Free(&request, 1);
    close(request.listen_sock);
    if (!is_tcp)
        unlink(name);
    web_close(&web);
}

static void
check_peer_stays(bool is_tcp, const char *what)
{
    static const char end[] = "STDOUT 1 0; END 1 0 0; EOF";
    struct web next = {.request.ipcFd = -1};
    long long start;

    open_all(is_tcp);
    put_get(&input, 1, 0, "/");
    web_send(&web, &input);
    next.fd = connect_to(name);
    web_send(&next, &input);
    FCGX_Accept_r(&request);
    start = now();
    UNIT_CHECK(FCGX_Accept_r(&request) == 0 && now() - start < SHORT,
               "close: %s: a peer that stays does not hold the next", what);
    FCGX_Finish_r(&request);
    UNIT_CHECK(strcmp(web_trace(&web, 1), end) == 0 &&
                   strcmp(web_trace(&next, 1), end) == 0,
               "close: %s: both see the end of the connection", what);
    web_close(&next);
    close_all(is_tcp);
}

/* A web server that sends its body only after it has seen the answer. */
static pid_t finisher;

static void *
finish_request(void *arg)
{
    __atomic_store_n(&finisher, (pid_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
    FCGX_Finish_r(arg);
    return NULL;
}

static void
check_unread(bool is_tcp, size_t size, const char *what)
{
    static char body[60000];
    pthread_t thread;

    open_all(is_tcp);
    finisher = 0;
    put_head(&input, 1, 0, "/");
    web_send(&web, &input);
    FCGX_Accept_r(&request);
    FCGX_PutS("sorry", request.out);
    pthread_create(&thread, NULL, finish_request, &request);
    while (__atomic_load_n(&finisher, __ATOMIC_SEQ_CST) == 0)
        sched_yield();
    await_sleep(finisher);
    input.size = 0;
    if (size > 0)
        put_stream(&input, FCGI_TYPE_STDIN, 1, body, size);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    web_send(&web, &input);
    pthread_join(thread, NULL);
    UNIT_CHECK(strcmp(web_trace(&web, 1),
                      "STDOUT 1 5; STDOUT 1 0; END 1 0 0; EOF") == 0,
               "close: %s does not destroy the answer", what);
    close_all(is_tcp);
}

static void *
drip(void *arg)
{
    const struct timespec pause = {.tv_nsec = 50000000};
    const int *fd = arg;

    while (send(*fd, "\0", 1, MSG_NOSIGNAL) == 1)
        nanosleep(&pause, NULL);
    return NULL;
}

static void
check_dripping(void)
{
    pthread_t thread;
    long long start;

    open_all(true);
    put_head(&input, 1, 0, "/");
    put_record(&input, FCGI_TYPE_STDIN, 1, NULL, 0, 0);
    input.data[input.size - 4] = 0xff; /* 65,280 bytes are due */
    web_send(&web, &input);
    FCGX_Accept_r(&request);
    pthread_create(&thread, NULL, drip, &web.fd);
    start = now();
    FCGX_Finish_r(&request);
    UNIT_CHECK(now() - start < 2000,
               "close: a dripping peer is dropped after the time allowed");
    pthread_join(thread, NULL);
    close_all(true);
}

static void
check_detached(void)
{
    int copy;

    open_all(false);
    put_get(&input, 1, 0, "/");
    web_send(&web, &input);
    UNIT_CHECK(FCGX_Detach(&request) == -1,
               "close: there is nothing to detach without a connection");
    FCGX_Accept_r(&request);
    copy = dup(request.ipcFd); /* as a child has it */
    UNIT_CHECK(FCGX_Detach(&request) == 0, "close: a connection is detached");
    FCGX_Free(&request, 1);
    UNIT_CHECK(send(copy, "x", 1, MSG_NOSIGNAL) == 1,
               "close: and stays open elsewhere");
    close(copy);
    close_all(false);
    open_all(false);
    put_get(&input, 1, 0, "/");
    web_send(&web, &input);
    FCGX_Accept_r(&request);
    copy = dup(request.ipcFd);
    FCGX_Detach(&request);
    FCGX_Attach(&request);
    FCGX_Free(&request, 1);
    UNIT_CHECK(send(copy, "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE,
               "close: otherwise it is shut down for all");
    close(copy);
    close_all(false);
}

static void
check_suppressed(void)
{
    open_all(false);
    put_get(&input, 1, 1, "/");
    web_send(&web, &input);
    FCGX_Accept_r(&request);
    FCGX_PutS("never sent", request.out);
    request.out->wasFCloseCalled = 1;
    FCGX_Finish_r(&request);
    UNIT_CHECK(strcmp(web_trace(&web, 1), "EOF") == 0,
               "close: wasFCloseCalled suppresses the end of the answer");
    UNIT_CHECK(request.ipcFd == -1,
               "close: a request without its end is not followed by others");
    close_all(false);
}

int
main(void)
{
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "400", 1);
    check_peer_stays(false, "Unix");
    check_peer_stays(true, "TCP");
    check_unread(true, 60000, "an unread body on TCP");
    check_unread(true, 0, "the end of input after it, on TCP,");
    check_unread(false, 60000, "an unread body on a Unix socket");
    check_unread(false, 0, "the end of input after it, on a Unix socket,");
    check_dripping();
    check_detached();
    check_suppressed();
    bytes_free(&input);
    return unit_done();
}
