/* SPDX-License-Identifier: BSD-2-Clause */
/* Old names of directives, which go on working. */
#ifndef FCGID_ALIASES_H
#define FCGID_ALIASES_H

#include "conf.h"

/*
 * Logs one NOTICE for each configuration file that uses old names: which, and
 * what replaces them.  To be called while the tree of directives exists, that
 * is, from post_config.
 */
void fcgid_aliases_report(apr_pool_t *ptemp, server_rec *main_server);

#endif
