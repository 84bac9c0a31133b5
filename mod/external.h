/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Applications that somebody else has started: a lane to them is a connection
 * of its own to the address at which they listen.
 */
#ifndef FCGID_EXTERNAL_H
#define FCGID_EXTERNAL_H

#include "ipc.h"

#include <sys/socket.h>

struct fcgid_address {
    struct sockaddr_storage address;
    socklen_t size; /* bytes */
};

struct fcgid_external {
    const char *name;              /* as configured, for logs */
    apr_array_header_t *addresses; /* struct fcgid_address, to be tried in
                                      order; not empty */
};

/* "HOST:PORT", or an absolute path.  Looks host names up, which may block.
 * Returns NULL, or a message. */
const char *fcgid_external_parse(apr_pool_t *pool, const char *text,
                                 const struct fcgid_external **external);

/* As fcgid_lane_acquire, for def->external.  Blocks up to
 * limits.connect_timeout for each address. */
apr_status_t fcgid_external_acquire(request_rec *r,
                                    const struct fcgid_class_def *def,
                                    struct fcgid_lane **lane,
                                    struct fcgid_denial *denial);

#endif
