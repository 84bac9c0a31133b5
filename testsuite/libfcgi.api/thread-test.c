/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that share a listening socket, and web servers of all habits. */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api.h"
#include "unit.h"
#include "wire/wire.h"

enum { THREADS = 8, CLIENTS = 4, REQUESTS = 150, BODY = 70000 };

static char name[64];
static int listener;
static char body[BODY];

static void *
serve(void *arg)
{
    long *served = arg;
    char *copy = malloc(BODY);
    FCGX_Request request;

    FCGX_InitRequest(&request, listener, 0);
    while (copy != NULL && FCGX_Accept_r(&request) == 0) {
        int n = FCGX_GetStr(copy, BODY, request.in);

        FCGX_FPrintF(request.out, "%s %d ", FCGX_GetParam("URI", request.envp),
                     n);
        FCGX_PutStr(copy, n, request.out);
        FCGX_SetExitStatus(n, request.out);
        FCGX_Finish_r(&request);
        ++*served;
    }
    FCGX_Free(&request, 1);
    free(copy);
    return NULL;
}

/* One request of n bytes; true if the answer is right. */
static bool
ask(struct web *web, unsigned id, int keep, const char *uri, int n)
{
    struct bytes input = {0};
    char head[64];
    int head_size = snprintf(head, sizeof(head), "%s %d ", uri, n);
    bool good;

    put_head(&input, id, (unsigned)keep, uri);
    put_stream(&input, FCGI_TYPE_STDIN, id, body, (size_t)n);
    put_end(&input, FCGI_TYPE_STDIN, id);
    web_send(web, &input);
    web_trace(web, 1);
    good = web->out.size == (size_t)(head_size + n) &&
           memcmp(web->out.data, head, (size_t)head_size) == 0 &&
           memcmp(web->out.data + head_size, body, (size_t)n) == 0;
    snprintf(head, sizeof(head), "END %u %d 0; ", id, n);
    good = good && strstr((char *)web->trace.data, head) != NULL;
    bytes_free(&input);
    return good;
}

static void *
ask_many(void *arg)
{
    int number = *(int *)arg;
    struct web web = {.request.ipcFd = -1, .fd = -1};
    char uri[32];
    long wrong = 0;
    int i;

    for (i = 0; i < REQUESTS; i++) {
        int keep = number % 2 == 0 && i % 10 != 9;

        if (web.fd < 0)
            web.fd = connect_to(name);
        snprintf(uri, sizeof(uri), "/%d/%d", number, i);
        wrong +=
            !ask(&web, (unsigned)i + 1, keep, uri, i % 7 == 0 ? BODY - i : i);
        if (!keep)
            web_close(&web);
    }
    web_close(&web);
    return (void *)wrong;
}

int
main(void)
{
    pthread_t servers[THREADS], clients[CLIENTS];
    long served[THREADS] = {0};
    int numbers[CLIENTS];
    long total = 0;
    long wrong = 0;
    void *result;
    int i;

    for (i = 0; i < BODY; i++)
        body[i] = (char)(i * 11 / 3);
    FCGX_Init();
    listener = listen_local(name);
    for (i = 0; i < THREADS; i++)
        pthread_create(&servers[i], NULL, serve, &served[i]);
    for (i = 0; i < CLIENTS; i++) {
        numbers[i] = i;
        pthread_create(&clients[i], NULL, ask_many, &numbers[i]);
    }
    for (i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i], &result);
        wrong += (long)result;
    }
    UNIT_CHECK(wrong == 0, "thread: %d wrong answers of %d", (int)wrong,
               CLIENTS * REQUESTS);
    FCGX_ShutdownPending();
    for (i = 0; i < THREADS; i++) {
        pthread_join(servers[i], NULL);
        total += served[i];
    }
    UNIT_CHECK(total == CLIENTS * REQUESTS, "thread: %ld requests served",
               total);
    close(listener);
    unlink(name);
    return unit_done();
}
