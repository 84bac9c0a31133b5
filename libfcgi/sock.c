/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "sock.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "io.h"
#include "report.h"
#include "stats.h"

enum { PATH_SIZE = sizeof(((struct sockaddr_un *)0)->sun_path) + 1 };

/* A Unix socket's path with its NUL, which sun_path may lack. */
static void
get_path(const struct fcgi_address *address, char path[PATH_SIZE])
{
    memcpy(path, address->local.sun_path, PATH_SIZE - 1);
    path[PATH_SIZE - 1] = '\0';
}

/* Before the socket listens: nobody has connected by other rights.  Returns 0
 * or an errno. */
static int
set_rights(const struct fcgi_address *address)
{
    char path[PATH_SIZE];
    int error = 0;

    get_path(address, path);
    if ((address->user != (uid_t)-1 || address->group != (gid_t)-1) &&
        lchown(path, address->user, address->group) != 0)
        error = errno;
    if (error == 0 && address->has_mode && chmod(path, address->mode) != 0)
        error = errno;
    if (error != 0)
        unlink(path); /* it is ours, and nobody listens */
    return error;
}

static int
new_socket(int family)
{
    int fd = socket(family, SOCK_STREAM, 0);

    if (fd < 0)
        return -errno;
    if (fd != STDIN_FILENO)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

/* Removes a socket file that nobody listens on; false: it is none. */
static bool
remove_dead(const struct fcgi_address *address)
{
    const struct sockaddr *local = (const void *)&address->local;
    char path[PATH_SIZE];
    struct stat s;
    bool dead;
    int fd;

    get_path(address, path);
    if (path[0] == '\0' || lstat(path, &s) != 0 || !S_ISSOCK(s.st_mode))
        return false;
    fd = new_socket(AF_UNIX);
    if (fd < 0)
        return false;
    fcntl(fd, F_SETFL, O_NONBLOCK); /* a full queue is alive, and must not
                                       keep us waiting */
    dead =
        connect(fd, local, address->local_size) != 0 && errno == ECONNREFUSED;
    close(fd);
    return dead && unlink(path) == 0;
}

static int
listen_local(const struct fcgi_address *address, int backlog)
{
    const struct sockaddr *local = (const void *)&address->local;
    int fd = new_socket(AF_UNIX);
    int error = 0;

    if (fd < 0)
        return fd;
    if (bind(fd, local, address->local_size) != 0)
        error = errno;
    if (error == EADDRINUSE && remove_dead(address))
        error = bind(fd, local, address->local_size) == 0 ? 0 : errno;
    if (error == 0)
        error = set_rights(address);
    if (error == 0 && listen(fd, backlog) != 0)
        error = errno;
    if (error == 0)
        return fd;
    close(fd);
    return -error;
}

static int
look_up(const struct fcgi_address *address, int flags, struct addrinfo **list)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    const char *host = address->host;
    int error;

    if (host[0] == '\0') {
        hints.ai_family = AF_INET;
        host = (flags & AI_PASSIVE) != 0 ? NULL : "localhost";
    }
    error = getaddrinfo(host, address->port, &hints, list);
    /* localhost is known (RFC 6761), also where no /etc/hosts tells it. */
    if (error != 0 && host != NULL && strcmp(host, "localhost") == 0) {
        hints.ai_flags &= ~AI_PASSIVE;
        error = getaddrinfo(NULL, address->port, &hints, list);
    }
    switch (error) {
    case 0:
        return 0;
    case EAI_SYSTEM:
        return -errno;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_AGAIN:
        return -EAGAIN;
    default:
        return -EADDRNOTAVAIL;
    }
}

static int
listen_at(const struct addrinfo *at, int backlog)
{
    int fd = new_socket(at->ai_family);
    int yes = 1;
    int error;

    if (fd < 0)
        return fd;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, backlog) == 0)
        return fd;
    error = errno;
    close(fd);
    return -error;
}

static int
listen_tcp(const struct fcgi_address *address, int backlog)
{
    struct addrinfo *list;
    struct addrinfo *at;
    int fd = look_up(address, AI_PASSIVE | AI_NUMERICSERV, &list);

    if (fd < 0)
        return fd;
    fd = -EADDRNOTAVAIL;
    for (at = list; at != NULL && fd < 0; at = at->ai_next)
        fd = listen_at(at, backlog);
    freeaddrinfo(list);
    return fd;
}

int
fcgi_sock_listen(const char *name, int backlog)
{
    struct fcgi_address address;
    int error = fcgi_address_parse(&address, name);

    if (error != 0)
        return error;
    return address.is_tcp ? listen_tcp(&address, backlog)
                          : listen_local(&address, backlog);
}

/* A connect that a signal interrupts goes on by itself. */
static int
connect_fully(int fd, const struct sockaddr *to, socklen_t to_size)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    socklen_t size = sizeof(int);
    int error = 0;

    if (connect(fd, to, to_size) == 0)
        return 0;
    if (errno != EINTR)
        return -errno;
    while (poll(&p, 1, -1) < 0 && errno == EINTR)
        continue;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return -errno;
    return -error;
}

static int
connect_to(int family, const struct sockaddr *to, socklen_t to_size)
{
    int fd = new_socket(family);
    int error;

    if (fd < 0)
        return fd;
    error = connect_fully(fd, to, to_size);
    if (error == 0)
        return fd;
    close(fd);
    return error;
}

int
fcgi_sock_connect(const char *name)
{
    struct fcgi_address address;
    struct addrinfo *list;
    struct addrinfo *at;
    int fd = fcgi_address_parse(&address, name);

    if (fd != 0)
        return fd;
    if (!address.is_tcp)
        return connect_to(AF_UNIX, (const void *)&address.local,
                          address.local_size);
    fd = look_up(&address, AI_NUMERICSERV, &list);
    if (fd != 0)
        return fd;
    fd = -EADDRNOTAVAIL;
    for (at = list; at != NULL && fd < 0; at = at->ai_next)
        fd = connect_to(at->ai_family, at->ai_addr, at->ai_addrlen);
    freeaddrinfo(list);
    return fd;
}

static bool
accepts(int fd)
{
    int listening = 0;
    socklen_t size = sizeof(listening);

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 &&
           listening != 0;
}

bool
fcgi_sock_is_listening(int fd)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof(peer);

    return getpeername(fd, (struct sockaddr *)&peer, &size) != 0 &&
           errno == ENOTCONN && accepts(fd);
}

bool
fcgi_sock_is_tcp(int fd)
{
    struct sockaddr_storage self;
    socklen_t size = sizeof(self);

    return getsockname(fd, (struct sockaddr *)&self, &size) == 0 &&
           (self.ss_family == AF_INET || self.ss_family == AF_INET6);
}

int
fcgi_sock_prepare(int listener)
{
    int flags = fcntl(listener, F_GETFL);
    int yes = 1;

    if (flags < 0)
        return -errno;
    /* A terminal or pipe that is no listener at all keeps its flags. */
    if ((flags & O_NONBLOCK) != 0 || !accepts(listener))
        return 0;
    /* Accepted connections inherit it.  No harm where it does not apply. */
    (void)setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    return fcntl(listener, F_SETFL, flags | O_NONBLOCK) == 0 ? 0 : -errno;
}

static int
accept_cloexec(int listener, struct sockaddr *peer, socklen_t *size)
{
#ifdef HAVE_ACCEPT4
    int fd = accept4(listener, peer, size, SOCK_CLOEXEC);
#else
    int fd = accept(listener, peer, size);

    if (fd >= 0) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    }
#endif
    return fd >= 0 ? fd : -errno;
}

int
fcgi_sock_accept(int listener, const struct fcgi_peers *peers, bool *is_tcp)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof(peer);
    int fd;

    peer.ss_family = AF_UNSPEC;
    fd = accept_cloexec(listener, (struct sockaddr *)&peer, &size);
    if (fd < 0)
        return fd == -EWOULDBLOCK ? -EAGAIN : fd;
    if (!fcgi_peers_allow(peers, (struct sockaddr *)&peer)) {
        fcgi_report(fd, "refused: it is not in FCGI_WEB_SERVER_ADDRS");
        close(fd);
        return -ECONNABORTED;
    }
    fcgi_stats_add(FCGI_STAT_CONNECTIONS, 1);
    *is_tcp = peer.ss_family == AF_INET || peer.ss_family == AF_INET6;
    /* What the application prints must not reach the web server raw. */
    return fd <= STDERR_FILENO ? fcgi_io_move_up(fd) : fd;
}

bool
fcgi_sock_is_of_connection(int error)
{
    switch (error) {
    case EINTR:
    case EPROTO:
    case ECONNABORTED:
    case ECONNRESET:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EPERM:
        return true;
    default:
        return false;
    }
}

bool
fcgi_sock_is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM ||
           error == ENOBUFS;
}
