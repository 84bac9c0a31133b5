/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a JSON value (RFC 8259) to a file as it is told, in one line.  The
 * output is ASCII or UTF-8 whatever bytes are given: in texts, what is no
 * UTF-8 becomes \u0080 to \u00ff, byte by byte.
 */
#ifndef CGI_FCGI_JSON_H
#define CGI_FCGI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *out;
    bool follows; /* a comma is due before the next value */
};

void json_init(struct json *json, FILE *out);

/*
 * key: the name of the member, or NULL inside an array or at the top.  begin
 * and end take '{' and '}' or '[' and ']', in pairs; the end at the top is
 * followed by a newline that the caller prints.
 */
void json_begin(struct json *json, const char *key, char bracket);
void json_end(struct json *json, char bracket);

/* A name of a member that is no C string; its value comes next, without key. */
void json_name(struct json *json, const void *name, size_t size);

void json_null(struct json *json, const char *key);
void json_bool(struct json *json, const char *key, bool value);
void json_count(struct json *json, const char *key, uint64_t value);
/* A number with so many places after the point; 0 if it is not finite. */
void json_real(struct json *json, const char *key, double value, int places);
void json_bytes(struct json *json, const char *key, const void *data,
                size_t size);
/* NULL becomes null. */
void json_text(struct json *json, const char *key, const char *text);

#endif
