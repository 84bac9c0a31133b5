/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threaded: several requests at once in one process.  Each thread has an
 * FCGX_Request of its own, and all of them wait at the same listening socket.
 * The first argument is the number of threads.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fcgiapp.h"

enum { THREADS_DEFAULT = 8, THREADS_MAX = 256 };

static pthread_mutex_t counts_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned counts[THREADS_MAX]; /* requests of each thread */

static void
answer(FCGX_Request *request, unsigned self, unsigned threads)
{
    const char *query = FCGX_GetParam("QUERY_STRING", request->envp);

    pthread_mutex_lock(&counts_lock);
    counts[self]++;
    FCGX_FPrintF(request->out,
                 "Content-Type: text/plain; charset=utf-8\r\n\r\n"
                 "Thread %u of process %ld, query \"%s\"\n\nRequests:",
                 self, (long)getpid(), query == NULL ? "" : query);
    for (unsigned i = 0; i < threads; i++)
        FCGX_FPrintF(request->out, " %u", counts[i]);
    pthread_mutex_unlock(&counts_lock);
    FCGX_PutChar('\n', request->out);
}

struct worker {
    pthread_t thread;
    unsigned self;
    unsigned threads;
};

static void *
work(void *data)
{
    const struct worker *worker = data;
    FCGX_Request request;

    FCGX_InitRequest(&request, 0, 0);
    while (FCGX_Accept_r(&request) == 0) {
        answer(&request, worker->self, worker->threads);
        FCGX_Finish_r(&request);
    }
    FCGX_Free(&request, 1);
    return NULL;
}

int
main(int argc, char **argv)
{
    static struct worker workers[THREADS_MAX];
    unsigned long threads =
        argc > 1 ? strtoul(argv[1], NULL, 10) : THREADS_DEFAULT;

    if (threads < 1 || threads > THREADS_MAX) {
        fprintf(stderr, "threaded: the number of threads is 1 to %d\n",
                THREADS_MAX);
        return EXIT_FAILURE;
    }
    if (FCGX_Init() != 0)
        return EXIT_FAILURE;
    for (unsigned i = 0; i < threads; i++) {
        workers[i] = (struct worker){.self = i, .threads = (unsigned)threads};
        if (i > 0 &&
            pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            return EXIT_FAILURE;
    }
    work(&workers[0]);
    for (unsigned i = 1; i < threads; i++)
        pthread_join(workers[i].thread, NULL);
    return EXIT_SUCCESS;
}
