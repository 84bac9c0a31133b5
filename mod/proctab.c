/* SPDX-License-Identifier: BSD-2-Clause */
#include "proctab.h"

#include <errno.h>
#include <string.h>

#include "waiter.h"

#define WORDS (FCGID_SLOT_COUNT / 64)

/* Lane words. */

static uint64_t
pack_word(enum fcgid_lane_state state, uint32_t generation, int32_t owner)
{
    return (uint64_t)(uint32_t)owner << 32 |
           (uint64_t)(generation & 0xffffffu) << 8 | (uint64_t)state;
}

struct fcgid_lane_word
fcgid_lane_load(const struct fcgid_slot *slot)
{
    uint64_t raw = __atomic_load_n(&slot->lane, __ATOMIC_SEQ_CST);
    struct fcgid_lane_word word;

    word.state = (enum fcgid_lane_state)(raw & 0xff);
    word.generation = (uint32_t)(raw >> 8) & 0xffffffu;
    word.owner = (int32_t)(raw >> 32);
    return word;
}

void
fcgid_lane_store(struct fcgid_slot *slot, enum fcgid_lane_state state,
                 uint32_t generation, int32_t owner)
{
    __atomic_store_n(&slot->lane, pack_word(state, generation, owner),
                     __ATOMIC_SEQ_CST);
}

int
fcgid_lane_move(struct fcgid_slot *slot, enum fcgid_lane_state from,
                enum fcgid_lane_state to, uint32_t generation, int32_t owner)
{
    uint64_t old = __atomic_load_n(&slot->lane, __ATOMIC_SEQ_CST);

    return (enum fcgid_lane_state)(old & 0xff) == from &&
           ((uint32_t)(old >> 8) & 0xffffffu) == generation &&
           __atomic_compare_exchange_n(&slot->lane, &old,
                                       pack_word(to, generation, owner), 0,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* The hint where free lanes are. */

static void
set_hint(struct fcgid_class *class, int slot)
{
    __atomic_fetch_or(&class->free_map[slot / 64], (uint64_t)1 << (slot % 64),
                      __ATOMIC_SEQ_CST);
}

static void
clear_hint(struct fcgid_class *class, int slot)
{
    __atomic_fetch_and(&class->free_map[slot / 64],
                       ~((uint64_t)1 << (slot % 64)), __ATOMIC_SEQ_CST);
}

/* FREE to BUSY for pid; the generation stays. */
static int
take_slot(struct fcgid_table *table, int class_index, int slot, int32_t pid)
{
    struct fcgid_slot *entry = &table->slots[slot];
    uint32_t generation = fcgid_lane_load(entry).generation;

    /* A slot that goes to another class meanwhile has another generation:
     * then it is not moved. */
    if (__atomic_load_n(&entry->class_index, __ATOMIC_SEQ_CST) !=
            class_index ||
        !fcgid_lane_move(entry, FCGID_LANE_FREE, FCGID_LANE_BUSY, generation,
                         pid))
        return 0;
    clear_hint(&table->classes[class_index], slot);
    return 1;
}

int
fcgid_lane_take_any(struct fcgid_table *table, int class_index, int32_t pid)
{
    struct fcgid_class *class = &table->classes[class_index];
    uint64_t word;
    int i, slot;

    for (i = 0; i < WORDS; i++) {
        word = __atomic_load_n(&class->free_map[i], __ATOMIC_SEQ_CST);
        for (; word != 0; word &= word - 1) {
            slot = i * 64 + __builtin_ctzll(word);
            if (take_slot(table, class_index, slot, pid))
                return slot;
        }
    }
    return -1;
}

int
fcgid_lane_take(struct fcgid_table *table, int class_index, int32_t pid)
{
    struct fcgid_class *class = &table->classes[class_index];

    if (fcgid_waiting(class) != 0)
        return -1;
    return fcgid_lane_take_any(table, class_index, pid);
}

void
fcgid_lane_free(struct fcgid_table *table, int slot, uint32_t generation)
{
    struct fcgid_slot *entry = &table->slots[slot];
    int class_index = entry->class_index;
    struct fcgid_class *class = &table->classes[class_index];

    fcgid_lane_store(entry, FCGID_LANE_FREE, generation, 0);
    set_hint(class, slot);
    if (fcgid_waiting(class) != 0)
        fcgid_dispatch(table, class_index);
}

/* Classes. */

int
fcgid_table_init(struct fcgid_table *table)
{
    pthread_mutexattr_t attr;
    int i, rc;

    table->version = FCGID_TABLE_VERSION;
    table->size = (uint32_t)sizeof *table;
    rc = pthread_mutexattr_init(&attr);
    if (rc != 0)
        return rc;
    rc = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    if (rc == 0)
        rc = pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    for (i = 0; rc == 0 && i < FCGID_CLASS_COUNT; i++) {
        table->classes[i].first_waiter = table->classes[i].last_waiter = -1;
        rc = pthread_mutex_init(&table->classes[i].lock, &attr);
    }
    pthread_mutexattr_destroy(&attr);
    for (i = 0; rc == 0 && i < FCGID_SLOT_COUNT; i++)
        table->slots[i].class_index = -1;
    for (i = 0; rc == 0 && i < FCGID_WAITER_COUNT; i++)
        if (sem_init(&table->waiters[i].wake, 1, 0) != 0)
            rc = errno;
    return rc;
}

static int
same_key(const struct fcgid_key *a, const struct fcgid_key *b)
{
    return memcmp(a->bytes, b->bytes, FCGID_KEY_SIZE) == 0;
}

static unsigned
first_place(const struct fcgid_key *key)
{
    return ((unsigned)key->bytes[0] << 8 | key->bytes[1]) % FCGID_CLASS_COUNT;
}

int
fcgid_class_find(const struct fcgid_table *table, const struct fcgid_key *key)
{
    unsigned place = first_place(key), i;
    const struct fcgid_class *class;

    for (i = 0; i < FCGID_CLASS_COUNT; i++) {
        class = &table->classes[place];
        if (__atomic_load_n(&class->in_use, __ATOMIC_ACQUIRE) &&
            same_key(&class->key, key))
            return (int)place;
        /* Entries are removed without leaving a mark: an empty one ends the
         * search only where none was ever used. */
        if (class->generation == 0)
            break;
        place = (place + 1) % FCGID_CLASS_COUNT;
    }
    return -1;
}

int
fcgid_class_add(struct fcgid_table *table, const struct fcgid_key *key)
{
    int found = fcgid_class_find(table, key);
    unsigned place = first_place(key), i;
    struct fcgid_class *class;

    if (found >= 0)
        return found;
    for (i = 0; i < FCGID_CLASS_COUNT; i++) {
        class = &table->classes[place];
        if (!class->in_use) {
            class->key = *key;
            __atomic_add_fetch(&class->generation, 1, __ATOMIC_SEQ_CST);
            memset(class->free_map, 0, sizeof class->free_map);
            class->mode = FCGID_MODE_KEPT;
            class->closes = class->gives_way = 0;
            class->ask = FCGID_ASK_SERVED;
            class->full = class->lanes = 0;
            class->processes = class->starting = 0;
            class->start_failures = class->exec_errno = 0;
            class->last_failure = class->last_used = 0;
            class->start_took = 0;
            memset(&class->counts, 0, sizeof class->counts);
            __atomic_store_n(&class->in_use, 1, __ATOMIC_RELEASE);
            return (int)place;
        }
        place = (place + 1) % FCGID_CLASS_COUNT;
    }
    return -1;
}

void
fcgid_class_remove(struct fcgid_table *table, int class_index)
{
    __atomic_store_n(&table->classes[class_index].in_use, 0, __ATOMIC_RELEASE);
}

/* Slots. */

static int
take_unused(struct fcgid_table *table, int class_index, int leader,
            enum fcgid_slot_state state)
{
    struct fcgid_slot *slot;
    int i;

    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        slot = &table->slots[i];
        if (slot->class_index != -1)
            continue;
        slot->leader = leader != -1 ? leader : i;
        slot->state = state;
        slot->pid = 0;
        slot->carried = slot->connected = 0;
        slot->last_pid = slot->last_status = 0;
        slot->started = slot->last_used = 0;
        slot->requests = slot->answered = 0;
        slot->path[0] = '\0';
        fcgid_lane_store(slot, FCGID_LANE_NONE,
                         fcgid_lane_load(slot).generation, 0);
        __atomic_store_n(&slot->class_index, class_index, __ATOMIC_SEQ_CST);
        return i;
    }
    return -1;
}

int
fcgid_slot_add(struct fcgid_table *table, int class_index)
{
    return take_unused(table, class_index, -1, FCGID_SLOT_UNUSED);
}

int
fcgid_slot_add_lane(struct fcgid_table *table, int leader)
{
    return take_unused(table, table->slots[leader].class_index, leader,
                       FCGID_SLOT_LANE);
}

void
fcgid_slot_remove(struct fcgid_table *table, int slot)
{
    struct fcgid_slot *entry = &table->slots[slot];

    fcgid_lane_store(entry, FCGID_LANE_NONE,
                     fcgid_lane_load(entry).generation + 1, 0);
    clear_hint(&table->classes[entry->class_index], slot);
    entry->state = FCGID_SLOT_UNUSED;
    __atomic_store_n(&entry->class_index, -1, __ATOMIC_SEQ_CST);
}

void
fcgid_forget_child(struct fcgid_table *table, int32_t pid,
                   void (*on_lane)(void *context, int slot), void *context)
{
    struct fcgid_lane_word word;
    struct fcgid_slot *slot;
    int i;

    fcgid_forget_waiters(table, pid);
    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        slot = &table->slots[i];
        if (slot->class_index < 0)
            continue;
        word = fcgid_lane_load(slot);
        if (word.state == FCGID_LANE_BUSY && word.owner == pid &&
            fcgid_lane_move(slot, FCGID_LANE_BUSY, FCGID_LANE_RESET,
                            word.generation, 0))
            on_lane(context, i);
        else if (word.state == FCGID_LANE_FREE)
            /* It may have died between freeing the lane and saying so. */
            set_hint(&table->classes[slot->class_index], i);
    }
    for (i = 0; i < FCGID_CLASS_COUNT; i++)
        if (fcgid_waiting(&table->classes[i]) != 0)
            fcgid_dispatch(table, i);
}
