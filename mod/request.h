/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests to applications: from a lane to the end of the answer. */
#ifndef FCGID_REQUEST_H
#define FCGID_REQUEST_H

#include "exchange.h"

/* The content handler of fcgid-script. */
int fcgid_handler(request_rec *r);

/*
 * Sends a request to a process of the class, again where that is safe, and
 * takes in its answer; releases the lane.  body may be NULL.  Returns OK when
 * the answer is complete.  Else the reason is logged, and the status to answer
 * is returned; response->passed tells whether it is too late for that.
 */
int fcgid_request_run(request_rec *r, const struct fcgid_class_def *def,
                      struct fcgid_head *head, struct fcgid_body *body,
                      struct fcgid_response *response);

#endif
