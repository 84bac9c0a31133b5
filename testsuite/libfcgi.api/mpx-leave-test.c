/* SPDX-License-Identifier: BSD-2-Clause */
/* A process leaves while the last request of a multiplexed connection ends; or
 * a child of it that was forked in a request. */
#include "config.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "api.h"
#include "fastcgi.h"
#include "unit.h"
#include "wire/wire.h"

enum { THREADS = 4, LEAVES = 60 };

static int listener;
static char name[64];
static pthread_t threads[THREADS];
static int ready[2];   /* a pipe that tells that a process accepts */
static int verdict[2]; /* a pipe that tells how a child has ended */
static struct bytes input;
static struct web web;

/* An answer that the web server does not read. */
static void
write_much(FCGX_Request *request)
{
    static char block[1 << 20];
    int i;

    for (i = 0; i < 16; i++)
        FCGX_PutStr(block, sizeof(block), request->out);
}

/* The child ends its request and itself, which it must not wait for ever for.
 */
static void
fork_and_finish(FCGX_Request *request)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        alarm(5);
        FCGX_PutS("child", request->out);
        FCGX_Finish_r(request);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    if (write(verdict[1], status == 0 ? "+" : "-", 1) != 1)
        _exit(1);
}

static void *
serve_and_leave(void *arg)
{
    FCGX_Request request;

    __atomic_store_n((pid_t *)arg, (pid_t)syscall(SYS_gettid),
                     __ATOMIC_RELEASE);
    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0) {
        const char *uri = FCGX_GetParam("URI", request.envp);

        if (strcmp(uri, "/leave") == 0)
            FCGX_ShutdownPending();
        else if (strcmp(uri, "/much") == 0)
            write_much(&request);
        else if (strcmp(uri, "/fork") == 0)
            fork_and_finish(&request);
    }
    FCGX_Free(&request, 1);
    return NULL;
}

/* Only a socket that several threads accept from has multiplexed connections:
 * all are there before the web server comes. */
static void
run_and_leave(void)
{
    static pid_t tids[THREADS];
    int i;

    alarm(20);
    FCGX_Init();
    for (i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, serve_and_leave, &tids[i]);
        while (__atomic_load_n(&tids[i], __ATOMIC_ACQUIRE) == 0)
            sched_yield();
        await_sleep(tids[i]);
    }
    if (write(ready[1], "", 1) != 1)
        _exit(1);
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    _exit(0);
}

/* Starts an application and connects to it; returns its pid. */
static pid_t
start(void)
{
    pid_t pid = fork();

    char byte;

    if (pid == 0)
        run_and_leave();
    if (read(ready[0], &byte, 1) != 1)
        exit(2);
    memset(&web, 0, sizeof(web));
    web.request.ipcFd = -1;
    web.fd = connect_to(name);
    return pid;
}

static void
ask(unsigned id, const char *uri)
{
    input.size = 0;
    put_get(&input, id, FCGI_KEEP_CONN, uri);
    web_send(&web, &input);
    web_trace(&web, 1);
}

static bool
is_trace(const char *expected)
{
    return strcmp((char *)web.trace.data, expected) == 0;
}

/* True if the process has left in order. */
static bool
has_left(pid_t pid)
{
    int status;

    web_close(&web);
    return waitpid(pid, &status, 0) == pid && status == 0;
}

/* Threads that leave meet the one that ends the connection's last request. */
static void
check_meeting(void)
{
    int good = 0;
    int i;

    for (i = 0; i < LEAVES; i++) {
        pid_t pid = start();
        bool is_good;

        ask(1, "/");
        input.size = 0;
        put_get(&input, 2, FCGI_KEEP_CONN, "/leave");
        web_send(&web, &input);
        web_trace(&web, 2);
        is_good = is_trace("STDOUT 2 0; END 2 0 0; EOF");
        good += has_left(pid) && is_good;
    }
    UNIT_CHECK(good == LEAVES,
               "mpx: a request's end and the process's may meet (%d of %d)",
               good, LEAVES);
}

/* A request of which half the parameters have come when the process is told
 * to leave by another one. */
static void
check_half(bool comes)
{
    char rest[100];
    long long begin;
    pid_t pid = start();
    bool is_good;

    ask(1, "/");
    input.size = 0;
    put_begin(&input, 2, FCGI_RESPONDER, FCGI_KEEP_CONN);
    put_record(&input, FCGI_TYPE_PARAMS, 2, "\3\1URI/\4\144REST", 12, 0);
    web_send(&web, &input);
    ask(3, "/leave");
    begin = now();
    if (comes) {
        input.size = 0;
        memset(rest, 'r', sizeof(rest));
        put_record(&input, FCGI_TYPE_PARAMS, 2, rest, sizeof(rest), 0);
        put_end(&input, FCGI_TYPE_PARAMS, 2);
        put_end(&input, FCGI_TYPE_STDIN, 2);
        web_send(&web, &input);
    }
    web_trace(&web, 2);
    is_good = is_trace(comes ? "STDOUT 2 0; END 2 0 0; EOF" : "EOF");
    UNIT_CHECK(has_left(pid) && is_good && now() - begin < 4000,
               comes ? "mpx: parameters may come whole when it is time to leave"
                     : "mpx: they are not waited for for ever");
}

/* Bytes that have come from the application, when no more come. */
static int
await_full(void)
{
    static const struct timespec while_ = {.tv_nsec = 20000000};
    int before = -1, count = 0;

    while (count == 0 || count != before) {
        before = count;
        nanosleep(&while_, NULL);
        if (ioctl(web.fd, FIONREAD, &count) != 0)
            return -1;
    }
    return count;
}

/* A child has the locks of its parent's other threads, and not the threads. */
static void
check_child(void)
{
    pid_t pid = start();
    char byte = '?';

    input.size = 0;
    put_get(&input, 1, FCGI_KEEP_CONN, "/much");
    web_send(&web, &input);
    UNIT_CHECK(await_full() > 0, "mpx: an answer that is not read stands");
    input.size = 0;
    put_get(&input, 2, FCGI_KEEP_CONN, "/fork");
    web_send(&web, &input);
    UNIT_CHECK(read(verdict[0], &byte, 1) == 1 && byte == '+',
               "mpx: a child that ends a request is not held up by a thread "
               "that it does not have");
    kill(pid, SIGKILL);
    web_close(&web);
    waitpid(pid, NULL, 0);
}

int
main(void)
{
    listener = listen_local(name);
    if (pipe(ready) != 0 || pipe(verdict) != 0)
        return 2;
    check_meeting();
    check_half(true);
    check_half(false);
    check_child();
    close(listener);
    unlink(name);
    bytes_free(&input);
    return unit_done();
}
