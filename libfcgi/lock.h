/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks that are held while a thread waits for a web server.
 *
 * The thread that has one may come for it again: a signal handler has ended
 * such a wait by siglongjmp, or ends the process there by exit(3), which
 * finishes the request.  That must not hang.
 */
#ifndef FCGI_LOCK_H
#define FCGI_LOCK_H

#include <pthread.h>
#include <stdbool.h>

void fcgi_lock_init(pthread_mutex_t *lock);

/* Blocks.  Returns false if this thread had it already: what it was about is
 * left half done. */
bool fcgi_lock(pthread_mutex_t *lock);

void fcgi_unlock(pthread_mutex_t *lock);

/* In a process that was forked while another thread had the lock, true: nobody
 * will give it back. */
bool fcgi_lock_is_lost(pthread_mutex_t *lock);

#endif
