/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers by FCGI_WORKERS: see FCGX_Prefork in fcgiext.h for all that they do.
 */
#ifndef FCGI_WORKERS_H
#define FCGI_WORKERS_H

#include "fcgiapp.h"

/* Reads FCGI_WORKERS.  Returns 0 or -EINVAL. */
int fcgi_workers_init(void);

/*
 * To call when a request is to be accepted.  Forks the workers if that is
 * wanted and was not done, and if the request is one to wait for at a listening
 * socket.  Returns 0: go on; or -errno in a supervisor whose workers have
 * ended.
 */
int fcgi_workers_enter(const FCGX_Request *request);

#endif
