/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "trunk_int.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "options.h"
#include "queue.h"
#include "report.h"
#include "sig.h"
#include "wire/record.h"

enum {
    ROUNDS = 16,         /* reads of one turn */
    MOST_BRANCHES = 1024 /* requests of one connection */
};

/* --- Records to branches; for the owner ----------------------------------- */

/* The branch of an active id.  An id may come again as soon as END_REQUEST is
 * sent, before its thread has got here to say so. */
static struct Params *
find(const struct fcgi_trunk *trunk, unsigned id)
{
    struct Params *at = trunk->branches;

    while (at != NULL &&
           (at->id != id || __atomic_load_n(&at->is_ended, __ATOMIC_ACQUIRE)))
        at = at->next_branch;
    return at;
}

static void
unlink_branch(struct fcgi_trunk *trunk, struct Params *branch)
{
    struct Params **at = &trunk->branches;

    while (*at != branch)
        at = &(*at)->next_branch;
    *at = branch->next_branch;
    __atomic_sub_fetch(&trunk->root->branch_count, 1, __ATOMIC_SEQ_CST);
    if (!branch->is_started)
        __atomic_sub_fetch(&trunk->root->begun_count, 1, __ATOMIC_SEQ_CST);
    if (trunk->current == branch)
        trunk->current = NULL;
}

/* True if it is time to let the connection go.  A new one was made when this
 * process still took them: its first request is served. */
static bool
is_leaving(const struct fcgi_trunk *trunk)
{
    return trunk->root->id != 0 && fcgi_sig_pending();
}

/* Begins a request.  Returns NULL if there is no room for it. */
static struct Params *
new_branch(struct fcgi_trunk *trunk, unsigned id)
{
    struct Params *root = trunk->root;
    struct Params *branch;

    if (trunk->is_closing || is_leaving(trunk) ||
        __atomic_load_n(&root->branch_count, __ATOMIC_SEQ_CST) >= MOST_BRANCHES)
        return NULL;
    branch = fcgi_request_new(root->conn.fd, root->conn.is_tcp);
    if (branch == NULL)
        return NULL;
    branch->id = id;
    branch->trunk = trunk;
    branch->is_branch = true;
    branch->is_fcgi = true;
    branch->begun = fcgi_io_now();
    branch->conn.ops = &fcgi_branch_ops;
    branch->conn.ops_of = branch;
    branch->next_branch = trunk->branches;
    trunk->branches = branch;
    __atomic_add_fetch(&root->begun_count, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&root->branch_count, 1, __ATOMIC_SEQ_CST);
    return branch;
}

static int
on_header(struct fcgi_trunk *trunk, const struct fcgi_header *header)
{
    struct Params *branch = find(trunk, header->request_id);
    uint8_t raw[FCGI_WIRE_HEADER_SIZE];

    if (header->type == FCGI_TYPE_BEGIN_REQUEST) {
        if (branch != NULL) {
            fcgi_report(trunk->root->conn.fd, "request %u began twice",
                        header->request_id);
            return FCGX_PROTOCOL_ERROR;
        }
        branch = new_branch(trunk, header->request_id);
        trunk->root->id = header->request_id;
    }
    trunk->current = branch;
    if (branch == NULL)
        return 0; /* an inactive id (3.3), or refused at the record's end */
    fcgi_header_put(raw, header->type, header->request_id,
                    header->content_length, 0);
    return fcgi_queue_append(&branch->queue, raw, sizeof(raw));
}

/* Takes the rest of a request that was refused, or ended, out of the way. */
static void
drop_branch(struct fcgi_trunk *trunk, struct Params *branch)
{
    pthread_mutex_lock(&trunk->lock);
    trunk->is_closing |= !branch->keep;
    unlink_branch(trunk, branch);
    pthread_mutex_unlock(&trunk->lock);
    fcgi_request_free(branch);
}

/* Goes on with the parameters of a branch.  Returns 0, FCGI_STEP_STARTED when
 * they are complete, or below 0. */
static int
go_on(struct fcgi_trunk *trunk, struct Params *branch)
{
    for (;;) {
        int step = fcgi_request_step(branch);

        if (step == FCGI_STEP_STARTED || step < 0)
            return step;
        if (step == FCGI_STEP_MORE && fcgi_conn_read(&branch->conn, false) > 0)
            continue;
        if (step == FCGI_STEP_MORE && branch->phase == FCGI_PHASE_PARAMS)
            return 0;
        if (step == FCGI_STEP_MORE || step == FCGI_STEP_REFUSED) {
            drop_branch(trunk, branch);
            return 0;
        }
    }
}

static int
refuse(struct fcgi_trunk *trunk, unsigned id)
{
    uint8_t record[16];
    struct fcgi_slice slice = {.data = record, .size = sizeof(record)};

    fcgi_report(trunk->root->conn.fd,
                "request %u refused: there are too many, or it is the end", id);
    fcgi_end_put(record, id, 0, FCGI_STATUS_OVERLOADED);
    return fcgi_conn_write(&trunk->root->conn, &slice, 1, NULL) == 0
               ? 0
               : FCGX_PROTOCOL_ERROR;
}

/* Whether a queue holds so much that the trunk must not be read; once it is
 * so, until half of that is gone. */
static void
judge_full(struct fcgi_trunk *trunk)
{
    size_t most = trunk->is_full ? FCGI_TRUNK_QUEUE / 2 : FCGI_TRUNK_QUEUE;
    const struct Params *branch = trunk->branches;

    while (branch != NULL && branch->queue.end - branch->queue.pos <= most)
        branch = branch->next_branch;
    trunk->is_full = branch != NULL;
}

static int
on_end(struct fcgi_trunk *trunk, const struct fcgi_event *event)
{
    struct Params *branch = trunk->current;
    int step;

    if (branch == NULL)
        return event->header.type == FCGI_TYPE_BEGIN_REQUEST
                   ? refuse(trunk, event->header.request_id)
                   : 0;
    if (branch->is_started) {
        judge_full(trunk);
        return 0;
    }
    pthread_mutex_unlock(&trunk->lock); /* nobody else knows the branch yet */
    step = go_on(trunk, branch);
    pthread_mutex_lock(&trunk->lock);
    if (step != FCGI_STEP_STARTED)
        return step;
    branch->is_started = true;
    __atomic_sub_fetch(&trunk->root->begun_count, 1, __ATOMIC_SEQ_CST);
    trunk->is_closing |= !branch->keep;
    if (trunk->wants_first) {
        trunk->wants_first = false;
        trunk->first = branch;
    } else {
        fcgi_hub_add_ready(trunk->hub, branch);
    }
    return 0;
}

/* What fcgi_request_step gives us of records with an id. */
static int
divert(struct Params *root, const struct fcgi_event *event)
{
    struct fcgi_trunk *trunk = root->trunk;
    int step = 0;

    pthread_mutex_lock(&trunk->lock);
    if (event->kind == FCGI_EVENT_HEADER)
        step = on_header(trunk, &event->header);
    else if (event->kind == FCGI_EVENT_DATA && trunk->current != NULL)
        step =
            fcgi_queue_append(&trunk->current->queue, event->data, event->size);
    else if (event->kind == FCGI_EVENT_END) {
        if (event->body != NULL && trunk->current != NULL)
            step = fcgi_queue_append(&trunk->current->queue, event->body,
                                     FCGI_WIRE_BODY_SIZE);
        if (step == 0)
            step = on_end(trunk, event);
    }
    if (trunk->waiters > 0)
        pthread_cond_broadcast(&trunk->changed);
    pthread_mutex_unlock(&trunk->lock);
    return step;
}

static bool
is_full(struct fcgi_trunk *trunk)
{
    bool result;

    pthread_mutex_lock(&trunk->lock);
    result = trunk->is_full;
    pthread_mutex_unlock(&trunk->lock);
    return result;
}

int
fcgi_trunk_pump(struct fcgi_trunk *trunk, int timeout)
{
    struct fcgi_conn *conn = &trunk->root->conn;
    struct pollfd p = {.fd = conn->fd, .events = POLLIN};
    int rounds;
    int ready = timeout != 0 ? fcgi_io_poll(&p, 1, timeout, NULL) : 1;

    if (ready <= 0)
        return ready == 0 ? -ETIMEDOUT : 0;
    for (rounds = 0; rounds < ROUNDS && !is_full(trunk); rounds++) {
        long n = fcgi_conn_read(conn, false);

        if (n == -EAGAIN || n == -EINTR)
            return 0;
        if (n <= 0)
            return -EPIPE;
        if (fcgi_request_step(trunk->root) != FCGI_STEP_MORE)
            return -EPROTO;
        if (n < (long)sizeof(conn->buffer))
            return 0; /* it was all; the hub tells of more */
    }
    return 0;
}

/* --- Ownership ------------------------------------------------------------ */

bool
fcgi_trunk_acquire(struct fcgi_trunk *trunk)
{
    if (trunk->place == PLACE_OWNED)
        return false;
    if (trunk->place == PLACE_HUB &&
        !fcgi_hub_take(trunk->hub, trunk->root, trunk->root->conn.fd))
        return false;
    trunk->place = PLACE_OWNED;
    return true;
}

static bool
is_done(const struct fcgi_trunk *trunk)
{
    return trunk->branches == NULL &&
           (trunk->is_closing || trunk->is_ended || is_leaving(trunk));
}

/* When something must be done although nothing comes; 0: never. */
static long long
get_deadline(const struct fcgi_trunk *trunk)
{
    long idle = fcgi_option(FCGI_OPTION_IDLE_TIMEOUT);
    long head = fcgi_option(FCGI_OPTION_HEAD_TIMEOUT);
    long long first = 0;
    const struct Params *branch;

    if (trunk->branches == NULL)
        return idle != 0 ? fcgi_io_now() + idle : 0;
    if (head == 0)
        return 0;
    for (branch = trunk->branches; branch != NULL; branch = branch->next_branch)
        if (!branch->is_started && (first == 0 || branch->begun < first))
            first = branch->begun;
    return first != 0 ? first + head : 0;
}

/* Frees requests whose parameters are incomplete and that began by then.
 * Returns true if there were any.  For the owner; lock is held. */
static bool
give_up(struct fcgi_trunk *trunk, long long begun_by)
{
    struct Params *branch = trunk->branches;
    struct Params *next;
    bool found = false;

    for (; branch != NULL; branch = next) {
        next = branch->next_branch;
        if (branch->is_started || branch->begun > begun_by)
            continue;
        unlink_branch(trunk, branch);
        fcgi_request_free(branch);
        found = true;
    }
    return found;
}

/* Gives up requests whose parameters do not come. */
static void
expire(struct fcgi_trunk *trunk)
{
    long head = fcgi_option(FCGI_OPTION_HEAD_TIMEOUT);

    if (head != 0 && give_up(trunk, fcgi_io_now() - head))
        trunk->is_closing = true;
}

void
fcgi_trunk_end_input(struct fcgi_trunk *trunk)
{
    trunk->is_ended = true;
    if (give_up(trunk, LLONG_MAX) && !trunk->root->is_broken)
        fcgi_report(trunk->root->conn.fd,
                    "it ended before a request's parameters did");
}

void
fcgi_trunk_place(struct fcgi_trunk *trunk)
{
    struct Params *root = trunk->root;

    trunk->place = PLACE_NOWHERE;
    if (trunk->waiters > 0)
        pthread_cond_broadcast(&trunk->changed);
    if (trunk->is_full || trunk->is_ended)
        return;
    /* Those that run take what they need themselves. */
    if (trunk->is_closing && !fcgi_request_has_begun_branches(root))
        return;
    root->deadline = get_deadline(trunk);
    trunk->place = PLACE_HUB;
    if (fcgi_hub_put(trunk->hub, root) != 0) {
        trunk->place = PLACE_NOWHERE;
        fcgi_trunk_end_input(trunk);
    }
}

static void
free_trunk(struct Params *root)
{
    struct fcgi_trunk *trunk = root->trunk;

    pthread_cond_destroy(&trunk->changed);
    pthread_mutex_destroy(&trunk->lock);
    free(trunk);
}

int
fcgi_trunk_open(struct Params *root, struct fcgi_hub *hub)
{
    struct fcgi_trunk *trunk = calloc(1, sizeof(*trunk));
    pthread_condattr_t attributes;

    if (trunk == NULL)
        return -ENOMEM;
    pthread_mutex_init(&trunk->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&trunk->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    trunk->root = root;
    trunk->hub = hub;
    trunk->place = PLACE_OWNED;
    root->trunk = trunk;
    root->divert = divert;
    root->free_trunk = free_trunk;
    root->phase = FCGI_PHASE_IDLE;
    root->route = FCGI_ROUTE_SKIP;
    return 0;
}

void
fcgi_trunk_undo(struct Params *root)
{
    /* Who has ended its last request may not have let go of it yet. */
    pthread_mutex_lock(&root->trunk->lock);
    pthread_mutex_unlock(&root->trunk->lock);
    free_trunk(root);
    root->trunk = NULL;
    root->divert = NULL;
    root->free_trunk = NULL;
}

/* The owner has done what there was to do: lets go of the connection, or ends
 * it if it has no more use.  lock is held, and given back. */
static void
let_go(struct fcgi_trunk *trunk)
{
    struct Params *root = trunk->root;
    bool is_over = is_done(trunk);

    if (!is_over)
        fcgi_trunk_place(trunk);
    pthread_mutex_unlock(&trunk->lock);
    if (is_over) {
        shutdown(root->conn.fd, SHUT_WR);
        close(root->conn.fd);
        fcgi_request_free(root);
    }
}

struct Params *
fcgi_trunk_turn(struct Params *root)
{
    struct fcgi_trunk *trunk = root->trunk;
    struct Params *branch;
    int error = 0;

    pthread_mutex_lock(&trunk->lock);
    trunk->place = PLACE_OWNED;
    trunk->wants_first = true;
    trunk->first = NULL;
    pthread_mutex_unlock(&trunk->lock);
    /* What was read before it was a trunk; the hub tells of more. */
    if (root->conn.pos == root->conn.end)
        error = fcgi_trunk_pump(trunk, 0);
    else if (fcgi_request_step(root) != FCGI_STEP_MORE)
        error = -EPROTO;
    pthread_mutex_lock(&trunk->lock);
    if (error != 0)
        fcgi_trunk_end_input(trunk);
    if (root->deadline != 0)
        expire(trunk);
    if (root->deadline != 0 && root->deadline <= fcgi_io_now() &&
        trunk->branches == NULL)
        trunk->is_closing = true; /* its idle time is up */
    trunk->wants_first = false;
    branch = trunk->first;
    let_go(trunk);
    return branch;
}

void
fcgi_trunk_give_up(struct Params *root)
{
    struct fcgi_trunk *trunk = root->trunk;

    pthread_mutex_lock(&trunk->lock);
    trunk->place = PLACE_OWNED;
    trunk->is_closing = true;
    (void)give_up(trunk, LLONG_MAX);
    let_go(trunk);
}

void
fcgi_trunk_resume(struct fcgi_trunk *trunk)
{
    if (!trunk->is_full)
        return;
    judge_full(trunk);
    if (!trunk->is_full && trunk->place == PLACE_NOWHERE)
        fcgi_trunk_place(trunk);
}

struct Params *
fcgi_trunk_leave(struct Params *branch, bool is_kept)
{
    struct fcgi_trunk *trunk = branch->trunk;
    struct Params *root = NULL;

    pthread_mutex_lock(&trunk->lock);
    unlink_branch(trunk, branch);
    if (!is_kept)
        trunk->is_closing = true;
    fcgi_trunk_resume(trunk);
    if (is_done(trunk) && fcgi_trunk_acquire(trunk))
        root = trunk->root;
    else if (trunk->branches == NULL &&
             fcgi_option(FCGI_OPTION_IDLE_TIMEOUT) != 0 &&
             fcgi_trunk_acquire(trunk))
        fcgi_trunk_place(trunk);
    pthread_mutex_unlock(&trunk->lock);
    if (root != NULL) {
        /* What has come since then is refused. */
        (void)fcgi_trunk_pump(trunk, 0);
        root->id = branch->id;
        root->role = branch->role;
        root->phase = branch->phase == FCGI_PHASE_DRAIN && !trunk->is_ended
                          ? FCGI_PHASE_DRAIN
                          : FCGI_PHASE_IDLE;
        root->divert = NULL;
    }
    fcgi_request_free(branch);
    return root;
}
