/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Health probes by HTTP on FastCGI connections: FCGI_HEALTH_PATH names the
 * path.  probe.h says what is one.
 */
#ifndef FCGI_HEALTH_H
#define FCGI_HEALTH_H

#include "request.h"

/* Reads FCGI_HEALTH_PATH.  Returns 0 or -EINVAL. */
int fcgi_health_init(void);

/*
 * For a connection of which no record was parsed.  Returns 0 if it begins as
 * FastCGI does, or there is no path.  Else its bytes are used up, and what is
 * returned is a step: MORE; REFUSED, and the probe was answered; or
 * FCGX_UNSUPPORTED_VERSION, since it is something else.
 */
int fcgi_health_step(struct Params *state);

#endif
