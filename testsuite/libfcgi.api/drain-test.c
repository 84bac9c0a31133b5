/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of connections that wait when a process leaves. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api.h"
#include "fcgiext.h"
#include "unit.h"
#include "wire/wire.h"

enum { QUEUED = 5 };

static char name[64];
static struct bytes input;

/* Whether name takes connections. */
static bool
takes(void)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool good;

    snprintf(local.sun_path, sizeof(local.sun_path), "%s", name);
    good = connect(fd, (struct sockaddr *)&local, sizeof(local)) == 0;
    close(fd);
    return good;
}

/* Requests that wait at name. */
static void
queue(struct web *webs, int count)
{
    int i;

    input.size = 0;
    put_get(&input, 1, 1, "/");
    for (i = 0; i < count; i++) {
        memset(&webs[i], 0, sizeof(webs[i]));
        webs[i].request.ipcFd = -1;
        webs[i].fd = connect_to(name);
        web_send(&webs[i], &input);
    }
}

/* How many of them have a whole answer and see the end of the connection. */
static int
count_answers(struct web *webs, int count)
{
    int good = 0;
    int i;

    for (i = 0; i < count; i++) {
        good +=
            strcmp(web_trace(&webs[i], 1), "STDOUT 1 0; END 1 0 0; EOF") == 0;
        web_close(&webs[i]);
    }
    return good;
}

/* An application: serves until it is told to leave. */
static void
serve(int listener)
{
    FCGX_Request request;

    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0)
        continue;
}

static void
check_own(void)
{
    static struct web webs[QUEUED + 1];
    int listener = listen_local(name);
    int silent;

    queue(webs, QUEUED);
    silent = connect_to(name);
    FCGX_ShutdownPending();
    serve(listener);
    UNIT_CHECK(count_answers(webs, QUEUED) == QUEUED,
               "drain: what waits at a socket of its own is answered");
    UNIT_CHECK(!takes(), "drain: then it takes no more");
    close(silent);
    close(listener);
    unlink(name);
}

/* A socket that the process was started with, or got from its parent. */
static void
check_inherited(void)
{
    static struct web webs[1];
    int listener = listen_local(name);
    pid_t child = fork();
    int status;

    if (child == 0) {
        FCGX_ShutdownPending();
        serve(listener);
        _exit(0);
    }
    waitpid(child, &status, 0);
    UNIT_CHECK(takes(), "drain: a socket of others goes on");
    queue(webs, 1);
    child = fork();
    if (child == 0) {
        FCGX_ShutdownPending();
        serve(listener);
        _exit(0);
    }
    waitpid(child, &status, 0);
    UNIT_CHECK(strcmp(web_trace(&webs[0], 0), "") == 0,
               "drain: and its queue is left to the next process");
    web_close(&webs[0]);
    close(listener);
    unlink(name);
}

static void *
serve_aside(void *arg)
{
    serve(*(int *)arg);
    return NULL;
}

/* Many threads of one process, each with the socket. */
static bool
drains_in_threads(void)
{
    static struct web webs[QUEUED];
    pthread_t threads[4];
    int listener = listen_local(name);
    int i;

    queue(webs, QUEUED);
    FCGX_ShutdownPending();
    for (i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, serve_aside, &listener);
    for (i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    unlink(name);
    return count_answers(webs, QUEUED) == QUEUED && !takes();
}

/* The number that a socket had is no reason to end another one. */
static bool
spares_successors(void)
{
    char other[64];
    int listener = listen_local(other);
    int ends[2];

    unlink(other);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 ||
        dup2(ends[0], listener) != listener)
        return false;
    FCGX_ShutdownPending();
    serve(listener);
    return write(listener, "x", 1) == 1;
}

/* --- Told twice -------------------------------------------------------------
 */

/* Tells it again and again, until done says so; returns how long it took,
 * milliseconds. */
static long long
insist(pid_t pid, bool (*done)(pid_t pid))
{
    long long start = now();

    while (!done(pid) && now() - start < 10000) {
        kill(pid, SIGTERM);
        poll(NULL, 0, 20);
    }
    return now() - start;
}

static bool
has_left(pid_t pid)
{
    return waitpid(pid, NULL, WNOHANG) == pid;
}

static bool
takes_no_more(pid_t pid)
{
    (void)pid;
    return !takes();
}

/* An application that is told to leave in its request, and then lingers. */
static void
leave_lingering(int listener)
{
    FCGX_Request request;

    FCGX_SetOption(FCGX_LINGER, 30000);
    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0)
        raise(SIGTERM);
    _exit(0);
}

static void
check_linger(void)
{
    struct web web = {.request.ipcFd = -1};
    int listener = listen_local(name);
    pid_t child = fork();

    if (child == 0)
        leave_lingering(listener);
    input.size = 0;
    put_head(&input, 1, 0, "/");
    web.fd = connect_to(name);
    web_send(&web, &input);
    UNIT_CHECK(strncmp(web_trace(&web, 1), "STDOUT 1 0; END 1 0 0; ", 23) == 0,
               "drain: a request that is told to leave is answered");
    UNIT_CHECK(insist(child, has_left) < 8000,
               "drain: told again, the process lingers no longer");
    web_close(&web);
    close(listener);
    unlink(name);
}

static void
serve_bodies(int listener)
{
    FCGX_Request request;

    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0) {
        FCGX_PutS("x", request.out);
        FCGX_FFlush(request.out);
        while (FCGX_GetChar(request.in) != EOF)
            continue;
    }
}

/* Its worker will be busy with a body that does not end. */
static void
run_supervisor(void)
{
    int listener = FCGX_OpenSocket(name, 10);
    int result = FCGX_Prefork(1, 0);

    if (result != 0)
        _exit(-result);
    serve_bodies(listener);
    _exit(0);
}

static void
check_supervisor(void)
{
    struct web busy = {.request.ipcFd = -1};
    struct web waits[1];
    struct pollfd started = {.events = POLLIN};
    pid_t child;

    close(listen_local(name));
    child = fork();
    if (child == 0)
        run_supervisor();
    while (!takes()) {
        int status = 0;

        /* ThreadSanitizer has a thread of its own: no process with threads
         * makes workers. */
        if (waitpid(child, &status, WNOHANG) == child) {
            UNIT_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EBUSY,
                       "drain: a supervisor starts its worker, or must not");
            return;
        }
        poll(NULL, 0, 5);
    }
    input.size = 0;
    put_head(&input, 1, 0, "/");
    busy.fd = connect_to(name);
    web_send(&busy, &input);
    started.fd = busy.fd;
    poll(&started, 1, 5000);
    queue(waits, 1);
    UNIT_CHECK(insist(child, takes_no_more) < 4000,
               "drain: told again, a supervisor waits for no queue");
    input.size = 0;
    put_end(&input, FCGI_TYPE_STDIN, 1);
    web_send(&busy, &input);
    UNIT_CHECK(strcmp(web_trace(&busy, 2),
                      "STDOUT 1 1; STDOUT 1 0; END 1 0 0; EOF") == 0,
               "drain: but for the request that runs");
    UNIT_CHECK(insist(child, has_left) < 8000, "drain: then it leaves");
    web_close(&busy);
    web_close(&waits[0]);
    unlink(name);
}

/* A process of its own, whose wish to leave is not the next one's. */
static bool
in_child(bool (*holds)(void))
{
    int status;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        alarm(8);
        signal(SIGPIPE, SIG_IGN);
        _exit(holds() ? 0 : 1);
    }
    return waitpid(pid, &status, 0) == pid && status == 0;
}

int
main(void)
{
    FCGX_Init();
    UNIT_CHECK(in_child(drains_in_threads), "drain: by several threads, too");
    UNIT_CHECK(in_child(spares_successors),
               "drain: a descriptor that was used again is left alone");
    check_linger();
    check_supervisor();
    check_inherited();
    check_own();
    bytes_free(&input);
    return unit_done();
}
