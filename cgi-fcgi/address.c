/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "address.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A number from 1 to 65535, and nothing else. */
static bool
is_port(const char *text)
{
    size_t length = strspn(text, "0123456789");
    long value;

    if (length == 0 || length > 5 || text[length] != '\0')
        return false;
    value = strtol(text, NULL, 10);
    return value >= 1 && value <= 65535;
}

/* "[...]" or the part before the last colon. */
static bool
take_host(struct address *address, const char *text, const char *colon)
{
    size_t size = (size_t)(colon - text);

    if (size >= 2 && text[0] == '[' && colon[-1] == ']') {
        text++;
        size -= 2;
    } else if (memchr(text, ':', size) != NULL) {
        return false; /* an IPv6 address wants brackets */
    }
    if (size >= sizeof(address->host))
        return false;
    memcpy(address->host, text, size);
    address->host[size] = '\0';
    if (strcmp(address->host, "*") == 0)
        address->host[0] = '\0';
    return true;
}

static bool
take_tcp(struct address *address, const char *text)
{
    const char *colon = strrchr(text, ':');

    if (colon == NULL || !is_port(colon + 1) ||
        !take_host(address, text, colon))
        return false;
    address->is_tcp = true;
    memcpy(address->port, colon + 1, strlen(colon + 1) + 1);
    return true;
}

const char *
address_parse(struct address *address, const char *text)
{
    memset(address, 0, sizeof(*address));
    if (strncmp(text, "tcp:", 4) == 0)
        return take_tcp(address, text + 4)
                   ? NULL
                   : "a TCP address is tcp:HOST:PORT, PORT 1 to 65535";
    if (strncmp(text, "unix:", 5) == 0)
        address->path = text + 5;
    else if (!take_tcp(address, text))
        address->path = text;
    if (!address->is_tcp && address->path[0] == '\0')
        return "an address must not be empty";
    return NULL;
}

/* Unix sockets. */

static int
set_unix(struct sockaddr_un *to, const char *path)
{
    size_t size = strlen(path) + 1;

    if (size > sizeof(to->sun_path))
        return -ADDRESS_EXIT_UNKNOWN;
    memset(to, 0, sizeof(*to));
    to->sun_family = AF_UNIX;
    memcpy(to->sun_path, path, size);
    return 0;
}

static int
close_failed(int fd, int *error, int code)
{
    *error = code;
    if (fd != -1)
        close(fd);
    return -1;
}

/* Completes a connect that is under way. */
static int
await_connect(int fd, int timeout)
{
    struct pollfd set = {fd, POLLOUT, 0};
    socklen_t size = sizeof(int);
    int code = 0, rc;

    do
        rc = poll(&set, 1, timeout);
    while (rc == -1 && errno == EINTR);
    if (rc == 0)
        return ETIMEDOUT;
    if (rc == -1 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) == -1)
        return errno;
    return code;
}

static int
connect_to(int fd, const struct sockaddr *to, socklen_t size, int timeout)
{
    if (connect(fd, to, size) == 0)
        return 0;
    if (errno == EAGAIN && to->sa_family == AF_UNIX) {
        /* The queue is full.  Only a blocking connect can wait for room. */
        int flags = fcntl(fd, F_GETFL);
        struct timeval limit = {timeout / 1000, (timeout % 1000) * 1000};

        if (timeout >= 0)
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
        if (connect(fd, to, size) == -1)
            return errno == EAGAIN ? ETIMEDOUT : errno;
        fcntl(fd, F_SETFL, flags);
        return 0;
    }
    return errno == EINPROGRESS ? await_connect(fd, timeout) : errno;
}

static int
connect_unix(const char *path, int timeout, int *error)
{
    struct sockaddr_un to;
    int fd, code = set_unix(&to, path);

    if (code != 0)
        return close_failed(-1, error, code);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        return close_failed(-1, error, errno);
    code = connect_to(fd, (const struct sockaddr *)&to, sizeof(to), timeout);
    return code == 0 ? fd : close_failed(fd, error, code);
}

/* True: the file may be removed, nobody listens there. */
static bool
is_dead_socket(const struct sockaddr_un *at)
{
    struct stat info;
    bool dead;
    int fd;

    if (lstat(at->sun_path, &info) == -1 || !S_ISSOCK(info.st_mode))
        return false;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        return false;
    dead = connect(fd, (const struct sockaddr *)at, sizeof(*at)) == -1 &&
           errno == ECONNREFUSED;
    close(fd);
    return dead;
}

static int
listen_unix(const char *path, int backlog, int *error)
{
    struct sockaddr_un at;
    int fd, rc, code = set_unix(&at, path);

    if (code != 0)
        return close_failed(-1, error, code);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return close_failed(-1, error, errno);
    rc = bind(fd, (const struct sockaddr *)&at, sizeof(at));
    if (rc == -1 && errno == EADDRINUSE) {
        if (is_dead_socket(&at) && unlink(path) == 0)
            rc = bind(fd, (const struct sockaddr *)&at, sizeof(at));
        else
            errno = EADDRINUSE;
    }
    if (rc == -1 || listen(fd, backlog) == -1)
        return close_failed(fd, error, errno);
    return fd;
}

/* TCP. */

static struct addrinfo *
resolve(const struct address *address, bool to_listen, int *error)
{
    struct addrinfo hints, *list = NULL;
    const char *host = address->host;
    int rc;

    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | (to_listen ? AI_PASSIVE : 0);
    if (host[0] == '\0') {
        host = to_listen ? NULL : "localhost";
        if (to_listen)
            hints.ai_family = AF_INET; /* what the classic tool binds */
    }
    rc = getaddrinfo(host, address->port, &hints, &list);
    if (rc != 0)
        *error = rc == EAI_SYSTEM ? errno : -ADDRESS_EXIT_UNKNOWN;
    return rc == 0 ? list : NULL;
}

static int
connect_tcp(const struct address *address, int timeout, int *error)
{
    struct addrinfo *list = resolve(address, false, error), *one;
    int fd = -1, code = 0, on = 1;

    for (one = list; one != NULL; one = one->ai_next) {
        fd = socket(one->ai_family,
                    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        code = fd == -1 ? errno
                        : connect_to(fd, one->ai_addr, one->ai_addrlen,
                                     timeout);
        if (code == 0)
            break;
        fd = close_failed(fd, error, code);
    }
    if (fd != -1)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (list != NULL)
        freeaddrinfo(list);
    return fd;
}

static int
listen_tcp(const struct address *address, int backlog, int *error)
{
    struct addrinfo *list = resolve(address, true, error), *one;
    int fd = -1, on = 1;

    for (one = list; one != NULL && fd == -1; one = one->ai_next) {
        fd = socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd == -1 ||
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
            bind(fd, one->ai_addr, one->ai_addrlen) == -1 ||
            listen(fd, backlog) == -1)
            fd = close_failed(fd, error, errno);
    }
    if (list != NULL)
        freeaddrinfo(list);
    return fd;
}

int
address_connect(const struct address *address, int timeout, int *error)
{
    *error = 0;
    return address->is_tcp ? connect_tcp(address, timeout, error)
                           : connect_unix(address->path, timeout, error);
}

int
address_listen(const struct address *address, int backlog, int *error)
{
    *error = 0;
    return address->is_tcp ? listen_tcp(address, backlog, error)
                           : listen_unix(address->path, backlog, error);
}
