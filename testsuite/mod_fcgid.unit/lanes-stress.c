/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many processes and threads fight for few lanes; some are killed at random,
 * and lanes go from one class to another.  No lane may be owned twice, none
 * may be lost or be given to the wrong class, nobody may sleep beside a free
 * one.
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
    int mistaken;                 /* a lane was of another class */
    int timed_out;
    int served;
    struct fcgid_table table;
};

static struct shared *shared;
static int classes[2]; /* the lanes begin in the first */

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
worker(void *data)
{
    struct fcgid_table *table = &shared->table;
    int class_index = *(int *)data, i, slot, waiter;

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
        if (table->slots[slot].class_index != class_index)
            __atomic_store_n(&shared->mistaken, 1, __ATOMIC_SEQ_CST);
        use_lane(slot);
        fcgid_lane_free(table, slot,
                        fcgid_lane_load(&table->slots[slot]).generation);
    }
    return NULL;
}

static pid_t
start_process(int class_count)
{
    pthread_t threads[THREADS];
    pid_t pid = fork();
    int i;

    if (pid != 0)
        return pid;
    for (i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, worker,
                           &classes[i % class_count]) != 0)
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
    fcgid_lane_free(&shared->table, slot,
                    fcgid_lane_load(&shared->table.slots[slot]).generation + 1);
}

static void
run(int kills)
{
    pid_t pids[PROCESSES], pid;
    struct timespec pause = {0, 3000000};
    int alive = PROCESSES, status, i;

    for (i = 0; i < PROCESSES; i++)
        pids[i] = start_process(1);
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
                pids[i] = start_process(1);
        alive++;
    }
}

static void
give_slot(int class_index)
{
    struct fcgid_table *table = &shared->table;
    int slot = fcgid_slot_add(table, class_index);

    fcgid_lane_free(table, slot,
                    fcgid_lane_load(&table->slots[slot]).generation + 1);
}

/* What the manager does with a process that gives way to another class. */
static void
move_lane(int slot)
{
    struct fcgid_slot *entry = &shared->table.slots[slot];
    int class_index = entry->class_index;
    uint32_t generation = fcgid_lane_load(entry).generation;

    if (!fcgid_lane_move(entry, FCGID_LANE_FREE, FCGID_LANE_RESET, generation,
                         0))
        return;
    fcgid_slot_remove(&shared->table, slot);
    give_slot(class_index == classes[0] ? classes[1] : classes[0]);
}

static void
run_moving(void)
{
    int alive = PROCESSES, i, status;

    for (i = 0; i < PROCESSES; i++)
        start_process(2);
    for (i = 0; alive > 0; i++) {
        move_lane(i % LANES);
        sched_yield();
        alive -= waitpid(-1, &status, WNOHANG) > 0;
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
    UNIT_CHECK(!shared->mistaken, "stress: %s, no lane is of another class",
               when);
    for (i = 0; i < 2 * LANES; i++)
        taken += fcgid_lane_take(&shared->table, classes[i % 2], 1) != -1;
    UNIT_CHECK(taken == LANES, "stress: %s, all lanes can be taken", when);
    for (i = 0; i < LANES; i++)
        fcgid_lane_free(&shared->table, i,
                        fcgid_lane_load(&shared->table.slots[i]).generation);
    UNIT_CHECK(shared->table.classes[classes[0]].waiting == 0 &&
                   shared->table.classes[classes[1]].waiting == 0,
               "stress: %s, the queues are empty", when);
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
    classes[0] = fcgid_class_add(&shared->table, &key);
    key.bytes[0] = 2;
    classes[1] = fcgid_class_add(&shared->table, &key);
    for (i = 0; i < LANES; i++)
        give_slot(classes[0]);
    run(0);
    check("without deaths");
    run(KILLS);
    check("with users killed at random");
    run_moving();
    check("with lanes that change their class");
    return unit_done();
}
