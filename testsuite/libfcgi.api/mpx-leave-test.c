/* SPDX-License-Identifier: BSD-2-Clause */
/* A process leaves while the last request of a multiplexed connection ends. */
#include "config.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api.h"
#include "fastcgi.h"
#include "unit.h"
#include "wire/wire.h"

enum { THREADS = 4, LEAVES = 60 };

static int listener;
static char name[64];
static pthread_t threads[THREADS];
static int ready[2]; /* a pipe that tells that a process accepts */
static struct bytes input;
static struct web web;

static void *
serve_and_leave(void *arg)
{
    FCGX_Request request;

    __atomic_store_n((pid_t *)arg, (pid_t)syscall(SYS_gettid),
                     __ATOMIC_RELEASE);
    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0)
        if (strcmp(FCGX_GetParam("URI", request.envp), "/leave") == 0)
            FCGX_ShutdownPending();
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

int
main(void)
{
    listener = listen_local(name);
    if (pipe(ready) != 0)
        return 2;
    check_meeting();
    check_half(true);
    check_half(false);
    close(listener);
    unlink(name);
    bytes_free(&input);
    return unit_done();
}
