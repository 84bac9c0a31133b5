/* SPDX-License-Identifier: BSD-2-Clause */
/* The first part of a request: BEGIN_REQUEST and PARAMS, as bytes. */
#ifndef CGI_FCGI_PARAMS_H
#define CGI_FCGI_PARAMS_H

#include <stddef.h>

struct params {
    unsigned char *data; /* malloc'ed */
    size_t size;         /* bytes */
};

/*
 * Builds it for the role RESPONDER without FCGI_KEEP_CONN from "NAME=value"
 * strings, the empty PARAMS record at its end included.  Every PARAMS record
 * holds whole pairs, as PHP needs; only a pair over 65,535 bytes is cut.
 * Returns NULL, or what is wrong (static).
 */
const char *params_build(struct params *params, unsigned request_id,
                         char *const *environment);
void params_free(struct params *params);

#endif
