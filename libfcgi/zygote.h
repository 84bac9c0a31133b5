/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FCGI_WORKERS=fd:N: workers are forked when the process's starter asks for
 * them.  N is a Unix socket of type SOCK_SEQPACKET; on it,
 *
 *   - the process (the zygote) says hello with a packet of any content when it
 *     is first about to wait for a request, and gives its descriptor 0 up;
 *   - the starter asks for a worker with a packet that carries two descriptors:
 *     a listening socket, and a Unix socket of type SOCK_SEQPACKET, the tie;
 *   - the end of file ends the zygote.
 *
 * The worker is a grandchild of the zygote whose parent has ended: a starter
 * that is a PR_SET_CHILD_SUBREAPER is its parent.  Then it sends one byte over
 * the tie (SO_PASSCRED tells who it is), waits for one byte, and closes it.  It
 * has the listening socket as descriptor 0 and a session of its own.  The end
 * of file on the tie tells the starter that there is no worker, and the worker
 * that it is not wanted.
 */
#ifndef FCGI_ZYGOTE_H
#define FCGI_ZYGOTE_H

#include <stdbool.h>

/*
 * Where the environment does not reach the process (suexec), the socket is
 * descriptor 3, and its first packet is "FCGI_WORKERS".  Whether there is one.
 */
bool fcgi_zygote_find(void);

/* number: what follows "fd:".  Whether there is such a socket; -EINVAL if it is
 * no number. */
int fcgi_zygote_init(const char *number);

/* The process is not to be one. */
void fcgi_zygote_decline(void);

/*
 * Returns 0 in a worker, and at once in a process that cannot be a zygote; else
 * -errno, when the zygote is over.
 */
int fcgi_zygote_run(void);

#endif
