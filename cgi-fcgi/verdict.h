/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of a request: the exit code, the text, the status for CGI. */
#ifndef CGI_FCGI_VERDICT_H
#define CGI_FCGI_VERDICT_H

#include "bridge.h"

enum {
    EXIT_STATUS = 22,          /* --status: the answer's status says failure */
    FIRST_FAILURE_STATUS = 400 /* from there on */
};

struct verdict {
    int code;         /* exit code, 0 to 255 */
    const char *what; /* why it failed, static or in room; NULL: the peer's
                         answer is whole, whatever code it has */
    bool is_ours;     /* what speaks of our standard output, not of the peer */
    char room[128];
};

/* Judges a bridge that has ended.  by_status: the status of the answer's
 * header counts (--status). */
void verdict_init(struct verdict *verdict, const struct bridge *bridge,
                  bool by_status);

/* The status that stands for the failure under a CGI server. */
unsigned verdict_cgi_status(const struct bridge *bridge);

#endif
