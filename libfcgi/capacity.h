/* SPDX-License-Identifier: BSD-2-Clause */
/* How much the process can take at once: what GET_VALUES is told. */
#ifndef FCGI_CAPACITY_H
#define FCGI_CAPACITY_H

#include "request.h"

/* Notes that the calling thread serves requests, until it ends. */
void fcgi_capacity_count_thread(void);

/* In a worker (workers.h), before it accepts: how many there are.  A server is
 * told what all of them can serve, as it cannot tell them apart. */
void fcgi_capacity_set_workers(unsigned count);

/* For Params.get_capacity of connections that a hub takes care of. */
void fcgi_capacity_get(const struct Params *state,
                       struct fcgi_capacity *capacity);

#endif
