/* SPDX-License-Identifier: BSD-2-Clause */
/* FCGX_RunThreads. */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api.h"
#include "fcgiext.h"
#include "unit.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

enum { THREADS = 6, ROUNDS = 20 };

static char name[64];
static int listener;
static pthread_t first;

/* What is noticed in the threads. */
struct notes {
    pthread_barrier_t all; /* they are all in a request */
    int as_first;          /* requests in the calling thread, atomic */
    int interrupted;       /* with SIGTERM or SIGUSR2 let through, atomic */
    int deaf;              /* with SIGSEGV blocked, atomic */
    int odd_stack;         /* atomic */
};

static bool
has_odd_stack(void)
{
    pthread_attr_t attributes;
    size_t size = 0;

    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return true;
    pthread_attr_getstacksize(&attributes, &size);
    pthread_attr_destroy(&attributes);
    return size < 256 << 10 || size > (8 << 20) + (64 << 10);
}

static void
count(int *number, bool is_so)
{
    if (is_so)
        __atomic_add_fetch(number, 1, __ATOMIC_RELAXED);
}

static int
serve(FCGX_Request *request, void *data)
{
    struct notes *notes = data;
    sigset_t blocked;

    pthread_barrier_wait(&notes->all);
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    count(&notes->as_first, pthread_equal(pthread_self(), first) != 0);
    count(&notes->interrupted, sigismember(&blocked, SIGTERM) == 0 ||
                                   sigismember(&blocked, SIGUSR2) == 0);
    count(&notes->deaf, sigismember(&blocked, SIGSEGV) != 0);
    count(&notes->odd_stack, has_odd_stack());
    FCGX_PutS(FCGX_GetParam("URI", request->envp), request->out);
    return 7;
}

/* As many requests at once as there are threads; true if all are answered. */
static bool
ask_all(void)
{
    static const char answer[] = "STDOUT 1 4; STDOUT 1 0; END 1 7 0; ";
    struct web webs[THREADS];
    struct bytes input = {0};
    bool good = true;
    int i;

    put_get(&input, 1, 0, "/uri");
    for (i = 0; i < THREADS; i++) {
        memset(&webs[i], 0, sizeof(webs[i]));
        webs[i].request.ipcFd = -1;
        webs[i].fd = connect_to(name);
        web_send(&webs[i], &input);
    }
    for (i = 0; i < THREADS; i++) {
        good = strncmp(web_trace(&webs[i], 1), answer, strlen(answer)) == 0 &&
               good;
        web_close(&webs[i]);
    }
    bytes_free(&input);
    return good;
}

/* The web server; ends the application when it is done. */
static void *
ask(void *good)
{
    int i;

    *(bool *)good = true;
    for (i = 0; i < ROUNDS; i++)
        *(bool *)good = ask_all() && *(bool *)good;
    kill(getpid(), SIGTERM);
    return NULL;
}

static void
check_service(void)
{
    struct notes notes = {.as_first = 0};
    pthread_attr_t attributes;
    pthread_t web;
    bool good;
    int result;

    first = pthread_self();
    pthread_barrier_init(&notes.all, NULL, THREADS);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 << 20);
    pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
    pthread_create(&web, NULL, ask, &good);
    result = FCGX_RunThreads(THREADS, listener, serve, &notes, 0);
    pthread_join(web, NULL);
    pthread_barrier_destroy(&notes.all);
    UNIT_CHECK(good, "threads: %d serve as many requests at once, %d times",
               THREADS, ROUNDS);
    UNIT_CHECK(result == 0, "threads: SIGTERM ends them");
    UNIT_CHECK(notes.as_first == 0, "threads: the calling one does not serve");
    UNIT_CHECK(notes.interrupted == 0, "threads: signals are not for them");
    UNIT_CHECK(notes.deaf == 0, "threads: but for those of their faults");
    UNIT_CHECK(notes.odd_stack == 0, "threads: no stack of 64 MiB");
}

static void
check_refusals(void)
{
    UNIT_CHECK(FCGX_RunThreads(0, listener, serve, NULL, 0) == -EINVAL,
               "threads: 0 are refused");
    UNIT_CHECK(FCGX_RunThreads(1025, listener, serve, NULL, 0) == -EINVAL,
               "threads: 1025 are refused");
    UNIT_CHECK(FCGX_RunThreads(1, listener, serve, NULL, 1) == -EINVAL,
               "threads: unknown flags are refused");
    UNIT_CHECK(FCGX_RunThreads(1, listener, NULL, NULL, 0) == -EINVAL,
               "threads: no function is refused");
    UNIT_CHECK(FCGX_RunThreads(2, 999, serve, NULL, 0) == -EBADF,
               "threads: no socket is what accept fails with");
}

/* Without memory for them. */
static int
run_many(void)
{
    struct rlimit limit = {.rlim_cur = 256 << 20, .rlim_max = 256 << 20};

    setrlimit(RLIMIT_AS, &limit);
    return FCGX_RunThreads(500, listener, serve, NULL, 0) == -EAGAIN ? 0 : 1;
}

static void
check_shortage(void)
{
    int status = 0;
    pid_t pid = IS_SANITIZED ? 0 : fork();

    if (pid == 0 && !IS_SANITIZED) {
        alarm(20);
        _exit(run_many());
    }
    if (pid != 0)
        waitpid(pid, &status, 0);
    UNIT_CHECK(status == 0, "threads: all of them or none");
}

int
main(void)
{
    listener = listen_local(name);
    check_refusals();
    check_shortage();
    check_service();
    close(listener);
    unlink(name);
    return unit_done();
}
