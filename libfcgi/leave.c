/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "seek.h"

#include <errno.h>

#include "attach.h"
#include "io.h"
#include "listen.h"
#include "sig.h"
#include "trunk.h"

/* True if a request of a trunk, of which a part has come, gets whole.  The
 * trunk is given back. */
static bool
has_begun_request(const struct fcgi_seeker *seeker, struct Params *root)
{
    int left = fcgi_seek_limit(seeker, FCGI_SIG_STEP);
    struct Params *branch;

    if (left == 0 || fcgi_sig_is_urgent()) {
        fcgi_trunk_give_up(root);
        return false;
    }
    (void)fcgi_io_wait(&root->conn.fd, 1, left, NULL);
    branch = fcgi_trunk_turn(root);
    if (branch != NULL)
        fcgi_attach(seeker->request, branch);
    return branch != NULL;
}

/* True if the connection has a request. */
static bool
has_request(const struct fcgi_seeker *seeker, struct Params *state)
{
    FCGX_Request *request = seeker->request;

    if (fcgi_request_has_branches(state))
        return has_begun_request(seeker, state);
    if (state->trunk != NULL && !state->is_branch)
        fcgi_trunk_undo(state);
    fcgi_attach(request, state);
    if (!fcgi_sig_is_urgent() &&
        (state->is_branch || fcgi_seek_stay(seeker) == 0))
        return true;
    if (request->ipcFd >= 0)
        fcgi_drop(request);
    return false;
}

/*
 * Takes the next request out of the queue of a socket that is ours; when it is
 * empty, ends the socket, and looks for what came in between.  A queue that
 * went with its socket would be reset, a process that left later would get new
 * ones for ever.  Returns 0 with a request, or -ECANCELED.
 */
static int
drain_queue(struct fcgi_seeker *seeker)
{
    bool has_ended = false;
    struct Params *state;
    int result = 0;

    while (result >= 0 && fcgi_listen_may_drain()) {
        seeker->is_empty = false;
        result = fcgi_seek_accept(seeker, &state);
        if (result == 0 && has_request(seeker, state))
            return 0;
        if (seeker->is_empty) {
            if (has_ended)
                break;
            fcgi_listen_end(seeker->request->listen_sock);
            has_ended = true;
        }
    }
    if (!has_ended)
        fcgi_listen_end(seeker->request->listen_sock);
    return -ECANCELED;
}

int
fcgi_seek_leave(struct fcgi_seeker *seeker)
{
    long long end = fcgi_io_now() + FCGI_SEEK_GRACE;
    struct Params *state;

    if (seeker->until == 0 || seeker->until > end)
        seeker->until = end;
    while ((state = fcgi_hub_leave(seeker->hub)) != NULL) {
        if (has_request(seeker, state))
            return 0;
    }
    return fcgi_listen_is_ours(seeker->request->listen_sock)
               ? drain_queue(seeker)
               : -ECANCELED;
}
