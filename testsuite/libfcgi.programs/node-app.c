/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * node-app ADDRESS THREADS: one of several that a proxy shares its requests
 * among.  It listens by itself, takes two milliseconds for each request, and
 * answers with the size of its body.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "fcgiapp.h"

static int listener;

static void *
serve(void *arg)
{
    static const struct timespec work = {.tv_nsec = 2000000};
    FCGX_Request request;
    char body[4096];
    int size;

    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0) {
        size = FCGX_GetStr(body, sizeof(body), request.in);
        nanosleep(&work, NULL);
        FCGX_FPrintF(request.out, "Content-Type: text/plain\r\n\r\n%d bytes\n",
                     size);
    }
    FCGX_Free(&request, 1);
    return arg;
}

int
main(int argc, char **argv)
{
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
    pthread_t thread;
    long i;

    if (argc < 2 || FCGX_Init() != 0)
        return 2;
    listener = FCGX_OpenSocket(argv[1], 128);
    if (listener < 0) {
        perror(argv[1]);
        return 2;
    }
    for (i = 1; i < count; i++)
        if (pthread_create(&thread, NULL, serve, NULL) != 0 ||
            pthread_detach(thread) != 0)
            return 2;
    serve(NULL);
    pthread_exit(NULL); /* when the others have ended, too */
}
