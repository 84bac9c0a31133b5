/* SPDX-License-Identifier: BSD-2-Clause */
/* What proctab.c and waiter.c share; proctab.h is for all others. */
#ifndef FCGID_WAITER_H
#define FCGID_WAITER_H

#include "proctab.h"

/* Takes a free lane of the class for pid, whoever waits; -1: none. */
int fcgid_lane_take_any(struct fcgid_table *table, int class_index,
                        int32_t pid);

/* Gives free lanes to waiters, first come first served. */
void fcgid_dispatch(struct fcgid_table *table, int class_index);

/* Removes the waiters of an httpd child that is gone. */
void fcgid_forget_waiters(struct fcgid_table *table, int32_t pid);

#endif
