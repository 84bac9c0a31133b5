/* SPDX-License-Identifier: BSD-2-Clause */
/* How connections end: nobody waits for long, no answer is destroyed. */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

/* Serves requests of other connections until this one is closed wholly. */
static bool
is_closed_in_time(void)
{
    long long deadline = now() + 5000;
    struct web next = {.request.ipcFd = -1};
    bool is_closed = false;

    while (!is_closed && now() < deadline) {
        next.fd = connect_to(name);
        input.size = 0;
        put_get(&input, 1, 0, "/");
        web_send(&next, &input);
        FCGX_Accept_r(&request);
        FCGX_Finish_r(&request);
        web_close(&next);
        is_closed = send(web.fd, "", 1, MSG_NOSIGNAL) < 0;
    }
    return is_closed;
}

/* A web server that sends its body only after it has seen the answer. */
static void
check_unread(bool is_tcp, size_t size, const char *what)
{
    static char body[60000];
    long long start;

    open_all(is_tcp);
    put_head(&input, 1, 0, "/");
    web_send(&web, &input);
    FCGX_Accept_r(&request);
    FCGX_PutS("sorry", request.out);
    start = now();
    FCGX_Finish_r(&request);
    UNIT_CHECK(now() - start < 300, "close: %s is not waited for", what);
    input.size = 0;
    if (size > 0)
        put_stream(&input, FCGI_TYPE_STDIN, 1, body, size);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    web_send(&web, &input);
    UNIT_CHECK(strcmp(web_trace(&web, 1),
                      "STDOUT 1 5; STDOUT 1 0; END 1 0 0; EOF") == 0,
               "close: %s does not destroy the answer", what);
    UNIT_CHECK(is_closed_in_time(), "close: after %s the connection is closed",
               what);
    close_all(is_tcp);
}

/* A process that ends in the meantime. */
static void
check_exit(void)
{
    static char body[60000];
    int status;
    pid_t pid;

    open_all(true);
    put_head(&input, 1, 0, "/");
    web_send(&web, &input);
    pid = fork();
    if (pid == 0) {
        FCGX_Accept_r(&request);
        FCGX_PutS("sorry", request.out);
        FCGX_Finish_r(&request);
        exit(0);
    }
    close(request.listen_sock);
    await_sleep(pid);
    input.size = 0;
    put_stream(&input, FCGI_TYPE_STDIN, 1, body, sizeof(body));
    put_end(&input, FCGI_TYPE_STDIN, 1);
    web_send(&web, &input);
    UNIT_CHECK(strcmp(web_trace(&web, 1),
                      "STDOUT 1 5; STDOUT 1 0; END 1 0 0; EOF") == 0,
               "close: nor does a process that ends");
    waitpid(pid, &status, 0);
    web_close(&web);
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
    UNIT_CHECK(is_closed_in_time() && now() - start < 3000,
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
    check_exit();
    check_dripping();
    check_detached();
    check_suppressed();
    bytes_free(&input);
    return unit_done();
}
