/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lanes-app THREADS [close]: serves so many requests at once; closes the
 * connection after each.  It answers with one
 * line: its pid, requests at work when this one ended, the most that it has
 * ever seen, and how many it has had.  QUERY_STRING tells what to do before:
 *
 *   meet=N   waits until N requests are at work, at most 5 seconds
 *   wait=MS  waits so long
 *   grow=N   starts N more threads
 *   gate=FILE  makes FILE.PID, then waits until there is FILE; last
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fcgiapp.h"

enum { PATIENCE = 5 /* seconds */ };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t ready; /* of those from the start */
static int closes, at_work, most, requests, meetings;

/* The number behind "NAME=" in the query; 0: there is none. */
static long
number_of(const char *query, const char *name)
{
    const char *at = strstr(query, name);

    return at != NULL ? strtol(at + strlen(name), NULL, 10) : 0;
}

/* All of those who met leave, though the first to leave is not there for the
 * others any more. */
static void
meet(long count)
{
    struct timespec end;
    int before = meetings;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += PATIENCE;
    if (at_work >= count) {
        meetings++;
        pthread_cond_broadcast(&changed);
    }
    while (meetings == before &&
           pthread_cond_timedwait(&changed, &lock, &end) == 0)
        ;
}

static void *serve(void *first);

static void
grow(long count, void *first)
{
    pthread_t thread;

    while (count-- > 0)
        if (pthread_create(&thread, NULL, serve, first) == 0)
            pthread_detach(thread);
}

static void
mark(const char *gate)
{
    char path[1024];
    int n = snprintf(path, sizeof(path), "%s.%ld", gate, (long)getpid());
    FILE *file = n > 0 && (size_t)n < sizeof(path) ? fopen(path, "w") : NULL;

    if (file != NULL)
        fclose(file);
}

static void
answer(FCGX_Request *request)
{
    const char *query = FCGX_GetParam("QUERY_STRING", request->envp), *gate;
    struct timespec pause_for;
    long ms;

    if (query == NULL)
        query = "";
    ms = number_of(query, "wait=");
    pthread_mutex_lock(&lock);
    if (++at_work > most)
        most = at_work;
    requests++;
    grow(number_of(query, "grow="), NULL);
    pthread_mutex_unlock(&lock);
    pause_for.tv_sec = ms / 1000;
    pause_for.tv_nsec = ms % 1000 * 1000000;
    nanosleep(&pause_for, NULL);
    gate = strstr(query, "gate=");
    if (gate != NULL)
        mark(gate + 5);
    pause_for.tv_sec = 0;
    pause_for.tv_nsec = 5000000;
    while (gate != NULL && access(gate + 5, F_OK) != 0)
        nanosleep(&pause_for, NULL);
    pthread_mutex_lock(&lock);
    if (number_of(query, "meet=") > 0)
        meet(number_of(query, "meet="));
    FCGX_FPrintF(request->out, "Content-Type: text/plain\r\n\r\n%ld %d %d %d\n",
                 (long)getpid(), at_work, most, requests);
    at_work--;
    pthread_mutex_unlock(&lock);
}

static void *
serve(void *first)
{
    FCGX_Request request;

    if (first != NULL)
        pthread_barrier_wait(first);
    FCGX_InitRequest(&request, 0, 0);
    while (FCGX_Accept_r(&request) == 0) {
        answer(&request);
        if (closes)
            request.keepConnection = 0;
        FCGX_Finish_r(&request);
    }
    FCGX_Free(&request, 1);
    return NULL;
}

int
main(int argc, char **argv)
{
    long threads = argc > 1 ? strtol(argv[1], NULL, 10) : 1;

    closes = argc > 2;
    if (FCGX_Init() != 0 ||
        pthread_barrier_init(&ready, NULL, (unsigned)threads) != 0)
        return EXIT_FAILURE;
    grow(threads - 1, &ready);
    serve(&ready);
    return EXIT_SUCCESS;
}
