/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "file.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_SYS_SENDFILE_H
#include <sys/sendfile.h>
#endif

#include "io.h"
#include "stats.h"

/* The pieces of a copy in memory. */
enum { COPY_SIZE = 16384 };

static int
write_bytes(int to, const void *data, size_t size, long timeout)
{
    struct fcgi_slice slice = {.data = data, .size = size};

    return size == 0 ? 0 : fcgi_io_write(to, &slice, 1, timeout);
}

static int
copy(int to, const struct fcgi_file *file, size_t done, long timeout)
{
    char buffer[COPY_SIZE];
    int error = 0;

    while (error == 0 && done < file->size) {
        size_t size = file->size - done;
        ssize_t n = pread(file->fd, buffer,
                          size < sizeof(buffer) ? size : sizeof(buffer),
                          file->offset + (off_t)done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? -EIO : -errno;
        done += (size_t)n;
        error = write_bytes(to, buffer, (size_t)n, timeout);
    }
    return error;
}

#if defined(HAVE_SYS_SENDFILE_H) && defined(HAVE_SIGTIMEDWAIT)

/* sendfile(2) has no MSG_NOSIGNAL: a SIGPIPE of its making is taken away. */
struct guard {
    sigset_t mask;
    bool was_pending;
};

static void
guard_begin(struct guard *guard)
{
    sigset_t pipe;

    sigpending(&pipe);
    guard->was_pending = sigismember(&pipe, SIGPIPE) != 0;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &guard->mask);
}

static void
guard_end(const struct guard *guard)
{
    const struct timespec no_time = {.tv_sec = 0};
    sigset_t pipe;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    while (!guard->was_pending && sigtimedwait(&pipe, NULL, &no_time) < 0 &&
           errno == EINTR)
        continue;
    pthread_sigmask(SIG_SETMASK, &guard->mask, NULL);
}

static void
limit_wait(int to, long timeout)
{
    struct timeval t = {.tv_sec = timeout / 1000,
                        .tv_usec = timeout % 1000 * 1000};

    if (timeout > 0)
        (void)setsockopt(to, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
}

/* Sends up to the content's end; *done counts.  -EINVAL: the system cannot do
 * this with such descriptors. */
static int
send_content(int to, const struct fcgi_file *file, size_t *done, long timeout)
{
    off_t offset = file->offset;
    int error = 0;

    limit_wait(to, timeout);
    while (error == 0 && *done < file->size) {
        ssize_t n = sendfile(to, file->fd, &offset, file->size - *done);

        if (n > 0) {
            *done += (size_t)n;
            fcgi_stats_add(FCGI_STAT_BYTES_OUT, (size_t)n);
        } else if (n == 0)
            error = -EIO;
        else if (errno == EAGAIN)
            error = fcgi_io_await(to, POLLOUT, timeout);
        else if (errno != EINTR)
            error = -errno;
    }
    return error;
}

static int
send_guarded(int to, const struct fcgi_file *file, size_t *done, long timeout)
{
    struct guard guard;
    int error;

    guard_begin(&guard);
    error = send_content(to, file, done, timeout);
    guard_end(&guard);
    return error;
}

#else

static int
send_guarded(int to, const struct fcgi_file *file, size_t *done, long timeout)
{
    (void)to;
    (void)file;
    (void)done;
    (void)timeout;
    return -EINVAL;
}

#endif

/* The header need not travel alone. */
static int
send_header(int to, const struct fcgi_file *file, long timeout)
{
    size_t size = sizeof(file->header);
    ssize_t n = 0;

#ifdef MSG_MORE
    n = send(to, file->header, size, MSG_MORE | MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0)
        fcgi_stats_add(FCGI_STAT_BYTES_OUT, (size_t)n);
    else
        n = 0; /* what is wrong, if not that it would block, comes again */
#endif
    return write_bytes(to, file->header + n, size - (size_t)n, timeout);
}

int
fcgi_file_send(int to, const struct fcgi_file *file, long timeout)
{
    static const uint8_t zeros[FCGI_WIRE_ALIGN];
    size_t done = 0;
    int error = send_header(to, file, timeout);

    if (error == 0)
        error = send_guarded(to, file, &done, timeout);
    if (error == -EINVAL || error == -ENOSYS)
        error = copy(to, file, done, timeout);
    if (error != 0)
        return error;
    return write_bytes(to, zeros, file->padding, timeout);
}

int
fcgi_file_write(int to, struct fcgi_slice *slices, size_t count,
                const struct fcgi_file *file, long timeout)
{
    int error = fcgi_io_write(to, slices, count, timeout);

    return error == 0 && file != NULL ? fcgi_file_send(to, file, timeout)
                                      : error;
}
