/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "address.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "clock.h"

static const char unix_prefix[] = "unix:";
static const char tcp_prefix[] = "tcp:";

static const char *
parse_unix(struct address *address, const char *path)
{
    struct sockaddr_un *un = &address->path;
    size_t size = strlen(path);

    if (size == 0 || strcmp(path, "@") == 0)
        return "the path is empty";
    if (size > sizeof(un->sun_path))
        return "the path is too long";
    memset(un, 0, sizeof(*un));
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, size);
    address->path_size =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    if (path[0] == '@')
        un->sun_path[0] = '\0';
    else if (size < sizeof(un->sun_path))
        address->path_size++; /* with its NUL, as is the custom */
    return NULL;
}

/* colon: the one before the port. */
static const char *
parse_tcp(struct address *address, const char *host, const char *colon)
{
    const char *end = colon;
    char *port_end;
    unsigned long port;

    if (colon[1] < '0' || colon[1] > '9')
        return "there is no port number";
    port = strtoul(colon + 1, &port_end, 10);
    if (*port_end != '\0' || port < 1 || port > 65535)
        return "the port is not a number from 1 to 65535";
    if (host < end && *host == '[' && end[-1] == ']') {
        host++;
        end--;
    }
    if ((size_t)(end - host) >= sizeof(address->host))
        return "the name of the host is too long";
    memcpy(address->host, host, (size_t)(end - host));
    address->host[end - host] = '\0';
    if (strcmp(address->host, "*") == 0)
        address->host[0] = '\0';
    snprintf(address->port, sizeof(address->port), "%lu", port);
    address->is_tcp = true;
    return NULL;
}

const char *
address_parse(struct address *address, const char *name)
{
    const char *colon;

    memset(address, 0, sizeof(*address));
    address->name = name;
    if (strncmp(name, unix_prefix, strlen(unix_prefix)) == 0)
        return parse_unix(address, name + strlen(unix_prefix));
    if (strncmp(name, tcp_prefix, strlen(tcp_prefix)) == 0) {
        name += strlen(tcp_prefix);
        colon = strrchr(name, ':');
        return colon != NULL ? parse_tcp(address, name, colon)
                             : "there is no port number";
    }
    colon = name[0] == '[' ? strstr(name, "]:") : strchr(name, ':');
    if (colon != NULL && *colon == ']')
        colon++;
    if (colon != NULL && strchr(name, '/') == NULL && colon[1] >= '0' &&
        colon[1] <= '9')
        return parse_tcp(address, name, colon);
    return parse_unix(address, name);
}

/* Waits for a connection that is under way.  Returns 0 or an errno value. */
static int
await_connection(int fd, int64_t deadline)
{
    struct pollfd pfd = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof(error);
    int ready;

    do {
        ready = poll(&pfd, 1, clock_poll_ms(deadline));
    } while ((ready == 0 && clock_ms() < deadline) ||
             (ready < 0 && errno == EINTR));
    if (ready < 0)
        return errno;
    if (ready == 0)
        return ETIMEDOUT;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return errno;
    return error;
}

static int
connect_tcp(int fd, const struct sockaddr *peer, socklen_t size,
            int64_t deadline)
{
    int one = 1;

    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        return errno;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (connect(fd, peer, size) == 0)
        return 0;
    if (errno != EINPROGRESS && errno != EINTR)
        return errno;
    return await_connection(fd, deadline);
}

/* A Unix socket with a full queue has nothing to poll: connect itself has to
 * wait, for as long as SO_SNDTIMEO lets it. */
static int
connect_unix(int fd, const struct sockaddr *peer, socklen_t size,
             int64_t deadline)
{
    for (;;) {
        if (deadline != NEVER) {
            int left = clock_poll_ms(deadline);
            struct timeval time = {left / 1000, left % 1000 * 1000};

            if (left == 0)
                return ETIMEDOUT;
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
        }
        if (connect(fd, peer, size) == 0 || errno == EISCONN)
            break;
        if (errno != EINTR && errno != EAGAIN)
            return errno;
    }
    return fcntl(fd, F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
}

/* One attempt.  Returns 0 and *fd, or an errno value. */
static int
connect_one(const struct sockaddr *peer, socklen_t size, int64_t deadline,
            int *fd)
{
    int s = socket(peer->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error;

    if (s < 0)
        return errno;
    error = peer->sa_family == AF_UNIX ? connect_unix(s, peer, size, deadline)
                                       : connect_tcp(s, peer, size, deadline);
    if (error != 0) {
        close(s);
        return error;
    }
    *fd = s;
    return 0;
}

/* Returns 0 or ADDRESS_NO_HOST. */
static int
look_up(const struct address *address, bool listens, struct addrinfo **list)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const char *host = address->host;

    hints.ai_flags = AI_NUMERICSERV;
    if (*host == '\0' && listens) {
        hints.ai_family = AF_INET;
        hints.ai_flags |= AI_PASSIVE;
        host = NULL;
    } else if (*host == '\0') {
        host = "localhost";
    }
    if (getaddrinfo(host, address->port, &hints, list) == 0)
        return 0;
    /* localhost is known (RFC 6761), also where no /etc/hosts tells it. */
    if (host == NULL || strcmp(host, "localhost") != 0)
        return ADDRESS_NO_HOST;
    hints.ai_flags &= ~AI_PASSIVE;
    if (getaddrinfo(NULL, address->port, &hints, list) != 0)
        return ADDRESS_NO_HOST;
    return 0;
}

int
address_connect(const struct address *address, int64_t deadline, int *fd)
{
    struct addrinfo *list, *info;
    int error;

    if (!address->is_tcp)
        return connect_one((const struct sockaddr *)&address->path,
                           address->path_size, deadline, fd);
    error = look_up(address, false, &list);
    if (error != 0)
        return error;
    for (info = list; info != NULL; info = info->ai_next) {
        error = connect_one(info->ai_addr, info->ai_addrlen, deadline, fd);
        if (error == 0 || error == ETIMEDOUT)
            break;
    }
    freeaddrinfo(list);
    return error;
}

/* bind, and access to what it makes.  Returns 0 or an errno value. */
static int
bind_with(int s, const struct sockaddr *self, socklen_t size,
          const struct address_access *access)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)self;
    char path[ADDRESS_PATH_ROOM];
    mode_t mask = 0;
    int error;

    if (access == NULL)
        return bind(s, self, size) == 0 ? 0 : errno;
    if (access->mode >= 0)
        mask = umask((mode_t)(~access->mode & 0777));
    error = bind(s, self, size) == 0 ? 0 : errno;
    if (access->mode >= 0)
        umask(mask);
    if (error != 0 || (access->uid == (uid_t)-1 && access->gid == (gid_t)-1))
        return error;
    snprintf(path, sizeof(path), "%.*s", (int)sizeof(un->sun_path),
             un->sun_path);
    /* The directory may be another user's: no link is followed. */
    if (lchown(path, access->uid, access->gid) != 0) {
        error = errno;
        unlink(path);
    }
    return error;
}

static int
listen_one(const struct sockaddr *self, socklen_t size, int backlog,
           const struct address_access *access, int *fd)
{
    int s = socket(self->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;
    int error;

    if (s < 0)
        return errno;
    if (self->sa_family != AF_UNIX)
        setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    error = bind_with(s, self, size, access);
    if (error == 0 && listen(s, backlog) != 0)
        error = errno;
    if (error != 0) {
        close(s);
        return error;
    }
    *fd = s;
    return 0;
}

static int
listen_tcp(const struct address *address, int backlog, int *fd)
{
    struct addrinfo *list, *info;
    int error = look_up(address, true, &list);

    if (error != 0)
        return error;
    for (info = list; info != NULL; info = info->ai_next) {
        error = listen_one(info->ai_addr, info->ai_addrlen, backlog, NULL, fd);
        if (error == 0)
            break;
    }
    freeaddrinfo(list);
    return error;
}

int
address_lock_directory(const char *path)
{
    char *directory = strdup(path);
    char *slash;
    int fd;

    if (directory == NULL)
        return -1;
    slash = strrchr(directory, '/');
    if (slash != NULL)
        slash[slash == directory] = '\0';
    fd = open(slash != NULL ? directory : ".",
              O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    if (fd >= 0)
        flock(fd, LOCK_EX);
    return fd;
}

const char *
address_file(const struct address *address, char *path)
{
    if (address->is_tcp || address->path.sun_path[0] == '\0')
        return NULL;
    /* sun_path may lack its NUL. */
    snprintf(path, ADDRESS_PATH_ROOM, "%.*s",
             (int)sizeof(address->path.sun_path), address->path.sun_path);
    return path;
}

/* True if a socket file is there that nobody listens on.  (Linux refuses a
 * connection to a regular file, too.) */
static bool
is_stale(const struct address *address, const char *path)
{
    const struct sockaddr *self = (const struct sockaddr *)&address->path;
    struct stat status;
    int fd, error;

    if (lstat(path, &status) != 0 || !S_ISSOCK(status.st_mode))
        return false;
    error = connect_one(self, address->path_size, clock_ms() + 1000, &fd);
    if (error == 0)
        close(fd);
    return error == ECONNREFUSED;
}

/* path: NULL for an abstract socket, which nobody owns. */
static int
listen_unix(const struct address *address, int backlog, const char *path,
            const struct address_access *access, int *fd)
{
    const struct sockaddr *self = (const struct sockaddr *)&address->path;
    socklen_t size = address->path_size;
    int error;

    if (path == NULL)
        return listen_one(self, size, backlog, NULL, fd);
    error = listen_one(self, size, backlog, access, fd);
    if (error != EADDRINUSE || !is_stale(address, path))
        return error;
    if (unlink(path) != 0)
        return errno;
    return listen_one(self, size, backlog, access, fd);
}

int
address_listen(const struct address *address, int backlog,
               const struct address_access *access, int *fd)
{
    char room[ADDRESS_PATH_ROOM];
    const char *path = address_file(address, room);
    int lock, error;

    if (address->is_tcp)
        return listen_tcp(address, backlog, fd);
    lock = path != NULL ? address_lock_directory(path) : -1;
    error = listen_unix(address, backlog, path, access, fd);
    if (lock >= 0)
        close(lock);
    return error;
}
