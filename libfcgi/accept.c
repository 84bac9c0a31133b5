/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a request: FCGX_InitRequest, Accept_r, Finish_r, Free.
 */
#include "config.h"

#include "fcgiapp.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fastcgi.h"
#include "io.h"
#include "listen.h"
#include "options.h"
#include "process.h"
#include "sig.h"
#include "sock.h"
#include "stream.h"
#include "workers.h"

/* What FCGX_Accept_r returns when there is no errno. */
enum { NOT_INITIALISED = -9998, LEAVING = -9999 };

/* A bit of FCGX_Request.flags: fcgi_sock_prepare was called on the listener. */
enum { LISTENER_IS_PREPARED = 1 << 24 };

enum {
    FIRST_PAUSE = 10,    /* milliseconds to wait for resources: doubled... */
    LONGEST_PAUSE = 500, /* ...up to here */
    LAST_GRACE = 1000    /* milliseconds for the rest of the parameters of a
                            request that has begun when it is time to leave */
};

/* What a wait ended with, besides -errno. */
enum { WAIT_READY, WAIT_TIMEOUT };

/*
 * Waits until fd (-1: nothing) is readable.  Returns WAIT_READY, WAIT_TIMEOUT,
 * -ECANCELED when it is time to leave, -EINTR after a signal, or -errno.
 */
static int
wait_for(int fd, int timeout)
{
    int fds[2] = {fd, fcgi_sig_fd()};
    int ready;

    if (fcgi_sig_pending())
        return -ECANCELED;
    if (fds[1] < 0 && (timeout < 0 || timeout > FCGI_SIG_STEP))
        timeout = FCGI_SIG_STEP;
    ready = fcgi_io_wait(fds, 2, timeout);
    if (fcgi_sig_pending())
        return -ECANCELED;
    if (ready < 0)
        return ready;
    if ((ready & 1) != 0)
        return WAIT_READY;
    if ((ready & 2) != 0)
        fcgi_sig_check_fd();
    return WAIT_TIMEOUT;
}

static bool
fails_on_signal(const FCGX_Request *request)
{
    return (request->flags & FCGI_FAIL_ACCEPT_ON_INTR) != 0;
}

/* Errors of accept(2) that concern the one connection. */
static bool
is_of_connection(int error)
{
    switch (error) {
    case EPROTO:
    case ECONNABORTED:
    case ECONNRESET:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EPERM:
        return true;
    default:
        return false;
    }
}

static bool
is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM ||
           error == ENOBUFS;
}

/*
 * After a failed accept: waits for what may change it.  Returns 0 to try
 * again, or the error for FCGX_Accept_r to return.
 */
static int
wait_to_accept(const FCGX_Request *request, int error, int *pause)
{
    int result = 0;

    if (error == -EAGAIN) {
        result = wait_for(request->listen_sock, -1);
    } else if (is_shortage(-error)) {
        result = wait_for(-1, *pause);
        if (*pause < LONGEST_PAUSE)
            *pause *= 2;
    } else if (error == -EINTR) {
        result = fcgi_sig_pending() ? -ECANCELED : -EINTR;
    } else if (!is_of_connection(-error)) {
        return error;
    }
    if (result == -ECANCELED)
        return -EINTR;
    if (result == -EINTR)
        return fails_on_signal(request) ? -EINTR : 0;
    return result < 0 ? result : 0;
}

static int
prepare_listener(FCGX_Request *request)
{
    int error;

    if ((request->flags & LISTENER_IS_PREPARED) != 0)
        return 0;
    error = fcgi_sock_prepare(request->listen_sock);
    if (error == 0)
        request->flags |= LISTENER_IS_PREPARED;
    return error;
}

/* Gets a connection from the listening socket.  Returns 0 or -errno. */
static int
accept_connection(FCGX_Request *request)
{
    int pause = FIRST_PAUSE;
    int error = prepare_listener(request);

    while (error == 0) {
        bool is_tcp = false;
        int fd = fcgi_sock_accept(request->listen_sock, &fcgi_process()->peers,
                                  &is_tcp);

        if (fd < 0) {
            error = wait_to_accept(request, fd, &pause);
            continue;
        }
        request->paramsPtr = fcgi_request_new(fd, is_tcp);
        if (request->paramsPtr == NULL) {
            close(fd);
            return -ENOMEM;
        }
        request->ipcFd = fd;
        /* Until it says otherwise: a wait that a signal ends may go on. */
        request->keepConnection = 1;
        return 0;
    }
    return error;
}

/*
 * Waits for bytes of the connection while a request is to come.  Returns 1,
 * 0 at the end of input, -ECANCELED to leave, -EINTR, or -errno.
 */
static int
wait_for_bytes(struct Params *state, bool is_idle)
{
    int result = wait_for(state->conn.fd, -1);

    if (result == -ECANCELED && !is_idle)
        result = fcgi_io_wait(&state->conn.fd, 1, LAST_GRACE);
    if (result == -EINTR && !is_idle)
        return 1;
    return result < 0 ? result : 1;
}

static bool
is_kept(const struct Params *state)
{
    return state->is_ended;
}

/* Reads what is to become a request; returns as wait_for_bytes. */
static int
read_bytes(struct Params *state)
{
    bool is_idle = fcgi_request_is_idle(state);
    long n;

    if (is_idle && fcgi_sig_pending())
        return -ECANCELED;
    n = is_idle && is_kept(state) ? fcgi_conn_read_soon(&state->conn)
                                  : fcgi_conn_read(&state->conn, false);
    while (n == -EAGAIN || (n == -EINTR && !is_idle)) {
        int result = wait_for_bytes(state, is_idle);

        if (result <= 0)
            return result;
        n = fcgi_conn_read(&state->conn, false);
    }
    return n > 0 ? 1 : (int)n;
}

/*
 * Reads up to a request's parameters.  Returns 0; -ECANCELED to leave; -EINTR
 * after a signal; 1 if the connection is of no use.
 */
static int
read_request(FCGX_Request *request)
{
    struct Params *state = request->paramsPtr;

    for (;;) {
        int step = fcgi_request_step(state, request);
        int result;

        if (step == FCGI_STEP_STARTED)
            return 0;
        if (step == FCGI_STEP_REFUSED || step < 0)
            return 1;
        if (step != FCGI_STEP_MORE)
            continue;
        result = read_bytes(state);
        if (result == -EINTR && !fails_on_signal(request))
            continue;
        if (result == -EINTR || result == -ECANCELED)
            return result;
        if (result <= 0)
            return 1;
    }
}

static void
close_connection(FCGX_Request *request)
{
    struct Params *state = request->paramsPtr;
    int fd = request->ipcFd;

    if (fd < 0)
        return;
    request->ipcFd = -1;
    if (fd == request->listen_sock)
        return; /* an object that was zeroed, not initialised */
    if (!request->detached) {
        shutdown(fd, SHUT_WR);
        if (state != NULL && state->conn.fd == fd)
            fcgi_request_drain(state, request,
                               (int)fcgi_option(FCGI_OPTION_LINGER));
    }
    close(fd);
    request->detached = 0;
}

static void
forget_request(FCGX_Request *request)
{
    request->in = NULL;
    request->out = NULL;
    request->err = NULL;
    request->envp = NULL;
    request->isBeginProcessed = 0;
    request->nWriters = 0;
}

static void
drop_connection(FCGX_Request *request)
{
    close_connection(request);
    fcgi_request_free(request->paramsPtr);
    request->paramsPtr = NULL;
    forget_request(request);
}

/* Makes ready for a connection that the application has put into ipcFd. */
static int
adopt_connection(FCGX_Request *request)
{
    struct Params *state = request->paramsPtr;

    if (state != NULL && state->conn.fd == request->ipcFd)
        return 0;
    fcgi_request_free(state);
    request->paramsPtr = NULL;
    if (request->ipcFd < 0)
        return 0;
    request->paramsPtr =
        fcgi_request_new(request->ipcFd, fcgi_sock_is_tcp(request->ipcFd));
    return request->paramsPtr == NULL ? -ENOMEM : 0;
}

static void
start_request(FCGX_Request *request)
{
    struct Params *state = request->paramsPtr;

    fcgi_reader_init(state, request);
    fcgi_writers_init(state, request);
    request->isBeginProcessed = 1;
}

int
FCGX_Accept_r(FCGX_Request *request)
{
    int result;

    if (!fcgi_process()->is_ready)
        return NOT_INITIALISED;
    FCGX_Finish_r(request);
    result = adopt_connection(request);
    if (result == 0)
        result = fcgi_workers_enter(request);
    if (result == 0 && request->ipcFd < 0 && fcgi_sig_pending())
        return LEAVING;
    while (result == 0) {
        if (request->ipcFd < 0) {
            result = accept_connection(request);
            if (result != 0)
                break;
        }
        result = read_request(request);
        if (result == 0) {
            start_request(request);
            return 0;
        }
        if (result == -EINTR)
            return result;
        drop_connection(request);
        if (result > 0)
            result = fcgi_sig_pending() ? -EINTR : 0;
    }
    return result == -ECANCELED ? -EINTR : result;
}

/* True if more was read than the request that is ended: it will be served. */
static bool
has_next(struct Params *state, FCGX_Request *request)
{
    fcgi_request_drain(state, request, 0);
    return !fcgi_request_is_idle(state);
}

void
FCGX_Finish_r(FCGX_Request *request)
{
    struct Params *state;

    if (request == NULL)
        return;
    state = request->paramsPtr;
    if (request->isBeginProcessed && state != NULL) {
        FCGX_FClose(request->err);
        FCGX_FClose(request->out);
        fcgi_stream_end(&state->in, 0);
        if (!state->is_ended || state->write_error != 0)
            request->keepConnection = 0;
        fcgi_request_end(state, request);
        if (fcgi_sig_pending() && !has_next(state, request))
            request->keepConnection = 0;
    }
    forget_request(request);
    if (!request->keepConnection)
        drop_connection(request);
}

void
FCGX_Free(FCGX_Request *request, int close)
{
    if (request == NULL)
        return;
    if (close)
        close_connection(request);
    fcgi_request_free(request->paramsPtr);
    request->paramsPtr = NULL;
    forget_request(request);
}

int
FCGX_InitRequest(FCGX_Request *request, int sock, int flags)
{
    memset(request, 0, sizeof(*request));
    request->listen_sock =
        sock == FCGI_LISTENSOCK_FILENO ? fcgi_listen_default() : sock;
    request->flags = flags;
    request->ipcFd = -1;
    return 0;
}

int
FCGX_Attach(FCGX_Request *request)
{
    request->detached = 0;
    return 0;
}

int
FCGX_Detach(FCGX_Request *request)
{
    if (request->ipcFd <= 0)
        return -1;
    request->detached = 1;
    return 0;
}

char *
FCGX_GetParam(const char *name, FCGX_ParamArray envp)
{
    size_t size;

    if (name == NULL || envp == NULL)
        return NULL;
    size = strlen(name);
    for (; *envp != NULL; envp++)
        if (strncmp(*envp, name, size) == 0 && (*envp)[size] == '=')
            return *envp + size + 1;
    return NULL;
}
