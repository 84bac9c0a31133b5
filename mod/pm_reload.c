/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FcgidReload: the processes of a class are replaced when its program, or the
 * file that was named for it, has changed.  Each is there, and has accepted its
 * connection, before the next goes; where the class has no room for one more,
 * the former goes first, and its requests wait.
 */
#include <poll.h>
#include <sys/stat.h>

#include "log.h"
#include "pm.h"
#include "pm_preload.h"

#define LOOK_INTERVAL apr_time_from_sec(1)
#define ROLL_INTERVAL apr_time_from_msec(50)
/* A process that has not accepted by then is not waited for. */
#define START_PATIENCE apr_time_from_sec(10)
/* Nor is a request that takes longer. */
#define WORK_PATIENCE apr_time_from_sec(2)

/* Files. */

/* FNV-1a, by the byte. */
static void
add_number(apr_uint64_t *sum, apr_uint64_t number)
{
    int i;

    for (i = 0; i < 8; i++) {
        *sum = (*sum ^ (number & 0xff)) * 0x100000001b3u;
        number >>= 8;
    }
}

/* 0 if it is not there now: it may be about to be replaced. */
static int
add_file(apr_uint64_t *sum, const char *path)
{
    struct stat info;

    if (stat(path, &info) == -1)
        return 0;
    add_number(sum, (apr_uint64_t)info.st_dev);
    add_number(sum, (apr_uint64_t)info.st_ino);
    add_number(sum, (apr_uint64_t)info.st_size);
    add_number(sum, (apr_uint64_t)info.st_mtim.tv_sec);
    add_number(sum, (apr_uint64_t)info.st_mtim.tv_nsec);
    return 1;
}

/* A number that stands for the state of the class's files; 0: none is there. */
static apr_uint64_t
look_at_files(const struct fcgid_class_def *def)
{
    apr_uint64_t sum = 0xcbf29ce484222325u;
    int i;

    if (strcmp(def->reload, FCGID_RELOAD_ON) != 0)
        return add_file(&sum, def->reload) ? sum : 0;
    if (!add_file(&sum, def->argv[0]))
        return 0;
    for (i = 1; def->argv[i] != NULL; i++)
        if (def->argv[i][0] == '/')
            (void)add_file(&sum, def->argv[i]);
    return sum;
}

static int
is_watched(const struct fcgid_pm_class *mine)
{
    return mine->def != NULL && mine->def->reload[0] != '\0';
}

/* There is no process, but maybe one that others are forked from. */
static void
renew_program(struct fcgid_pm *pm, int class_index)
{
    struct fcgid_pm_class *mine = &pm->classes[class_index];
    apr_uint64_t program = look_at_files(mine->def);

    if (program != mine->program)
        fcgid_pm_end_parent(pm, class_index);
    mine->program = program;
}

void
fcgid_pm_watch_program(struct fcgid_pm *pm, int class_index)
{
    struct fcgid_pm_class *mine = &pm->classes[class_index];

    if (!is_watched(mine))
        return;
    if (pm->table->classes[class_index].processes == 0)
        renew_program(pm, class_index);
    fcgid_pm_wake_at(&pm->next_reload, apr_time_now() + LOOK_INTERVAL);
}

/* A change counts when it has lasted from one look to the next: nobody is
 * writing any more. */
static void
look_at_class(struct fcgid_pm *pm, int class_index, apr_time_t now)
{
    struct fcgid_pm_class *mine = &pm->classes[class_index];
    apr_uint64_t program = look_at_files(mine->def);

    if (program == 0 || program == mine->program) {
        mine->changed = 0;
        return;
    }
    if (program != mine->changed) {
        mine->changed = program;
        return;
    }
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, pm->server,
                 "mod_fcgid: %s has changed, its processes are replaced",
                 mine->def->command);
    mine->program = program;
    mine->changed = 0;
    mine->old_before = now;
    fcgid_pm_end_parent(pm, class_index);
    fcgid_pm_wake_at(&pm->next_roll, now);
}

void
fcgid_pm_reload(struct fcgid_pm *pm, apr_time_t now)
{
    int i;

    for (i = 0; i < FCGID_CLASS_COUNT; i++) {
        if (!pm->table->classes[i].in_use || !is_watched(&pm->classes[i]) ||
            pm->table->classes[i].processes == 0)
            continue;
        look_at_class(pm, i, now);
        fcgid_pm_wake_at(&pm->next_reload, now + LOOK_INTERVAL);
    }
}

/* Processes. */

/* What the processes of a class are like, from the point of view of a reload:
 * indexes of slots, -1: none. */
struct crew {
    int idle;  /* an old one that nobody uses */
    int busy;  /* an old one at work */
    int asked; /* one at work that was told to end with its request */
    int fresh; /* a new one that has not accepted yet */
};

int
fcgid_pm_has_accepted(const struct fcgid_pm *pm, int slot, apr_time_t now,
                      apr_interval_time_t patience)
{
    struct pollfd set = {pm->slots[slot].listener, POLLIN, 0};
    const struct fcgid_slot *entry = &pm->table->slots[slot];

    if (now - entry->started > patience)
        return 1;
    return entry->state == FCGID_SLOT_READY && poll(&set, 1, 0) == 0;
}

void
fcgid_pm_let_in(struct fcgid_pm *pm, int slot)
{
    const struct fcgid_slot *entry = &pm->table->slots[slot];

    if (!pm->slots[slot].apart)
        return;
    pm->slots[slot].apart = 0;
    if (entry->state != FCGID_SLOT_READY)
        return;
    fcgid_pm_free_lane(pm, slot);
    fcgid_pm_has_room(pm, entry->class_index);
    if (fcgid_waiting(&pm->table->classes[entry->class_index]) != 0)
        fcgid_pm_consider(pm, entry->class_index);
}

static void
look_at_crew(struct fcgid_pm *pm, int class_index, apr_time_t now,
             struct crew *crew)
{
    const struct fcgid_slot *entry;
    int i;

    crew->idle = crew->busy = crew->asked = crew->fresh = -1;
    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        entry = &pm->table->slots[i];
        if (entry->class_index != class_index || entry->pid == 0 ||
            entry->state == FCGID_SLOT_EXITING)
            continue;
        if (entry->started >= pm->classes[class_index].old_before) {
            if (fcgid_pm_has_accepted(pm, i, now, START_PATIENCE))
                fcgid_pm_let_in(pm, i);
            else
                crew->fresh = i;
        } else if (fcgid_is_retired(entry)) {
            fcgid_pm_retire(pm, i);
            if (entry->state == FCGID_SLOT_READY)
                crew->asked = i;
        } else if (fcgid_pm_is_idle(pm, i)) {
            crew->idle = i;
        } else {
            crew->busy = i;
        }
    }
}

/* The next old one goes: now, or when its request has ended. */
static void
end_one(struct fcgid_pm *pm, int class_index, const struct crew *crew,
        apr_time_t now)
{
    struct fcgid_pm_class *mine = &pm->classes[class_index];
    int count = pm->table->classes[class_index].processes;

    if (crew->idle != -1) {
        if (!fcgid_pm_end_idle(pm, crew->idle, FCGID_RELOADING))
            return;
        if (!mine->spare)
            (void)fcgid_pm_have(pm, class_index, count);
        mine->spare = 0;
        return;
    }
    mine->asked = now;
    fcgid_set_retire(&pm->table->slots[crew->busy], FCGID_RETIRE_NOW);
}

/* One step; 0 when there is nothing left to do. */
static int
roll_class(struct fcgid_pm *pm, int class_index, apr_time_t now)
{
    struct fcgid_pm_class *mine = &pm->classes[class_index];
    struct fcgid_class *class = &pm->table->classes[class_index];
    struct crew crew;

    look_at_crew(pm, class_index, now, &crew);
    if (crew.idle == -1 && crew.busy == -1 && crew.asked == -1 &&
        crew.fresh == -1)
        return 0;
    /* Those that are old still are needed until then. */
    if (crew.fresh != -1 || (crew.idle == -1 && crew.busy == -1) ||
        (crew.asked != -1 && now - mine->asked < WORK_PATIENCE))
        return 1;
    if (!mine->spare && class->processes < class->limits.max_processes &&
        pm->all_processes < pm->conf.max_processes) {
        mine->shy = fcgid_waiting(class) == 0;
        mine->spare = fcgid_pm_have(pm, class_index, class->processes + 1);
        mine->shy = 0;
        if (mine->spare)
            return 1;
    }
    end_one(pm, class_index, &crew, now);
    return 1;
}

void
fcgid_pm_roll(struct fcgid_pm *pm, apr_time_t now)
{
    struct fcgid_pm_class *mine;
    int i;

    for (i = 0; i < FCGID_CLASS_COUNT; i++) {
        mine = &pm->classes[i];
        if (mine->old_before == 0)
            continue;
        if (pm->table->classes[i].in_use && mine->def != NULL &&
            !pm->stopping && roll_class(pm, i, now)) {
            fcgid_pm_wake_at(&pm->next_roll, now + ROLL_INTERVAL);
        } else {
            mine->old_before = 0;
            mine->spare = 0;
        }
    }
}
