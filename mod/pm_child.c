/* SPDX-License-Identifier: BSD-2-Clause */
/* The manager's side of its talk with httpd's processes. */
#include <limits.h>
#include <errno.h>
#include <string.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apr_portable.h"
#include "apr_strings.h"
#include "ipc.h"
#include "log.h"
#include "pm.h"
#include "pm_preload.h"
#include "spawn.h"

static void
on_orphan_lane(void *context, int slot)
{
    fcgid_pm_reset_lane(context, slot, FCGID_RESET_BROKEN);
}

void
fcgid_pm_forget(struct fcgid_pm *pm, int32_t pid)
{
    fcgid_forget_child(pm->table, pid, on_orphan_lane, pm);
}

/* A stream ends with its httpd child, or because that broke the rules. */
static void
on_stream_end(struct fcgid_pm *pm, struct fcgid_watch *watch, int error)
{
    struct fcgid_watch *self = watch;
    int pid = watch->index;

    fcgid_pm_close_watched(pm, &self);
    pm->streams--;
    if (error == EPIPE || error == ECONNRESET)
        fcgid_pm_forget(pm, pid);
    fcgid_pm_leave_if_alone(pm);
}

void
fcgid_pm_leave_if_alone(struct fcgid_pm *pm)
{
    if (pm->orphaned && pm->streams == 0)
        fcgid_pm_stop(pm);
}

/* The parent has seen it end.  What we know already does no harm. */
static void
on_child_gone(struct fcgid_pm *pm, int32_t pid)
{
    /* Another may have got its number. */
    if (!fcgid_is_alive(pid))
        fcgid_pm_forget(pm, pid);
}

/* Makes room in a full table of classes: the one that nobody has used for the
 * longest time goes.  Who is on the way to it finds another generation. */
static int
reclaim_class(struct fcgid_pm *pm)
{
    struct fcgid_class *classes = pm->table->classes;
    char has_slot[FCGID_CLASS_COUNT] = {0}; /* that is ending, maybe */
    int i, best = -1;

    for (i = 0; i < FCGID_SLOT_COUNT; i++)
        if (pm->table->slots[i].class_index >= 0)
            has_slot[pm->table->slots[i].class_index] = 1;
    for (i = 0; i < FCGID_CLASS_COUNT; i++)
        if (classes[i].in_use && classes[i].processes == 0 &&
            pm->classes[i].kept == 0 && !has_slot[i] &&
            fcgid_waiting(&classes[i]) == 0 &&
            (best == -1 || classes[i].last_used < classes[best].last_used))
            best = i;
    if (best != -1) {
        fcgid_pm_end_parent(pm, best);
        fcgid_class_remove(pm->table, best);
    }
    return best != -1;
}

static void
remember(struct fcgid_pm *pm, int class_index, apr_pool_t *pool,
         struct fcgid_class_def *def)
{
    struct fcgid_pm_class *mine = &pm->classes[class_index];
    struct fcgid_class *class = &pm->table->classes[class_index];

    if (mine->pool != NULL)
        apr_pool_destroy(mine->pool);
    mine->pool = pool;
    mine->def = def;
    class->limits = def->limits;
    fcgid_pm_has_room(pm, class_index);
    if (!def->limits.preload)
        fcgid_pm_end_parent(pm, class_index);
    if (class->limits.max_memory > 0)
        fcgid_pm_wake_at(&pm->next_weigh,
                         apr_time_now() + FCGID_WEIGH_INTERVAL);
    class->last_used = apr_time_now();
    apr_cpystrn(class->command, def->command, sizeof class->command);
    apr_cpystrn(class->vhost, def->vhost, sizeof class->vhost);
}

/* Whether the one is of the program that the other was of before its file gave
 * way to another. */
static int
is_former(const struct fcgid_class_def *old, const struct fcgid_class_def *def)
{
    return (old->device != def->device || old->inode != def->inode) &&
           old->uid == def->uid && old->gid == def->gid &&
           strcmp(old->command, def->command) == 0 &&
           strcmp(old->vhost, def->vhost) == 0;
}

/* A new class: nobody will ask for the processes of the program's former file,
 * unless that comes again. */
static void
end_former(struct fcgid_pm *pm, int class_index)
{
    const struct fcgid_class_def *def = pm->classes[class_index].def;
    const struct fcgid_pm_class *other;
    int i, slot;

    for (i = 0; i < FCGID_CLASS_COUNT; i++) {
        other = &pm->classes[i];
        if (i == class_index || !pm->table->classes[i].in_use ||
            other->def == NULL || other->kept > 0 ||
            !is_former(other->def, def))
            continue;
        fcgid_pm_end_parent(pm, i);
        for (slot = 0; slot < FCGID_SLOT_COUNT; slot++)
            if (pm->table->slots[slot].class_index == i &&
                fcgid_pm_leader(pm, slot) == slot)
                fcgid_pm_leave(pm, slot, FCGID_RELOADING);
    }
}

/* The entry was another class's. */
static void
begin_anew(struct fcgid_pm_class *mine)
{
    memset(&mine->score, 0, sizeof mine->score);
    mine->last_failure = 0;
    mine->kept = mine->futile = 0;
    mine->program = mine->changed = 0;
    mine->old_before = 0;
    mine->heir = mine->recycling = 0;
    mine->used_by = 0;
    mine->offered = 0;
    mine->extra = mine->silent = 0;
    mine->ask_at = mine->ask_wait = 0;
}

/* Reply: the class's index and generation, or -1. */
static void
define(struct fcgid_pm *pm, struct fcgid_message *message, const void *payload,
       size_t size)
{
    uint32_t used_by = message->generation;
    struct fcgid_class_def *def;
    struct fcgid_key key;
    apr_pool_t *pool;
    int index, is_new;

    message->index = -1;
    if (apr_pool_create(&pool, pm->pool) != APR_SUCCESS)
        return;
    def = fcgid_class_unpack(pool, apr_pmemdup(pool, payload, size), size);
    if (def == NULL) {
        apr_pool_destroy(pool);
        return;
    }
    fcgid_class_key(&key, def);
    is_new = fcgid_class_find(pm->table, &key) == -1;
    index = fcgid_class_add(pm->table, &key);
    if (index == -1 && reclaim_class(pm))
        index = fcgid_class_add(pm->table, &key);
    if (index == -1) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, pm->server,
                     "mod_fcgid: no room for another application: %d are "
                     "known" FCGID_ID(531),
                     FCGID_CLASS_COUNT);
        apr_pool_destroy(pool);
        return;
    }
    if (is_new)
        begin_anew(&pm->classes[index]);
    /* The limits are those of the newest configuration that it is in. */
    if (used_by >= pm->classes[index].used_by) {
        pm->classes[index].used_by = used_by;
        remember(pm, index, pool, def);
    } else {
        apr_pool_destroy(pool);
    }
    if (is_new)
        end_former(pm, index);
    message->index = index;
    message->generation = pm->table->classes[index].generation;
}

/* Whether the lane is still the one that is meant. */
static int
is_lane_of(const struct fcgid_pm *pm, const struct fcgid_message *message)
{
    int slot = message->index;

    return slot >= 0 && slot < FCGID_SLOT_COUNT &&
           pm->table->slots[slot].class_index != -1 &&
           fcgid_lane_load(&pm->table->slots[slot]).generation ==
               message->generation;
}

/* The descriptor of a lane, if it is still the one that is asked for. */
static int
lane_descriptor(const struct fcgid_pm *pm, const struct fcgid_message *message)
{
    return is_lane_of(pm, message) ? pm->slots[message->index].lane : -1;
}

static void
take_lane_back(struct fcgid_pm *pm, const struct fcgid_message *message,
               int descriptor)
{
    int slot = message->index;

    if (!is_lane_of(pm, message) ||
        fcgid_lane_load(&pm->table->slots[slot]).state != FCGID_LANE_RESET) {
        if (descriptor != -1)
            close(descriptor);
        return;
    }
    if (descriptor != -1)
        fcgid_pm_take_connection(pm, slot, descriptor);
    fcgid_pm_reset_lane(pm, slot, (enum fcgid_reset)message->value);
}

/* A class that the manager before knew has to be defined again. */
static void
serve_waiters(struct fcgid_pm *pm, int class_index)
{
    if (pm->stopping)
        fcgid_deny_waiters(pm->table, class_index, FCGID_DENIED_STOP, 0,
                           INT_MAX);
    else if (pm->classes[class_index].def == NULL)
        fcgid_deny_waiters(pm->table, class_index, FCGID_DENIED_MANAGER, 0,
                           INT_MAX);
    else
        fcgid_pm_consider(pm, class_index);
}

static int
answer(struct fcgid_pm *pm, int fd, struct fcgid_message *message, size_t size,
       int received)
{
    int descriptor = -1;

    if (received != -1 && message->kind != FCGID_MSG_RESET)
        close(received);
    switch (message->kind) {
    case FCGID_MSG_SPAWN:
        if (message->index >= 0 && message->index < FCGID_CLASS_COUNT)
            serve_waiters(pm, message->index);
        return 0;
    case FCGID_MSG_RESET:
        take_lane_back(pm, message, received);
        fcgid_pm_consider_all(pm);
        return 0;
    case FCGID_MSG_DUE:
        if (is_lane_of(pm, message))
            fcgid_pm_due(pm, fcgid_pm_leader(pm, message->index),
                         FCGID_OUTLIVED, 0);
        return 0;
    case FCGID_MSG_SERVED:
        if (message->index >= 0 && message->index < FCGID_CLASS_COUNT)
            fcgid_pm_served_one(pm, message->index);
        return 0;
    case FCGID_MSG_DEFINE:
        define(pm, message, pm->payload, size);
        break;
    case FCGID_MSG_LANE:
        descriptor = lane_descriptor(pm, message);
        if (descriptor == -1)
            message->index = -1;
        break;
    default:
        return EPROTO;
    }
    message->kind = FCGID_MSG_REPLY;
    return fcgid_msg_send(fd, message, NULL, 0, descriptor, MSG_DONTWAIT);
}

static void
on_stream(struct fcgid_pm *pm, struct fcgid_watch *watch)
{
    struct fcgid_message message;
    size_t size;
    int descriptor, rc;

    for (;;) {
        size = FCGID_PAYLOAD_MAX;
        rc = fcgid_msg_receive(watch->fd, &message, pm->payload, &size,
                               &descriptor, MSG_DONTWAIT);
        if (rc == EAGAIN)
            return;
        if (rc == 0)
            rc = answer(pm, watch->fd, &message, size, descriptor);
        if (rc != 0) {
            on_stream_end(pm, watch, rc);
            return;
        }
    }
}

/* Log and configuration as they are after a restart. */
static void
reconfigure(struct fcgid_pm *pm, size_t size, int error_log)
{
    apr_os_file_t log_fd;
    int i;

    if (size == sizeof pm->conf) {
        memcpy(&pm->conf, pm->payload, sizeof pm->conf);
        for (i = 0; i < FCGID_CLASS_COUNT; i++)
            pm->classes[i].kept = 0;
        if (pm->conf.fresh)
            fcgid_pm_terminate_all(pm, "restart");
        fcgid_pm_try_parents(pm);
    }
    if (error_log == -1)
        return;
    dup2(error_log, 2);
    if (pm->server->error_log != NULL &&
        apr_os_file_get(&log_fd, pm->server->error_log) == APR_SUCCESS &&
        log_fd != 2)
        dup3(error_log, log_fd, O_CLOEXEC);
    close(error_log);
}

static void
prespawn(struct fcgid_pm *pm, struct fcgid_message *message, size_t size)
{
    int kept = message->value;

    define(pm, message, pm->payload, size);
    if (message->index == -1)
        return;
    pm->classes[message->index].kept = kept;
    fcgid_pm_consider(pm, message->index);
}

static void
welcome(struct fcgid_pm *pm, int pid, int stream)
{
    if (fcgid_pm_watch(pm, stream, APR_POLLIN, pid, on_stream) == NULL)
        close(stream);
    else
        pm->streams++;
}

void
fcgid_pm_on_rendezvous(struct fcgid_pm *pm, struct fcgid_watch *watch)
{
    struct fcgid_message message;
    size_t size = FCGID_PAYLOAD_MAX;
    int descriptor;

    while (fcgid_msg_receive(watch->fd, &message, pm->payload, &size,
                             &descriptor, MSG_DONTWAIT) == 0) {
        if (message.kind == FCGID_MSG_RECONFIGURE)
            reconfigure(pm, size, descriptor);
        else if (message.kind == FCGID_MSG_GONE)
            on_child_gone(pm, message.index);
        else if (message.kind == FCGID_MSG_PRESPAWN)
            prespawn(pm, &message, size);
        else if (message.kind == FCGID_MSG_HELLO && descriptor != -1)
            welcome(pm, message.index, descriptor);
        else if (descriptor != -1)
            close(descriptor);
        size = FCGID_PAYLOAD_MAX;
    }
}
