/* SPDX-License-Identifier: BSD-2-Clause */
/* What those who handle a lane's inside (ipc.c, acquire.c, external.c) share;
 * ipc.h is for all others. */
#ifndef FCGID_LANE_H
#define FCGID_LANE_H

#include <errno.h>

#include "ipc.h"
#include "pm_ipc.h"
#include "proctab.h"

struct fcgid_lane {
    request_rec *r;
    const struct fcgid_class_def *def;
    struct fcgid_table *table; /* NULL: def->external, and no slot */
    int class_index;
    uint32_t class_generation;
    int slot;
    uint32_t generation;
    int fd;         /* -1: none */
    int own;        /* fd is this request's alone, to be closed */
    int broken;     /* the shared connection is of no use any more */
    int reused;     /* the connection has carried a request before */
    int answered;   /* a byte has come */
    int held;       /* the slot is BUSY for this process */
    int served;     /* the application has answered a request before */
    int32_t pid;    /* of the process when the lane was taken; 0: of another
                       that came after it */
    int32_t old[2]; /* processes before it, whose end concerns others */
};

static inline struct fcgid_slot *
slot_of(const struct fcgid_lane *lane)
{
    return &lane->table->slots[lane->slot];
}

/* What there is to know of its process; last_used, carried and connected are
 * the lane's. */
static inline struct fcgid_slot *
process_of(const struct fcgid_lane *lane)
{
    return fcgid_process_of(lane->table, lane->slot);
}

static inline struct fcgid_class *
class_of(const struct fcgid_lane *lane)
{
    return &lane->table->classes[lane->class_index];
}

/* The slot is this process's: finds its connection.  0 or an errno. */
int fcgid_lane_open(struct fcgid_lane *lane);
/* Opens one for this request alone.  0 or an errno. */
int fcgid_lane_open_own(struct fcgid_lane *lane);

/* The slot is not to be used again before the manager has looked at it. */
void fcgid_lane_give_up(struct fcgid_lane *lane, enum fcgid_reset how);

/* Fills *denial and returns an error.  text: as in it, or NULL. */
apr_status_t fcgid_lane_deny(struct fcgid_denial *denial,
                             enum fcgid_denial_reason reason, int status,
                             const char *text);

/* A pool's cleanup. */
apr_status_t fcgid_lane_release_at_end(void *lane);

/* How a process ended, for logs: "exited with code 3". */
const char *fcgid_describe_end(apr_pool_t *pool, int status);

/* Whether it is this process's trouble, not the lane's: it has no descriptor
 * left. */
static inline int
fcgid_is_shortage(int error)
{
    return error == EMFILE || error == ENFILE;
}

#endif
