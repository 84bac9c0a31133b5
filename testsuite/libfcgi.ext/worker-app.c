/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * worker-app [WORD]...: an ordinary accept loop, told by its words how to be
 * special.  It answers with lines "name value" about itself, does first what
 * QUERY_STRING names, and notes on standard error what becomes of it.
 *
 *   prefork=N   calls FCGX_Prefork(N, 0), and notes what that returns
 *   threads=N   serves by FCGX_RunThreads(N...), and notes what that returns
 *   again       and once more after it
 *   handle-hup  has a handler for SIGHUP, which notes it
 *   handle-term has a handler of its own for SIGTERM
 *   die         each forked process ends at once
 *   thread      has a second thread before it accepts
 *   open=NAME   listens at NAME, not at descriptor 0
 *   options     notes the values of all options
 *   listen      notes the listening sockets that there are, and FCGX_IsCGI
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fcgiext.h"

static int listener;
static int workers, threads, again, dies, has_thread, notes_options;
static const char *memory = "";

/* In one write, from signal handlers too. */
static void
note(const char *format, ...)
{
    char line[128];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (n < 0 || write(STDERR_FILENO, line, (size_t)n) != n)
        _exit(9);
}

static void
on_hup(int number)
{
    (void)number;
    note("hup %ld\n", (long)getpid());
}

static void
on_term(int number)
{
    (void)number;
    note("term %ld\n", (long)getpid());
    FCGX_ShutdownPending();
}

static void
on_exit_note(void)
{
    note("atexit %ld\n", (long)getpid());
}

static void
on_fork(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    note("born %lld\n", (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000);
    _exit(3);
}

static void *
wait_for_ever(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static void
handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    sigaction(number, &action, NULL);
}

static void
note_listeners(void)
{
    int n = 0;
    int fd;

    do {
        fd = FCGX_ListenFd(n++);
        note("listen %d\n", fd);
    } while (fd >= 0);
    note("below %d\n", FCGX_ListenFd(-1));
    note("cgi %d\n", FCGX_IsCGI());
}

static void
take_word(const char *word)
{
    if (strncmp(word, "prefork=", 8) == 0)
        workers = (int)strtol(word + 8, NULL, 10);
    else if (strncmp(word, "threads=", 8) == 0)
        threads = (int)strtol(word + 8, NULL, 10);
    else if (strcmp(word, "again") == 0)
        again = 1;
    else if (strcmp(word, "handle-hup") == 0)
        handle(SIGHUP, on_hup);
    else if (strcmp(word, "handle-term") == 0)
        handle(SIGTERM, on_term);
    else if (strcmp(word, "die") == 0)
        dies = 1;
    else if (strcmp(word, "thread") == 0)
        has_thread = 1;
    else if (strcmp(word, "options") == 0)
        notes_options = 1;
    else if (strcmp(word, "listen") == 0)
        note_listeners();
    else if (strncmp(word, "open=", 5) == 0)
        listener = FCGX_OpenSocket(word + 5, 16);
    else
        note("what is %s?\n", word);
}

static void
answer(FCGX_Request *request)
{
    const char *query = FCGX_GetParam("QUERY_STRING", request->envp);
    const char *variable = getenv("FCGI_WORKERS");
    char byte;

    if (query != NULL && strcmp(query, "crash") == 0)
        raise(SIGKILL);
    if (query != NULL && strcmp(query, "body") == 0) {
        note("reading\n");
        while (FCGX_GetStr(&byte, 1, request->in) > 0)
            continue;
    }
    FCGX_FPrintF(request->out,
                 "Content-Type: text/plain\r\n\r\n"
                 "pid %ld\nparent %ld\nmemory %s\nvariable %s\n"
                 "socket %d\n",
                 (long)getpid(), (long)getppid(), memory,
                 variable == NULL ? "none" : variable, request->listen_sock);
}

static int
serve(FCGX_Request *request, void *data)
{
    (void)data;
    answer(request);
    return 0;
}

int
main(int argc, char **argv)
{
    FCGX_Request request;
    pthread_t thread;
    char token[64];
    int result;
    int i;

    for (i = 1; i < argc; i++)
        take_word(argv[i]);
    snprintf(token, sizeof(token), "%ld", (long)getpid());
    memory = token;
    atexit(on_exit_note);
    if (dies)
        pthread_atfork(NULL, NULL, on_fork);
    if (has_thread)
        pthread_create(&thread, NULL, wait_for_ever, NULL);
    printf("buffered\n");
    result = FCGX_Init();
    if (result != 0)
        result = FCGX_Init(); /* as FCGX_IsCGI has called it before */
    if (result != 0)
        note("init %d\n", result);
    for (i = FCGX_IDLE_TIMEOUT; notes_options && i <= FCGX_OUT_BUFFER; i++)
        note("option %ld\n", FCGX_GetOption(i));
    FCGX_InitRequest(&request, listener, 0);
    if (workers != 0)
        note("prefork %d\n", FCGX_Prefork(workers, 0));
    if (again)
        note("again %d\n", FCGX_Prefork(1, 0));
    if (threads != 0)
        note("threads %d\n",
             FCGX_RunThreads(threads, listener, serve, NULL, 0));
    while ((result = FCGX_Accept_r(&request)) == 0)
        answer(&request);
    note("left %ld %d\n", (long)getpid(), result);
    note("then %d\n", FCGX_Accept_r(&request));
    FCGX_Free(&request, 1);
    return 0;
}
