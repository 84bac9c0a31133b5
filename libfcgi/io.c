/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "stats.h"

/* A slice is passed to the kernel as an iovec. */
typedef char slice_is_iovec[sizeof(struct fcgi_slice) == sizeof(struct iovec) &&
                                    offsetof(struct fcgi_slice, data) ==
                                        offsetof(struct iovec, iov_base) &&
                                    offsetof(struct fcgi_slice, size) ==
                                        offsetof(struct iovec, iov_len)
                                ? 1
                                : -1];

enum { IOV_CHUNK = 512, MAX_WAIT_FDS = 8 };

static bool
would_block(int error)
{
#if EAGAIN != EWOULDBLOCK
    if (error == EWOULDBLOCK)
        return true;
#endif
    return error == EAGAIN;
}

int
fcgi_io_await(int fd, short events, long timeout)
{
    struct pollfd p = {.fd = fd, .events = events};
    long long deadline = timeout > 0 ? fcgi_io_now() + timeout : 0;
    long long left = timeout > 0 ? timeout : -1;

    for (;;) {
        int n = poll(&p, 1, (int)left);

        if (n == 0)
            return -ETIMEDOUT;
        if (n > 0 || errno != EINTR)
            return 0;
        left = timeout > 0 ? deadline - fcgi_io_now() : -1;
        if (timeout > 0 && left < 0)
            left = 0;
    }
}

long
fcgi_io_try_read(int fd, void *buffer, size_t size, bool wait)
{
    ssize_t n = recv(fd, buffer, size, wait ? 0 : MSG_DONTWAIT);

    if (n < 0 && errno == ENOTSOCK)
        n = read(fd, buffer, size);
    if (n >= 0) {
        fcgi_stats_add(FCGI_STAT_BYTES_IN, (size_t)n);
        return (long)n;
    }
    return would_block(errno) ? -EAGAIN : -errno;
}

long
fcgi_io_read(int fd, void *buffer, size_t size, long timeout)
{
    for (;;) {
        long n = fcgi_io_try_read(fd, buffer, size, timeout == 0);

        if (n == -EAGAIN)
            n = fcgi_io_await(fd, POLLIN, timeout);
        else if (n != -EINTR)
            return n;
        if (n == -ETIMEDOUT)
            return n;
    }
}

static ssize_t
receive2(int fd, struct iovec iov[2], int flags)
{
    struct msghdr message = {.msg_iov = iov, .msg_iovlen = 2};
    ssize_t n = recvmsg(fd, &message, flags);

    return n < 0 && errno == ENOTSOCK ? readv(fd, iov, 2) : n;
}

long
fcgi_io_read2(int fd, void *first, size_t first_size, void *second,
              size_t second_size, long timeout)
{
    struct iovec iov[2] = {{.iov_base = first, .iov_len = first_size},
                           {.iov_base = second, .iov_len = second_size}};

    for (;;) {
        ssize_t n = receive2(fd, iov, timeout == 0 ? 0 : MSG_DONTWAIT);

        if (n >= 0) {
            fcgi_stats_add(FCGI_STAT_BYTES_IN, (size_t)n);
            return (long)n;
        }
        if (would_block(errno)) {
            if (fcgi_io_await(fd, POLLIN, timeout) != 0)
                return -ETIMEDOUT;
        } else if (errno != EINTR) {
            return -errno;
        }
    }
}

static ssize_t
send_slices(int fd, struct fcgi_slice *slices, size_t count, int flags,
            bool *is_socket)
{
    struct msghdr message = {0};
    ssize_t n;

    if (count > IOV_CHUNK)
        count = IOV_CHUNK;
    if (*is_socket) {
        message.msg_iov = (struct iovec *)(void *)slices;
        message.msg_iovlen = count;
        n = sendmsg(fd, &message, MSG_NOSIGNAL | flags);
        if (n >= 0 || errno != ENOTSOCK)
            return n;
        *is_socket = false;
    }
    return writev(fd, (const struct iovec *)(const void *)slices, (int)count);
}

int
fcgi_io_write(int fd, struct fcgi_slice *slices, size_t count, long timeout)
{
    int flags = timeout == 0 ? 0 : MSG_DONTWAIT;
    bool is_socket = true;
    size_t first = 0;

    while (first < count) {
        ssize_t n =
            send_slices(fd, slices + first, count - first, flags, &is_socket);

        if (n >= 0) {
            fcgi_stats_add(FCGI_STAT_BYTES_OUT, (size_t)n);
            fcgi_slices_advance(slices, count, &first, (size_t)n);
        } else if (would_block(errno)) {
            if (fcgi_io_await(fd, POLLOUT, timeout) != 0)
                return -ETIMEDOUT;
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

int
fcgi_io_poll(struct pollfd *p, size_t count, int timeout, const sigset_t *mask)
{
    int n;
#ifdef HAVE_PPOLL
    struct timespec t = {.tv_sec = timeout / 1000,
                         .tv_nsec = timeout % 1000 * 1000000L};

    if (mask != NULL)
        n = ppoll(p, (nfds_t)count, timeout < 0 ? NULL : &t, mask);
    else
        n = poll(p, (nfds_t)count, timeout);
    return n < 0 ? -errno : n;
#else
    sigset_t old;
    int error;

    if (mask != NULL)
        pthread_sigmask(SIG_SETMASK, mask, &old);
    n = poll(p, (nfds_t)count, timeout);
    error = errno;
    if (mask != NULL)
        pthread_sigmask(SIG_SETMASK, &old, NULL);
    return n < 0 ? -error : n;
#endif
}

int
fcgi_io_wait(const int *fds, size_t count, int timeout, const sigset_t *mask)
{
    struct pollfd p[MAX_WAIT_FDS];
    int found = 0;
    int n;
    size_t i;

    if (count > MAX_WAIT_FDS)
        return -EINVAL;
    for (i = 0; i < count; i++) {
        p[i].fd = fds[i];
        p[i].events = POLLIN;
        p[i].revents = 0;
    }
    n = fcgi_io_poll(p, count, timeout, mask);
    if (n < 0)
        return n;
    for (i = 0; i < count; i++)
        if (p[i].revents != 0)
            found |= 1 << i;
    return found;
}

int
fcgi_io_move_up(int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int error = errno;

    close(fd);
    return copy >= 0 ? copy : -error;
}

int
fcgi_io_pipe(int ends[2])
{
    int made[2];
    int i;

    if (pipe(made) != 0)
        return -errno;
    for (i = 0; i < 2; i++) {
        ends[i] = fcgi_io_move_up(made[i]);
        if (ends[i] >= 0)
            fcntl(ends[i], F_SETFL, O_NONBLOCK);
    }
    if (ends[0] >= 0 && ends[1] >= 0)
        return 0;
    for (i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
    return ends[0] < 0 ? ends[0] : ends[1];
}

long long
fcgi_io_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

long long
fcgi_io_micros(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
