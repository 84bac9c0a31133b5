/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "sock.h"
#include "stats.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pwd.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_PORT = 65535, MAX_HOST = 255, MAX_WORDS = 255, MAX_RECORD = 4096 };

/* A name taken apart. */
struct address {
    bool is_tcp;
    bool has_mode;
    mode_t mode; /* of a Unix socket's file */
    uid_t user;  /* its owner; -1: as ever */
    gid_t group;
    char host[MAX_HOST + 1]; /* TCP; empty: any, or localhost */
    char port[6];
    struct sockaddr_un local;
    socklen_t local_size;
};

/* Digits only: the number (MAX_PORT + 1 for all that are larger); else -1. */
static int
read_port(const char *text)
{
    int value = 0;

    if (*text == '\0')
        return -1;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        if (value <= MAX_PORT)
            value = value * 10 + (*text - '0');
    }
    return value > MAX_PORT ? MAX_PORT + 1 : value;
}

static int
set_tcp(struct address *address, const char *host, size_t host_size,
        const char *port)
{
    int number = read_port(port);

    if (number < 1 || number > MAX_PORT)
        return -EINVAL;
    port += strspn(port, "0");
    memcpy(address->port, port, strlen(port) + 1);
    if (host_size >= 2 && host[0] == '[' && host[host_size - 1] == ']') {
        host++;
        host_size -= 2;
        if (host_size == 0)
            return -EINVAL;
    } else if (host_size == 1 && host[0] == '*') {
        host_size = 0;
    }
    if (host_size > MAX_HOST)
        return -EINVAL;
    memcpy(address->host, host, host_size);
    address->host[host_size] = '\0';
    address->is_tcp = true;
    return 0;
}

static int
set_local(struct address *address, const char *path)
{
    size_t size = strlen(path);
    struct sockaddr_un *local = &address->local;

    if (size > sizeof(local->sun_path))
        return -ENAMETOOLONG;
    memset(local, 0, sizeof(*local));
    local->sun_family = AF_UNIX;
    memcpy(local->sun_path, path, size);
    address->local_size =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    if (path[0] == '@')
        local->sun_path[0] = '\0';
    else if (size > 0 && size < sizeof(local->sun_path))
        address->local_size++; /* the NUL */
    return 0;
}

/* --- Options of Unix sockets ---------------------------------------------- */

static bool
read_mode(const char *text, struct address *address)
{
    char *end;
    long mode = strtol(text, &end, 8);

    address->has_mode = true;
    address->mode = (mode_t)mode;
    return *text >= '0' && *text <= '7' && *end == '\0' && mode <= 0777;
}

/* Digits only: the number, or -1. */
static long
read_id(const char *text)
{
    char *end;
    long id = strtol(text, &end, 10);

    return *text >= '0' && *text <= '9' && *end == '\0' ? id : -1;
}

static bool
read_user(const char *text, struct address *address)
{
    long id = read_id(text);
    struct passwd entry, *found = NULL;
    char record[MAX_RECORD];

    if (id < 0 &&
        getpwnam_r(text, &entry, record, sizeof(record), &found) == 0 &&
        found != NULL)
        id = (long)found->pw_uid;
    address->user = (uid_t)id;
    return id >= 0;
}

static bool
read_group(const char *text, struct address *address)
{
    long id = read_id(text);
    struct group entry, *found = NULL;
    char record[MAX_RECORD];

    if (id < 0 &&
        getgrnam_r(text, &entry, record, sizeof(record), &found) == 0 &&
        found != NULL)
        id = (long)found->gr_gid;
    address->group = (gid_t)id;
    return id >= 0;
}

/* "mode=0660&group=www-data": false if there is anything else. */
static bool
read_options(const char *text, struct address *address)
{
    char words[MAX_WORDS + 1];
    char *save = NULL;
    char *word;
    bool good = strlen(text) <= MAX_WORDS;

    if (!good)
        return false;
    memcpy(words, text, strlen(text) + 1);
    for (word = strtok_r(words, "&", &save); word != NULL && good;
         word = strtok_r(NULL, "&", &save)) {
        if (strncmp(word, "mode=", 5) == 0)
            good = read_mode(word + 5, address);
        else if (strncmp(word, "user=", 5) == 0)
            good = read_user(word + 5, address);
        else if (strncmp(word, "group=", 6) == 0)
            good = read_group(word + 6, address);
        else
            good = false;
    }
    return good;
}

/* A path, which options may follow. */
static int
set_local_with_options(struct address *address, const char *name)
{
    const char *mark = strchr(name, '?');
    char path[sizeof(address->local.sun_path) + 1];
    size_t size;

    if (mark == NULL)
        return set_local(address, name);
    size = (size_t)(mark - name);
    if (size >= sizeof(path))
        return -ENAMETOOLONG;
    if (name[0] == '@' || size == 0 || !read_options(mark + 1, address))
        return -EINVAL;
    memcpy(path, name, size);
    path[size] = '\0';
    return set_local(address, path);
}

/* Before the socket listens: nobody has connected by other rights.  Returns 0
 * or an errno. */
static int
set_rights(const struct address *address)
{
    char path[sizeof(address->local.sun_path) + 1] = {0};
    int error = 0;

    memcpy(path, address->local.sun_path, sizeof(address->local.sun_path));
    if ((address->user != (uid_t)-1 || address->group != (gid_t)-1) &&
        lchown(path, address->user, address->group) != 0)
        error = errno;
    if (error == 0 && address->has_mode && chmod(path, address->mode) != 0)
        error = errno;
    if (error != 0)
        unlink(path); /* it is ours, and nobody listens */
    return error;
}

/* -------------------------------------------------------------------------- */

static int
parse(struct address *address, const char *name)
{
    const char *colon;

    memset(address, 0, sizeof(*address));
    address->user = (uid_t)-1;
    address->group = (gid_t)-1;
    if (strncmp(name, "unix:", 5) == 0)
        return set_local_with_options(address, name + 5);
    if (strncmp(name, "tcp:", 4) == 0) {
        name += 4;
        colon = strrchr(name, ':');
        if (colon == NULL)
            return -EINVAL;
        return set_tcp(address, name, (size_t)(colon - name), colon + 1);
    }
    colon = NULL;
    if (name[0] == '[')
        colon = strstr(name, "]:");
    colon = colon != NULL ? colon + 1 : strchr(name, ':');
    if (colon != NULL && strchr(name, '/') == NULL && read_port(colon + 1) >= 0)
        return set_tcp(address, name, (size_t)(colon - name), colon + 1);
    return set_local(address, name);
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

/* True if path is a socket that nobody listens on. */
static bool
is_dead(const struct address *address)
{
    const struct sockaddr *local = (const void *)&address->local;
    char path[sizeof(address->local.sun_path) + 1] = {0};
    struct stat s;
    bool dead;
    int fd;

    memcpy(path, address->local.sun_path, sizeof(address->local.sun_path));
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
listen_local(const struct address *address, int backlog)
{
    const struct sockaddr *local = (const void *)&address->local;
    int fd = new_socket(AF_UNIX);
    int error = 0;

    if (fd < 0)
        return fd;
    if (bind(fd, local, address->local_size) != 0)
        error = errno;
    if (error == EADDRINUSE && is_dead(address))
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
look_up(const struct address *address, int flags, struct addrinfo **list)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    const char *host = address->host;

    if (host[0] == '\0') {
        hints.ai_family = AF_INET;
        host = (flags & AI_PASSIVE) != 0 ? NULL : "localhost";
    }
    switch (getaddrinfo(host, address->port, &hints, list)) {
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
listen_tcp(const struct address *address, int backlog)
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
    struct address address;
    int error = parse(&address, name);

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
    struct address address;
    struct addrinfo *list;
    struct addrinfo *at;
    int fd = parse(&address, name);

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
        close(fd);
        return -ECONNABORTED;
    }
    fcgi_stats_add(FCGI_STAT_CONNECTIONS, 1);
    *is_tcp = peer.ss_family == AF_INET || peer.ss_family == AF_INET6;
    if (fd <= STDERR_FILENO) {
        /* What the application prints must not reach the web server raw. */
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        int error = errno;

        close(fd);
        return copy >= 0 ? copy : -error;
    }
    return fd;
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
