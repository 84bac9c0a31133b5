/* SPDX-License-Identifier: BSD-2-Clause */
/* FcgidPrespawn; its setter is in conf.h. */
#ifndef FCGID_PRESPAWN_H
#define FCGID_PRESPAWN_H

#include "httpd.h"

/* Tells the manager, over the rendezvous, what is to be started and kept.  In
 * the parent; may block as long as the manager does not read. */
void fcgid_send_prespawns(int to, apr_uint32_t generation,
                          server_rec *main_server);

#endif
