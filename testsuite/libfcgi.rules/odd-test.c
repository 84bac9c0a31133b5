/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs do that they had better not: leave a call by siglongjmp, end
 * the process in a handler, take descriptors away, use what is not there.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_SYS_EPOLL_H
#include <sys/epoll.h>
#endif
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fcgi_config.h"
#define NO_FCGI_DEFINES
#include "fcgi_stdio.h"
#include "rule.h"

#if defined(__SANITIZE_THREAD__)
const char *__tsan_default_options(void);

/* The handlers here do what programs do, safe or not. */
const char *
__tsan_default_options(void)
{
    return "report_signal_unsafe=0";
}
#endif

enum { LARGE = 4 << 20 };

static char large[LARGE];
static sigjmp_buf back;
static int listener;
static char name[64];
static pid_t child;

static void
jump(int signal_number)
{
    (void)signal_number;
    siglongjmp(back, 1);
}

static void
leave(int signal_number)
{
    (void)signal_number;
    exit(0);
}

static void
close_listener(int signal_number)
{
    (void)signal_number;
    close(listener);
}

static void
on_usr2(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    sigaction(SIGUSR2, &action, NULL);
}

/* Starts a process that sends this one SIGUSR2 when it sleeps. */
static void
signal_when_asleep(void)
{
    pid_t parent = getpid();

    child = fork();
    if (child != 0)
        return;
    await_sleep(parent);
    kill(parent, SIGUSR2);
    _exit(0);
}

static bool
accept_ends_without_listener(void)
{
    FCGX_Request request;

    listener = listen_local(name);
    on_usr2(close_listener);
    FCGX_Init();
    FCGX_InitRequest(&request, listener, 0);
    signal_when_asleep();
    return FCGX_Accept_r(&request) == -EBADF;
}

static void
put_another(int signal_number)
{
    static char other[64];
    int fd = listen_local(other);
    int web_fd;

    (void)signal_number;
    dup2(fd, listener);
    close(fd);
    put_get(&input, 1, 0, "/");
    web_fd = connect_to(other);
    if (write(web_fd, input.data, input.size) < 0)
        _exit(1);
}

static bool
another_listener_is_taken(void)
{
    FCGX_Request request;

    listener = listen_local(name);
    on_usr2(put_another);
    FCGX_Init();
    FCGX_InitRequest(&request, listener, 0);
    signal_when_asleep();
    return FCGX_Accept_r(&request) == 0;
}

static bool
read_may_be_left(void)
{
    char text[8];

    put_head(&input, 1, 1, "/");
    put_stream(&input, FCGI_TYPE_STDIN, 1, "abc", 3);
    if (!serves("/"))
        return false;
    on_usr2(jump);
    signal_when_asleep();
    if (sigsetjmp(back, 1) == 0) {
        FCGX_GetStr(text, sizeof(text), web.request.in);
        return false;
    }
    put_stream(&input, FCGI_TYPE_STDIN, 1, "def", 3);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    send_input();
    return has_body("def", 0) && ends_as("STDOUT 1 0; END 1 0 0; ", 1);
}

/* Its record is cut; nothing else may come on that connection. */
static bool
write_may_be_left(void)
{
    put_get(&input, 1, 1, "/");
    if (!serves("/"))
        return false;
    on_usr2(jump);
    signal_when_asleep();
    if (sigsetjmp(back, 1) == 0) {
        FCGX_PutStr(large, LARGE, web.request.out);
        return false;
    }
    FCGX_PutS("more", web.request.out);
    FCGX_Finish_r(&web.request);
    return web.request.ipcFd < 0;
}

/* A program that writes more than its web server reads. */
static void
write_much(void)
{
    dup2(listener, STDIN_FILENO);
    on_usr2(leave);
    alarm(4);
    if (FCGI_Accept() == 0)
        FCGI_fwrite(large, 1, LARGE, FCGI_stdout);
    _exit(1);
}

static bool
exit_ends_a_write(void)
{
    struct pollfd p = {.events = POLLIN};
    int status;

    listener = listen_local(name);
    child = fork();
    if (child == 0)
        write_much();
    put_get(&input, 1, 0, "/");
    p.fd = connect_to(name);
    if (write(p.fd, input.data, input.size) < 0 || poll(&p, 1, 5000) != 1)
        return false;
    await_sleep(child);
    kill(child, SIGUSR2);
    while (read(p.fd, large, LARGE) > 0)
        continue;
    return waitpid(child, &status, 0) == child && status == 0;
}

static bool
no_stream_is_no_crash(void)
{
    char text[8];

    return FCGX_GetChar(NULL) == -1 &&
           FCGX_GetStr(text, sizeof(text), NULL) == 0 &&
           FCGX_GetLine(text, sizeof(text), NULL) == NULL &&
           FCGX_UnGetChar('a', NULL) == -1 && FCGX_HasSeenEOF(NULL) == -1 &&
           FCGX_PutChar('a', NULL) == -1 && FCGX_PutStr("a", 1, NULL) == -1 &&
           FCGX_PutS("a", NULL) == -1 && FCGX_FPrintF(NULL, "%d", 1) == -1 &&
           FCGX_FFlush(NULL) == -1 && FCGX_FClose(NULL) == 0 &&
           FCGX_GetError(NULL) == EBADF && FCGX_StartFilterData(NULL) == -1 &&
           (FCGX_ClearError(NULL), FCGX_SetExitStatus(1, NULL), true);
}

static int told[2]; /* a pipe */

static void *
serve_one(void *arg)
{
    pid_t tid = (pid_t)syscall(SYS_gettid);

    (void)arg;
    if (write(told[1], &tid, sizeof(tid)) > 0 &&
        FCGX_Accept_r(&web.request) == 0 && write(told[1], "", 1) == 1)
        pause();
    return NULL;
}

/* Called when the library's destructors have run. */
static ssize_t
ask_thread(void *cookie, const char *text, size_t size)
{
    char byte;

    (void)cookie;
    (void)text;
    (void)size;
    put_get(&input, 1, 0, "/");
    web.fd = connect_to(name);
    send_input();
    _exit(read(told[0], &byte, 1) == 1 ? 0 : 1);
}

static bool
thread_may_outlive_main(void)
{
    const cookie_io_functions_t functions = {.write = ask_thread};
    FILE *file = fopencookie(NULL, "w", functions);
    pthread_t thread;
    pid_t tid;

    listener = listen_local(name);
    FCGX_Init();
    FCGX_InitRequest(&web.request, listener, 0);
    if (pipe(told) != 0 ||
        pthread_create(&thread, NULL, serve_one, NULL) != 0 ||
        read(told[0], &tid, sizeof(tid)) != (ssize_t)sizeof(tid))
        return false;
    await_sleep(tid);
    fputs("text", file);
    exit(1);
}

/* Pointers of FCGX_Accept, which nobody sets to NULL. */
static bool
ended_stream_is_no_crash(void)
{
    FCGX_Stream *in, *out, *err;
    FCGX_ParamArray envp;
    char text[8];

    listener = listen_local(name);
    dup2(listener, STDIN_FILENO);
    put_get(&input, 1, 0, "/");
    web.fd = connect_to(name);
    send_input();
    if (FCGX_Accept(&in, &out, &err, &envp) != 0)
        return false;
    FCGX_Finish();
    free(malloc(100));
    return FCGX_PutS("late", out) == -1 && FCGX_FPrintF(err, "late") == -1 &&
           FCGX_GetStr(text, sizeof(text), in) == 0 &&
           FCGX_GetParam("URI", envp) != NULL &&
           strcmp(web_trace(&web, 1), "STDOUT 1 0; END 1 0 0; EOF") == 0;
}

/* A child of a process between two requests takes others. */
static bool
child_leaves_connection_alone(void)
{
    struct web other = {.request.ipcFd = -1};
    int status;

    listener = listen_local(name);
    FCGX_Init();
    FCGX_InitRequest(&web.request, listener, 0);
    put_get(&input, 1, 1, "/first");
    web.fd = connect_to(name);
    send_input();
    if (!accepts("/first") || !ends_as("STDOUT 1 0; END 1 0 0; ", 1))
        return false;
    child = fork();
    if (child == 0) {
        alarm(6);
        _exit(accepts("/child") ? 0 : 1);
    }
    await_sleep(child);
    put_get(&input, 2, 1, "/second");
    send_input();
    await_sleep(child); /* it would have been woken */
    if (!accepts("/second") || !ends_as("STDOUT 2 0; END 2 0 0; ", 1))
        return false;
    put_get(&input, 1, 0, "/child");
    other.fd = connect_to(name);
    web_send(&other, &input);
    return waitpid(child, &status, 0) == child && status == 0;
}

#ifdef HAVE_SYS_EPOLL_H
static bool has_no_room; /* as fs.epoll.max_user_watches may have it */

/* Instead of the C library's. */
int
epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
    if (has_no_room && operation == EPOLL_CTL_ADD) {
        errno = ENOSPC;
        return -1;
    }
    return (int)syscall(SYS_epoll_ctl, set, operation, fd, event);
}

static bool
no_watch_is_needed(void)
{
    FCGX_Request request;
    pid_t parent = getpid();

    has_no_room = true;
    listener = listen_local(name);
    FCGX_Init();
    FCGX_InitRequest(&request, listener, 0);
    child = fork();
    if (child == 0) {
        await_sleep(parent);
        web.fd = connect_to(name);
        put_get(&input, 1, 0, "/");
        send_input();
        web_trace(&web, 1);
        _exit(0);
    }
    return FCGX_Accept_r(&request) == 0;
}
#endif

static const struct rule rules[] = {
    {"P: a handler that closes the listening socket ends accept", KEEPS,
     accept_ends_without_listener},
    {"P: a handler may put another listening socket in its place", KEEPS,
     another_listener_is_taken},
    {"P: a handler may jump out of a read", BREAKS, read_may_be_left},
    {"P: a handler may jump out of a write", BREAKS, write_may_be_left},
    {"P: a handler may end the process in a write", KEEPS, exit_ends_a_write},
    {"P: a stream of a request that is over is no crash", BREAKS,
     ended_stream_is_no_crash},
    {"P: a child leaves its parent's kept connection alone", BREAKS,
     child_leaves_connection_alone},
    {"P: a stream that is not there is no crash", BREAKS,
     no_stream_is_no_crash},
#ifdef HAVE_SYS_EPOLL_H
    {"P: accept needs no room in the kernel's tables", KEEPS,
     no_watch_is_needed},
#endif
    {"P: a thread may accept while main ends", KEEPS, thread_may_outlive_main},
};

int
main(int argc, char **argv)
{
    return try_rules(argc, argv, rules, sizeof(rules) / sizeof(*rules));
}
