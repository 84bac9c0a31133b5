/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every message of the module that tells of something gone wrong ends in an
 * id of its own, so that it can be looked up and filtered for, whatever its
 * text.  Ids are never re-used.  100-199 configuration, 200-299 requests,
 * 300-399 responses, 400-499 authorizers, 500-899 engine.
 */
#ifndef FCGID_LOG_H
#define FCGID_LOG_H

#include "httpd.h"
#include "http_config.h"
#include "http_log.h"

APLOG_USE_MODULE(fcgid);

/* To be put behind a format: "mod_fcgid: can't run %s" FCGID_ID(501). */
#define FCGID_ID(number) " [fcgid" #number "]"

#endif
