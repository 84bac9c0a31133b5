/* SPDX-License-Identifier: BSD-2-Clause */
/* The queues of requests that wait for a lane, and for news of a process. */
#include "waiter.h"

#include <errno.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

#define NSEC_PER_SEC 1000000000

/* glibc 2.30 and later can sleep by a clock that is never set. */
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 30)
#define HAVE_SEM_CLOCKWAIT 1
#endif
#endif

/* Microseconds of a clock that is never set. */
static apr_interval_time_t
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (apr_interval_time_t)time.tv_sec * APR_USEC_PER_SEC +
           time.tv_nsec / 1000;
}

/* Links. */

static void
append(struct fcgid_table *table, struct fcgid_class *class, int index)
{
    struct fcgid_waiter *waiter = &table->waiters[index];

    waiter->next = -1;
    waiter->previous = class->last_waiter;
    if (class->last_waiter >= 0)
        table->waiters[class->last_waiter].next = index;
    else
        class->first_waiter = index;
    class->last_waiter = index;
    __atomic_fetch_add(&class->waiting, 1, __ATOMIC_SEQ_CST);
}

static void
unlink_waiter(struct fcgid_table *table, struct fcgid_class *class, int index)
{
    struct fcgid_waiter *waiter = &table->waiters[index];

    if (waiter->previous >= 0)
        table->waiters[waiter->previous].next = waiter->next;
    else
        class->first_waiter = waiter->next;
    if (waiter->next >= 0)
        table->waiters[waiter->next].previous = waiter->previous;
    else
        class->last_waiter = waiter->previous;
    waiter->next = waiter->previous = -1;
    __atomic_fetch_sub(&class->waiting, 1, __ATOMIC_SEQ_CST);
}

static void
set_state(struct fcgid_waiter *waiter, enum fcgid_waiter_state state)
{
    __atomic_store_n(&waiter->state, state, __ATOMIC_SEQ_CST);
}

/* Whether the entry is of this class and in that state.  Entries in use by
 * other classes may change meanwhile. */
static int
is_in_state(const struct fcgid_waiter *waiter, int class_index,
            enum fcgid_waiter_state state)
{
    return __atomic_load_n(&waiter->pid, __ATOMIC_SEQ_CST) != 0 &&
           __atomic_load_n(&waiter->class_index, __ATOMIC_SEQ_CST) ==
               class_index &&
           __atomic_load_n(&waiter->state, __ATOMIC_SEQ_CST) == state;
}

/* The oldest waiter of the class that is not linked yet, ticket >= least. */
static int
next_in_order(const struct fcgid_table *table, int class_index, uint64_t least)
{
    const struct fcgid_waiter *waiter;
    int i, best = -1;

    for (i = 0; i < FCGID_WAITER_COUNT; i++) {
        waiter = &table->waiters[i];
        if (is_in_state(waiter, class_index, FCGID_WAITER_WAITING) &&
            waiter->ticket >= least &&
            (best < 0 || waiter->ticket < table->waiters[best].ticket))
            best = i;
    }
    return best;
}

/*
 * What the dead holder of the lock was about to tell this waiter, it is told
 * now.  A waiter that waits has a slot only from the moment when it was chosen
 * to the moment when it was told so (see give): the lane may be its own
 * already, or still the dead one's, which fcgid_forget_child finds.
 */
static void
finish_grant(struct fcgid_table *table, int class_index,
             struct fcgid_waiter *waiter)
{
    struct fcgid_lane_word word;

    if (is_in_state(waiter, class_index, FCGID_WAITER_GRANTED) ||
        is_in_state(waiter, class_index, FCGID_WAITER_DENIED)) {
        sem_post(&waiter->wake);
        return;
    }
    if (!is_in_state(waiter, class_index, FCGID_WAITER_WAITING) ||
        waiter->slot < 0)
        return;
    word = fcgid_lane_load(&table->slots[waiter->slot]);
    if (word.state == FCGID_LANE_BUSY && word.owner == waiter->pid) {
        set_state(waiter, FCGID_WAITER_GRANTED);
        sem_post(&waiter->wake);
    } else {
        waiter->slot = -1;
    }
}

/* A holder of the lock died: the links may be half made.  The entries
 * themselves tell who waits and in which order. */
static void
rebuild(struct fcgid_table *table, int class_index)
{
    struct fcgid_class *class = &table->classes[class_index];
    uint64_t least = 0;
    int index, i;

    for (i = 0; i < FCGID_WAITER_COUNT; i++)
        finish_grant(table, class_index, &table->waiters[i]);
    class->first_waiter = class->last_waiter = -1;
    __atomic_store_n(&class->waiting, 0, __ATOMIC_SEQ_CST);
    while ((index = next_in_order(table, class_index, least)) >= 0) {
        append(table, class, index);
        least = table->waiters[index].ticket + 1;
    }
}

static int
lock_class(struct fcgid_table *table, int class_index)
{
    struct fcgid_class *class = &table->classes[class_index];
    int rc = pthread_mutex_lock(&class->lock);

    if (rc == EOWNERDEAD) {
        rebuild(table, class_index);
        rc = pthread_mutex_consistent(&class->lock);
    }
    return rc;
}

static void
unlock_class(struct fcgid_table *table, int class_index)
{
    pthread_mutex_unlock(&table->classes[class_index].lock);
}

/*
 * Waiters that are to be woken once the lock is given back: waking takes longer
 * than all that is done under it.  Those whose process dies in between are
 * woken by fcgid_forget_waiters.
 */
struct wake_list {
    size_t count;
    int indexes[32];
};

static void
wake_all(struct fcgid_table *table, struct wake_list *list)
{
    while (list->count > 0)
        sem_post(&table->waiters[list->indexes[--list->count]].wake);
}

static void
settle(struct fcgid_table *table, struct fcgid_class *class, int index,
       enum fcgid_waiter_state state, struct wake_list *list)
{
    unlink_waiter(table, class, index);
    set_state(&table->waiters[index], state);
    if (list->count == sizeof list->indexes / sizeof *list->indexes)
        wake_all(table, list);
    list->indexes[list->count++] = index;
}

/*
 * Hands a lane that this process has just taken to a waiter.  If this process
 * is killed on its way, the lane is its own, and so is found by its death, or
 * the waiter's entry says that the lane is the waiter's.
 */
static void
give(struct fcgid_table *table, struct fcgid_class *class, int index, int slot,
     struct wake_list *list)
{
    struct fcgid_waiter *waiter = &table->waiters[index];
    struct fcgid_slot *entry = &table->slots[slot];

    __atomic_store_n(&waiter->slot, slot, __ATOMIC_SEQ_CST);
    fcgid_lane_store(entry, FCGID_LANE_BUSY, fcgid_lane_load(entry).generation,
                     waiter->pid);
    settle(table, class, index, FCGID_WAITER_GRANTED, list);
}

static void
dispatch_locked(struct fcgid_table *table, int class_index,
                struct wake_list *list)
{
    struct fcgid_class *class = &table->classes[class_index];
    int32_t self = (int32_t)getpid();
    int index, slot;

    while ((index = class->first_waiter) >= 0) {
        slot = fcgid_lane_take_any(table, class_index, self);
        if (slot < 0)
            return;
        give(table, class, index, slot, list);
    }
}

void
fcgid_dispatch(struct fcgid_table *table, int class_index)
{
    struct wake_list list = {.count = 0};

    if (lock_class(table, class_index) != 0)
        return;
    dispatch_locked(table, class_index, &list);
    unlock_class(table, class_index);
    wake_all(table, &list);
}

void
fcgid_deny_waiters(struct fcgid_table *table, int class_index, int reason,
                   int error_number, int most)
{
    struct fcgid_class *class = &table->classes[class_index];
    struct wake_list list = {.count = 0};
    int index;

    if (lock_class(table, class_index) != 0)
        return;
    while (most-- > 0 && (index = class->first_waiter) >= 0) {
        table->waiters[index].reason = reason;
        table->waiters[index].error_number = error_number;
        settle(table, class, index, FCGID_WAITER_DENIED, &list);
    }
    unlock_class(table, class_index);
    wake_all(table, &list);
}

int
fcgid_waiting_for(struct fcgid_table *table, int class_index,
                  apr_interval_time_t age, int most, apr_interval_time_t *next)
{
    apr_interval_time_t begin = now() - age;
    int index, count = 0;

    *next = 0;
    if (lock_class(table, class_index) != 0)
        return 0;
    for (index = table->classes[class_index].first_waiter;
         index >= 0 && count < most; index = table->waiters[index].next) {
        if (table->waiters[index].since > begin) {
            *next = table->waiters[index].since - begin;
            break;
        }
        count++;
    }
    unlock_class(table, class_index);
    return count;
}

/* Entries. */

static int
new_waiter(struct fcgid_table *table, int32_t pid)
{
    uint32_t start =
        __atomic_fetch_add(&table->waiter_hint, 1, __ATOMIC_RELAXED);
    struct fcgid_waiter *waiter;
    int32_t none;
    uint32_t i;

    for (i = 0; i < FCGID_WAITER_COUNT; i++) {
        waiter = &table->waiters[(start + i) % FCGID_WAITER_COUNT];
        none = 0;
        if (!__atomic_compare_exchange_n(&waiter->pid, &none, pid, 0,
                                         __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
            continue;
        while (sem_trywait(&waiter->wake) == 0)
            ; /* a post that its last user did not wait for */
        waiter->slot = waiter->next = waiter->previous = -1;
        waiter->reason = waiter->error_number = 0;
        return (int)((start + i) % FCGID_WAITER_COUNT);
    }
    return -1;
}

static void
drop_waiter(struct fcgid_waiter *waiter)
{
    set_state(waiter, FCGID_WAITER_IDLE);
    __atomic_store_n(&waiter->pid, 0, __ATOMIC_SEQ_CST);
}

int
fcgid_wait_begin(struct fcgid_table *table, int class_index, int32_t pid,
                 int queue_length)
{
    struct fcgid_class *class = &table->classes[class_index];
    struct wake_list list = {.count = 0};
    struct fcgid_waiter *waiter;
    int index = new_waiter(table, pid);

    if (index < 0)
        return FCGID_WAIT_NO_ROOM;
    waiter = &table->waiters[index];
    __atomic_store_n(&waiter->class_index, class_index, __ATOMIC_SEQ_CST);
    if (lock_class(table, class_index) != 0) {
        drop_waiter(waiter);
        return FCGID_WAIT_BROKEN;
    }
    if (class->waiting >= (uint32_t)queue_length) {
        unlock_class(table, class_index);
        drop_waiter(waiter);
        return FCGID_WAIT_FULL;
    }
    waiter->ticket = class->next_ticket++;
    waiter->since = now();
    set_state(waiter, FCGID_WAITER_WAITING);
    append(table, class, index);
    dispatch_locked(table, class_index, &list);
    unlock_class(table, class_index);
    wake_all(table, &list);
    return index;
}

/* One sleep; 0 when woken, else an errno. */
static int
sleep_until(sem_t *wake, const struct timespec *end)
{
#ifdef HAVE_SEM_CLOCKWAIT
    return sem_clockwait(wake, CLOCK_MONOTONIC, end) == 0 ? 0 : errno;
#else
    return sem_timedwait(wake, end) == 0 ? 0 : errno;
#endif
}

static void
set_end(struct timespec *end, apr_interval_time_t timeout)
{
#ifdef HAVE_SEM_CLOCKWAIT
    clock_gettime(CLOCK_MONOTONIC, end);
#else
    clock_gettime(CLOCK_REALTIME, end);
#endif
    end->tv_sec += (time_t)(timeout / APR_USEC_PER_SEC);
    end->tv_nsec += (long)(timeout % APR_USEC_PER_SEC) * 1000;
    if (end->tv_nsec >= NSEC_PER_SEC) {
        end->tv_nsec -= NSEC_PER_SEC;
        end->tv_sec++;
    }
}

enum fcgid_waiter_state
fcgid_wait_sleep(struct fcgid_table *table, int waiter,
                 apr_interval_time_t timeout)
{
    struct fcgid_waiter *entry = &table->waiters[waiter];
    struct timespec end;
    uint32_t state;
    int rc = 0;

    set_end(&end, timeout);
    for (;;) {
        state = __atomic_load_n(&entry->state, __ATOMIC_SEQ_CST);
        if (state != FCGID_WAITER_WAITING || (rc != 0 && rc != EINTR))
            return (enum fcgid_waiter_state)state;
        rc = sleep_until(&entry->wake, &end);
    }
}

int
fcgid_wait_end(struct fcgid_table *table, int waiter)
{
    struct fcgid_waiter *entry = &table->waiters[waiter];
    int class_index = entry->class_index, slot = -1;

    /* Whoever granted or denied it has unlinked it first. */
    if (__atomic_load_n(&entry->state, __ATOMIC_SEQ_CST) ==
            FCGID_WAITER_WAITING &&
        lock_class(table, class_index) == 0) {
        if (entry->state == FCGID_WAITER_WAITING)
            unlink_waiter(table, &table->classes[class_index], waiter);
        unlock_class(table, class_index);
    }
    if (entry->state == FCGID_WAITER_GRANTED)
        slot = entry->slot;
    drop_waiter(entry);
    return slot;
}

static int
has_news(const struct fcgid_waiter *waiter)
{
    uint32_t state = __atomic_load_n(&waiter->state, __ATOMIC_SEQ_CST);

    return state == FCGID_WAITER_GRANTED || state == FCGID_WAITER_DENIED;
}

void
fcgid_forget_waiters(struct fcgid_table *table, int32_t pid)
{
    struct fcgid_waiter *waiter;
    int i;

    /* What it left half done is put in order before its lanes are reset:
     * until then they tell whose they are. */
    for (i = 0; i < FCGID_CLASS_COUNT; i++)
        if (table->classes[i].in_use && lock_class(table, i) == 0)
            unlock_class(table, i);
    for (i = 0; i < FCGID_WAITER_COUNT; i++) {
        waiter = &table->waiters[i];
        if (__atomic_load_n(&waiter->pid, __ATOMIC_SEQ_CST) != pid) {
            /* The dead may have been about to wake it. */
            if (has_news(waiter))
                sem_post(&waiter->wake);
            continue;
        }
        /* A granted lane is found by its owner. */
        if (waiter->state != FCGID_WAITER_IDLE)
            (void)fcgid_wait_end(table, i);
        else
            drop_waiter(waiter);
    }
}

/* Ends of processes.  Only a log line depends on them: where there is no
 * futex, nobody waits. */

void
fcgid_slot_set_end(struct fcgid_slot *slot, int32_t pid, int status, int told)
{
    slot->last_status = status;
    slot->last_told = told;
    __atomic_store_n(&slot->last_pid, pid, __ATOMIC_SEQ_CST);
#ifdef SYS_futex
    syscall(SYS_futex, &slot->last_pid, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
#endif
}

int32_t
fcgid_slot_await_end(struct fcgid_slot *slot, const int32_t old[2],
                     apr_interval_time_t timeout)
{
    apr_interval_time_t end = now() + timeout;
    int32_t last;

    for (;;) {
        last = __atomic_load_n(&slot->last_pid, __ATOMIC_SEQ_CST);
        if (last != old[0] && last != old[1])
            return last;
        timeout = end - now();
        if (timeout <= 0)
            return 0;
#ifdef SYS_futex
        struct timespec wait = {(time_t)(timeout / APR_USEC_PER_SEC),
                                (long)(timeout % APR_USEC_PER_SEC) * 1000};

        syscall(SYS_futex, &slot->last_pid, FUTEX_WAIT, last, &wait, NULL, 0);
#else
        return 0;
#endif
    }
}
