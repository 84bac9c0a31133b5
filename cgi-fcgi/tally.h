/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts texts: kinds of errors, statuses. */
#ifndef CGI_FCGI_TALLY_H
#define CGI_FCGI_TALLY_H

#include <stddef.h>
#include <stdint.h>

enum { TALLY_KINDS = 32, TALLY_TEXT = 96 };

/* All zeros is an empty one.  When all places are taken, the last counts
 * whatever else comes, as "other". */
struct tally {
    size_t used;
    struct tally_kind {
        char text[TALLY_TEXT]; /* cut to its room */
        uint64_t count;
    } kinds[TALLY_KINDS];
};

void tally_add(struct tally *tally, const char *text);

#endif
