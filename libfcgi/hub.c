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
    SHARED_WAIT = 5000,
    /* Threads that wait for events at once; further ones rest. */
    MOST_WAITING = 2
};

static void
remember_deadline(struct fcgi_hub *hub, long long deadline)
{
    if (deadline != 0 &&
        (hub->next_deadline == 0 || deadline < hub->next_deadline))
        hub->next_deadline = deadline;
}

/* It is read without the lock, but written under it. */
static void
count_waiting(struct fcgi_hub *hub, int change)
{
    __atomic_store_n(&hub->waiting, hub->waiting + change, __ATOMIC_RELAXED);
}

struct Params *
fcgi_hub_take_fd(struct fcgi_hub *hub, int fd)
{
    struct Params *state;

    if (fd < 0 || fd >= hub->table_size || hub->table[fd] == NULL)
        return NULL;
    state = hub->table[fd];
    hub->table[fd] = NULL;
    count_waiting(hub, -1);
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
    count_waiting(hub, -1);
    if (hub->ready == NULL && hub->wake[0] >= 0 &&
        read(hub->wake[0], &byte, 1) < 0)
        return state; /* it is empty already */
    return state;
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

/* Where threads share it, a connection is told to one of them; else all that
 * wait would come, one by one. */
static void
watch_listener(struct fcgi_hub *hub)
{
    bool once = hub->is_shared;
    int error = -ENOENT;

    if (hub->listens)
        return;
    if (once)
        error = fcgi_waitset_arm(hub->set, hub->listener);
    if (error == -ENOENT)
        error = fcgi_waitset_add(hub->set, hub->listener, once);
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

void
fcgi_hub_listen(struct fcgi_hub *hub)
{
    if (!fcgi_hub_is_shared(hub))
        return;
    pthread_mutex_lock(&fcgi_hub_lock);
    if (hub->set != NULL && hub->listen_at == 0)
        watch_listener(hub);
    pthread_mutex_unlock(&fcgi_hub_lock);
}

bool
fcgi_hub_is_shared(const struct fcgi_hub *hub)
{
    return __atomic_load_n(&hub->is_shared, __ATOMIC_RELAXED);
}

bool
fcgi_hub_take(struct fcgi_hub *hub, const struct Params *state, int fd)
{
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
    count_waiting(hub, 1);
    pthread_mutex_unlock(&fcgi_hub_lock);
}

bool
fcgi_hub_has_waiting(const struct fcgi_hub *hub)
{
    return __atomic_load_n(&hub->waiting, __ATOMIC_RELAXED) != 0;
}

static int
watch(struct fcgi_waitset *set, int fd, bool is_known)
{
    int error = -ENOENT;

    if (is_known)
        error = fcgi_waitset_arm(set, fd);
    if (error == -ENOENT)
        error = fcgi_waitset_add(set, fd, true);
    return error == -EEXIST ? fcgi_waitset_arm(set, fd) : error;
}

int
fcgi_hub_put(struct fcgi_hub *hub, struct Params *state)
{
    struct fcgi_waitset *set;
    int fd = state->conn.fd;
    bool is_known;
    int error;

    pthread_mutex_lock(&fcgi_hub_lock);
    error = fcgi_hub_open_set(hub);
    if (error == 0)
        error = grow_table(hub, fd);
    if (error != 0) {
        pthread_mutex_unlock(&fcgi_hub_lock);
        return error;
    }
    set = hub->set;
    is_known = state->set == set;
    state->set = set;
    hub->table[fd] = state;
    count_waiting(hub, 1);
    remember_deadline(hub, state->deadline);
    pthread_mutex_unlock(&fcgi_hub_lock);
    /* Without the lock, which those who are woken by this want.  From now on
     * *state may be another thread's, which may have closed it. */
    error = watch(set, fd, is_known);
    if (error == 0 || !fcgi_hub_take(hub, state, fd))
        return 0;
    state->set = NULL;
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

/* True if there is no room in the set for the listening socket (ENOSPC). */
static bool
is_blind(const struct fcgi_hub *hub)
{
    return !hub->listens && hub->listen_at == 0;
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
    if (hub->sig_fd < 0 || is_blind(hub))
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
    if (fd == hub->listener) {
        hub->listens = !hub->is_shared;
        return FCGI_HUB_LISTENER;
    }
    if (fd == hub->sig_fd && !fcgi_sig_pending())
        fcgi_sig_check_fd();
    return FCGI_HUB_NOTHING;
}

/* --- Turns ------------------------------------------------------------------
 *
 * There is a thread in the set as long as some rest: who goes to work and
 * leaves nobody there calls one of them.  So those need no time-outs and no
 * events.
 */

/* The hub in whose set a thread waits, or NULL.  When it comes to wait, one
 * that it has left by a jump out of a signal's handler.  A key, since __thread
 * would need more than the C library. */
static pthread_key_t waits_in;
static pthread_once_t waits_in_once = PTHREAD_ONCE_INIT;
static bool has_waits_in;

static void
make_waits_in(void)
{
    has_waits_in = pthread_key_create(&waits_in, NULL) == 0;
}

static void
set_waits_in(struct fcgi_hub *hub)
{
    if (has_waits_in)
        (void)pthread_setspecific(waits_in, hub);
}

/* Forgets a wait that was left by a jump; lock is held. */
static void
forget_wait(void)
{
    struct fcgi_hub *hub;

    pthread_once(&waits_in_once, make_waits_in);
    hub = has_waits_in ? pthread_getspecific(waits_in) : NULL;
    if (hub != NULL)
        hub->threads--;
    set_waits_in(NULL);
}

/* A thread goes to work; lock is held. */
static void
end_turn(struct fcgi_hub *hub)
{
    if (hub->resting > 0 && fcgi_sig_pending())
        pthread_cond_broadcast(&hub->turn);
    else if (hub->resting > 0 && hub->threads <= 0)
        pthread_cond_signal(&hub->turn);
}

static void
on_cancel_of_rest(void *of)
{
    struct fcgi_hub *hub = of;

    hub->resting--;
    end_turn(hub);
    pthread_mutex_unlock(&fcgi_hub_lock);
}

/* Rests while enough others wait; lock is held. */
static void
await_turn(struct fcgi_hub *hub)
{
    while (hub->threads >= MOST_WAITING && hub->ready == NULL &&
           !fcgi_sig_pending()) {
        hub->resting++;
        pthread_cleanup_push(on_cancel_of_rest, hub);
        pthread_cond_wait(&hub->turn, &fcgi_hub_lock);
        pthread_cleanup_pop(0);
        hub->resting--;
    }
}

static void
on_cancel_of_turn(void *of)
{
    struct fcgi_hub *hub = of;

    pthread_mutex_lock(&fcgi_hub_lock);
    hub->threads--;
    end_turn(hub);
    pthread_mutex_unlock(&fcgi_hub_lock);
}

/* Waits in the set; lock is held, and let go meanwhile.  Returns as
 * fcgi_waitset_wait. */
static int
wait_in_set(struct fcgi_hub *hub, int timeout, const sigset_t *mask)
{
    struct fcgi_waitset *set = hub->set;
    volatile int fd = -EAGAIN; /* the macros below may use setjmp(3) */

    hub->threads++;
    set_waits_in(hub);
    pthread_mutex_unlock(&fcgi_hub_lock);
    pthread_cleanup_push(on_cancel_of_turn, hub);
    /* A wish to leave after this look makes sig_fd readable. */
    if (!fcgi_sig_pending())
        fd = fcgi_waitset_wait(set, timeout, mask);
    pthread_cleanup_pop(0);
    pthread_mutex_lock(&fcgi_hub_lock);
    set_waits_in(NULL);
    hub->threads--;
    if (fd < 0 && fd != -EINTR && fd != -EAGAIN && hub->set == set)
        hub->set = NULL; /* closed by the application: a new one */
    return fd;
}

/* Finds a request that is ready, or waits in the set; lock is held. */
static int
wait_for_event(struct fcgi_hub *hub, struct Params **state, int most,
               const sigset_t *mask)
{
    int timeout;
    int result;

    *state = take_ready(hub);
    if (*state != NULL)
        return FCGI_HUB_REQUEST;
    result = fcgi_hub_open_set(hub);
    if (result != 0)
        return result;
    timeout = prepare(hub, state);
    if (*state != NULL)
        return FCGI_HUB_CONNECTION;
    if (most >= 0)
        shorten(&timeout, most);
    result = wait_in_set(hub, timeout, mask);
    if (result >= 0)
        return judge(hub, result, state);
    if (result == -EAGAIN && is_blind(hub))
        return FCGI_HUB_LISTENER;
    return result == -EINTR ? -EINTR : FCGI_HUB_NOTHING;
}

int
fcgi_hub_wait(struct fcgi_hub *hub, struct Params **state, int most,
              const sigset_t *mask)
{
    int result;

    pthread_mutex_lock(&fcgi_hub_lock);
    forget_wait();
    /* Those that signals or time must wake do not rest. */
    if (hub->is_shared && most < 0 && mask == NULL)
        await_turn(hub);
    result = wait_for_event(hub, state, most, mask);
    end_turn(hub);
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
        count_waiting(hub, 1);
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
    int trunk = -1;
    int fd;

    pthread_mutex_lock(&fcgi_hub_lock);
    if (hub->resting > 0)
        pthread_cond_broadcast(&hub->turn);
    begun = take_ready(hub);
    for (fd = 0; fd < hub->table_size && begun == NULL; fd++) {
        const struct Params *state = hub->table[fd];

        if (state == NULL || state->is_closing)
            continue;
        if (fcgi_request_has_branches(state)) {
            if (fcgi_request_has_begun_branches(state))
                trunk = fd; /* it may keep the caller: the last one */
        } else if (state->trunk == NULL && fcgi_request_is_idle(state) &&
                   !fcgi_request_is_new(state)) {
            close_taken(hub, fd);
        } else {
            begun = fcgi_hub_take_fd(hub, fd);
        }
    }
    if (begun == NULL)
        begun = fcgi_hub_take_fd(hub, trunk);
    pthread_mutex_unlock(&fcgi_hub_lock);
    return begun;
}
