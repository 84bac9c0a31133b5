/* SPDX-License-Identifier: BSD-2-Clause */
/* The shared table: lanes, waiters, deaths. */
#include <limits.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mod/proctab.h"
#include "unit.h"

enum { ME = 100, OTHER = 200, SECOND = 1000000 };

static struct fcgid_table *
new_table(void)
{
    struct fcgid_table *table =
        mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (table == MAP_FAILED || fcgid_table_init(table) != 0)
        exit(2);
    return table;
}

static void
free_table(struct fcgid_table *table)
{
    munmap(table, sizeof *table);
}

static int
add_class(struct fcgid_table *table, unsigned char name)
{
    struct fcgid_key key;

    memset(&key, 0, sizeof key);
    key.bytes[15] = name;
    return fcgid_class_add(table, &key);
}

/* A class with that many free lanes. */
static int
make_class(struct fcgid_table *table, unsigned char name, int lanes)
{
    int class_index = add_class(table, name), i;

    for (i = 0; i < lanes; i++)
        fcgid_lane_free(table, fcgid_slot_add(table, class_index), 1);
    return class_index;
}

static void
test_classes(void)
{
    struct fcgid_table *table = new_table();
    int one = add_class(table, 1), two = add_class(table, 2), i, all = 1;
    struct fcgid_key key;

    UNIT_CHECK(one >= 0 && two >= 0 && one != two,
               "class: different keys have different entries");
    UNIT_CHECK(add_class(table, 1) == one, "class: the same key has the same");
    fcgid_class_remove(table, one);
    memset(&key, 0, sizeof key);
    key.bytes[15] = 1;
    UNIT_CHECK(fcgid_class_find(table, &key) == -1,
               "class: a removed one is not found");
    key.bytes[15] = 2;
    UNIT_CHECK(fcgid_class_find(table, &key) == two,
               "class: one behind a removed one is");
    for (i = 1; i < FCGID_CLASS_COUNT; i++) {
        memset(&key, 0, sizeof key);
        memcpy(key.bytes + 4, &i, sizeof i);
        all = all && fcgid_class_add(table, &key) >= 0;
    }
    UNIT_CHECK(all, "class: the table takes FCGID_CLASS_COUNT of them");
    key.bytes[0] = 9;
    UNIT_CHECK(fcgid_class_add(table, &key) == -1, "class: and not one more");
    free_table(table);
}

static void
test_lanes(void)
{
    struct fcgid_table *table = new_table();
    int class_index = make_class(table, 1, 2);
    int first = fcgid_lane_take(table, class_index, ME);
    int second = fcgid_lane_take(table, class_index, ME);
    struct fcgid_lane_word word;

    UNIT_CHECK(first == 0 && second == 1,
               "lane: the lowest free one is taken, so that others idle");
    UNIT_CHECK(fcgid_lane_take(table, class_index, ME) == -1,
               "lane: none is taken twice");
    word = fcgid_lane_load(&table->slots[first]);
    UNIT_CHECK(word.state == FCGID_LANE_BUSY && word.owner == ME &&
                   word.generation == 1,
               "lane: its word names the owner");
    fcgid_lane_free(table, first, 7);
    word = fcgid_lane_load(&table->slots[first]);
    UNIT_CHECK(word.state == FCGID_LANE_FREE && word.generation == 7,
               "lane: a freed one has the generation given");
    UNIT_CHECK(fcgid_lane_take(table, class_index, OTHER) == first,
               "lane: a freed one can be taken");
    UNIT_CHECK(!fcgid_lane_move(&table->slots[first], FCGID_LANE_FREE,
                                FCGID_LANE_RESET, 7, 0),
               "lane: one in use is not moved as if it were free");
    UNIT_CHECK(!fcgid_lane_move(&table->slots[first], FCGID_LANE_BUSY,
                                FCGID_LANE_RESET, 6, 0),
               "lane: one of another generation is not moved");
    fcgid_lane_free(table, second, 1);
    fcgid_slot_remove(table, second);
    UNIT_CHECK(fcgid_lane_take(table, class_index, ME) == -1,
               "lane: a removed slot has none");
    free_table(table);
}

static void
test_further_lanes(void)
{
    struct fcgid_table *table = new_table();
    int class_index = add_class(table, 1);
    int leader = fcgid_slot_add(table, class_index);
    int further = fcgid_slot_add_lane(table, leader);

    UNIT_CHECK(further != leader && table->slots[further].leader == leader &&
                   table->slots[leader].leader == leader,
               "further lane: its slot names that of its process");
    UNIT_CHECK(fcgid_process_of(table, further) == &table->slots[leader] &&
                   table->slots[further].pid == 0 &&
                   table->slots[further].state == FCGID_SLOT_LANE,
               "further lane: what there is of the process is there");
    fcgid_lane_free(table, further, 1);
    UNIT_CHECK(fcgid_lane_take(table, class_index, ME) == further,
               "further lane: it is taken as others are");
    fcgid_lane_free(table, further, 1);
    fcgid_slot_remove(table, further);
    UNIT_CHECK(fcgid_slot_add(table, class_index) == further &&
                   table->slots[further].leader == further,
               "further lane: its slot can be that of a process next");
    free_table(table);
}

static void
test_limits(void)
{
    struct fcgid_table *table = new_table();
    int class_index = make_class(table, 1, FCGID_SLOT_COUNT), i, all = 1;

    UNIT_CHECK(fcgid_slot_add(table, class_index) == -1,
               "slot: the table has FCGID_SLOT_COUNT of them");
    for (i = 0; i < FCGID_SLOT_COUNT; i++)
        all = all && fcgid_lane_take(table, class_index, ME) == i;
    UNIT_CHECK(all, "slot: each of them can be taken");
    free_table(table);
}

static void
test_queue(void)
{
    struct fcgid_table *table = new_table();
    int class_index = make_class(table, 1, 1);
    int slot = fcgid_lane_take(table, class_index, ME);
    int first = fcgid_wait_begin(table, class_index, ME, 2);
    int second = fcgid_wait_begin(table, class_index, OTHER, 2);

    UNIT_CHECK(first >= 0 && second >= 0, "queue: two may wait");
    UNIT_CHECK(fcgid_wait_begin(table, class_index, ME, 2) == FCGID_WAIT_FULL,
               "queue: not more than queue_length");
    UNIT_CHECK(fcgid_wait_sleep(table, first, 1000) == FCGID_WAITER_WAITING,
               "queue: a wait is bounded");
    fcgid_lane_free(table, slot, 1);
    UNIT_CHECK(table->waiters[first].state == FCGID_WAITER_GRANTED &&
                   table->waiters[second].state == FCGID_WAITER_WAITING,
               "queue: the first who came is the first served");
    UNIT_CHECK(fcgid_lane_take(table, class_index, ME) == -1,
               "queue: nobody overtakes those who wait");
    UNIT_CHECK(fcgid_wait_sleep(table, first, SECOND) ==
                       FCGID_WAITER_GRANTED &&
                   fcgid_wait_end(table, first) == slot,
               "queue: who is granted a lane gets it");
    fcgid_lane_free(table, slot, 1);
    UNIT_CHECK(fcgid_lane_load(&table->slots[slot]).owner == OTHER,
               "queue: the lane is the waiter's before it wakes");
    UNIT_CHECK(fcgid_wait_end(table, second) == slot,
               "queue: a lane granted at the last moment is not lost");
    fcgid_lane_free(table, slot, 1);
    first = fcgid_wait_begin(table, class_index, ME, 2);
    UNIT_CHECK(fcgid_wait_end(table, first) == slot,
               "queue: who finds a free lane on entering gets it at once");
    first = fcgid_wait_begin(table, class_index, ME, 2);
    UNIT_CHECK(fcgid_wait_end(table, first) == -1 &&
                   table->classes[class_index].waiting == 0,
               "queue: who leaves without one is not counted any more");
    free_table(table);
}

static void
test_full_queues(void)
{
    struct fcgid_table *table = new_table();
    int class_index = make_class(table, 1, 0), i, all = 1;

    for (i = 0; i < FCGID_WAITER_COUNT; i++)
        all = all && fcgid_wait_begin(table, class_index, ME, INT_MAX) >= 0;
    UNIT_CHECK(all, "queue: the table has room for FCGID_WAITER_COUNT waiters");
    UNIT_CHECK(fcgid_wait_begin(table, class_index, ME, INT_MAX) ==
                   FCGID_WAIT_NO_ROOM,
               "queue: that it has no more is told apart from a full queue");
    free_table(table);
}

static void
test_denial(void)
{
    struct fcgid_table *table = new_table();
    int class_index = make_class(table, 1, 0);
    int waiter = fcgid_wait_begin(table, class_index, ME, 9), other;

    fcgid_deny_waiters(table, class_index, 3, ENOENT, INT_MAX);
    UNIT_CHECK(fcgid_wait_sleep(table, waiter, SECOND) ==
                       FCGID_WAITER_DENIED &&
                   table->waiters[waiter].reason == 3 &&
                   table->waiters[waiter].error_number == ENOENT,
               "denial: wakes those who wait and says why");
    UNIT_CHECK(fcgid_wait_end(table, waiter) == -1,
               "denial: gives no lane");
    waiter = fcgid_wait_begin(table, class_index, ME, 9);
    other = fcgid_wait_begin(table, class_index, ME, 9);
    fcgid_deny_waiters(table, class_index, 3, ENOENT, 1);
    UNIT_CHECK(table->waiters[waiter].state == FCGID_WAITER_DENIED &&
                   table->waiters[other].state == FCGID_WAITER_WAITING,
               "denial: of one meets the first");
    free_table(table);
}

static int orphans;

static void
count_orphan(void *context, int slot)
{
    (void)context;
    (void)slot;
    orphans++;
}

static void
test_forget(void)
{
    struct fcgid_table *table = new_table();
    int class_index = make_class(table, 1, 2);
    int mine = fcgid_lane_take(table, class_index, ME);
    int others = fcgid_lane_take(table, class_index, OTHER);
    int dead_waiter = fcgid_wait_begin(table, class_index, ME, 9);
    int waiter = fcgid_wait_begin(table, class_index, OTHER, 9);

    fcgid_forget_child(table, ME, count_orphan, NULL);
    UNIT_CHECK(orphans == 1 && fcgid_lane_load(&table->slots[mine]).state ==
                                   FCGID_LANE_RESET,
               "death: the lanes of a dead child are reset, never reused");
    UNIT_CHECK(fcgid_lane_load(&table->slots[others]).state ==
                   FCGID_LANE_BUSY,
               "death: those of others are left alone");
    UNIT_CHECK(table->waiters[dead_waiter].pid == 0 &&
                   table->classes[class_index].waiting == 1,
               "death: it waits no more");
    fcgid_lane_free(table, mine, 2);
    UNIT_CHECK(fcgid_wait_end(table, waiter) == mine,
               "death: the next in the queue is served");
    free_table(table);
}

/* A lock whose holder dies with the links half made. */
static void
test_robust(void)
{
    struct fcgid_table *table = new_table();
    int class_index = make_class(table, 1, 0), slot, status;
    int first = fcgid_wait_begin(table, class_index, ME, 9);
    int second = fcgid_wait_begin(table, class_index, ME, 9);
    pid_t pid = fork();

    if (pid == 0) {
        pthread_mutex_lock(&table->classes[class_index].lock);
        table->classes[class_index].first_waiter = 4242;
        table->waiters[second].previous = 4711;
        table->classes[class_index].waiting = 77;
        _exit(0);
    }
    waitpid(pid, &status, 0);
    slot = fcgid_slot_add(table, class_index);
    fcgid_lane_free(table, slot, 1);
    UNIT_CHECK(fcgid_wait_end(table, first) == slot,
               "death: the queue is put in order again, first come first");
    fcgid_lane_free(table, slot, 1);
    UNIT_CHECK(fcgid_wait_end(table, second) == slot &&
                   table->classes[class_index].waiting == 0,
               "death: and nobody is forgotten");
    free_table(table);
}

/* What a process that is killed while it hands a lane to a waiter has done
 * of it by then. */
enum progress { CHOSEN, NAMED, HANDED, UNLINKED };

static void
free_orphan(void *context, int slot)
{
    struct fcgid_table *table = context;

    fcgid_lane_free(table, slot,
                    fcgid_lane_load(&table->slots[slot]).generation + 1);
}

static void
test_half_given(enum progress progress, const char *when)
{
    struct fcgid_table *table = new_table();
    int class_index = make_class(table, 1, 1), status;
    int slot = fcgid_lane_take(table, class_index, OTHER);
    int waiter = fcgid_wait_begin(table, class_index, ME, 9);
    struct fcgid_class *class = &table->classes[class_index];
    pid_t pid = fork();

    if (pid == 0) {
        pthread_mutex_lock(&class->lock);
        fcgid_lane_store(&table->slots[slot], FCGID_LANE_BUSY, 1,
                         (int32_t)getpid());
        if (progress >= NAMED)
            table->waiters[waiter].slot = slot;
        if (progress >= HANDED)
            fcgid_lane_store(&table->slots[slot], FCGID_LANE_BUSY, 1, ME);
        if (progress >= UNLINKED) {
            class->first_waiter = class->last_waiter = -1;
            class->waiting = 0;
        }
        _exit(0);
    }
    waitpid(pid, &status, 0);
    fcgid_forget_child(table, (int32_t)pid, free_orphan, table);
    UNIT_CHECK(fcgid_wait_sleep(table, waiter, SECOND) ==
                       FCGID_WAITER_GRANTED &&
                   fcgid_wait_end(table, waiter) == slot &&
                   fcgid_lane_load(&table->slots[slot]).owner == ME &&
                   class->waiting == 0,
               "death: a lane is not lost by one who dies when he has %s it",
               when);
    free_table(table);
}

static void
test_ends(void)
{
    struct fcgid_slot slot;
    int32_t none[2] = {0, 0}, old[2] = {5, 6};

    memset(&slot, 0, sizeof slot);
    UNIT_CHECK(fcgid_slot_await_end(&slot, none, SECOND / 100) == 0,
               "ends: the wait for an end that does not come is bounded");
    fcgid_slot_set_end(&slot, 5, 9, 1);
    UNIT_CHECK(fcgid_slot_await_end(&slot, none, SECOND) == 5 &&
                   slot.last_status == 9 && slot.last_told == 1,
               "ends: who asks afterwards is told at once");
    UNIT_CHECK(fcgid_slot_await_end(&slot, old, 0) == 0,
               "ends: an end that is known already is no news");
    fcgid_slot_set_end(&slot, 7, -1, 0);
    UNIT_CHECK(fcgid_slot_await_end(&slot, old, 0) == 7,
               "ends: that of the process after it is");
}

int
main(void)
{
    test_ends();
    test_classes();
    test_lanes();
    test_further_lanes();
    test_limits();
    test_queue();
    test_full_queues();
    test_denial();
    test_forget();
    test_robust();
    test_half_given(CHOSEN, "chosen");
    test_half_given(NAMED, "named whom he gives");
    test_half_given(HANDED, "handed over");
    test_half_given(UNLINKED, "half told of");
    return unit_done();
}
