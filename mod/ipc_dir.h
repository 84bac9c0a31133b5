/* SPDX-License-Identifier: BSD-2-Clause */
/* FcgidIPCDir, the directory of the sockets; several servers may share it. */
#ifndef FCGID_IPC_DIR_H
#define FCGID_IPC_DIR_H

#include "httpd.h"

/*
 * In the parent: makes the directory, for User alone, if it is not there, and
 * finds out whether the manager will be able to work in it.  Logs what is
 * wrong.
 */
apr_status_t fcgid_prepare_ipc_dir(const char *dir, apr_pool_t *pool,
                                   server_rec *s);

#endif
