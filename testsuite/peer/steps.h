/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of fcgi-peer's steps share. */
#ifndef PEER_STEPS_H
#define PEER_STEPS_H

#include "conn.h"

#define STEP_MAX_SIZE ((size_t)1 << 40) /* of what a script sends or awaits */

/* CLOSE: the rest of the script is left out and the connection closed. */
enum verdict { NEXT, CLOSE };

typedef enum verdict step_function(struct conn *conn, const struct step *step);

struct step_kind {
    const char *name;
    int min; /* words after the name */
    int max;
    step_function *run;
    const char *help;
};

/* Each ends with an entry without a name. */
extern const struct step_kind steps_receive[];
extern const struct step_kind steps_send[];
extern const struct step_kind steps_control[];

/* A word of a step as a string. */
const char *step_word(const struct step *step, int i);

/* A text with its ${name}s replaced; the caller frees it. */
struct text step_expand(struct conn *conn, const struct text *in);

/* steps.c: runs one step, by its name. */
enum verdict step_run(struct conn *conn, const struct step *step);

#endif
