/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "hub_int.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io.h"
#include "sig.h"
#include "waitset.h"

enum {
    FIRST_TABLE = 64,
    /* Milliseconds that a thread waits at most where others wait, too: it may
     * not know of a connection whose time is up before. */
    SHARED_WAIT = 5000
};

static void
remember_deadline(struct fcgi_hub *hub, long long deadline)
{
    if (deadline != 0 &&
        (hub->next_deadline == 0 || deadline < hub->next_deadline))
        hub->next_deadline = deadline;
}

struct Params *
fcgi_hub_take_fd(struct fcgi_hub *hub, int fd)
{
    struct Params *state;

    if (fd < 0 || fd >= hub->table_size || hub->table[fd] == NULL)
        return NULL;
    state = hub->table[fd];
    hub->table[fd] = NULL;
    __atomic_store_n(&hub->waiting, hub->waiting - 1, __ATOMIC_RELAXED);
    return state;
}

static struct Params *
take_ready(struct fcgi_hub *hub)
{
    struct Params *state = hub->ready;
    char byte;

    if (state == NULL)
        return NULL;
    hub->ready = state->next_ready;
    __atomic_store_n(&hub->waiting, hub->waiting - 1, __ATOMIC_RELAXED);
    if (hub->ready == NULL && hub->wake[0] >= 0 &&
        read(hub->wake[0], &byte, 1) < 0)
        return state; /* it is empty already */
    return state;
}

bool
fcgi_hub_has_branches(const struct Params *state)
{
    return __atomic_load_n(&state->branch_count, __ATOMIC_SEQ_CST) > 0;
}

static void
close_taken(struct fcgi_hub *hub, int fd)
{
    struct Params *state = fcgi_hub_take_fd(hub, fd);

    if (state == NULL)
        return;
    /* A copy of the descriptor may live on in a child. */
    fcgi_waitset_remove(hub->set, fd);
    shutdown(fd, SHUT_WR);
    close(fd);
    fcgi_request_free(state);
}

static void
watch_signals(struct fcgi_hub *hub)
{
    int fd = fcgi_sig_fd();

    if (fd == hub->sig_fd)
        return;
    if (hub->sig_fd >= 0)
        fcgi_waitset_remove(hub->set, hub->sig_fd);
    hub->sig_fd = fd;
    if (fd >= 0 && fcgi_waitset_add(hub->set, fd, false) != 0)
        hub->sig_fd = -1;
}

static void
watch_listener(struct fcgi_hub *hub)
{
    int error;

    if (hub->listens)
        return;
    error = fcgi_waitset_add(hub->set, hub->listener, false);
    hub->listens = error == 0 || error == -EEXIST;
}

static void
unwatch_listener(struct fcgi_hub *hub)
{
    if (hub->listens)
        fcgi_waitset_remove(hub->set, hub->listener);
    hub->listens = false;
}

static int
grow_table(struct fcgi_hub *hub, int fd)
{
    int size = hub->table_size == 0 ? FIRST_TABLE : hub->table_size;
    struct Params **table;
    int i;

    if (fd < hub->table_size)
        return 0;
    while (size <= fd)
        size *= 2;
    table = realloc(hub->table, (size_t)size * sizeof(struct Params *));
    if (table == NULL)
        return -ENOMEM;
    for (i = hub->table_size; i < size; i++)
        table[i] = NULL;
    hub->table = table;
    hub->table_size = size;
    return 0;
}

void
fcgi_hub_renew(struct fcgi_hub *hub)
{
    pthread_mutex_lock(&fcgi_hub_lock);
    if (hub->set != NULL && hub->listens) {
        unwatch_listener(hub);
        watch_listener(hub); /* others may wait already */
    }
    pthread_mutex_unlock(&fcgi_hub_lock);
}

bool
fcgi_hub_is_shared(const struct fcgi_hub *hub)
{
    return __atomic_load_n(&hub->is_shared, __ATOMIC_RELAXED);
}

bool
fcgi_hub_take(struct fcgi_hub *hub, struct Params *state)
{
    int fd = state->conn.fd;
    bool is_taken;

    pthread_mutex_lock(&fcgi_hub_lock);
    is_taken = fd < hub->table_size && hub->table[fd] == state;
    if (is_taken)
        (void)fcgi_hub_take_fd(hub, fd);
    pthread_mutex_unlock(&fcgi_hub_lock);
    return is_taken;
}

void
fcgi_hub_add_ready(struct fcgi_hub *hub, struct Params *state)
{
    struct Params **at;

    pthread_mutex_lock(&fcgi_hub_lock);
    at = &hub->ready;
    /* A byte that nobody takes out wakes everybody, again and again. */
    if (*at == NULL && hub->wake[1] >= 0 && write(hub->wake[1], "", 1) < 0)
        fcgi_hub_close_wake(hub);
    while (*at != NULL)
        at = &(*at)->next_ready;
    *at = state;
    __atomic_store_n(&hub->waiting, hub->waiting + 1, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&fcgi_hub_lock);
}

bool
fcgi_hub_has_waiting(const struct fcgi_hub *hub)
{
    return __atomic_load_n(&hub->waiting, __ATOMIC_RELAXED) != 0;
}

static int
watch(struct fcgi_hub *hub, struct Params *state)
{
    int fd = state->conn.fd;
    int error = -ENOENT;

    if (state->set == hub->set)
        error = fcgi_waitset_arm(hub->set, fd);
    if (error == -ENOENT)
        error = fcgi_waitset_add(hub->set, fd, true);
    state->set = error == 0 ? hub->set : NULL;
    return error;
}

int
fcgi_hub_put(struct fcgi_hub *hub, struct Params *state)
{
    int fd = state->conn.fd;
    int error;

    pthread_mutex_lock(&fcgi_hub_lock);
    error = fcgi_hub_open_set(hub);
    if (error == 0)
        error = grow_table(hub, fd);
    if (error == 0) {
        hub->table[fd] = state;
        __atomic_store_n(&hub->waiting, hub->waiting + 1, __ATOMIC_RELAXED);
        remember_deadline(hub, state->deadline);
        error = watch(hub, state);
        if (error != 0)
            (void)fcgi_hub_take_fd(hub, fd);
    }
    pthread_mutex_unlock(&fcgi_hub_lock);
    return error;
}

/* Closes those whose time is up.  Returns one, taken, that carries many
 * requests, or NULL: a thread that has just left it may still hold its lock. */
static struct Params *
sweep(struct fcgi_hub *hub, long long now)
{
    struct Params *expired = NULL;
    int fd;

    hub->next_deadline = 0;
    for (fd = 0; fd < hub->table_size; fd++) {
        struct Params *state = hub->table[fd];

        if (state == NULL || state->deadline == 0)
            continue;
        if (state->deadline > now || expired != NULL)
            remember_deadline(hub, state->deadline);
        else if (state->trunk != NULL)
            expired = fcgi_hub_take_fd(hub, fd);
        else
            close_taken(hub, fd);
    }
    return expired;
}

static void
shorten(int *timeout, long long left)
{
    if (left < 0)
        left = 0;
    if (*timeout < 0 || left < *timeout)
        *timeout = (int)left;
}

/* Makes ready to wait; returns for how long, -1: for ever.  *expired: as
 * returned by sweep. */
static int
prepare(struct fcgi_hub *hub, struct Params **expired)
{
    long long now = 0;
    int timeout = -1;

    watch_signals(hub);
    if (hub->next_deadline != 0 || hub->listen_at != 0)
        now = fcgi_io_now();
    if (hub->next_deadline != 0 && hub->next_deadline <= now)
        *expired = sweep(hub, now);
    if (hub->next_deadline != 0)
        shorten(&timeout, hub->next_deadline - now);
    if (hub->listen_at != 0 && hub->listen_at <= now)
        hub->listen_at = 0;
    if (hub->listen_at != 0)
        shorten(&timeout, hub->listen_at - now);
    else
        watch_listener(hub);
    if (hub->sig_fd < 0)
        shorten(&timeout, FCGI_SIG_STEP);
    if (hub->is_shared)
        shorten(&timeout, SHARED_WAIT);
    return timeout;
}

/* What a descriptor means; lock is held. */
static int
judge(struct fcgi_hub *hub, int fd, struct Params **state)
{
    if (fd == hub->wake[0]) {
        *state = take_ready(hub);
        return *state != NULL ? FCGI_HUB_REQUEST : FCGI_HUB_NOTHING;
    }
    *state = fcgi_hub_take_fd(hub, fd);
    if (*state != NULL)
        return FCGI_HUB_CONNECTION;
    if (fd == hub->listener)
        return FCGI_HUB_LISTENER;
    if (fd == hub->sig_fd && !fcgi_sig_pending())
        fcgi_sig_check_fd();
    return FCGI_HUB_NOTHING;
}

int
fcgi_hub_wait(struct fcgi_hub *hub, struct Params **state, int most,
              const sigset_t *mask)
{
    struct fcgi_waitset *set;
    int timeout = 0;
    int result;
    int fd = -EAGAIN;

    pthread_mutex_lock(&fcgi_hub_lock);
    *state = take_ready(hub);
    if (*state != NULL) {
        pthread_mutex_unlock(&fcgi_hub_lock);
        return FCGI_HUB_REQUEST;
    }
    result = fcgi_hub_open_set(hub);
    set = hub->set;
    if (result == 0)
        timeout = prepare(hub, state);
    if (*state != NULL) {
        pthread_mutex_unlock(&fcgi_hub_lock);
        return FCGI_HUB_CONNECTION;
    }
    if (most >= 0)
        shorten(&timeout, most);
    hub->threads++;
    pthread_mutex_unlock(&fcgi_hub_lock);
    /* A wish to leave after this look makes sig_fd readable. */
    if (result == 0 && !fcgi_sig_pending())
        fd = fcgi_waitset_wait(set, timeout, mask);
    pthread_mutex_lock(&fcgi_hub_lock);
    hub->threads--;
    if (fd >= 0)
        result = judge(hub, fd, state);
    else if (fd == -EINTR)
        result = -EINTR;
    else if (fd != -EAGAIN && hub->set == set)
        hub->set = NULL; /* closed by the application: a new one */
    pthread_mutex_unlock(&fcgi_hub_lock);
    return result;
}

int
fcgi_hub_fd(struct fcgi_hub *hub)
{
    struct Params *expired = NULL;
    int result;

    pthread_mutex_lock(&fcgi_hub_lock);
    result = fcgi_hub_open_set(hub);
    if (result == 0) {
        (void)prepare(hub, &expired);
        result = fcgi_waitset_fd(hub->set);
    }
    if (expired != NULL) { /* the next wait tells */
        hub->table[expired->conn.fd] = expired;
        __atomic_store_n(&hub->waiting, hub->waiting + 1, __ATOMIC_RELAXED);
        remember_deadline(hub, expired->deadline);
    }
    pthread_mutex_unlock(&fcgi_hub_lock);
    return result;
}

void
fcgi_hub_pause(struct fcgi_hub *hub, int pause)
{
    pthread_mutex_lock(&fcgi_hub_lock);
    if (hub->set != NULL)
        unwatch_listener(hub);
    hub->listen_at = fcgi_io_now() + pause;
    pthread_mutex_unlock(&fcgi_hub_lock);
}

struct Params *
fcgi_hub_leave(struct fcgi_hub *hub)
{
    struct Params *begun;
    int fd;

    pthread_mutex_lock(&fcgi_hub_lock);
    begun = take_ready(hub);
    for (fd = 0; fd < hub->table_size && begun == NULL; fd++) {
        const struct Params *state = hub->table[fd];

        if (state == NULL || state->is_closing || fcgi_hub_has_branches(state))
            continue;
        if (state->trunk == NULL && fcgi_request_is_idle(state) &&
            !fcgi_request_is_new(state))
            close_taken(hub, fd);
        else
            begun = fcgi_hub_take_fd(hub, fd);
    }
    pthread_mutex_unlock(&fcgi_hub_lock);
    return begun;
}
