/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "fastcgi.h"
#include "fcgiext.h"
#include "sock.h"

enum { FIRST_HANDED = 3, UNKNOWN = -1 };

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
