/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manager as httpd's parent and children see it.
 */
#ifndef FCGID_PM_START_H
#define FCGID_PM_START_H

#include "httpd.h"
#include "proctab.h"

/*
 * What outlives a restart, during which the module is unloaded and loaded
 * again: plain data, no pointer into the module.
 */
struct fcgid_engine {
    apr_uint32_t version; /* FCGID_TABLE_VERSION of the one that made it */
    pid_t manager;        /* 0: none */
    int rendezvous[2]; /* manager's end, httpd's end */
    int lifeline[2];   /* the manager reads: its end means httpd's end */
    int output[2];     /* the manager reads what applications write to their
                          descriptors 1 and 2; it outlives the manager */
    int obituary;      /* the parent reads: its end means the manager's */
    /* All above stays so in all versions: leave_engine. */
    apr_uint32_t generation;
    struct fcgid_table *table;
};

/* NULL before post_config. */
struct fcgid_engine *fcgid_engine(void);

#endif
