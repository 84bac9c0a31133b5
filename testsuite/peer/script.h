/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of a script as steps.
 *
 * A script is a list of steps, one per line or parted by ';'.  A step is a
 * list of words parted by blanks.  '#' at the begin of a word starts a comment
 * up to the end of the line.  A word may stand in double quotes; there, blanks,
 * ';' and '#' mean themselves, and \n \r \t \\ \" \0 \xHH mean the byte.
 */
#ifndef PEER_SCRIPT_H
#define PEER_SCRIPT_H

#include "util.h"

enum { STEP_WORDS = 64 };

struct step {
    int count; /* words, at least 1; word 0 names the step */
    struct text words[STEP_WORDS];
};

struct script {
    struct step **steps;
    size_t count;
};

/* Makes the steps of a text; ends the program if it is not a script. */
struct script *script_parse(const char *text, size_t size);
void script_free(struct script *script); /* NULL is accepted */

#endif
