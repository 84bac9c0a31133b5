/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers that a preloaded parent is asked for.  Each is asked for with one end
 * of a socketpair, the tie, over which the worker says who it is; its end of
 * file tells that there is none.  See libfcgi's zygote.h.
 */
#include "pm_preload.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"

static struct fcgid_pm_parent *
parent_of(struct fcgid_pm *pm, int slot)
{
    return &pm->classes[pm->table->slots[slot].class_index].parent;
}

static void
close_tie(struct fcgid_pm *pm, int slot)
{
    fcgid_pm_close_watched(pm, &pm->slots[slot].tie);
}

static int
send_order(int control, int listener, int tie)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } space;
    int fds[2] = {listener, tie};
    struct iovec payload = {fds, 1};
    struct msghdr message = {.msg_iov = &payload,
                             .msg_iovlen = 1,
                             .msg_control = space.bytes,
                             .msg_controllen = sizeof space.bytes};

    memset(&space, 0, sizeof space);
    space.header.cmsg_level = SOL_SOCKET;
    space.header.cmsg_type = SCM_RIGHTS;
    space.header.cmsg_len = CMSG_LEN(sizeof fds);
    memcpy(CMSG_DATA(&space.header), fds, sizeof fds);
    return sendmsg(control, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

static void on_tie(struct fcgid_pm *pm, struct fcgid_watch *watch);

int
fcgid_pm_order(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_parent *parent = parent_of(pm, slot);
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    int pair[2], on = 1, done;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
        return 0;
    done = setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0 &&
           send_order(parent->watch->fd, mine->listener, pair[1]);
    close(pair[1]);
    if (done)
        mine->tie = fcgid_pm_watch(pm, pair[0], APR_POLLIN, slot, on_tie);
    if (mine->tie == NULL) {
        close(pair[0]);
        return 0;
    }
    mine->ordered = apr_time_now();
    fcgid_pm_wake_at(&pm->next_preload, mine->ordered + FCGID_FORK_PATIENCE);
    return 1;
}

/* The manager's child, and not known as anything else. */
static int
is_new_child(const struct fcgid_pm *pm, pid_t pid)
{
    siginfo_t info;
    int i;

    if (pid <= 0 ||
        waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == -1 ||
        fcgid_pm_find(pm, pid) != -1)
        return 0;
    for (i = 0; i < FCGID_CLASS_COUNT; i++)
        if (pm->classes[i].parent.state == FCGID_PARENT_READY &&
            pm->classes[i].parent.pid == (int32_t)pid)
            return 0;
    return 1;
}

/* Who has sent what is there on a tie; 0: nobody. */
static pid_t
read_sender(int tie)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } space;
    char byte;
    struct iovec payload = {&byte, 1};
    struct msghdr message = {.msg_iov = &payload,
                             .msg_iovlen = 1,
                             .msg_control = space.bytes,
                             .msg_controllen = sizeof space.bytes};
    const struct cmsghdr *part;
    struct ucred sender;

    if (recvmsg(tie, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0)
        return 0;
    part = CMSG_FIRSTHDR(&message);
    if (part == NULL || part->cmsg_level != SOL_SOCKET ||
        part->cmsg_type != SCM_CREDENTIALS)
        return 0;
    memcpy(&sender, CMSG_DATA(part), sizeof sender);
    return sender.pid;
}

void
fcgid_pm_start_instead(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];
    struct fcgid_spawned spawned = {0, -1};
    int rc = EINTR;

    if (pm->table->slots[slot].state != FCGID_SLOT_EXITING)
        rc = fcgid_pm_launch(pm, slot, &spawned);
    if (rc == 0) {
        pm->table->slots[slot].started = apr_time_now();
        fcgid_pm_set_process(pm, slot, &spawned);
        return;
    }
    if (rc != EINTR)
        ap_log_error(APLOG_MARK, APLOG_ERR, rc, pm->server,
                     "mod_fcgid: can't start %s in place of a process that "
                     "was to be forked" FCGID_ID(527),
                     class_of(pm, slot)->command);
    mine->exec_failed = 1; /* there was no process whose end is to be told */
    fcgid_pm_on_exit(pm, slot, -1);
}

void
fcgid_pm_look_at_parent(struct fcgid_pm *pm, int class_index)
{
    struct fcgid_pm_parent *parent = &pm->classes[class_index].parent;
    char byte;
    ssize_t n;

    if (parent->state != FCGID_PARENT_READY)
        return;
    n = recv(parent->watch->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
    if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
        fcgid_pm_lose_parent(pm, class_index);
}

/* No worker comes.  A parent that cannot fork serves others, maybe. */
static void
on_no_worker(struct fcgid_pm *pm, int slot)
{
    int class_index = pm->table->slots[slot].class_index;
    struct fcgid_pm_parent *parent = &pm->classes[class_index].parent;

    close_tie(pm, slot);
    fcgid_pm_look_at_parent(pm, class_index);
    parent->unable = parent->state == FCGID_PARENT_READY;
    fcgid_pm_start_instead(pm, slot);
    parent->unable = 0;
}

static void
on_tie(struct fcgid_pm *pm, struct fcgid_watch *watch)
{
    int slot = watch->index;
    struct fcgid_spawned spawned = {read_sender(watch->fd), -1};
    struct fcgid_pm_parent *parent = parent_of(pm, slot);

    if (!is_new_child(pm, spawned.pid) ||
        send(watch->fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1) {
        on_no_worker(pm, slot);
        return;
    }
    close_tie(pm, slot);
    parent->deaths = 0;
    parent->last_used = apr_time_now();
    fcgid_pm_set_process(pm, slot, &spawned);
}

int
fcgid_pm_is_ordered(const struct fcgid_pm *pm, int slot)
{
    return pm->slots[slot].tie != NULL;
}

static void
look_at_order(struct fcgid_pm *pm, int slot, apr_time_t now)
{
    apr_time_t end = pm->slots[slot].ordered + FCGID_FORK_PATIENCE;

    if (now < end) {
        fcgid_pm_wake_at(&pm->next_preload, end);
        return;
    }
    fcgid_pm_give_parent_up(pm, pm->table->slots[slot].class_index);
    on_no_worker(pm, slot);
}

void
fcgid_pm_look_at_orders(struct fcgid_pm *pm, apr_time_t now)
{
    int i;

    for (i = 0; i < FCGID_SLOT_COUNT; i++)
        if (fcgid_pm_is_ordered(pm, i))
            look_at_order(pm, i, now);
}
