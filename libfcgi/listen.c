/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fastcgi.h"
#include "fcgiext.h"
#include "io.h"
#include "sig.h"
#include "sock.h"

enum {
    FIRST_HANDED = 3,
    UNKNOWN = -1,
    OPENED = 16,       /* sockets remembered; more of them are not ended */
    DRAIN_TIME = 5000, /* milliseconds */
    LOOK_PAUSE = 5     /* milliseconds between two looks at a queue */
};

/* Descriptors from FIRST_HANDED on.  Workers have another pid than the one in
 * LISTEN_PID, so this is found once. */
static int handed = UNKNOWN;

static long
read_number(const char *name, long most)
{
    const char *text = getenv(name);
    char *end;
    long value;

    if (text == NULL || *text == '\0')
        return -1;
    errno = 0;
    value = strtol(text, &end, 10);
    return errno == 0 && *end == '\0' && value <= most ? value : -1;
}

/* Counts them, and keeps them from the application's children. */
static int
find_handed(void)
{
    long count = read_number("LISTEN_FDS", INT_MAX - FIRST_HANDED);
    int fd;

    if (count <= 0 || read_number("LISTEN_PID", LONG_MAX) != (long)getpid())
        return 0;
    for (fd = FIRST_HANDED; fd < FIRST_HANDED + (int)count; fd++) {
        int flags = fcntl(fd, F_GETFD);

        if (flags < 0)
            return fd - FIRST_HANDED;
        fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
    }
    return (int)count;
}

static int
handed_count(void)
{
    int count = __atomic_load_n(&handed, __ATOMIC_RELAXED);

    if (count == UNKNOWN) {
        count = find_handed();
        __atomic_store_n(&handed, count, __ATOMIC_RELAXED);
    }
    return count;
}

int
FCGX_ListenFd(int n)
{
    int end = FIRST_HANDED + handed_count();
    int fd;

    if (n < 0)
        return -EINVAL;
    if (fcgi_sock_is_listening(FCGI_LISTENSOCK_FILENO) && n-- == 0)
        return FCGI_LISTENSOCK_FILENO;
    for (fd = FIRST_HANDED; fd < end; fd++)
        if (fcgi_sock_is_listening(fd) && n-- == 0)
            return fd;
    return -ENOENT;
}

int
fcgi_listen_default(void)
{
    int fd;

    if (handed_count() == 0)
        return FCGI_LISTENSOCK_FILENO;
    fd = FCGX_ListenFd(0);
    return fd < 0 ? FCGI_LISTENSOCK_FILENO : fd;
}

/* --- Sockets of the process's own ----------------------------------------- */

/* By what it is, not only its number: the application may have closed it. */
struct opened {
    pid_t pid; /* 0: free */
    int fd;
    dev_t device;
    ino_t inode;
};

static struct opened opened[OPENED];
static pthread_mutex_t opened_lock = PTHREAD_MUTEX_INITIALIZER;

void
fcgi_listen_opened(int fd)
{
    struct stat s;
    size_t i = 0;

    if (fstat(fd, &s) != 0)
        return;
    pthread_mutex_lock(&opened_lock);
    while (i < OPENED && opened[i].pid != 0 && opened[i].fd != fd)
        i++;
    if (i < OPENED)
        opened[i] = (struct opened){getpid(), fd, s.st_dev, s.st_ino};
    pthread_mutex_unlock(&opened_lock);
}

static bool
is_own(int fd)
{
    bool found = false;
    struct stat s;
    size_t i;

    if (fstat(fd, &s) != 0)
        return false;
    pthread_mutex_lock(&opened_lock);
    for (i = 0; i < OPENED && opened[i].pid != 0; i++)
        if (opened[i].fd == fd && opened[i].pid == getpid() &&
            opened[i].device == s.st_dev && opened[i].inode == s.st_ino)
            found = true;
    pthread_mutex_unlock(&opened_lock);
    return found;
}

static bool
is_ended(int fd)
{
    struct pollfd p = {.fd = fd};

    return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP) != 0;
}

bool
fcgi_listen_is_ours(int fd)
{
    return is_own(fd) || (fcgi_sock_is_listening(fd) && is_ended(fd));
}

void
fcgi_listen_end(int fd)
{
    (void)shutdown(fd, SHUT_RDWR);
}

bool
fcgi_listen_may_drain(void)
{
    static long long began;
    long long none = 0;
    long long now = fcgi_io_now();

    if (fcgi_sig_is_urgent())
        return false;
    if (__atomic_compare_exchange_n(&began, &none, now, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED))
        return true;
    return now - none < DRAIN_TIME;
}

/* True if the process, whose signals are blocked, is told again to leave. */
static bool
is_told_again(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0 && (sigismember(&pending, SIGTERM) == 1 ||
                                         sigismember(&pending, SIGUSR1) == 1);
}

void
fcgi_listen_end_all(void)
{
    long long patient_until = fcgi_io_now() + FCGI_SIG_AGAIN;
    size_t i;

    for (i = 0; i < OPENED && opened[i].pid != 0; i++) {
        struct pollfd p = {.fd = opened[i].fd, .events = POLLIN};

        if (!is_own(p.fd))
            continue;
        while (poll(&p, 1, 0) > 0 && (p.revents & POLLIN) != 0 &&
               fcgi_listen_may_drain() &&
               (fcgi_io_now() < patient_until || !is_told_again()))
            (void)poll(NULL, 0, LOOK_PAUSE);
        fcgi_listen_end(p.fd);
    }
}
