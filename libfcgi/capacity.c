/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capacity.h"

#include <limits.h>
#include <pthread.h>
#include <sys/resource.h>

enum {
    /* Descriptors: what the application itself may have open, and how many
     * connections it is told to take at least. */
    OTHER_FILES = 32,
    LEAST_CONNECTIONS = 16
};

static unsigned thread_count; /* that have asked for a hub */
static unsigned worker_count = 1; /* processes like this one at its socket */
static pthread_key_t counted; /* not NULL in those threads */
static pthread_once_t counted_once = PTHREAD_ONCE_INIT;

static void
on_thread_end(void *unused)
{
    (void)unused;
    __atomic_sub_fetch(&thread_count, 1, __ATOMIC_RELAXED);
}

static void
make_key(void)
{
    if (pthread_key_create(&counted, on_thread_end) != 0)
        thread_count = 1;
}

void
fcgi_capacity_count_thread(void)
{
    pthread_once(&counted_once, make_key);
    if (pthread_getspecific(counted) == NULL &&
        pthread_setspecific(counted, &thread_count) == 0)
        __atomic_add_fetch(&thread_count, 1, __ATOMIC_RELAXED);
}

void
fcgi_capacity_set_workers(unsigned count)
{
    worker_count = count;
}

void
fcgi_capacity_get(const struct Params *state, struct fcgi_capacity *capacity)
{
    struct rlimit limit;

    capacity->requests =
        __atomic_load_n(&thread_count, __ATOMIC_RELAXED) * worker_count;
    capacity->connections = LEAST_CONNECTIONS;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
        limit.rlim_cur > LEAST_CONNECTIONS + OTHER_FILES)
        capacity->connections = limit.rlim_cur > INT_MAX
                                    ? INT_MAX
                                    : (unsigned)limit.rlim_cur - OTHER_FILES;
    capacity->multiplexes = state->trunk != NULL;
}
