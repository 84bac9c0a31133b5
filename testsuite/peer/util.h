/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Byte strings, numbers and texts of the test programs.  What cannot be done
 * (no memory, a bad number) ends the program with a message on stderr.
 */
#ifndef PEER_UTIL_H
#define PEER_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Exit codes of both programs; fcgi-client adds its own. */
enum { EXIT_USAGE = 1, EXIT_SYSTEM = 2, EXIT_PROTOCOL = 3 };

/* Prints "PROGRAM: text" and leaves with the code. */
void die(int code, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* A growing byte string, always followed by a NUL that size does not count. */
struct text {
    char *data;      /* NULL while nothing was added */
    size_t size;     /* bytes */
    size_t capacity; /* bytes */
};

void text_add(struct text *text, const void *data, size_t size);
void text_add_string(struct text *text, const char *string);
void text_add_byte(struct text *text, unsigned byte);
void text_add_format(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Bytes that are easy to compare: lines of 63 letters, see fill_byte. */
void text_add_fill(struct text *text, size_t size);
void text_add_hex(struct text *text, const char *digits);
void text_add_file(struct text *text, const char *path);
/* Drops size bytes at the front. */
void text_drop(struct text *text, size_t size);
void text_clear(struct text *text); /* keeps the memory */
void text_free(struct text *text);  /* may be called twice */

/* The byte at an offset of the filling: a letter, or '\n' every 64 bytes. */
unsigned fill_byte(size_t offset);

/* Prints bytes with \n \r \t \\ \" and \xHH for all that is not printable. */
void print_escaped(FILE *out, const void *data, size_t size);

/* A whole number (decimal, 0x.., or with the suffix k, m or g); dies if it is
 * none or above max. */
size_t number(const char *word, size_t max);

/* Type, role, protocol status or signal by name (any case) or by number. */
unsigned type_number(const char *word);
unsigned role_number(const char *word);
unsigned status_number(const char *word);
int signal_number(const char *word);

/* Milliseconds of a clock that only goes forward. */
uint64_t now_ms(void);
void sleep_ms(unsigned ms);

#endif
