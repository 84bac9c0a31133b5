/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <time.h>

#include "io.h"
#include "lock.h"
#include "options.h"
#include "process.h"
#include "queue.h"
#include "trunk_int.h"

/* Waits until something changes; lock is held.  Returns 0 or -ETIMEDOUT. */
static int
wait_for_change(struct fcgi_trunk *trunk, long long deadline)
{
    struct timespec t = {.tv_sec = (time_t)(deadline / 1000),
                         .tv_nsec = (long)(deadline % 1000 * 1000000)};
    int error = 0;

    trunk->waiters++;
    if (deadline == 0)
        pthread_cond_wait(&trunk->changed, &trunk->lock);
    else
        error = pthread_cond_timedwait(&trunk->changed, &trunk->lock, &t);
    trunk->waiters--;
    return -error;
}

/* Reads the trunk for as long as it takes, at most until deadline (0: none; at
 * once if wait is false); lock is held, and let go meanwhile. */
static int
pump_for(struct fcgi_trunk *trunk, bool wait, long long deadline)
{
    long long left = -1;
    int error;

    if (deadline != 0) {
        left = deadline - fcgi_io_now();
        if (left <= 0)
            left = 1;
    }
    pthread_mutex_unlock(&trunk->lock);
    error = fcgi_trunk_pump(trunk, wait ? (int)left : 0);
    pthread_mutex_lock(&trunk->lock);
    if (error != 0 && error != -ETIMEDOUT)
        fcgi_trunk_end_input(trunk);
    fcgi_trunk_place(trunk);
    return error == -ETIMEDOUT ? error : 0;
}

/* The process is a child of the one that began the request, and had the lock
 * from it. */
static bool
is_lost(const struct Params *branch, pthread_mutex_t *lock)
{
    return branch->forks != fcgi_process()->forks && fcgi_lock_is_lost(lock);
}

static long
branch_read(void *of, void *buffer, size_t size, bool wait)
{
    struct Params *branch = of;
    struct fcgi_trunk *trunk = branch->trunk;
    long timeout = wait ? fcgi_option(FCGI_OPTION_READ_TIMEOUT) : 0;
    long long deadline = timeout > 0 ? fcgi_io_now() + timeout : 0;
    bool has_looked = false;
    long n = 0;

    if (is_lost(branch, &trunk->lock))
        return -EPIPE;
    pthread_mutex_lock(&trunk->lock);
    while (branch->queue.pos == branch->queue.end && n == 0) {
        if (trunk->is_ended)
            break;
        if (!wait && has_looked)
            n = -EAGAIN;
        else if (!trunk->is_full && fcgi_trunk_acquire(trunk))
            n = pump_for(trunk, wait, deadline);
        else if (wait)
            n = wait_for_change(trunk, deadline);
        has_looked = true;
    }
    if (n == 0)
        n = fcgi_queue_take(&branch->queue, buffer, size);
    fcgi_trunk_resume(trunk);
    pthread_mutex_unlock(&trunk->lock);
    return n;
}

static int
branch_write(void *of, struct fcgi_slice *slices, size_t count,
             const struct fcgi_file *file)
{
    const struct Params *branch = of;
    struct fcgi_conn *conn = &branch->trunk->root->conn;

    if (is_lost(branch, &conn->write_lock))
        return -EPIPE;
    return fcgi_conn_write(conn, slices, count, file);
}

const struct fcgi_conn_ops fcgi_branch_ops = {.read = branch_read,
                                              .write = branch_write};
