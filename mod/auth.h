/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Applications that decide on access (role AUTHORIZER, section 6.3).
 *
 * An application says yes with status 200; its headers Variable-NAME become
 * variables of the request, no other header goes anywhere.  Everything else
 * means no: the client gets the application's status, headers and content.
 * When no answer can be had, access is refused whatever Authoritative says.
 */
#ifndef FCGID_AUTH_H
#define FCGID_AUTH_H

#include "apr_pools.h"

void fcgid_auth_register(apr_pool_t *pool);

#endif
