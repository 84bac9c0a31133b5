/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks an application for its values (GET_VALUES, section 4.1). */
#ifndef CGI_FCGI_PING_H
#define CGI_FCGI_PING_H

#include <stdbool.h>
#include <stdint.h>

#include "trace.h"

struct ping_setup {
    const char *name;    /* of the address, for messages */
    int peer;            /* connected, non-blocking */
    int64_t deadline;    /* clock.h */
    struct trace *trace; /* or NULL */
    bool json;           /* an object on standard output in place of lines */
};

/*
 * Sends the query and prints each pair of the answer as NAME=VALUE on standard
 * output.  Returns the exit code: 0, EXIT_PROTOCOL, EXIT_VERSION, or an errno
 * value (ETIMEDOUT when the deadline has passed), having said what is wrong.
 */
int ping_run(const struct ping_setup *setup);

/* Prints the JSON object of a ping that reached nobody. */
void ping_print_failure(const char *name, int code, const char *error);

#endif
