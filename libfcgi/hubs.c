/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "hub_int.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "capacity.h"
#include "io.h"
#include "sig.h"
#include "waitset.h"

pthread_mutex_t fcgi_hub_lock = PTHREAD_MUTEX_INITIALIZER;

static struct fcgi_hub *hubs;
static bool has_fork_handlers;

static void
before_fork(void)
{
    pthread_mutex_lock(&fcgi_hub_lock);
}

static void
after_fork_in_parent(void)
{
    pthread_mutex_unlock(&fcgi_hub_lock);
}

void
fcgi_hub_close_wake(struct fcgi_hub *hub)
{
    int i;

    for (i = 0; i < 2; i++) {
        if (hub->wake[i] >= 0)
            close(hub->wake[i]);
        hub->wake[i] = -1;
    }
}

static void
free_in_child(struct Params *state)
{
    /* The child may have been made by one of its requests. */
    if (state == NULL || fcgi_request_has_branches(state))
        return;
    close(state->conn.fd);
    fcgi_request_free(state);
}

static void
after_fork_in_child(void)
{
    struct fcgi_hub *hub;
    int fd;

    for (hub = hubs; hub != NULL; hub = hub->next) {
        fcgi_waitset_free(hub->set);
        hub->set = NULL;
        hub->threads = 0;
        hub->resting = 0;
        pthread_cond_init(&hub->turn, NULL);
        hub->ready = NULL;
        fcgi_hub_close_wake(hub);
        for (fd = 0; fd < hub->table_size; fd++)
            free_in_child(fcgi_hub_take_fd(hub, fd));
        hub->waiting = 0;
    }
    pthread_mutex_unlock(&fcgi_hub_lock);
}

static void
open_wake(struct fcgi_hub *hub)
{
    if (fcgi_io_pipe(hub->wake) != 0)
        hub->wake[0] = hub->wake[1] = -1;
    else
        (void)fcgi_waitset_add(hub->set, hub->wake[0], false);
}

int
fcgi_hub_open_set(struct fcgi_hub *hub)
{
    int fd;

    if (hub->set != NULL)
        return 0;
    hub->set = fcgi_waitset_new();
    if (hub->set == NULL)
        return -errno;
    open_wake(hub);
    hub->sig_fd = -1;
    hub->listens = false;
    fcgi_sig_check_fd();
    for (fd = 0; fd < hub->table_size; fd++)
        if (hub->table[fd] != NULL) {
            hub->table[fd]->set = hub->set;
            if (fcgi_waitset_add(hub->set, fd, true) != 0)
                fcgi_request_free(fcgi_hub_take_fd(hub, fd));
        }
    return 0;
}

/* Needs no lock: a hub is whole when it gets into the list, and stays there. */
static struct fcgi_hub *
find(int listener)
{
    struct fcgi_hub *hub = __atomic_load_n(&hubs, __ATOMIC_ACQUIRE);

    while (hub != NULL && hub->listener != listener)
        hub = hub->next;
    return hub;
}

static struct fcgi_hub *
make(int listener)
{
    struct fcgi_hub *hub = find(listener);

    if (hub != NULL)
        return hub; /* by another thread, meanwhile */
    if (!has_fork_handlers) {
        int error = pthread_atfork(before_fork, after_fork_in_parent,
                                   after_fork_in_child);

        if (error != 0) {
            errno = error;
            return NULL;
        }
        has_fork_handlers = true;
    }
    hub = calloc(1, sizeof(*hub));
    if (hub == NULL)
        return NULL;
    hub->listener = listener;
    hub->user = pthread_self();
    pthread_cond_init(&hub->turn, NULL);
    hub->sig_fd = -1;
    hub->wake[0] = hub->wake[1] = -1;
    hub->next = hubs;
    __atomic_store_n(&hubs, hub, __ATOMIC_RELEASE);
    return hub;
}

struct fcgi_hub *
fcgi_hub_get(int listener)
{
    struct fcgi_hub *hub = find(listener);

    if (hub == NULL) {
        pthread_mutex_lock(&fcgi_hub_lock);
        hub = make(listener);
        pthread_mutex_unlock(&fcgi_hub_lock);
    }
    fcgi_capacity_count_thread();
    if (hub != NULL && !fcgi_hub_is_shared(hub) &&
        !pthread_equal(hub->user, pthread_self())) {
        pthread_mutex_lock(&fcgi_hub_lock);
        __atomic_store_n(&hub->is_shared, true, __ATOMIC_RELAXED);
        pthread_mutex_unlock(&fcgi_hub_lock);
    }
    return hub;
}

/* Waits for those whose web server still sends. */
static void
linger(struct fcgi_hub *hub)
{
    int fd;

    for (fd = 0; fd < hub->table_size; fd++) {
        struct Params *state = hub->table[fd];

        if (state == NULL || !state->is_closing)
            continue;
        (void)fcgi_request_drain(state, state->deadline - fcgi_io_now());
        fcgi_request_free(fcgi_hub_take_fd(hub, fd));
    }
}

static void
end_hub(struct fcgi_hub *hub)
{
    int fd;

    for (fd = 0; fd < hub->table_size; fd++)
        fcgi_request_free(fcgi_hub_take_fd(hub, fd));
    fcgi_waitset_free(hub->set);
    fcgi_hub_close_wake(hub);
    pthread_cond_destroy(&hub->turn);
    free(hub->table);
    free(hub);
}

/* True if no other thread, which still runs, can be using it. */
static bool
is_own(const struct fcgi_hub *hub)
{
    return !hub->is_shared && pthread_equal(hub->user, pthread_self());
}

/* A process that ends at once would destroy answers that are on their way. */
__attribute__((destructor)) static void
linger_at_exit(void)
{
    struct fcgi_hub *hub;

    if (pthread_mutex_trylock(&fcgi_hub_lock) != 0)
        return;
    for (hub = hubs; hub != NULL; hub = hub->next)
        linger(hub);
    while ((hub = hubs) != NULL && is_own(hub)) {
        hubs = hub->next;
        end_hub(hub);
    }
    pthread_mutex_unlock(&fcgi_hub_lock);
}
