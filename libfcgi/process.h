/* SPDX-License-Identifier: BSD-2-Clause */
/* What the process has read from its environment at FCGX_Init, and how far it
 * is from the one that did. */
#ifndef FCGI_PROCESS_H
#define FCGI_PROCESS_H

#include "peers.h"

struct fcgi_process {
    bool is_ready;           /* FCGX_Init was called */
    struct fcgi_peers peers; /* FCGI_WEB_SERVER_ADDRS */
    unsigned forks;          /* since then, up to this process */
};

/* Constant once is_ready. */
const struct fcgi_process *fcgi_process(void);

#endif
