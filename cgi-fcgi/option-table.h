/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of options: names, arguments, where the value goes, help. */
#ifndef CGI_FCGI_OPTION_TABLE_H
#define CGI_FCGI_OPTION_TABLE_H

#include <stddef.h>

#include "options.h"

enum option_kind {
    KIND_FLAG,    /* bool at offset becomes true */
    KIND_TEXT,    /* const char * at offset */
    KIND_SECONDS, /* int64_t milliseconds at offset, from decimal seconds */
    KIND_NUMBER,  /* unsigned at offset, 1 to max */
    KIND_CALL     /* set(options, value) */
};

struct option_row {
    const char *name;
    char letter;          /* or 0 */
    const char *argument; /* as --help shows it; NULL: takes none */
    enum option_kind kind;
    size_t offset;
    unsigned max;
    void (*set)(struct options *options, const char *value);
    const char *help; /* lines */
};

/* Ends with a row without name. */
extern const struct option_row option_rows[];

#endif
