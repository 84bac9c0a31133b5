/* SPDX-License-Identifier: BSD-2-Clause */
/* What a CGI server is told when there is no answer to pass on. */
#ifndef CGI_FCGI_CGI_H
#define CGI_FCGI_CGI_H

#include <stdbool.h>

/* True if a server runs this program as a CGI program. */
bool cgi_is_host(void);

/*
 * Writes an answer with that status (502, 503, 504) and a plain text to
 * standard output if cgi_is_host.  Must come before any other output.
 */
void cgi_refuse(unsigned status);

#endif
