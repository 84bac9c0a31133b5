/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of an application process: start, exec, end, replacement. */
#include <limits.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apr_strings.h"
#include "ipc.h"
#include "log.h"
#include "pm.h"
#include "pm_preload.h"
#include "spawn.h"

static struct fcgid_pm_class *
pm_class_of(struct fcgid_pm *pm, int slot)
{
    return &pm->classes[pm->table->slots[slot].class_index];
}

/* A waiter reads it after it has said that it waits; here the waiters are
 * looked for after it has changed: one of the two sees the other. */
static void
count_process(struct fcgid_class *class, int change)
{
    __atomic_add_fetch(&class->processes, change, __ATOMIC_SEQ_CST);
}

/* Start. */

static void
note_start_failure(struct fcgid_pm *pm, int class_index)
{
    __atomic_add_fetch(&pm->table->classes[class_index].start_failures, 1,
                       __ATOMIC_SEQ_CST);
    pm->classes[class_index].last_failure =
        pm->table->classes[class_index].last_failure = apr_time_now();
}

/* Those who wait learn that exec does not work, unless a process is there
 * that may serve them yet. */
static void
on_exec_failed(struct fcgid_pm *pm, int slot, int error)
{
    struct fcgid_class *class = class_of(pm, slot);
    int class_index = pm->table->slots[slot].class_index;

    pm->slots[slot].exec_failed = 1;
    class->exec_errno = error;
    ap_log_error(APLOG_MARK, APLOG_ERR, error, pm->server,
                 "mod_fcgid: can't run %s" FCGID_ID(521), class->command);
    if (class->processes <= class->starting)
        fcgid_deny_waiters(pm->table, class_index, FCGID_DENIED_EXEC, error,
                           INT_MAX);
}

static void
become_ready(struct fcgid_pm *pm, int slot)
{
    struct fcgid_slot *entry = &pm->table->slots[slot];
    struct fcgid_class *class = class_of(pm, slot);
    int class_index = entry->class_index, lane, next;

    if (entry->state != FCGID_SLOT_STARTING)
        return;
    entry->state = FCGID_SLOT_READY;
    class->starting--;
    class->exec_errno = 0;
    /* A request may be under way that the process before did not accept. */
    for (lane = slot; lane != -1; lane = next) {
        next = pm->slots[lane].next;
        if (fcgid_lane_load(&pm->table->slots[lane]).state != FCGID_LANE_BUSY)
            (void)fcgid_pm_open_lane(pm, lane);
    }
    if (fcgid_waiting(class) != 0)
        fcgid_pm_consider(pm, class_index);
}

void
fcgid_pm_close_exec(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];

    fcgid_pm_unwatch(pm, &mine->exec_watch);
    if (mine->exec_fd != -1)
        close(mine->exec_fd);
    mine->exec_fd = -1;
}

/* Why exec has failed, an errno; 0: it has not, as far as is known. */
static int
take_exec_result(struct fcgid_pm *pm, int slot)
{
    int error = 0;
    ssize_t n = read(pm->slots[slot].exec_fd, &error, sizeof error);

    fcgid_pm_close_exec(pm, slot);
    return n == (ssize_t)sizeof error ? error : 0;
}

static void
on_exec_result(struct fcgid_pm *pm, struct fcgid_watch *watch)
{
    int slot = watch->index, error = take_exec_result(pm, slot);

    if (error != 0)
        on_exec_failed(pm, slot, error);
    else
        become_ready(pm, slot);
}

void
fcgid_pm_see_exec(struct fcgid_pm *pm, int slot)
{
    if (pm->slots[slot].exec_watch != NULL)
        on_exec_result(pm, pm->slots[slot].exec_watch);
}

static int
start_failed(struct fcgid_pm *pm, int slot, int error, const char *what,
             const char *path)
{
    int class_index = pm->table->slots[slot].class_index;
    struct fcgid_class *class = &pm->table->classes[class_index];

    ap_log_error(APLOG_MARK, APLOG_ERR, error, pm->server,
                 "mod_fcgid: spawn process %s error: %s%s" FCGID_ID(522),
                 class->command, what, path);
    class->exec_errno = error;
    note_start_failure(pm, class_index);
    fcgid_pm_bury(pm, slot);
    if (class->processes == 0)
        fcgid_deny_waiters(pm->table, class_index, FCGID_DENIED_EXEC, error,
                           INT_MAX);
    return -1;
}

static void tell_to_end(struct fcgid_pm *pm, int slot);

void
fcgid_pm_set_process(struct fcgid_pm *pm, int slot,
                     const struct fcgid_spawned *spawned)
{
    struct fcgid_slot *entry = &pm->table->slots[slot];
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    struct fcgid_pm_class *my_class = pm_class_of(pm, slot);
    const struct fcgid_class *class = class_of(pm, slot);

    if (my_class->heir == slot + 1 && my_class->heir_pid == entry->pid)
        my_class->heir_pid = (int32_t)spawned->pid;
    entry->pid = (int32_t)spawned->pid;
    if (fcgid_pm_is_ordered(pm, slot))
        return;
    mine->exec_fd = spawned->exec_fd;
    /* The name of the host; its addresses stand behind it. */
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, pm->server,
                 "mod_fcgid: server %.*s:%s(%d) started",
                 (int)strcspn(class->vhost, ":"), class->vhost, class->command,
                 entry->pid);
    if (mine->exec_fd != -1)
        mine->exec_watch = fcgid_pm_watch(pm, mine->exec_fd, APR_POLLIN, slot,
                                          on_exec_result);
    else if (entry->state == FCGID_SLOT_EXITING)
        tell_to_end(pm, slot);
    else
        become_ready(pm, slot);
}

int
fcgid_pm_start(struct fcgid_pm *pm, int slot)
{
    struct fcgid_slot *entry = &pm->table->slots[slot];
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    struct fcgid_class *class = class_of(pm, slot);
    struct fcgid_pm_class *my_class = pm_class_of(pm, slot);
    struct fcgid_spawned spawned;
    int rc;

    fcgid_pm_watch_program(pm, entry->class_index);
    if (mine->listener == -1)
        mine->listener = fcgid_listen(pm->conf.ipc_dir, entry->path);
    if (mine->listener == -1)
        return start_failed(pm, slot, errno,
                            "couldn't bind unix domain socket ", entry->path);
    rc = fcgid_pm_launch(pm, slot, &spawned);
    if (rc != 0)
        return start_failed(pm, slot, rc, "can't fork", "");
    mine->exec_failed = 0;
    mine->end_reason = mine->leaves = NULL;
    mine->kill_at = mine->next_step = mine->queued = 0;
    mine->took = mine->closed = 0;
    mine->apart = my_class->shy;
    mine->due = NULL;
    mine->reached = mine->replaced = 0;
    mine->held = 0;
    mine->weighed = 0;
    mine->overdue = -1;
    entry->state = FCGID_SLOT_STARTING;
    entry->started = apr_time_now();
    entry->requests = 0;
    fcgid_set_retire(entry, FCGID_RETIRE_NO);
    __atomic_store_n(&entry->answered, 0, __ATOMIC_SEQ_CST);
    count_process(class, 1);
    fcgid_pm_count_lanes(pm, slot, 1);
    class->starting++;
    fcgid_count(&class->counts.starts, 1);
    class->last_used = entry->started;
    pm->all_processes++;
    if (!mine->apart)
        fcgid_score_add(&my_class->score, &class->limits,
                        class->limits.spawn_score, entry->started);
    if (class->limits.max_memory > 0)
        fcgid_pm_wake_at(&pm->next_weigh,
                         entry->started + FCGID_WEIGH_INTERVAL);
    fcgid_pm_set_process(pm, slot, &spawned);
    return 0;
}

/* End. */

static const char *
describe_status(apr_pool_t *pool, int status)
{
    if (status == -1)
        return "how is not known";
    if (WIFEXITED(status))
        return apr_psprintf(pool,
                            "terminated by calling exit(), return code: %d",
                            WEXITSTATUS(status));
    if (WCOREDUMP(status))
        return apr_psprintf(pool,
                            "get signal %d, possible coredump generated",
                            WTERMSIG(status));
    if (WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGINT)
        return apr_psprintf(pool, "get stop signal %d", WTERMSIG(status));
    return apr_psprintf(pool, "get unexpected signal %d", WTERMSIG(status));
}

static void
log_end(struct fcgid_pm *pm, int slot, int status)
{
    const struct fcgid_slot *entry = &pm->table->slots[slot];
    const char *reason = pm->slots[slot].end_reason;
    apr_pool_t *pool;

    if (apr_pool_create(&pool, pm->pool) != APR_SUCCESS)
        return;
    if (reason == NULL)
        reason = status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0
                     ? "normal exit"
                     : "server exited";
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, pm->server,
                 "mod_fcgid: process %s(%d) exit(%s), %s",
                 class_of(pm, slot)->command, entry->pid, reason,
                 describe_status(pool, status));
    apr_pool_destroy(pool);
}

/* The books, before it is decided what becomes of the slot. */
static void
settle_accounts(struct fcgid_pm *pm, int slot, int status)
{
    struct fcgid_slot *entry = &pm->table->slots[slot];
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    struct fcgid_class *class = class_of(pm, slot);
    int error = 0;

    if (mine->exec_fd != -1) /* died before the loop saw exec's result */
        error = take_exec_result(pm, slot);
    if (error != 0)
        on_exec_failed(pm, slot, error);
    if (!mine->exec_failed)
        log_end(pm, slot, status);
    if (entry->state == FCGID_SLOT_STARTING)
        class->starting--;
    if (entry->state != FCGID_SLOT_EXITING) {
        count_process(class, -1);
        fcgid_pm_count_lanes(pm, slot, -1);
    }
    pm->all_processes--;
    if (mine->end_reason == NULL && status != -1 &&
        !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
        fcgid_count(&class->counts.crashes, 1);
        fcgid_score_add(&pm_class_of(pm, slot)->score, &class->limits,
                        class->limits.termination_score, apr_time_now());
    }
    mine->kill_at = 0;
}

/* A process has died without having accepted a connection, or answered. */
static void
on_useless(struct fcgid_pm *pm, int slot, int status, int busy)
{
    int class_index = pm->table->slots[slot].class_index;
    struct fcgid_class *class = &pm->table->classes[class_index];

    /* A program that cannot be run is no crash: it is tried, and its errno
     * told, until it can.  With others at work nobody would be told. */
    if (pm->slots[slot].exec_failed && class->processes == 0)
        return;
    class->end_status = status;
    note_start_failure(pm, class_index);
    /* Who waits for it is told, rather than made to wait for more of its
     * kind; once is forgiven. */
    if (!busy && class->start_failures > 1 &&
        class->processes <= class->starting)
        fcgid_deny_waiters(pm->table, class_index, FCGID_DENIED_START,
                           class->start_failures, 1);
}

/* One that leaves of its own without an answer may have met a request that was
 * given up while it stood in the socket's queue, one that is killed has no part
 * in it: once is no failure. */
static int
is_forgiven(const struct fcgid_pm *pm, int slot, int status)
{
    return (status == 0 || status == SIGKILL || status == SIGTERM) &&
           class_of(pm, slot)->start_failures <= 1;
}

/* What the process's life tells of its class; useful: it has served, or it was
 * told to end. */
static void
judge_life(struct fcgid_pm *pm, int slot, int useful)
{
    struct fcgid_class *class = class_of(pm, slot);
    struct fcgid_pm_class *mine = pm_class_of(pm, slot);

    /* It is by its end that it has closed its connection. */
    if (__atomic_load_n(&class->closes, __ATOMIC_RELAXED) > 0)
        __atomic_fetch_sub(&class->closes, 1, __ATOMIC_RELAXED);
    if (useful) {
        mine->futile = 0;
    } else {
        mine->futile++;
        mine->last_failure = apr_time_now();
    }
    if (pm->slots[slot].took)
        __atomic_store_n(&class->start_failures, 0, __ATOMIC_SEQ_CST);
}

/* Whether somebody waits for an answer of the process, which has ended. */
static int
orphan_lanes(struct fcgid_pm *pm, int slot)
{
    int lane;

    (void)fcgid_pm_gather(pm, slot);
    for (lane = slot; lane != -1; lane = pm->slots[lane].next)
        pm->slots[lane].excused = 1;
    return fcgid_pm_is_at_work(pm, slot);
}

/* Whoever waits for an answer is to learn at once that there is none: by a
 * reset if his connection was never accepted.  The slot goes when he gives the
 * lane back. */
static void
cut_off(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    int lane;

    if (mine->listener != -1)
        close(mine->listener);
    mine->listener = -1;
    for (lane = slot; lane != -1; lane = pm->slots[lane].next)
        fcgid_pm_close_lane(pm, lane);
}

void
fcgid_pm_on_exit(struct fcgid_pm *pm, int slot, int status)
{
    struct fcgid_slot *entry = &pm->table->slots[slot];
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    int served = __atomic_load_n(&entry->answered, __ATOMIC_SEQ_CST) > 0;
    int told = mine->end_reason != NULL, busy;
    int known = pm_class_of(pm, slot)->def != NULL && !pm->stopping;

    fcgid_pm_forget_tried(pm, slot);
    mine->took = mine->took || fcgid_pm_is_accepted(pm, slot);
    settle_accounts(pm, slot, status);
    busy = orphan_lanes(pm, slot);
    entry->state = FCGID_SLOT_UNUSED;
    judge_life(pm, slot, served || told);
    if (!told)
        fcgid_pm_ended_asked(pm, slot, status);
    if (!mine->took && !served && !told)
        on_useless(pm, slot, status, busy);
    fcgid_slot_set_end(entry, entry->pid, status, told);
    entry->pid = 0;
    fcgid_pm_bury(pm, slot);
    if (entry->class_index == -1)
        return;
    if (known &&
        (served || told || mine->took || is_forgiven(pm, slot, status))) {
        /* Its request may still be in the listening socket's queue, never
         * accepted: the next process finds it there. */
        (void)fcgid_pm_start(pm, slot);
        return;
    }
    cut_off(pm, slot);
}

int
fcgid_pm_end_idle(struct fcgid_pm *pm, int slot, const char *reason)
{
    if (!fcgid_pm_take_idle(pm, slot))
        return 0;
    fcgid_pm_terminate(pm, slot, reason);
    return 1;
}

static void
tell_to_end(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    int32_t pid = pm->table->slots[slot].pid;

    mine->kill_at = apr_time_now() + FCGID_TERM_GRACE;
    mine->next_step = apr_time_now() + FCGID_TERM_ALONE;
    fcgid_pm_wake_at(&pm->next_kill, mine->next_step);
    if (fcgid_kill(pid, SIGTERM) == -1)
        ap_log_error(APLOG_MARK, APLOG_WARNING, errno, pm->server,
                     "mod_fcgid: can't signal process %d" FCGID_ID(523), pid);
}

void
fcgid_pm_terminate(struct fcgid_pm *pm, int slot, const char *reason)
{
    struct fcgid_slot *entry = &pm->table->slots[slot];
    struct fcgid_pm_slot *mine = &pm->slots[slot];

    if (entry->pid == 0 || entry->state == FCGID_SLOT_EXITING)
        return;
    count_process(class_of(pm, slot), -1);
    fcgid_pm_count_lanes(pm, slot, -1);
    if (entry->state == FCGID_SLOT_STARTING)
        class_of(pm, slot)->starting--;
    __atomic_store_n(&entry->state, FCGID_SLOT_EXITING, __ATOMIC_SEQ_CST);
    mine->end_reason = reason;
    (void)fcgid_pm_gather(pm, slot);
    /* Else when it is there. */
    if (!fcgid_pm_is_ordered(pm, slot))
        tell_to_end(pm, slot);
    else
        mine->kill_at = mine->next_step = 0;
}

void
fcgid_pm_terminate_all(struct fcgid_pm *pm, const char *reason)
{
    int i;

    for (i = 0; i < FCGID_SLOT_COUNT; i++)
        if (pm->table->slots[i].class_index >= 0)
            fcgid_pm_terminate(pm, i, reason);
    fcgid_pm_end_parents(pm);
}
