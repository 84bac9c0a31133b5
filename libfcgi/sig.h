/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process's wish to leave: set by SIGTERM, SIGUSR1 or the application,
 * seen by every thread that waits.
 *
 * A waiting thread polls fcgi_sig_fd() together with its own descriptors, so
 * a signal between its last look and its sleep is not lost, and it does not
 * matter which thread gets the signal or whether calls are restarted.
 */
#ifndef FCGI_SIG_H
#define FCGI_SIG_H

#include <signal.h>
#include <stdbool.h>

/*
 * Installs the handlers where the process has none of its own (SIG_DFL or
 * SIG_IGN): SIGTERM and SIGUSR1 call fcgi_sig_shutdown, SIGPIPE nothing.
 * Calls are not restarted.  Returns 0 or -errno.
 */
int fcgi_sig_init(void);

/* All signals but those that a thread's own faults bring it. */
void fcgi_sig_fill(sigset_t *signals);

/* Wishes to leave, for the rest of the process's life.  Async-signal-safe. */
void fcgi_sig_shutdown(void);

bool fcgi_sig_pending(void);

/*
 * True once one of the handlers has been called again, FCGI_SIG_AGAIN
 * milliseconds after the first time or later: nothing but the requests that run
 * is to be waited for.  What comes earlier is the same wish, by another way: a
 * process group's, and a supervisor's.
 */
bool fcgi_sig_is_urgent(void);

/*
 * A descriptor that becomes readable by fcgi_sig_shutdown; made at the first
 * call, and again after fork(2).  Look at fcgi_sig_pending after this call
 * and before waiting.  -1: none can be had, wait in steps of
 * FCGI_SIG_STEP instead.
 */
int fcgi_sig_fd(void);

/* To call when fcgi_sig_fd's descriptor was ready but nothing is pending: the
 * application may have closed it. */
void fcgi_sig_check_fd(void);

enum { FCGI_SIG_STEP = 50, FCGI_SIG_AGAIN = 100 }; /* milliseconds */

/*
 * Waits until fd (-1: nothing) is readable.  Returns 1, 0 when time is up,
 * -ECANCELED when it is time to leave, -EINTR after a signal, or -errno.
 */
int fcgi_sig_wait(int fd, int timeout, const sigset_t *mask);

#endif
