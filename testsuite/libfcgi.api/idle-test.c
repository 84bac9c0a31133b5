/* SPDX-License-Identifier: BSD-2-Clause */
/* Many threads that have nothing to do: what they cost, and whom they hold. */
#include "config.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api.h"
#include "unit.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

/* ThreadSanitizer does not see the locks of a thread that is cancelled, or
 * jumps, in a system call.  AddressSanitizer leaves the frames marked that a
 * cancelled thread goes back over, and then trips over the marks itself. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { CANCELLED = 0 };
#else
enum { CANCELLED = 32 };
#endif

enum { THREADS = 64, MEMORY = 64 };

static char name[64];
static int listener;
static pthread_t threads[THREADS];
static pthread_barrier_t all_busy;
static struct bytes input;

static void *
serve(void *unused)
{
    FCGX_Request request;

    (void)unused;
    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0) {
        pthread_barrier_wait(&all_busy);
        FCGX_PutS("x", request.out);
        FCGX_Finish_r(&request);
    }
    FCGX_Free(&request, 1);
    return NULL;
}

static void
send_request(struct web *web)
{
    memset(web, 0, sizeof(*web));
    web->request.ipcFd = -1;
    web->fd = connect_to(name);
    input.size = 0;
    put_get(&input, 1, 1, "/");
    web_send(web, &input);
}

static bool
is_answered(struct web *web)
{
    web_trace(web, 1);
    return web->out.size == 1;
}

/* A request to each thread at once, on connections of their own. */
static bool
ask_all(int count)
{
    static struct web webs[THREADS];
    bool good = true;
    int i;

    for (i = 0; i < count; i++)
        send_request(&webs[i]);
    for (i = 0; i < count; i++)
        good = is_answered(&webs[i]) && good;
    for (i = 0; i < count; i++)
        web_close(&webs[i]);
    return good;
}

/* KiB of memory that the process has now. */
static long
resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    if (file == NULL || fscanf(file, "%*s %ld", &pages) != 1)
        pages = -1;
    if (file != NULL)
        fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void
check_memory(void)
{
    long before = resident();
    long each;
    bool good;
    int i;

    for (i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, serve, NULL);
    good = ask_all(THREADS);
    UNIT_CHECK(good, "idle: %d threads serve %d requests at once", THREADS,
               THREADS);
    each = (resident() - before) / THREADS;
    UNIT_CHECK(IS_SANITIZED || (before > 0 && each < MEMORY),
               "idle: then each takes less than %d KiB, its stack included",
               MEMORY);
    if (each >= MEMORY)
        printf("they take %ld KiB each\n", each);
}

static void
check_cancelled(void)
{
    int i;

    for (i = 0; i < CANCELLED; i++)
        pthread_cancel(threads[i]);
    for (i = 0; i < CANCELLED; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&all_busy);
    pthread_barrier_init(&all_busy, NULL, THREADS - CANCELLED);
    UNIT_CHECK(ask_all(THREADS - CANCELLED),
               "idle: when %d of them are cancelled the others all serve",
               CANCELLED);
}

static void
check_leave(void)
{
    long long start = now();
    int i;

    FCGX_ShutdownPending();
    for (i = CANCELLED; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    UNIT_CHECK(now() - start < 1000, "idle: all end when it is time to leave");
}

/* --- Handlers that jump ----------------------------------------------------
 */

enum { JUMPERS = 2 };

static __thread sigjmp_buf before;
static pid_t tids[JUMPERS];

static void
jump(int number)
{
    siglongjmp(before, number);
}

static void *
serve_jumping(void *tid)
{
    FCGX_Request request;

    FCGX_InitRequest(&request, listener, 0);
    if (sigsetjmp(before, 1) == 0)
        __atomic_store_n((pid_t *)tid, (pid_t)syscall(SYS_gettid),
                         __ATOMIC_RELEASE);
    while (FCGX_Accept_r(&request) == 0)
        FCGX_PutS("x", request.out);
    return NULL;
}

/* Threads that wait, and leave the wait by a jump, and wait again. */
static void
run_jumping(void)
{
    struct web web;
    int i, round;

    alarm(20);
    signal(SIGUSR2, jump);
    for (i = 0; i < JUMPERS; i++) {
        pthread_create(&threads[i], NULL, serve_jumping, &tids[i]);
        while (__atomic_load_n(&tids[i], __ATOMIC_ACQUIRE) == 0)
            sched_yield();
    }
    for (round = 0; round < 3; round++)
        for (i = 0; i < JUMPERS; i++) {
            await_sleep(tids[i]);
            pthread_kill(threads[i], SIGUSR2);
        }
    for (i = 0; i < JUMPERS; i++)
        await_sleep(tids[i]);
    send_request(&web);
    _exit(is_answered(&web) ? 0 : 1);
}

static void
check_jumps(void)
{
    int status = 1;
    pid_t pid = fork();

    if (pid == 0)
        run_jumping();
    waitpid(pid, &status, 0);
    UNIT_CHECK(status == 0, "idle: threads that left by a jump come again");
}

int
main(void)
{
    FCGX_Init();
    listener = listen_local(name);
    pthread_barrier_init(&all_busy, NULL, THREADS);
    if (CANCELLED > 0)
        check_jumps();
    check_memory();
    check_cancelled();
    check_leave();
    pthread_barrier_destroy(&all_busy);
    bytes_free(&input);
    close(listener);
    unlink(name);
    return unit_done();
}
