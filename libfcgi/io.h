/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and writing descriptors so that a signal is never an error.
 *
 * Descriptors are normally sockets, blocking or not; pipes and files work
 * too.  No SIGPIPE comes from a socket.  Sizes are bytes, errors are -errno.
 */
#ifndef FCGI_IO_H
#define FCGI_IO_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "wire/frame.h"

struct pollfd;

/*
 * Reads what is there, at most size bytes, and blocks until something is.
 * timeout: milliseconds to wait for it, 0 for ever.  Returns the number of
 * bytes, 0 at the end of input, -ETIMEDOUT, or another -errno.
 */
long fcgi_io_read(int fd, void *buffer, size_t size, long timeout);

/* The same into two buffers, the first one first. */
long fcgi_io_read2(int fd, void *first, size_t first_size, void *second,
                   size_t second_size, long timeout);

/*
 * One attempt to read.  wait false: does not block.  Returns as above, and
 * -EAGAIN if nothing came (also after the socket's receive time-out), -EINTR
 * after a signal.
 */
long fcgi_io_try_read(int fd, void *buffer, size_t size, bool wait);

/*
 * Writes all the slices and blocks until they are gone.  The slices are used
 * up on the way.  timeout: milliseconds to wait until some bytes go, 0 for
 * ever.  Returns 0, -ETIMEDOUT, or another -errno.
 */
int fcgi_io_write(int fd, struct fcgi_slice *slices, size_t count,
                  long timeout);

/*
 * Waits until one of fds[0] to fds[count - 1] is readable, at end of input or
 * broken; -1 entries are passed over.  timeout: milliseconds, -1 for ever.
 * Returns a bit mask of them (0: time is up), -EINTR after a signal, or
 * another -errno.  count is at most 8.  mask: the thread's signal mask
 * meanwhile, or NULL.
 */
int fcgi_io_wait(const int *fds, size_t count, int timeout,
                 const sigset_t *mask);

/*
 * Waits for events of poll(2) on one descriptor, signals or not.  timeout:
 * milliseconds, 0 for ever.  Returns 0, also if poll fails, or -ETIMEDOUT.
 */
int fcgi_io_await(int fd, short events, long timeout);

/* poll(2), with a signal mask if that is not NULL.  Returns as it, but
 * -errno. */
int fcgi_io_poll(struct pollfd *polls, size_t count, int timeout,
                 const sigset_t *mask);

/*
 * Moves a descriptor out of the way of standard input, output and error.
 * Returns the new one, close-on-exec, or -errno; fd is closed in any case.
 */
int fcgi_io_move_up(int fd);

/* A pipe, moved up so; neither end blocks.  Returns 0 or -errno. */
int fcgi_io_pipe(int ends[2]);

/* Milliseconds, microseconds of a clock that never goes back. */
long long fcgi_io_now(void);
long long fcgi_io_micros(void);

#endif
