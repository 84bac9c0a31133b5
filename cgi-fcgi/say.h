/* SPDX-License-Identifier: BSD-2-Clause */
/* One-line messages on standard error. */
#ifndef CGI_FCGI_SAY_H
#define CGI_FCGI_SAY_H

#include <stddef.h>

enum {
    EXIT_USAGE = 1,      /* wrong usage, bad file, application not startable */
    EXIT_NO_HOST = 232,  /* the host's name is unknown */
    EXIT_CRASH_LOOP = 252, /* supervised applications do not stay alive */
    EXIT_PROTOCOL = 253, /* the peer broke a rule, refused, or left early */
    EXIT_VERSION = 254   /* the peer does not speak version 1 */
};

/* Prints "cgi-fcgi: MESSAGE". */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "cgi-fcgi: MESSAGE" and ends the program with EXIT_USAGE. */
void die(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* malloc and strdup that end the program when memory is out. */
void *must_alloc(size_t size);
void *must_grow(void *old, size_t size);
char *must_copy(const char *text);

#endif
