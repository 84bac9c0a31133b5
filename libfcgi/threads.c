/* SPDX-License-Identifier: BSD-2-Clause */
/* An accept loop in several threads: see FCGX_RunThreads in fcgiext.h. */
#include "config.h"

#include "fcgiext.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "sig.h"
#include "workers.h"

enum { MOST_THREADS = 1024, LEAST_STACK = 256 << 10, MOST_STACK = 8 << 20 };

enum gate { GATE_SHUT, GATE_OPEN, GATE_GIVEN_UP };

struct pool {
    int (*serve)(FCGX_Request *request, void *data);
    void *data;
    int sock;
    int result; /* of the accept that failed first, atomic */
    /* Threads start to serve when all of them are there. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    enum gate gate;
};

static bool
may_start(struct pool *pool)
{
    bool is_open;

    pthread_mutex_lock(&pool->lock);
    while (pool->gate == GATE_SHUT)
        pthread_cond_wait(&pool->changed, &pool->lock);
    is_open = pool->gate == GATE_OPEN;
    pthread_mutex_unlock(&pool->lock);
    return is_open;
}

static void
set_gate(struct pool *pool, enum gate gate)
{
    pthread_mutex_lock(&pool->lock);
    pool->gate = gate;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

static void *
run(void *of)
{
    struct pool *pool = of;
    FCGX_Request request;
    int expected = 0;
    int result;

    if (!may_start(pool))
        return NULL;
    FCGX_InitRequest(&request, pool->sock, 0);
    while ((result = FCGX_Accept_r(&request)) == 0) {
        int status = pool->serve(&request, pool->data);

        if (status != 0)
            FCGX_SetExitStatus(status, request.out);
        FCGX_Finish_r(&request);
    }
    FCGX_Free(&request, 1);
    (void)__atomic_compare_exchange_n(&pool->result, &expected, result, false,
                                      __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    return NULL;
}

/* A stack of the usual size, unless the system's idea of that is none for many
 * threads. */
static void
set_stack(pthread_attr_t *attributes)
{
    size_t size = 0;

    pthread_attr_getstacksize(attributes, &size);
    if (size < LEAST_STACK)
        pthread_attr_setstacksize(attributes, LEAST_STACK);
    else if (size > MOST_STACK)
        pthread_attr_setstacksize(attributes, MOST_STACK);
}

/* Starts threads that leave all signals to the calling one, but for those of
 * their own faults.  Returns how many were started, of count. */
static int
start(pthread_t *threads, int count, struct pool *pool)
{
    pthread_attr_t attributes;
    sigset_t most, old;
    int n = 0;

    fcgi_sig_fill(&most);
    pthread_attr_init(&attributes);
    set_stack(&attributes);
    pthread_sigmask(SIG_SETMASK, &most, &old);
    while (n < count &&
           pthread_create(&threads[n], &attributes, run, pool) == 0)
        n++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    return n;
}

static int
run_all(int count, struct pool *pool)
{
    pthread_t *threads = calloc((size_t)count, sizeof(*threads));
    int n;

    if (threads == NULL)
        return -ENOMEM;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->changed, NULL);
    n = start(threads, count, pool);
    if (n < count)
        pool->result = -EAGAIN;
    set_gate(pool, n == count ? GATE_OPEN : GATE_GIVEN_UP);
    while (n > 0)
        pthread_join(threads[--n], NULL);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
    free(threads);
    return pool->result;
}

int
FCGX_RunThreads(int count, int sock,
                int (*serve)(FCGX_Request *request, void *data), void *data,
                int flags)
{
    struct pool pool = {.serve = serve, .data = data, .sock = sock};
    int error = -FCGX_Init();
    FCGX_Request request;
    int result;

    if (error != 0)
        return error;
    if (count < 1 || count > MOST_THREADS || serve == NULL || flags != 0)
        return -EINVAL;
    FCGX_InitRequest(&request, sock, 0);
    /* No process with threads can make workers: they come first. */
    result = fcgi_workers_enter(&request);
    if (result == 0)
        result = run_all(count, &pool);
    return fcgi_sig_pending() ? 0 : result;
}
