/* SPDX-License-Identifier: BSD-2-Clause */
/* FCGX_AcceptTimed_r and FCGX_Fd. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api.h"
#include "fcgiext.h"
#include "unit.h"
#include "wire/wire.h"

#define SHORT 60    /* milliseconds to wait for nothing */
#define LONG 20000  /* milliseconds that no test should need */
#define LATEST 5000 /* milliseconds, on a busy machine */

static FCGX_Request request;
static char name[64];

static int
timed(int timeout, long long *took)
{
    long long start = now();
    int result = FCGX_AcceptTimed_r(&request, timeout);

    *took = now() - start;
    return result;
}

static bool
is_readable(int fd, int timeout)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, timeout) == 1 && (p.revents & POLLIN) != 0;
}

/* Accepts all there is, by the rules: until -ETIMEDOUT.  Returns how many. */
static int
serve_all(void)
{
    int count = 0;
    int result;

    while ((result = FCGX_AcceptTimed_r(&request, 0)) == 0)
        count++;
    return result == -ETIMEDOUT ? count : -1;
}

/* Serves as an event loop does, until there were so many requests. */
static bool
serve_by_poll(int fd, int wanted)
{
    while (wanted > 0) {
        int count;

        if (!is_readable(fd, LATEST))
            return false;
        count = serve_all();
        if (count < 0)
            return false;
        wanted -= count;
    }
    return wanted == 0 && !is_readable(fd, 0);
}

static void
connect_web(struct web *web)
{
    memset(web, 0, sizeof(*web));
    web->request.ipcFd = -1;
    web->fd = connect_to(name);
}

static void
send_get(struct web *web, unsigned flags)
{
    struct bytes input = {0};

    put_get(&input, 1, flags, "/");
    web_send(web, &input);
    bytes_free(&input);
}

static void
check_nothing(void)
{
    long long took;

    UNIT_CHECK(timed(0, &took) == -ETIMEDOUT && took < LATEST,
               "timed: 0 looks only");
    UNIT_CHECK(timed(SHORT, &took) == -ETIMEDOUT && took >= SHORT - 1 &&
                   took < LATEST,
               "timed: time is up");
}

static void
check_request(void)
{
    struct web web;
    long long took;

    connect_web(&web);
    send_get(&web, 0);
    UNIT_CHECK(timed(LONG, &took) == 0 && took < LATEST,
               "timed: a request is taken before");
    FCGX_PutS("x", request.out);
    UNIT_CHECK(timed(0, &took) == -ETIMEDOUT, "timed: then there is none");
    web_trace(&web, 1);
    UNIT_CHECK(web.out.size == 1 &&
                   strstr((char *)web.trace.data, "END 1 0 0") != NULL,
               "timed: but the one before was finished");
    web_close(&web);
}

/* A connection that is silent, then drips, does not hold the call. */
static void
check_silent(void)
{
    struct bytes input = {0};
    struct web web;
    struct web other;
    long long took;
    bool good = true;
    size_t i;

    connect_web(&web);
    UNIT_CHECK(timed(0, &took) == -ETIMEDOUT && took < LATEST &&
                   timed(SHORT, &took) == -ETIMEDOUT,
               "timed: a silent connection is not a request");
    put_head(&input, 1, 0, "/");
    for (i = 0; i < input.size - 1; i++) {
        web_send_part(&web, input.data + i, 1);
        good = good && timed(0, &took) == -ETIMEDOUT;
    }
    UNIT_CHECK(good, "timed: nor is a part of one");
    connect_web(&other);
    send_get(&other, 0);
    UNIT_CHECK(timed(LATEST, &took) == 0, "timed: others are served meanwhile");
    web_send_part(&web, input.data + i, 1);
    UNIT_CHECK(timed(LATEST, &took) == 0, "timed: until it is whole");
    FCGX_Finish_r(&request);
    web_close(&web);
    web_close(&other);
    bytes_free(&input);
}

static void
check_own(void)
{
    struct bytes input = {0};
    FCGX_Request listening = request;
    struct web web;
    long long took;

    web_open(&web, SOCK_STREAM);
    request = web.request;
    UNIT_CHECK(timed(SHORT, &took) == -ETIMEDOUT && took >= SHORT - 1,
               "timed: on a connection of the application's own");
    put_get(&input, 1, 1, "/");
    web_send_part(&web, input.data, 20);
    UNIT_CHECK(timed(SHORT, &took) == -ETIMEDOUT, "timed: with a part, too");
    web_send_part(&web, input.data + 20, input.size - 20);
    UNIT_CHECK(timed(LATEST, &took) == 0, "timed: which is not lost");
    FCGX_Finish_r(&request);
    FCGX_Free(&request, 1);
    request = listening;
    web.request.ipcFd = -1;
    web.request.paramsPtr = NULL;
    web_close(&web);
    bytes_free(&input);
}

static void
check_fd(void)
{
    struct web webs[5];
    int fd = FCGX_Fd(&request);
    bool good = true;
    int i, round;

    UNIT_CHECK(fd >= 0 && FCGX_Fd(&request) == fd, "fd: there is one");
    UNIT_CHECK(serve_all() == 0 && !is_readable(fd, SHORT),
               "fd: not readable when there is nothing");
    for (i = 0; i < 5; i++) {
        connect_web(&webs[i]);
        send_get(&webs[i], 1);
    }
    UNIT_CHECK(serve_by_poll(fd, 5), "fd: new connections are told");
    for (round = 0; round < 20; round++) {
        for (i = 0; i < 5; i++) {
            web_trace(&webs[i], 1);
            webs[i].raw.size = 0;
            send_get(&webs[i], 1);
        }
        good = good && serve_by_poll(fd, 5);
    }
    UNIT_CHECK(good, "fd: so are kept ones");
    web_close(&webs[0]);
    UNIT_CHECK(is_readable(fd, LATEST) && serve_all() == 0 &&
                   !is_readable(fd, 0),
               "fd: one that ends is dealt with by accepting");
    for (i = 1; i < 5; i++)
        web_close(&webs[i]);
    while (is_readable(fd, SHORT))
        good = good && serve_all() == 0;
    UNIT_CHECK(good, "fd: as are all the others");
}

static void
check_leave(void)
{
    int fd = FCGX_Fd(&request);
    long long took;

    serve_all();
    kill(getpid(), SIGTERM);
    UNIT_CHECK(is_readable(fd, LATEST), "fd: a wish to leave is told");
    UNIT_CHECK(timed(LONG, &took) < 0 && took < LATEST &&
                   timed(0, &took) == -9999,
               "timed: then there are no more requests");
}

int
main(void)
{
    FCGX_Request none;
    int listener;

    FCGX_InitRequest(&none, -1, 0);
    UNIT_CHECK(FCGX_AcceptTimed_r(&none, 0) == -9998 && FCGX_Fd(&none) == -9998,
               "timed: the library must be initialised");
    FCGX_Init();
    UNIT_CHECK(FCGX_AcceptTimed_r(&none, 0) == -EBADF &&
                   FCGX_Fd(&none) == -EBADF,
               "timed: there must be a listening socket");
    listener = listen_local(name);
    FCGX_InitRequest(&request, listener, 0);
    check_nothing();
    check_request();
    check_silent();
    check_own();
    check_fd();
    check_leave();
    FCGX_Free(&request, 1);
    close(listener);
    unlink(name);
    return unit_done();
}
