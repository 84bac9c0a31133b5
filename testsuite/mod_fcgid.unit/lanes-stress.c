/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many processes and threads fight for few lanes; some are killed at random.
 * No lane may be owned twice, none may be lost, nobody may sleep beside a
 * free one.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mod/proctab.h"
#include "unit.h"

enum {
    LANES = 3,
    PROCESSES = 4,
    THREADS = 4,
    ROUNDS = 4000,
    KILLS = 30,
    WAIT = 20000000 /* microseconds: for ever, unless one is forgotten */
};

struct shared {
    int inside[FCGID_SLOT_COUNT]; /* pid of the user of a lane, atomic */
    int twice;                    /* a lane had two users */
    int timed_out;
    int served;
    struct fcgid_table table;
};

static struct shared *shared;
static int class_index;

/* One use of a lane; the mark is put and taken by exchange. */
static void
use_lane(int slot)
{
    int before = __atomic_exchange_n(&shared->inside[slot], (int)getpid(),
                                     __ATOMIC_SEQ_CST);

    if (before != 0 && kill(before, 0) == 0 && before != -1)
        __atomic_store_n(&shared->twice, 1, __ATOMIC_SEQ_CST);
    sched_yield();
    __atomic_store_n(&shared->inside[slot], 0, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&shared->served, 1, __ATOMIC_SEQ_CST);
}

static void *
worker(void *unused)
{
    struct fcgid_table *table = &shared->table;
    int i, slot, waiter;

    (void)unused;
    for (i = 0; i < ROUNDS; i++) {
        slot = fcgid_lane_take(table, class_index, (int32_t)getpid());
        if (slot == -1) {
            waiter = fcgid_wait_begin(table, class_index, (int32_t)getpid(),
                                      1000);
            if (waiter < 0)
                continue;
            if (fcgid_wait_sleep(table, waiter, WAIT) == FCGID_WAITER_WAITING)
                __atomic_store_n(&shared->timed_out, 1, __ATOMIC_SEQ_CST);
            slot = fcgid_wait_end(table, waiter);
        }
        if (slot == -1)
            continue;
        use_lane(slot);
        fcgid_lane_free(table, slot, 1);
    }
    return NULL;
}

static pid_t
start_process(void)
{
    pthread_t threads[THREADS];
    pid_t pid = fork();
    int i;

    if (pid != 0)
        return pid;
    for (i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, worker, NULL) != 0)
            _exit(3);
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    _exit(0);
}

/* What the manager does with the lane of a dead child. */
static void
on_orphan(void *context, int slot)
{
    (void)context;
    __atomic_store_n(&shared->inside[slot], 0, __ATOMIC_SEQ_CST);
    fcgid_lane_free(&shared->table, slot, 1);
}

static void
run(int kills)
{
    pid_t pids[PROCESSES], pid;
    struct timespec pause = {0, 3000000};
    int alive = PROCESSES, status, i;

    for (i = 0; i < PROCESSES; i++)
        pids[i] = start_process();
    while (alive > 0) {
        if (kills > 0) {
            nanosleep(&pause, NULL);
            kill(pids[kills % PROCESSES], SIGKILL);
        }
        pid = waitpid(-1, &status, kills > 0 ? WNOHANG : 0);
        if (pid <= 0)
            continue;
        fcgid_forget_child(&shared->table, (int32_t)pid, on_orphan, NULL);
        alive--;
        if (kills == 0)
            continue;
        kills--;
        for (i = 0; i < PROCESSES; i++)
            if (pids[i] == pid)
                pids[i] = start_process();
        alive++;
    }
}

static int
free_lanes(void)
{
    int i, count = 0;

    for (i = 0; i < FCGID_SLOT_COUNT; i++)
        count += fcgid_lane_load(&shared->table.slots[i]).state ==
                 FCGID_LANE_FREE;
    return count;
}

static void
check(const char *when)
{
    int i, taken = 0;

    UNIT_CHECK(shared->served > ROUNDS, "stress: %s, requests are served",
               when);
    UNIT_CHECK(!shared->twice, "stress: %s, no lane has two users", when);
    UNIT_CHECK(!shared->timed_out,
               "stress: %s, nobody sleeps beside a free lane", when);
    UNIT_CHECK(free_lanes() == LANES, "stress: %s, no lane is lost", when);
    for (i = 0; i < LANES; i++)
        taken += fcgid_lane_take(&shared->table, class_index, 1) != -1;
    UNIT_CHECK(taken == LANES, "stress: %s, all lanes can be taken", when);
    for (i = 0; i < LANES; i++)
        fcgid_lane_free(&shared->table, i, 1);
    UNIT_CHECK(shared->table.classes[class_index].waiting == 0,
               "stress: %s, the queue is empty", when);
}

int
main(void)
{
    struct fcgid_key key;
    int i;

    memset(&key, 1, sizeof key);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || fcgid_table_init(&shared->table) != 0)
        return 2;
    class_index = fcgid_class_add(&shared->table, &key);
    for (i = 0; i < LANES; i++)
        fcgid_lane_free(&shared->table,
                        fcgid_slot_add(&shared->table, class_index), 1);
    run(0);
    check("without deaths");
    run(KILLS);
    check("with users killed at random");
    return unit_done();
}
