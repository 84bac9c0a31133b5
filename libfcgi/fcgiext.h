/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this library has beyond the FastCGI Developer's Kit.  The headers of
 * that stay as they are; nothing of them includes this one.
 *
 * Results are 0 or more, or -errno, unless said otherwise.
 */
#ifndef FCGIEXT_H
#define FCGIEXT_H

#include "fcgiapp.h"

#if defined(__cplusplus)
extern "C" {
#endif

/* --- Sockets ------------------------------------------------------------ */

/*
 * The listening sockets that the process was started with: the n-th of them,
 * from 0 on, or -ENOENT if there are no more.  Descriptor 0 is the first if it
 * listens.  Then come those of systemd: LISTEN_FDS=N says that there are N,
 * from descriptor 3 on, if LISTEN_PID is the process's id when the library
 * first looks.  They are made close-on-exec; both variables stay, since they
 * mean nothing to other processes.
 *
 * Socket 0 of FCGX_InitRequest, FCGX_Accept and FCGI_Accept stands for
 * FCGX_ListenFd(0) if descriptor 0 does not listen; FCGX_IsCGI is then false.
 */
DLLAPI int FCGX_ListenFd(int n);

/* --- Workers ------------------------------------------------------------ */

/*
 * Makes count (1 to 1024) processes of this one by fork(2), so that they share
 * the memory of an application that has initialised itself.  flags: 0.
 *
 * It returns 0 in each worker, as often as one is started.  The process that
 * called becomes the supervisor, in which it returns when all is over:
 * -EINTR after a signal to stop.  Else, with no worker started: -EINVAL for
 * such a count or flags, -EBUSY if the process has other threads (a worker
 * would have lost them), -EALREADY in a worker, or at a second call, -ENOSYS
 * where the system lacks sigtimedwait(2).
 *
 * Environment: FCGI_WORKERS=N, N from 1 to 1024, does the same, with no call,
 * when FCGX_Accept_r, FCGX_Accept or FCGI_Accept is first about to wait at a
 * listening socket.  It goes before the count of a call.  The variable is
 * removed from the environment when the workers are made: their own children
 * do not see it.  A process with other threads goes on alone.  Any other value
 * makes FCGX_Init return EINVAL.
 *
 * The supervisor accepts nothing.  It starts a worker for each that ends; one
 * that has not lived for a second is waited for, 100 ms the first time, then
 * twice as long each time, up to 30 s.  Its signals:
 *   SIGTERM, SIGUSR1  are passed on: the workers finish their requests and end;
 *                     so does, after them, the supervisor
 *   SIGINT, SIGQUIT   the same; SIGTERM is passed on unless the application
 *                     has a handler
 *   SIGHUP            is passed on if the application has a handler; else the
 *                     workers get SIGTERM, and new ones take their places
 *   SIGUSR2           is passed on if the application has a handler
 *   SIGKILL           the workers get SIGTERM (Linux)
 * Ignored signals stay ignored.  When the workers have ended, the supervisor's
 * own handler, or the default action, gets the signal that told it to stop;
 * after that accepting fails in it as in any process that is to leave.  All
 * processes stay in the process group that the supervisor is in.
 *
 * What was buffered for stdio is written before the first fork.  Random number
 * generators that were seeded by then repeat themselves in all workers.
 */
DLLAPI int FCGX_Prefork(int count, int flags);

#if defined(__cplusplus)
}
#endif

#endif
