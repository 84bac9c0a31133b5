/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "attach.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub.h"
#include "io.h"
#include "options.h"
#include "process.h"
#include "sig.h"
#include "sock.h"
#include "stream.h"
#include "stats.h"
#include "trunk.h"

bool
fcgi_is_of_parent(const FCGX_Request *request)
{
    const struct Params *state = request->paramsPtr;

    return state != NULL && request->ipcFd >= 0 &&
           state->forks != fcgi_process()->forks;
}

void
fcgi_attach(FCGX_Request *request, struct Params *state)
{
    state->forks = fcgi_process()->forks;
    request->paramsPtr = state;
    request->ipcFd = state->conn.fd;
    /* Until it says otherwise: a wait that a signal ends may go on. */
    request->keepConnection = 1;
}

struct Params *
fcgi_take_away(FCGX_Request *request)
{
    struct Params *state = request->paramsPtr;

    request->paramsPtr = NULL;
    request->ipcFd = -1;
    return state;
}

int
fcgi_adopt(FCGX_Request *request)
{
    struct Params *state = request->paramsPtr;

    if (state != NULL && state->conn.fd == request->ipcFd)
        return 0;
    fcgi_request_free(state);
    request->paramsPtr = NULL;
    if (request->ipcFd < 0)
        return 0;
    state = fcgi_request_new(request->ipcFd, fcgi_sock_is_tcp(request->ipcFd));
    if (state == NULL)
        return -ENOMEM;
    fcgi_stats_add(FCGI_STAT_CONNECTIONS, 1);
    state->is_adopted = true;
    state->forks = fcgi_process()->forks;
    request->paramsPtr = state;
    return 0;
}

void
fcgi_end(struct Params *state)
{
    close(state->conn.fd);
    fcgi_request_free(state);
}

/* Lets a connection linger in the hub.  Returns false if it cannot. */
static bool
linger_in_hub(FCGX_Request *request, long linger)
{
    struct Params *state = request->paramsPtr;
    struct fcgi_hub *hub;

    if ((request->flags & FCGI_LISTENER_IS_PREPARED) == 0 || fcgi_sig_pending())
        return false;
    hub = fcgi_hub_get(request->listen_sock);
    if (hub == NULL)
        return false;
    state->is_closing = true;
    state->deadline = fcgi_io_now() + linger;
    if (fcgi_hub_put(hub, state) == 0) {
        request->paramsPtr = NULL;
        return true;
    }
    state->is_closing = false;
    return false;
}

/* Lets the web server come to the end of what it sends.  Returns false if the
 * hub does that, and closes the connection then. */
static bool
linger(FCGX_Request *request)
{
    struct Params *state = request->paramsPtr;
    long time = fcgi_option(FCGI_OPTION_LINGER);

    if (fcgi_request_drain(state, 0))
        return true;
    /* An Authorizer's web server may send no STDIN at all (6.3). */
    if (time == 0 || state->role == FCGI_ROLE_AUTHORIZER)
        return true;
    if (linger_in_hub(request, time))
        return false;
    (void)fcgi_request_drain(state, time);
    return true;
}

void
fcgi_leave_trunk(FCGX_Request *request, bool is_kept)
{
    bool is_of_parent = fcgi_is_of_parent(request);
    struct Params *branch = fcgi_take_away(request);
    struct Params *root;

    if (is_of_parent) {
        /* The connection is the parent's, and its locks may be lost: they and
         * the branch stay as they are. */
        request->detached = 0;
        return;
    }
    /* The end of its input may have come already, unread. */
    if (!is_kept || fcgi_sig_pending())
        (void)fcgi_request_drain(branch, 0);
    root = fcgi_trunk_leave(branch, is_kept);
    if (root != NULL) {
        fcgi_attach(request, root);
        fcgi_drop(request);
    }
    request->detached = 0;
}

void
fcgi_close(FCGX_Request *request)
{
    const struct Params *state = request->paramsPtr;
    int fd = request->ipcFd;
    bool detached = request->detached || fcgi_is_of_parent(request);

    if (fd < 0)
        return;
    if (state != NULL && state->is_branch) {
        fcgi_leave_trunk(request, false);
        return;
    }
    request->ipcFd = -1;
    if (fd == request->listen_sock)
        return; /* an object that was zeroed, not initialised */
    request->detached = 0;
    if (!detached) {
        shutdown(fd, SHUT_WR);
        if (state != NULL && state->conn.fd == fd && !linger(request))
            return;
    }
    close(fd);
}

void
fcgi_forget(FCGX_Request *request)
{
    if (request->isBeginProcessed)
        fcgi_stats_add(FCGI_STAT_FINISHED, 1);
    request->in = NULL;
    request->out = NULL;
    request->err = NULL;
    request->envp = NULL;
    request->isBeginProcessed = 0;
    request->nWriters = 0;
}

void
fcgi_drop(FCGX_Request *request)
{
    fcgi_close(request);
    fcgi_request_free(request->paramsPtr);
    request->paramsPtr = NULL;
    fcgi_forget(request);
}

void
fcgi_start(FCGX_Request *request)
{
    struct Params *state = request->paramsPtr;

    request->requestId = (int)state->id;
    request->role = state->role;
    request->keepConnection = state->keep;
    request->appStatus = 0;
    request->envp = state->envp;
    state->begun = 0;
    fcgi_reader_init(state, request);
    fcgi_writers_init(state, request);
    request->isBeginProcessed = 1;
    fcgi_stats_add(FCGI_STAT_REQUESTS, 1);
}
