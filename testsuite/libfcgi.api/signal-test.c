/* SPDX-License-Identifier: BSD-2-Clause */
/* A storm of signals, and peers that go away: no byte is lost, nobody dies. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api.h"
#include "fcgiext.h"
#include "unit.h"
#include "wire/wire.h"

enum { BODY = 4000000 };

static volatile sig_atomic_t alarms;
static struct web web;
static struct bytes input;
static char *body;
static char *copy;

static void
on_alarm(int signal_number)
{
    (void)signal_number;
    alarms++;
}

/* The web server: sends the request, and takes the answer as it comes. */
static void *
send_input(void *arg)
{
    (void)arg;
    web_send(&web, &input);
    return NULL;
}

static void *
take_answer(void *arg)
{
    (void)arg;
    web_trace(&web, 1);
    return NULL;
}

static pthread_t
start(void *(*function)(void *))
{
    sigset_t all, old;
    pthread_t thread;

    sigfillset(&all); /* the signals are for the application's thread */
    pthread_sigmask(SIG_BLOCK, &all, &old);
    pthread_create(&thread, NULL, function, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return thread;
}

static void
check_storm(void)
{
    struct sigaction action = {.sa_handler = on_alarm}; /* no SA_RESTART */
    struct itimerval storm = {{0, 100}, {0, 100}};
    struct itimerval none = {{0, 0}, {0, 0}};
    pthread_t sender, taker;
    int got;

    web_open(&web, SOCK_STREAM);
    put_head(&input, 1, 1, "/");
    put_stream(&input, FCGI_TYPE_STDIN, 1, body, BODY);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    sigaction(SIGALRM, &action, NULL);
    sender = start(send_input);
    setitimer(ITIMER_REAL, &storm, NULL);
    UNIT_CHECK(FCGX_Accept_r(&web.request) == 0, "signal: a request arrives");
    got = FCGX_GetStr(copy, BODY, web.request.in);
    UNIT_CHECK(got == BODY && memcmp(copy, body, BODY) == 0 &&
                   FCGX_GetChar(web.request.in) == -1 &&
                   FCGX_GetError(web.request.in) == 0,
               "signal: a body of 4 MB is read whole");
    pthread_join(sender, NULL);
    taker = start(take_answer);
    UNIT_CHECK(FCGX_PutStr(body, BODY, web.request.out) == BODY,
               "signal: an answer of 4 MB is written");
    FCGX_Finish_r(&web.request);
    setitimer(ITIMER_REAL, &none, NULL);
    pthread_join(taker, NULL);
    UNIT_CHECK(web.out.size == BODY && memcmp(web.out.data, body, BODY) == 0 &&
                   strstr((char *)web.trace.data, "END 1 0 0; ") != NULL,
               "signal: and arrives whole");
    UNIT_CHECK(alarms > 10, "signal: while many arrived");
    web_close(&web);
    input.size = 0;
}

static void
check_gone(void)
{
    signal(SIGPIPE, SIG_DFL); /* as clisp does it */
    web_open(&web, SOCK_STREAM);
    put_get(&input, 1, 1, "/");
    web_send(&web, &input);
    FCGX_Accept_r(&web.request);
    close(web.fd);
    web.fd = -1;
    UNIT_CHECK(FCGX_PutStr(body, BODY, web.request.out) == -1 &&
                   FCGX_GetError(web.request.out) == EPIPE,
               "signal: a peer that left is an error, no SIGPIPE");
    UNIT_CHECK(FCGX_PutS("more", web.request.out) == -1 &&
                   FCGX_PutChar('c', web.request.out) == -1 &&
                   FCGX_FPrintF(web.request.out, "x") == -1,
               "signal: later writes fail at once");
    UNIT_CHECK(FCGX_FFlush(web.request.out) == 0,
               "signal: a flush of a failed stream has nothing to do");
    UNIT_CHECK(FCGX_FClose(web.request.out) == -1,
               "signal: but closing it tells");
    FCGX_ClearError(web.request.out);
    UNIT_CHECK(FCGX_GetError(web.request.out) == 0 &&
                   FCGX_PutChar('c', web.request.out) == -1,
               "signal: a cleared error does not revive it");
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(web.request.ipcFd == -1,
               "signal: the connection is closed although it was to be kept");
    web_close(&web);
    input.size = 0;
}

static void
check_cut(void)
{
    char small[10];

    web_open(&web, SOCK_STREAM);
    put_head(&input, 1, 1, "/");
    put_stream(&input, FCGI_TYPE_STDIN, 1, "12345", 5);
    web_send(&web, &input);
    web_end(&web);
    FCGX_Accept_r(&web.request);
    UNIT_CHECK(FCGX_GetStr(small, sizeof(small), web.request.in) == 5 &&
                   FCGX_GetError(web.request.in) == FCGX_PROTOCOL_ERROR,
               "signal: a body that the connection's end cuts is an error");
    FCGX_PutS("short", web.request.out);
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(strcmp(web_trace(&web, 1),
                      "STDOUT 1 5; STDOUT 1 0; END 1 0 0; EOF") == 0,
               "signal: it can still be answered");
    web_close(&web);
}

/* In a child, before the library's own handler of fork(2). */
static void
raise_in_child(void)
{
    raise(SIGTERM);
}

/* A child that is told to leave in the middle of fork(2) has its parent's
 * descriptors still: threads that wait by them would be woken for ever. */
static void
check_child(void)
{
    FCGX_Request request;
    char name[64];
    struct pollfd p = {.events = POLLIN};
    pid_t pid;

    FCGX_Init();
    FCGX_InitRequest(&request, listen_local(name), 0);
    p.fd = FCGX_Fd(&request);
    UNIT_CHECK(p.fd >= 0 && FCGX_AcceptTimed_r(&request, 0) == -ETIMEDOUT,
               "signal: nothing is there to accept");
    pid = fork();
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    UNIT_CHECK(poll(&p, 1, 0) == 0,
               "signal: one that a child gets does not wake its parent");
    close(request.listen_sock);
}

int
main(void)
{
    size_t i;

    pthread_atfork(NULL, NULL, raise_in_child);
    body = malloc(BODY);
    copy = malloc(BODY);
    if (body == NULL || copy == NULL)
        return 2;
    for (i = 0; i < BODY; i++)
        body[i] = (char)(i * 31 / 7);
    check_storm();
    check_gone();
    check_cut();
    check_child();
    free(body);
    free(copy);
    bytes_free(&input);
    return unit_done();
}
