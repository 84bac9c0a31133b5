/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the files of the FCGI interface: stdio.c (requests and files),
 * stdio_rw.c (reading and writing), stdio_wide.c (wide characters),
 * stdio_scan.c (what else the devkit lacks).
 */
#ifndef FCGI_STDIO_INT_H
#define FCGI_STDIO_INT_H

#define NO_FCGI_DEFINES
#include "fcgi_config.h"
#include "fcgi_stdio.h"

/*
 * What a call on fp goes to.  First ask for the file: the C library's stream,
 * or NULL.  If there is none, ask for the stream: the request's, or NULL with
 * errno EBADF, in which case the call fails.  fp may be NULL.
 */
FILE *fcgi_stdio_file(const FCGI_FILE *fp);
FCGX_Stream *fcgi_stdio_stream(const FCGI_FILE *fp);

/* The file that may be positioned, or NULL with errno ESPIPE. */
FILE *fcgi_stdio_seekable(const FCGI_FILE *fp);

#endif
