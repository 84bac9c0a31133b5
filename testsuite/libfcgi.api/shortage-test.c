/* SPDX-License-Identifier: BSD-2-Clause */
/* Without descriptors to spare, accept waits until there are some. */
#include "config.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "api.h"
#include "unit.h"

static FCGX_Request request;
static pid_t accepter;
static pthread_barrier_t go;

static void *
accept_one(void *arg)
{
    (void)arg;
    __atomic_store_n(&accepter, (pid_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
    pthread_barrier_wait(&go);
    return FCGX_Accept_r(&request) == 0 ? &request : NULL;
}

/* Takes all descriptors, then lets a thread accept; returns when it waits. */
static pthread_t
accept_without_any(int *last)
{
    pthread_t thread;
    int state;
    int fd;

    accepter = 0;
    pthread_create(&thread, NULL, accept_one, NULL);
    while (__atomic_load_n(&accepter, __ATOMIC_SEQ_CST) == 0)
        sched_yield();
    state = open_state(accepter);
    while ((fd = dup(0)) >= 0)
        *last = fd;
    pthread_barrier_wait(&go);
    await_sleep_at(state);
    return thread;
}

int
main(void)
{
    struct rlimit limit = {.rlim_cur = 64, .rlim_max = 64};
    struct bytes input = {0};
    struct web web = {.request.ipcFd = -1};
    char name[64];
    pthread_t thread;
    void *accepted = NULL;
    int last = -1;
    int fd;

    FCGX_Init();
    pthread_barrier_init(&go, NULL, 2);
    setrlimit(RLIMIT_NOFILE, &limit);
    FCGX_InitRequest(&request, listen_local(name), 0);
    web.fd = connect_to(name);
    put_get(&input, 1, 0, "/");
    web_send(&web, &input);
    thread = accept_without_any(&last);
    close(last);
    close(last - 1);
    pthread_join(thread, &accepted);
    UNIT_CHECK(last > 0 && accepted != NULL,
               "shortage: accept waits for a descriptor and goes on");
    FCGX_Finish_r(&request);
    UNIT_CHECK(strcmp(web_trace(&web, 1), "STDOUT 1 0; END 1 0 0; EOF") == 0,
               "shortage: the request is answered");

    web_close(&web);
    web.fd = connect_to(name);
    thread = accept_without_any(&last);
    kill(getpid(), SIGTERM);
    pthread_join(thread, &accepted);
    UNIT_CHECK(accepted == NULL, "shortage: SIGTERM ends the wait");
    for (fd = 3; fd < (int)limit.rlim_cur; fd++)
        close(fd);
    unlink(name);
    bytes_free(&input);
    return unit_done();
}
