/* SPDX-License-Identifier: BSD-2-Clause */
#include "pm_preload.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "log.h"

/* A program that has neither said hello nor accepted by then is not waited
 * for. */
#define HELLO_PATIENCE apr_time_from_sec(60)
/* How often it is looked whether a program accepts: a part of the time that it
 * has taken so far, within these. */
#define LOOK_PART 8
#define LOOK_SOON apr_time_from_msec(2)
#define LOOK_LATE apr_time_from_msec(100)
/* A class whose parents die in a row, each before it has brought a worker, has
 * no more of them. */
#define DEATHS 3
/* How often it is looked whether one that is not our child has ended. */
#define LOOK_ADOPTED apr_time_from_msec(100)

/* A parent that was told to end. */
struct fcgid_pm_leaver {
    struct fcgid_pm_leaver *next;
    int32_t pid;
    int adopted;        /* nobody tells us of its end */
    apr_time_t kill_at; /* 0: it was killed */
};

/* Parents. */

static void
close_control(struct fcgid_pm *pm, struct fcgid_pm_parent *parent)
{
    fcgid_pm_close_watched(pm, &parent->watch);
}

/* Its pid is that of a child of ours until it was reaped. */
static void
let_leave(struct fcgid_pm *pm, int32_t pid, int adopted, apr_time_t kill_at)
{
    struct fcgid_pm_leaver *leaver = calloc(1, sizeof *leaver);

    if (leaver == NULL) { /* nobody would see to its end */
        (void)fcgid_kill(pid, SIGKILL);
        pm->parents--;
        return;
    }
    leaver->pid = pid;
    leaver->adopted = adopted;
    leaver->kill_at = kill_at;
    leaver->next = pm->leavers;
    pm->leavers = leaver;
    if (kill_at != 0)
        fcgid_pm_wake_at(&pm->next_preload, kill_at);
}

/* It is gone. */
static void
drop_leaver(struct fcgid_pm *pm, struct fcgid_pm_leaver **at)
{
    struct fcgid_pm_leaver *leaver = *at;

    *at = leaver->next;
    free(leaver);
    pm->parents--;
}

static void
set_state(struct fcgid_pm *pm, int class_index, enum fcgid_parent_state state)
{
    struct fcgid_pm_parent *parent = &pm->classes[class_index].parent;

    if (state != FCGID_PARENT_TRIED && state != FCGID_PARENT_READY)
        close_control(pm, parent);
    parent->state = state;
    __atomic_store_n(&pm->table->classes[class_index].parent,
                     state == FCGID_PARENT_READY ? parent->pid : 0,
                     __ATOMIC_RELAXED);
}

static void
dismiss(struct fcgid_pm *pm, int class_index, int signal_number)
{
    struct fcgid_pm_parent *parent = &pm->classes[class_index].parent;

    close_control(pm, parent);
    (void)fcgid_kill(parent->pid, signal_number);
    let_leave(pm, parent->pid, 0,
              signal_number == SIGKILL ? 0
                                       : apr_time_now() + FCGID_TERM_GRACE);
}

void
fcgid_pm_end_parent(struct fcgid_pm *pm, int class_index)
{
    struct fcgid_pm_parent *parent = &pm->classes[class_index].parent;

    if (parent->state == FCGID_PARENT_READY)
        dismiss(pm, class_index, SIGTERM);
    set_state(pm, class_index, FCGID_PARENT_NONE);
    parent->deaths = 0;
}

void
fcgid_pm_end_parents(struct fcgid_pm *pm)
{
    int i;

    for (i = 0; i < FCGID_CLASS_COUNT; i++)
        if (pm->table->classes[i].in_use)
            fcgid_pm_end_parent(pm, i);
}

/* It has ended of itself, or is about to. */
static void
lose_parent(struct fcgid_pm *pm, int class_index)
{
    struct fcgid_pm_parent *parent = &pm->classes[class_index].parent;

    ap_log_error(APLOG_MARK, APLOG_INFO, 0, pm->server,
                 "mod_fcgid: process %d, the preloaded %s, has ended",
                 parent->pid, pm->table->classes[class_index].command);
    parent->deaths++;
    set_state(pm, class_index,
              parent->deaths < DEATHS ? FCGID_PARENT_NONE
                                      : FCGID_PARENT_REFUSED);
    if (parent->state == FCGID_PARENT_REFUSED)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, pm->server,
                     "mod_fcgid: %s is not preloaded any more: it has ended "
                     "%d times before a process was forked from "
                     "it" FCGID_ID(526),
                     pm->table->classes[class_index].command, parent->deaths);
}

void
fcgid_pm_lose_parent(struct fcgid_pm *pm, int class_index)
{
    /* It may live on, and have said what it has no reason to say. */
    dismiss(pm, class_index, SIGTERM);
    lose_parent(pm, class_index);
}

int
fcgid_pm_reap_parent(struct fcgid_pm *pm, pid_t pid)
{
    struct fcgid_pm_leaver **at, *leaver;
    int i;

    for (at = &pm->leavers; (leaver = *at) != NULL; at = &leaver->next)
        if (leaver->pid == (int32_t)pid) {
            drop_leaver(pm, at);
            return 1;
        }
    for (i = 0; pm->parents > 0 && i < FCGID_CLASS_COUNT; i++)
        if (pm->classes[i].parent.state == FCGID_PARENT_READY &&
            pm->classes[i].parent.pid == (int32_t)pid) {
            lose_parent(pm, i);
            pm->parents--;
            return 1;
        }
    return 0;
}

/* Trying. */

static int
become_subreaper(void)
{
#ifdef PR_SET_CHILD_SUBREAPER
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
#else
    return 0;
#endif
}

static void
refuse(struct fcgid_pm *pm, int class_index)
{
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, pm->server,
                 "mod_fcgid: %s can't be preloaded: its library knows nothing "
                 "of FCGI_WORKERS=fd:N, or it has threads",
                 pm->table->classes[class_index].command);
    set_state(pm, class_index, FCGID_PARENT_REFUSED);
    fcgid_pm_consider(pm, class_index);
}

/* The process that was tried is the parent, and a worker takes its slot. */
static void
promote(struct fcgid_pm *pm, int class_index)
{
    struct fcgid_pm_parent *parent = &pm->classes[class_index].parent;
    int slot = parent->slot;
    struct fcgid_slot *entry = &pm->table->slots[slot];

    if (entry->state == FCGID_SLOT_EXITING) { /* it was told to end */
        set_state(pm, class_index, FCGID_PARENT_NONE);
        return;
    }
    fcgid_pm_see_exec(pm, slot);
    parent->pid = entry->pid;
    parent->last_used = apr_time_now();
    pm->parents++;
    set_state(pm, class_index, FCGID_PARENT_READY);
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, pm->server,
                 "mod_fcgid: process %d is the preloaded %s: others are forked "
                 "from it",
                 parent->pid, pm->table->classes[class_index].command);
    if (!fcgid_pm_order(pm, slot)) {
        dismiss(pm, class_index, SIGTERM);
        set_state(pm, class_index, FCGID_PARENT_REFUSED);
        fcgid_pm_start_instead(pm, slot);
    }
    fcgid_pm_consider(pm, class_index);
}

static void
on_control(struct fcgid_pm *pm, struct fcgid_watch *watch)
{
    int class_index = watch->index;
    struct fcgid_pm_parent *parent = &pm->classes[class_index].parent;
    char text[64];
    ssize_t n = recv(watch->fd, text, sizeof text, MSG_DONTWAIT);

    if (n == -1 && (errno == EAGAIN || errno == EINTR))
        return;
    if (parent->state == FCGID_PARENT_TRIED && n > 0)
        promote(pm, class_index);
    else if (parent->state == FCGID_PARENT_TRIED)
        close_control(pm, parent); /* it accepts now, or has died */
    else
        fcgid_pm_lose_parent(pm, class_index);
}

/* The class's next process is to have the other end of a control socket.  The
 * end, or -1. */
static int
begin_to_try(struct fcgid_pm *pm, int slot)
{
    static const char greeting[] = "FCGI_WORKERS";
    int class_index = pm->table->slots[slot].class_index, pair[2];
    struct fcgid_pm_parent *parent = &pm->classes[class_index].parent;
    struct pollfd queue = {pm->slots[slot].listener, POLLIN, 0};

    if (parent->state != FCGID_PARENT_NONE || pm->stopping ||
        !become_subreaper() ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
        return -1;
    /* suexec takes the variable away; then this is what tells. */
    if (send(pair[0], greeting, sizeof greeting - 1, MSG_NOSIGNAL) != -1)
        parent->watch =
            fcgid_pm_watch(pm, pair[0], APR_POLLIN, class_index, on_control);
    if (parent->watch == NULL) {
        close(pair[0]);
        close(pair[1]);
        return -1;
    }
    parent->slot = slot;
    parent->queued = poll(&queue, 1, 0) == 1;
    parent->last_used = apr_time_now();
    set_state(pm, class_index, FCGID_PARENT_TRIED);
    fcgid_pm_wake_at(&pm->next_preload, parent->last_used + LOOK_SOON);
    return pair[1];
}

int
fcgid_pm_launch(struct fcgid_pm *pm, int slot, struct fcgid_spawned *spawned)
{
    int class_index = pm->table->slots[slot].class_index, control = -1, rc;
    struct fcgid_pm_class *class = &pm->classes[class_index];
    struct fcgid_pm_parent *parent = &class->parent;

    if (class->def->limits.preload) {
        fcgid_pm_look_at_parent(pm, class_index);
        if (parent->state == FCGID_PARENT_READY && !parent->unable &&
            fcgid_pm_order(pm, slot)) {
            spawned->pid = parent->pid;
            spawned->exec_fd = -1;
            return 0;
        }
        control = begin_to_try(pm, slot);
    }
    rc = fcgid_spawn(class->def, pm->slots[slot].listener, pm->output[1],
                     control, spawned);
    if (control != -1) {
        close(control);
        if (rc != 0)
            set_state(pm, class_index, FCGID_PARENT_NONE);
    }
    return rc;
}

int
fcgid_pm_is_trying(const struct fcgid_pm *pm, int class_index)
{
    return pm->classes[class_index].parent.state == FCGID_PARENT_TRIED;
}

int
fcgid_pm_is_tried(const struct fcgid_pm *pm, int slot)
{
    int class_index = pm->table->slots[slot].class_index;

    return fcgid_pm_is_trying(pm, class_index) &&
           pm->classes[class_index].parent.slot == slot;
}

void
fcgid_pm_note_connection(struct fcgid_pm *pm, int slot)
{
    if (fcgid_pm_is_tried(pm, slot))
        pm->classes[pm->table->slots[slot].class_index].parent.queued = 1;
}

void
fcgid_pm_forget_tried(struct fcgid_pm *pm, int slot)
{
    if (fcgid_pm_is_tried(pm, slot))
        set_state(pm, pm->table->slots[slot].class_index, FCGID_PARENT_NONE);
}

void
fcgid_pm_try_parents(struct fcgid_pm *pm)
{
    int i;

    for (i = 0; i < FCGID_CLASS_COUNT; i++)
        if (pm->classes[i].parent.state == FCGID_PARENT_REFUSED)
            fcgid_pm_end_parent(pm, i);
}

/* Time. */

static void
look_at_tried(struct fcgid_pm *pm, int class_index, apr_time_t now)
{
    int slot = pm->classes[class_index].parent.slot;
    apr_interval_time_t age = now - pm->table->slots[slot].started;
    apr_interval_time_t pause = age / LOOK_PART;

    if (age > HELLO_PATIENCE ||
        (pm->classes[class_index].parent.queued &&
         fcgid_pm_has_accepted(pm, slot, now, HELLO_PATIENCE))) {
        refuse(pm, class_index);
        return;
    }
    pause = pause < LOOK_SOON ? LOOK_SOON
                              : (pause > LOOK_LATE ? LOOK_LATE : pause);
    fcgid_pm_wake_at(&pm->next_preload, now + pause);
}

/* The parent does not fork. */
void
fcgid_pm_give_parent_up(struct fcgid_pm *pm, int class_index)
{
    struct fcgid_pm_parent *parent = &pm->classes[class_index].parent;

    if (parent->state != FCGID_PARENT_READY)
        return;
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, pm->server,
                 "mod_fcgid: process %d, the preloaded %s, has not forked for "
                 "%d seconds: it is killed, and others are started without "
                 "it" FCGID_ID(528),
                 parent->pid, pm->table->classes[class_index].command,
                 (int)apr_time_sec(FCGID_FORK_PATIENCE));
    dismiss(pm, class_index, SIGKILL);
    set_state(pm, class_index, FCGID_PARENT_REFUSED);
}

/* Those that are ours are known to have ended when they are reaped. */
static void
look_at_leaver(struct fcgid_pm *pm, struct fcgid_pm_leaver **at,
               apr_time_t now)
{
    struct fcgid_pm_leaver *leaver = *at;

    if (leaver->adopted && !fcgid_is_alive(leaver->pid)) {
        drop_leaver(pm, at);
        return;
    }
    if (leaver->adopted)
        fcgid_pm_wake_at(&pm->next_preload, now + LOOK_ADOPTED);
    if (leaver->kill_at != 0 && now >= leaver->kill_at) {
        leaver->kill_at = 0;
        (void)fcgid_kill(leaver->pid, SIGKILL);
    }
    if (leaver->kill_at != 0)
        fcgid_pm_wake_at(&pm->next_preload, leaver->kill_at);
}

static void
look_at_leavers(struct fcgid_pm *pm, apr_time_t now)
{
    struct fcgid_pm_leaver **at = &pm->leavers, *leaver;

    while ((leaver = *at) != NULL) {
        look_at_leaver(pm, at, now);
        if (*at == leaver)
            at = &leaver->next;
    }
}

/* The end of its control socket has told it to leave, which it may not do. */
void
fcgid_pm_adopt_parent(struct fcgid_pm *pm, int class_index)
{
    int32_t *parent = &pm->table->classes[class_index].parent, pid = *parent;

    __atomic_store_n(parent, 0, __ATOMIC_RELAXED);
    if (!fcgid_is_alive(pid))
        return;
    pm->parents++;
    (void)fcgid_kill(pid, SIGTERM);
    let_leave(pm, pid, 1, apr_time_now() + FCGID_TERM_GRACE);
    fcgid_pm_wake_at(&pm->next_preload, apr_time_now() + LOOK_ADOPTED);
}

void
fcgid_pm_preload(struct fcgid_pm *pm, apr_time_t now)
{
    int i;

    for (i = 0; i < FCGID_CLASS_COUNT; i++)
        if (fcgid_pm_is_trying(pm, i))
            look_at_tried(pm, i, now);
    fcgid_pm_look_at_orders(pm, now);
    look_at_leavers(pm, now);
}

/* One that has no processes is idle itself. */
void
fcgid_pm_scan_parents(struct fcgid_pm *pm, apr_time_t now)
{
    const struct fcgid_class *class;
    const struct fcgid_pm_class *mine;
    int i;

    for (i = 0; i < FCGID_CLASS_COUNT; i++) {
        class = &pm->table->classes[i];
        mine = &pm->classes[i];
        if (mine->parent.state != FCGID_PARENT_READY)
            continue;
        if (class->processes > 0)
            pm->classes[i].parent.last_used = now;
        else if (mine->used_by < pm->conf.generation ||
                 (class->limits.idle_timeout > 0 &&
                  now - mine->parent.last_used >= class->limits.idle_timeout))
            fcgid_pm_end_parent(pm, i);
    }
}
