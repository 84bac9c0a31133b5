/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of descriptors that any number of threads wait for at once: epoll(7)
 * where it is, poll(2) elsewhere.
 *
 * Events are told by the descriptor's number.  A number may be told although
 * it was removed meanwhile, or has another meaning by now: who gets it must
 * not block on it.  Errors are -errno.
 */
#ifndef FCGI_WAITSET_H
#define FCGI_WAITSET_H

#include <signal.h>
#include <stdbool.h>

struct fcgi_waitset;

/* Returns a new set, or NULL with errno. */
struct fcgi_waitset *fcgi_waitset_new(void);
/* Closes the set, none of its descriptors. */
void fcgi_waitset_free(struct fcgi_waitset *set);

/*
 * Adds a descriptor: once: it is told to one thread when it is readable, at
 * end of input or broken, and then sleeps until fcgi_waitset_arm; otherwise
 * it is told as long as it is so, to some of the threads that wait.
 * -EEXIST: it is there already.
 */
int fcgi_waitset_add(struct fcgi_waitset *set, int fd, bool once);
int fcgi_waitset_arm(struct fcgi_waitset *set, int fd);
void fcgi_waitset_remove(struct fcgi_waitset *set, int fd);

/*
 * Waits.  timeout: milliseconds, -1 for ever.  mask: the thread's signal mask
 * meanwhile, or NULL.  Returns a descriptor; -EAGAIN when time is up; -EINTR
 * after a signal; another -errno when the set itself is broken: the
 * application has closed what it did not open.
 */
int fcgi_waitset_wait(struct fcgi_waitset *set, int timeout,
                      const sigset_t *mask);

/* A descriptor that is readable while fcgi_waitset_wait has something to tell,
 * or -ENOTSUP.  It belongs to the set. */
int fcgi_waitset_fd(const struct fcgi_waitset *set);

#endif
