/* SPDX-License-Identifier: BSD-2-Clause */
/* The table as status pages want it. */
#include <stdlib.h>
#include <string.h>

#include "apr_strings.h"
#include "apr_tables.h"
#include "ipc.h"
#include "lane.h"
#include "pm_start.h"
#include "policy.h"

static void
set_state(struct fcgid_process_info *info, const struct fcgid_slot *slot)
{
    if (slot->state == FCGID_SLOT_STARTING)
        info->state = "Starting";
    else if (slot->state == FCGID_SLOT_EXITING)
        info->state = "Exiting";
    else
        info->state = info->working > 0 ? "Working" : "Ready";
}

static void
add_lane(struct fcgid_process_info *info, const struct fcgid_slot *slot)
{
    info->lanes++;
    info->working += fcgid_lane_load(slot).state == FCGID_LANE_BUSY;
    if (slot->last_used > info->last_used)
        info->last_used = slot->last_used;
}

static void
fill(struct fcgid_process_info *info, const struct fcgid_slot *slot,
     const struct fcgid_class *class, int class_index, apr_pool_t *pool)
{
    info->command = apr_pstrdup(pool, class->command);
    info->vhost = apr_pstrdup(pool, class->vhost);
    info->key = class->key;
    info->class_index = class_index;
    info->pid = slot->pid;
    info->started = slot->started;
    info->requests = slot->requests;
    info->lanes = info->working = 0;
    info->last_used = 0;
    info->class_waiting = (int)fcgid_waiting(class);
    info->parent = __atomic_load_n(&class->parent, __ATOMIC_RELAXED);
}

static int
by_class(const void *a, const void *b)
{
    const struct fcgid_process_info *one = a, *two = b;
    int order = strcmp(one->command, two->command);

    if (order == 0)
        order = memcmp(&one->key, &two->key, sizeof one->key);
    if (order == 0)
        order = one->pid < two->pid ? -1 : one->pid > two->pid;
    return order;
}

/* Entries of processes; place[slot] is that of a slot's process, + 1. */
static void
list_processes(const struct fcgid_table *table, apr_array_header_t *list,
               int place[FCGID_SLOT_COUNT], apr_pool_t *pool)
{
    const struct fcgid_slot *slot;
    int index, i;

    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        slot = &table->slots[i];
        place[i] = 0;
        /* It may be removed meanwhile. */
        index = __atomic_load_n(&slot->class_index, __ATOMIC_SEQ_CST);
        if (index < 0 || slot->pid == 0)
            continue;
        fill(apr_array_push(list), slot, &table->classes[index], index, pool);
        place[i] = list->nelts;
    }
}

apr_array_header_t *
fcgid_ipc_snapshot(apr_pool_t *pool)
{
    apr_array_header_t *list =
        apr_array_make(pool, 16, sizeof(struct fcgid_process_info));
    int place[FCGID_SLOT_COUNT], leader, i;
    const struct fcgid_table *table;

    if (fcgid_engine() == NULL)
        return list;
    table = fcgid_engine()->table;
    list_processes(table, list, place, pool);
    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        leader = table->slots[i].leader;
        if (table->slots[i].class_index < 0 || place[leader] == 0)
            continue;
        add_lane(
            &APR_ARRAY_IDX(list, place[leader] - 1, struct fcgid_process_info),
            &table->slots[i]);
    }
    for (i = 0; i < FCGID_SLOT_COUNT; i++)
        if (place[i] != 0)
            set_state(
                &APR_ARRAY_IDX(list, place[i] - 1, struct fcgid_process_info),
                &table->slots[i]);
    if (list->nelts > 0)
        qsort(list->elts, (size_t)list->nelts,
              sizeof(struct fcgid_process_info), by_class);
    return list;
}

static apr_uint64_t
count_of(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void
fill_class(struct fcgid_class_info *info, const struct fcgid_class *class,
           apr_pool_t *pool)
{
    info->command = apr_pstrdup(pool, class->command);
    info->vhost = apr_pstrdup(pool, class->vhost);
    info->key = class->key;
    info->waiting = (int)fcgid_waiting(class);
    info->preloaded = __atomic_load_n(&class->parent, __ATOMIC_RELAXED) != 0;
    info->failures = class->start_failures;
    info->requests = count_of(&class->counts.requests);
    info->starts = count_of(&class->counts.starts);
    info->crashes = count_of(&class->counts.crashes);
    info->waits = count_of(&class->counts.waits);
    info->wait_time = count_of(&class->counts.wait_time);
    info->denials = count_of(&class->counts.denials);
}

static void
count_state(struct fcgid_class_info *info, const char *state)
{
    info->ready += strcmp(state, "Ready") == 0;
    info->working += strcmp(state, "Working") == 0;
    info->starting += strcmp(state, "Starting") == 0;
    info->exiting += strcmp(state, "Exiting") == 0;
}

apr_array_header_t *
fcgid_ipc_classes(apr_pool_t *pool)
{
    /* All that it may need, so that none is moved. */
    apr_array_header_t *list = apr_array_make(
        pool, FCGID_CLASS_COUNT, sizeof(struct fcgid_class_info));
    struct fcgid_class_info *by_index[FCGID_CLASS_COUNT] = {NULL};
    const apr_array_header_t *processes = fcgid_ipc_snapshot(pool);
    const struct fcgid_process_info *process;
    const struct fcgid_table *table;
    int i;

    if (fcgid_engine() == NULL)
        return list;
    table = fcgid_engine()->table;
    for (i = 0; i < FCGID_CLASS_COUNT; i++)
        if (__atomic_load_n(&table->classes[i].in_use, __ATOMIC_ACQUIRE)) {
            by_index[i] = apr_array_push(list);
            fill_class(by_index[i], &table->classes[i], pool);
        }
    for (i = 0; i < processes->nelts; i++) {
        process = &APR_ARRAY_IDX(processes, i, struct fcgid_process_info);
        if (by_index[process->class_index] != NULL)
            count_state(by_index[process->class_index], process->state);
    }
    return list;
}

static void
fill_trouble(struct fcgid_trouble *trouble, const struct fcgid_class *class,
             apr_pool_t *pool)
{
    trouble->command = apr_pstrdup(pool, class->command);
    trouble->vhost = apr_pstrdup(pool, class->vhost);
    trouble->failures = class->start_failures;
    trouble->text = class->exec_errno != 0
                        ? apr_pstrdup(pool, strerror(class->exec_errno))
                        : fcgid_describe_end(pool, class->end_status);
    trouble->until =
        fcgid_backoff_end(class->start_failures, class->last_failure);
    if (trouble->until < apr_time_now())
        trouble->until = 0;
}

apr_array_header_t *
fcgid_ipc_troubles(apr_pool_t *pool)
{
    apr_array_header_t *list =
        apr_array_make(pool, 4, sizeof(struct fcgid_trouble));
    const struct fcgid_class *class;
    int i;

    if (fcgid_engine() == NULL)
        return list;
    for (i = 0; i < FCGID_CLASS_COUNT; i++) {
        class = &fcgid_engine()->table->classes[i];
        /* Once is forgiven. */
        if (__atomic_load_n(&class->in_use, __ATOMIC_ACQUIRE) &&
            (class->start_failures > 1 || class->exec_errno != 0))
            fill_trouble(apr_array_push(list), class, pool);
    }
    return list;
}
