/* SPDX-License-Identifier: BSD-2-Clause */
/* The header block of an answer (RFC 3875, section 6). */
#ifndef FCGID_HEADERS_H
#define FCGID_HEADERS_H

#include "conf.h"

/*
 * Reads a header block into r as httpd does for CGI scripts.  What concerns
 * the framing of the message never gets there: *length becomes what
 * Content-Length says, in bytes, and -1 if it is not there or says nothing
 * sensible.  A line may have line_limit bytes.  Returns OK or the status to
 * answer; logs the reason.
 */
int fcgid_headers_scan(request_rec *r, const char *block, apr_size_t size,
                       apr_off_t line_limit, apr_off_t *length);

/*
 * Looks for an interim answer (RFC 9110, 15.2): a block with a status of 1xx,
 * behind which another one comes.  Returns DECLINED if it is none, an error as
 * above, which 101 is too, or OK: then *interim is a copy of r that has its
 * status and its headers, all in headers_out, while r is as before.
 */
int fcgid_headers_interim(request_rec *r, const char *block, apr_size_t size,
                          apr_off_t line_limit, request_rec **interim);

/*
 * Whether httpd's own answer is to replace the one whose headers are in r
 * (FcgidErrorOverride).  If so, what the client must see of them, such as
 * WWW-Authenticate, is kept, and r->status is httpd's to set.
 */
int fcgid_headers_overridden(request_rec *r, int *status);

#endif
