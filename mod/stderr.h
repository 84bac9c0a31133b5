/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * STDERR of a request: whole lines to the error log of its host, whatever
 * records they came in, and no more of them in a second than
 * FcgidStderrRate.
 */
#ifndef FCGID_STDERR_H
#define FCGID_STDERR_H

#include "conf.h"

#define FCGID_ERROR_LINE_LIMIT 7900 /* bytes of one line in the log */

struct fcgid_stderr {
    request_rec *r;
    char *line;         /* the line as far as it has come */
    apr_size_t size;    /* bytes of it */
    apr_int64_t rate;   /* lines in a second; 0: no limit */
    apr_time_t second;  /* begin of the one at hand */
    apr_int64_t lines;  /* in it */
    apr_int64_t missed; /* lines left out since it was told last */
};

void fcgid_stderr_init(struct fcgid_stderr *from, request_rec *r);
void fcgid_stderr_take(struct fcgid_stderr *from, const char *data,
                       apr_size_t size);

/* Logs a line that has no end, and how many were left out.  May be called
 * twice. */
void fcgid_stderr_finish(struct fcgid_stderr *from);

#endif
