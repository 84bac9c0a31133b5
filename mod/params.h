/* SPDX-License-Identifier: BSD-2-Clause */
/* What an application is told of a request, as the bytes that go out. */
#ifndef FCGID_PARAMS_H
#define FCGID_PARAMS_H

#include "auth.h"
#include "conf.h"

/* One name and value; not owned. */
struct fcgid_pair {
    const char *name;
    const char *value;
    apr_size_t name_size; /* bytes */
    apr_size_t value_size;
};

/* BEGIN_REQUEST and all of PARAMS, in one piece. */
struct fcgid_head {
    unsigned char *data;
    apr_size_t size; /* bytes */
};

/*
 * The variables of a request for the RESPONDER role: struct fcgid_pair, in
 * r->pool.  length is that of the body in bytes, whatever the client said; -1:
 * not known.
 */
apr_array_header_t *fcgid_params_responder(request_rec *r, apr_off_t length);

/* The same for the FILTER role: length is that of the data, in bytes. */
apr_array_header_t *fcgid_params_filter(request_rec *r, apr_off_t length);

/* The same for the AUTHORIZER role.  r->subprocess_env is left as it was. */
apr_array_header_t *
fcgid_params_authorizer(request_rec *r, const struct fcgid_question *question);

/*
 * Encodes BEGIN_REQUEST (section 5.1), the pairs and the end of PARAMS.  A
 * record holds whole pairs, as applications exist that parse each record by
 * itself; only a pair that is too large for a record goes on in the next.
 */
void fcgid_head_build(apr_pool_t *pool, struct fcgid_head *head, unsigned role,
                      const apr_array_header_t *pairs);

/* Whether the head asks to keep the connection. */
void fcgid_head_set_keep(struct fcgid_head *head, int keep);

#endif
