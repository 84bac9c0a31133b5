/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say_list(const char *format, va_list args)
    __attribute__((format(printf, 1, 0)));

static void
say_list(const char *format, va_list args)
{
    fputs("cgi-fcgi: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

void
say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_list(format, args);
    va_end(args);
}

void
die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_list(format, args);
    va_end(args);
    exit(EXIT_USAGE);
}

void *
must_grow(void *old, size_t size)
{
    void *memory = realloc(old, size > 0 ? size : 1);

    if (memory == NULL)
        die("out of memory");
    return memory;
}

void *
must_alloc(size_t size)
{
    return must_grow(NULL, size);
}

char *
must_copy(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(must_alloc(size), text, size);
}
