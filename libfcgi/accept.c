/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a request: FCGX_InitRequest, Accept_r, Finish_r, Free.
 */
#include "config.h"

#include "fcgiapp.h"

#include <errno.h>
#include <string.h>

#include "attach.h"
#include "fastcgi.h"
#include "fcgiext.h"
#include "listen.h"
#include "next.h"
#include "process.h"
#include "sig.h"
#include "stream.h"
#include "workers.h"

/* What FCGX_Accept_r returns when there is no errno. */
enum { NOT_INITIALISED = -9998, LEAVING = -9999 };

static int
accept_next(FCGX_Request *request, const sigset_t *mask, int timeout)
{
    bool is_leaving;
    int result;

    FCGX_Finish_r(request);
    if (fcgi_is_of_parent(request))
        fcgi_drop(request); /* its requests are the parent's */
    result = fcgi_adopt(request);
    if (result != 0)
        return result;
    is_leaving = request->ipcFd < 0 && fcgi_sig_pending();
    result = fcgi_next(request, mask, timeout);
    if (result == 0)
        fcgi_start(request);
    else if (is_leaving)
        return LEAVING;
    return result == -ECANCELED ? -EINTR : result;
}

/*
 * With FCGI_FAIL_ACCEPT_ON_INTR a signal must end the call at any moment: one
 * that is handled before the wait would be lost, so they are let through only
 * by the wait itself.
 */
static int
accept_or_fail(FCGX_Request *request, int timeout)
{
    sigset_t most, old;
    int result;

    fcgi_sig_fill(&most);
    pthread_sigmask(SIG_SETMASK, &most, &old);
    result = accept_next(request, &old, timeout);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return result;
}

/* Returns 0 if requests may be waited for. */
static int
enter(const FCGX_Request *request)
{
    return fcgi_process()->is_ready ? fcgi_workers_enter(request)
                                    : NOT_INITIALISED;
}

int
FCGX_AcceptTimed_r(FCGX_Request *request, int timeout)
{
    int error = enter(request);

    if (error != 0)
        return error;
    return (request->flags & FCGI_FAIL_ACCEPT_ON_INTR) != 0
               ? accept_or_fail(request, timeout)
               : accept_next(request, NULL, timeout);
}

int
FCGX_Accept_r(FCGX_Request *request)
{
    return FCGX_AcceptTimed_r(request, -1);
}

int
FCGX_Fd(FCGX_Request *request)
{
    int error = enter(request);

    return error == 0 ? fcgi_next_fd(request) : error;
}

/* True if more was read than the request that is ended: it will be served. */
static bool
has_next(struct Params *state)
{
    (void)fcgi_request_drain(state, 0);
    return !fcgi_request_is_idle(state);
}

void
fcgi_finish(FCGX_Request *request)
{
    struct Params *state = request->paramsPtr;

    if (request->isBeginProcessed && state != NULL) {
        FCGX_FClose(request->err);
        FCGX_FClose(request->out);
        fcgi_stream_end(&state->in, 0);
        if (!state->is_ended || state->write_error != 0)
            request->keepConnection = 0;
        fcgi_request_end(state);
        if (state->is_branch) {
            fcgi_leave_trunk(request, request->keepConnection != 0);
        } else {
            state->forks = fcgi_process()->forks;
            if (fcgi_sig_pending() && !has_next(state))
                request->keepConnection = 0;
        }
    }
    fcgi_forget(request);
}

void
FCGX_Finish_r(FCGX_Request *request)
{
    if (request == NULL)
        return;
    fcgi_finish(request);
    if (!request->keepConnection)
        fcgi_drop(request);
}

void
FCGX_Free(FCGX_Request *request, int close)
{
    if (request == NULL)
        return;
    if (close)
        fcgi_close(request);
    else if (request->paramsPtr != NULL && request->paramsPtr->is_branch)
        fcgi_leave_trunk(request, true);
    fcgi_request_free(request->paramsPtr);
    request->paramsPtr = NULL;
    fcgi_forget(request);
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
