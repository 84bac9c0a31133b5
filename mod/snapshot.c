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

static const char *
state_name(const struct fcgid_slot *slot)
{
    if (slot->state == FCGID_SLOT_STARTING)
        return "Starting";
    if (slot->state == FCGID_SLOT_EXITING)
        return "Exiting";
    return fcgid_lane_load(slot).state == FCGID_LANE_BUSY ? "Working"
                                                          : "Ready";
}

static void
fill(struct fcgid_process_info *info, const struct fcgid_slot *slot,
     const struct fcgid_class *class, apr_pool_t *pool)
{
    info->command = apr_pstrdup(pool, class->command);
    info->vhost = apr_pstrdup(pool, class->vhost);
    info->key = class->key;
    info->pid = slot->pid;
    info->started = slot->started;
    info->last_used = slot->last_used;
    info->requests = slot->requests;
    info->state = state_name(slot);
    info->class_waiting = (int)class->waiting;
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

apr_array_header_t *
fcgid_ipc_snapshot(apr_pool_t *pool)
{
    apr_array_header_t *list =
        apr_array_make(pool, 16, sizeof(struct fcgid_process_info));
    const struct fcgid_table *table;
    const struct fcgid_slot *slot;
    int i;

    if (fcgid_engine() == NULL)
        return list;
    table = fcgid_engine()->table;
    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        slot = &table->slots[i];
        if (slot->class_index >= 0 && slot->pid != 0)
            fill(apr_array_push(list), slot, &table->classes[slot->class_index],
                 pool);
    }
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
    info->waiting = (int)class->waiting;
    info->failures = class->start_failures;
    info->requests = count_of(&class->counts.requests);
    info->starts = count_of(&class->counts.starts);
    info->crashes = count_of(&class->counts.crashes);
    info->waits = count_of(&class->counts.waits);
    info->wait_time = count_of(&class->counts.wait_time);
    info->denials = count_of(&class->counts.denials);
}

static void
count_state(struct fcgid_class_info *info, const struct fcgid_slot *slot)
{
    const char *state = state_name(slot);

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
    const struct fcgid_table *table;
    int i, index;

    if (fcgid_engine() == NULL)
        return list;
    table = fcgid_engine()->table;
    for (i = 0; i < FCGID_CLASS_COUNT; i++)
        if (__atomic_load_n(&table->classes[i].in_use, __ATOMIC_ACQUIRE)) {
            by_index[i] = apr_array_push(list);
            fill_class(by_index[i], &table->classes[i], pool);
        }
    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        index = table->slots[i].class_index;
        if (index >= 0 && by_index[index] != NULL && table->slots[i].pid != 0)
            count_state(by_index[index], &table->slots[i]);
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
