/* SPDX-License-Identifier: BSD-2-Clause */
/* A process leaves while the last request of a multiplexed connection ends. */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api.h"
#include "unit.h"
#include "wire/wire.h"

enum { THREADS = 4, LEAVES = 60 };

static int listener;
static char name[64];
static pthread_t threads[THREADS];

static void *
serve_and_leave(void *arg)
{
    FCGX_Request request;

    (void)arg;
    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0)
        if (strcmp(FCGX_GetParam("URI", request.envp), "/leave") == 0)
            FCGX_ShutdownPending();
    FCGX_Free(&request, 1);
    return NULL;
}

static void
run_and_leave(void)
{
    int i;

    alarm(20);
    FCGX_Init();
    for (i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, serve_and_leave, NULL);
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    _exit(0);
}

/* Threads that leave meet the one that ends the connection's last request. */
int
main(void)
{
    struct bytes input = {0};
    struct web web;
    int good = 0;
    int i;

    listener = listen_local(name);
    for (i = 0; i < LEAVES; i++) {
        pid_t pid = fork();
        int status;

        if (pid == 0)
            run_and_leave();
        memset(&web, 0, sizeof(web));
        web.request.ipcFd = -1;
        web.fd = connect_to(name);
        input.size = 0;
        put_get(&input, 1, 1, "/");
        web_send(&web, &input);
        web_trace(&web, 1);
        input.size = 0;
        put_get(&input, 2, 1, "/leave");
        web_send(&web, &input);
        web_trace(&web, 2);
        good +=
            waitpid(pid, &status, 0) == pid && status == 0 &&
            strcmp((char *)web.trace.data, "STDOUT 2 0; END 2 0 0; EOF") == 0;
        web_close(&web);
    }
    UNIT_CHECK(good == LEAVES,
               "mpx: a request's end and the process's may meet (%d of %d)",
               good, LEAVES);
    close(listener);
    unlink(name);
    bytes_free(&input);
    return unit_done();
}
