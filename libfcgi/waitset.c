/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#ifdef HAVE_SYS_EPOLL_H

#include "waitset.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "io.h"

struct fcgi_waitset {
    int fd;
};

struct fcgi_waitset *
fcgi_waitset_new(void)
{
    struct fcgi_waitset *set = malloc(sizeof(*set));
    int fd;

    if (set == NULL)
        return NULL;
    fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0)
        fd = -errno;
    else if (fd <= STDERR_FILENO)
        fd = fcgi_io_move_up(fd);
    set->fd = fd;
    if (fd >= 0)
        return set;
    free(set);
    errno = -fd;
    return NULL;
}

void
fcgi_waitset_free(struct fcgi_waitset *set)
{
    if (set == NULL)
        return;
    close(set->fd);
    free(set);
}

static int
control(const struct fcgi_waitset *set, int operation, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    return epoll_ctl(set->fd, operation, fd, &event) == 0 ? 0 : -errno;
}

int
fcgi_waitset_add(struct fcgi_waitset *set, int fd, bool once)
{
    return control(set, EPOLL_CTL_ADD, fd,
                   once ? EPOLLIN | EPOLLRDHUP | EPOLLONESHOT : EPOLLIN);
}

int
fcgi_waitset_arm(struct fcgi_waitset *set, int fd)
{
    return control(set, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT);
}

void
fcgi_waitset_remove(struct fcgi_waitset *set, int fd)
{
    (void)control(set, EPOLL_CTL_DEL, fd, 0);
}

int
fcgi_waitset_wait(struct fcgi_waitset *set, int timeout, const sigset_t *mask)
{
    struct epoll_event event;
    int n = epoll_pwait(set->fd, &event, 1, timeout, mask);

    if (n > 0)
        return event.data.fd;
    return n == 0 ? -EAGAIN : -errno;
}

int
fcgi_waitset_fd(const struct fcgi_waitset *set)
{
    return set->fd;
}

#else
typedef int fcgi_waitset_is_elsewhere;
#endif
