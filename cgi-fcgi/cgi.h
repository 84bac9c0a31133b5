/* SPDX-License-Identifier: BSD-2-Clause */
/* What a CGI server is told when there is no answer to pass on. */
#ifndef CGI_FCGI_CGI_H
#define CGI_FCGI_CGI_H

/*
 * Writes an answer with that status (502, 503, 504) and a plain text to
 * standard output if a server runs this program as a CGI program.  Must come
 * before any other output.
 */
void cgi_refuse(unsigned status);

#endif
