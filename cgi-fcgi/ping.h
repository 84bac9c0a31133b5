/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks an application for its values (GET_VALUES, section 4.1). */
#ifndef CGI_FCGI_PING_H
#define CGI_FCGI_PING_H

#include <stdint.h>

#include "trace.h"

/*
 * Sends the query over a connected, non-blocking socket and prints each pair
 * of the answer as NAME=VALUE on standard output.  Returns the exit code:
 * 0, EXIT_PROTOCOL, EXIT_VERSION, or an errno value (ETIMEDOUT when the
 * deadline has passed), having said what is wrong.
 */
int ping_run(int peer, const char *name, int64_t deadline, struct trace *trace);

#endif
