/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can be seen of the processes: a part of mod_status's page, and the
 * handler fcgid-status (a page, or JSON with ?json).
 */
#ifndef FCGID_STATUS_H
#define FCGID_STATUS_H

#include "apr_pools.h"

void fcgid_status_register(apr_pool_t *pool);

#endif
