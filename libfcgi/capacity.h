/* SPDX-License-Identifier: BSD-2-Clause */
/* How much the process can take at once: what GET_VALUES is told. */
#ifndef FCGI_CAPACITY_H
#define FCGI_CAPACITY_H

#include "request.h"

/* Notes that the calling thread serves requests, until it ends. */
void fcgi_capacity_count_thread(void);

/* For Params.get_capacity of connections that a hub takes care of. */
void fcgi_capacity_get(const struct Params *state,
                       struct fcgi_capacity *capacity);

#endif
