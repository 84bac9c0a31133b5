/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What exists once in the process: its set-up, and the request of FCGX_Accept.
 */
#include "config.h"

#include "fcgiapp.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "attach.h"
#include "ext.h"
#include "fastcgi.h"
#include "health.h"
#include "listen.h"
#include "options.h"
#include "process.h"
#include "request.h"
#include "sig.h"
#include "sock.h"
#include "workers.h"

static struct fcgi_process process;
static pthread_mutex_t init_lock = PTHREAD_MUTEX_INITIALIZER;

static FCGX_Request the_request;

/* -1: not known yet. */
static int is_cgi = -1;

const struct fcgi_process *
fcgi_process(void)
{
    return &process;
}

static void
count_fork(void)
{
    process.forks++;
}

static int
set_up(void)
{
    int error =
        fcgi_peers_init(&process.peers, getenv("FCGI_WEB_SERVER_ADDRS"));
    long linger = fcgi_option_linger();

    if (linger >= 0)
        (void)fcgi_option_set(FCGI_OPTION_LINGER, linger);
    if (error == 0)
        error = fcgi_ext_init();
    if (error == 0)
        error = fcgi_health_init();
    if (error == 0)
        error = fcgi_workers_init();
    if (error == 0)
        error = fcgi_sig_init();
    if (error == 0)
        error = -pthread_atfork(NULL, NULL, count_fork);
    if (error != 0)
        return error;
    FCGX_InitRequest(&the_request, FCGI_LISTENSOCK_FILENO, 0);
    __atomic_store_n(&process.is_ready, true, __ATOMIC_RELEASE);
    return 0;
}

int
FCGX_Init(void)
{
    int error = 0;

    if (__atomic_load_n(&process.is_ready, __ATOMIC_ACQUIRE))
        return 0;
    pthread_mutex_lock(&init_lock);
    if (!process.is_ready)
        error = set_up();
    pthread_mutex_unlock(&init_lock);
    return -error;
}

int
FCGX_IsCGI(void)
{
    int cgi = __atomic_load_n(&is_cgi, __ATOMIC_RELAXED);

    if (cgi < 0) {
        (void)FCGX_Init();
        cgi = !fcgi_sock_is_listening(fcgi_listen_default());
        __atomic_store_n(&is_cgi, cgi, __ATOMIC_RELAXED);
    }
    return cgi;
}

int
FCGX_OpenSocket(const char *path, int backlog)
{
    int fd = fcgi_sock_listen(path, backlog);

    if (fd < 0) {
        errno = -fd;
        return -1;
    }
    fcgi_listen_opened(fd);
    if (fd == FCGI_LISTENSOCK_FILENO)
        __atomic_store_n(&is_cgi, 0, __ATOMIC_RELAXED);
    return fd;
}

void
FCGX_ShutdownPending(void)
{
    fcgi_sig_shutdown();
}

int
FCGX_Accept(FCGX_Stream **in, FCGX_Stream **out, FCGX_Stream **err,
            FCGX_ParamArray *envp)
{
    int result = FCGX_Init();

    if (result != 0)
        return -result;
    result = FCGX_Accept_r(&the_request);
    *in = the_request.in;
    *out = the_request.out;
    *err = the_request.err;
    *envp = the_request.envp;
    return result;
}

/* What FCGX_Accept has given stays until the next one: the application has
 * pointers to it that could not be taken away. */
void
FCGX_Finish(void)
{
    fcgi_finish(&the_request);
    if (!the_request.keepConnection)
        fcgi_close(&the_request);
}
