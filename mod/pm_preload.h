/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FcgidPreload: the first process of a class becomes the parent of all others,
 * which are forked from it when it has started up (FCGI_WORKERS=fd:N of
 * libfcgi).  It serves no request.
 *
 * Whoever is started first is tried: an ordinary process of a slot that has a
 * control socket, too.  When it says hello there, a worker is forked for its
 * slot; when it accepts instead, an ordinary process is what it is.
 */
#ifndef FCGID_PM_PRELOAD_H
#define FCGID_PM_PRELOAD_H

#include "pm.h"
#include "spawn.h"

/*
 * Puts a process behind a slot that has a listening socket: forked from the
 * class's parent, or started.  spawned->exec_fd is -1 for one that is asked
 * for: its pid is not known yet, the parent's stands for it.  0 or an errno.
 */
int fcgid_pm_launch(struct fcgid_pm *pm, int slot,
                    struct fcgid_spawned *spawned);

/* Whether it is about to be known if the class has a parent: others are better
 * not started now. */
int fcgid_pm_is_trying(const struct fcgid_pm *pm, int class_index);

/* Whether it is not known yet if the slot's process will be the parent. */
int fcgid_pm_is_tried(const struct fcgid_pm *pm, int slot);

/* Its lane is connected: a connection stands in the queue, or did so until it
 * accepted it. */
void fcgid_pm_note_connection(struct fcgid_pm *pm, int slot);

/* The slot's process is gone, of whatever kind it was. */
void fcgid_pm_forget_tried(struct fcgid_pm *pm, int slot);

/* A child has ended: whether it was a parent. */
int fcgid_pm_reap_parent(struct fcgid_pm *pm, pid_t pid);

/* Ends the class's parent, if there is one; the next process is tried. */
void fcgid_pm_end_parent(struct fcgid_pm *pm, int class_index);
void fcgid_pm_end_parents(struct fcgid_pm *pm);

/* The parent that a manager before this one has left, if it lives, is ended. */
void fcgid_pm_adopt_parent(struct fcgid_pm *pm, int class_index);

/* The configuration was read again: what was no parent may be one now. */
void fcgid_pm_try_parents(struct fcgid_pm *pm);

/* Parents without processes. */
void fcgid_pm_scan_parents(struct fcgid_pm *pm, apr_time_t now);

/* By the timer next_preload. */
void fcgid_pm_preload(struct fcgid_pm *pm, apr_time_t now);

/* Between the two files. */
/* The class's parent has ended of itself, or is about to. */
void fcgid_pm_lose_parent(struct fcgid_pm *pm, int class_index);
/* It does not fork: kills it, and does without. */
void fcgid_pm_give_parent_up(struct fcgid_pm *pm, int class_index);

/* pm_fork.c */
/* A parent that has not brought a worker by then is ended. */
#define FCGID_FORK_PATIENCE apr_time_from_sec(10)
/* Whether it has closed its control socket, and is about to end: then it is the
 * parent no longer. */
void fcgid_pm_look_at_parent(struct fcgid_pm *pm, int class_index);
/* Asks the class's parent for a worker; 0: that cannot be. */
int fcgid_pm_order(struct fcgid_pm *pm, int slot);
/* Whether the slot's process is asked for, so that there is none yet. */
int fcgid_pm_is_ordered(const struct fcgid_pm *pm, int slot);
/* An ordinary process in place of the one that was asked for; or another one is
 * asked for, or tried, if the parent is another by now. */
void fcgid_pm_start_instead(struct fcgid_pm *pm, int slot);
void fcgid_pm_look_at_orders(struct fcgid_pm *pm, apr_time_t now);

#endif
