/* SPDX-License-Identifier: BSD-2-Clause */
/* What oscompat.c asks of the event loop behind OS_DoIo (osloop.c). */
#ifndef FCGI_OSLOOP_H
#define FCGI_OSLOOP_H

#include <stdbool.h>

/* The descriptor of OS_AsyncReadStdin. */
void fcgi_osloop_set_stdin(int fd);

/* Forgets the pending read and/or write on fd. */
void fcgi_osloop_drop(int fd, bool read_too, bool write_too);

/* Forgets all and releases the memory. */
void fcgi_osloop_fini(void);

#endif
