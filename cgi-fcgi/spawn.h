/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting FastCGI applications. */
#ifndef CGI_FCGI_SPAWN_H
#define CGI_FCGI_SPAWN_H

/*
 * Starts count processes of the program, without arguments, with the
 * listening socket as descriptor 0 and /dev/null as 1 and 2, which outlive
 * the caller.  Returns 0 when exec has succeeded in all of them, else an
 * errno; those that run already go on.
 */
int spawn_processes(const char *program, int listener, int count);

#endif
