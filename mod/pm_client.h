/* SPDX-License-Identifier: BSD-2-Clause */
/* An httpd child's talk with the manager; see pm_ipc.h. */
#ifndef FCGID_PM_CLIENT_H
#define FCGID_PM_CLIENT_H

#include "httpd.h"
#include "class.h"
#include "pm_ipc.h"

/* This process, without a system call. */
int32_t fcgid_client_pid(void);

/* Index and generation of the class's entry in the table, for which the
 * manager is asked at its first use in this process; -1: it does not answer or
 * has no room. */
int fcgid_client_class(request_rec *r, const struct fcgid_class_def *def,
                       uint32_t *generation);

/* Asks for processes for the waiters of the class.  Does not wait. */
void fcgid_client_spawn(int class_index);

/* Tells that the process of a slot has nearly served its number.  Does not
 * wait. */
void fcgid_client_due(int slot, uint32_t generation);

/* Tells that a process of the class has served a request.  Does not wait. */
void fcgid_client_served(int class_index);

/*
 * Descriptor of the connection of a slot that this process owns, kept from
 * the first use on; -1: that generation is gone.  Not the caller's to close.
 */
int fcgid_client_lane(int slot, uint32_t generation);

/*
 * When the connections that are kept so take more than a quarter of the
 * descriptors that this process may have, or when it is short of them: a slot,
 * each one in its turn, whose connection is to be closed by who owns the slot.
 * -1: there are not too many.
 */
int fcgid_client_surplus_lane(int is_short);
void fcgid_client_close_lane(int slot);

/*
 * Tells the manager of a lane of this generation that is RESET, and hands over
 * the connection that was broken if it is not the lane's (-1: it is).  Does
 * not wait.
 */
void fcgid_client_reset(int slot, uint32_t generation, enum fcgid_reset how,
                        int descriptor);

#endif
