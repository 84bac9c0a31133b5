/* SPDX-License-Identifier: BSD-2-Clause */
/* Which program serves a request, and as whom it runs. */
#ifndef FCGID_TARGET_H
#define FCGID_TARGET_H

#include "conf.h"

/*
 * Defines the class of processes that run this command for this request.
 * Memory of r->pool; the command must live as long.
 */
void fcgid_target_fill(request_rec *r, const struct fcgid_command *command,
                       struct fcgid_class_def *def);

/*
 * Looks whether the request may be handed to an application at all, and finds
 * its command: the wrapper or the requested file itself.  Returns OK, or the
 * status to answer; logs the reason.
 */
int fcgid_target_find(request_rec *r, struct fcgid_command *command);

/* A fixups hook: a file that FastCgiServer names needs no handler. */
int fcgid_target_name_handler(request_rec *r);

#endif
