/* SPDX-License-Identifier: BSD-2-Clause */
/* The request that the command line and the environment describe. */
#ifndef CGI_FCGI_REQUEST_H
#define CGI_FCGI_REQUEST_H

#include "bridge.h"
#include "env.h"
#include "options.h"

struct request {
    struct env env; /* what is sent; also what a started application gets */
    struct bridge_input input;
    struct bridge_input filter;
};

/*
 * The body is, in this order: --data, --data-file, or standard input: as many
 * bytes as CONTENT_LENGTH says, or to its end if there is none but the server
 * undid a chunked coding (HTTP_TRANSFER_ENCODING), else nothing.  Ends the
 * program if a file cannot be read or an entry of the environment has a fault.
 */
void request_init(struct request *request, const struct options *options,
                  char *const *environment);
void request_free(struct request *request);

#endif
