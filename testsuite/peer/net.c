/* SPDX-License-Identifier: BSD-2-Clause */
#include "net.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct address {
    struct sockaddr_storage storage;
    socklen_t size;
};

static struct address
resolve_unix(const char *path)
{
    struct address address = {.size = sizeof(struct sockaddr_un)};
    struct sockaddr_un *sun = (struct sockaddr_un *)&address.storage;

    if (strlen(path) >= sizeof(sun->sun_path))
        die(EXIT_USAGE, "%s: the path is too long for a Unix socket", path);
    sun->sun_family = AF_UNIX;
    memcpy(sun->sun_path, path, strlen(path) + 1);
    return address;
}

static struct address
resolve(const char *name)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct address address = {.size = 0};
    struct addrinfo *found;
    const char *colon = strrchr(name, ':');
    size_t size;
    char host[64];
    int result;

    if (strchr(name, '/') != NULL)
        return resolve_unix(name);
    if (colon == NULL || (size_t)(colon - name) >= sizeof(host))
        die(EXIT_USAGE, "%s: neither a path nor HOST:PORT", name);
    size = (size_t)(colon - name);
    if (size >= 2 && name[0] == '[' && name[size - 1] == ']') {
        name++;
        size -= 2;
    }
    memcpy(host, name, size);
    host[size] = '\0';
    if (size == 0)
        memcpy(host, "127.0.0.1", sizeof("127.0.0.1"));
    result = getaddrinfo(host, colon + 1, &hints, &found);
    if (result != 0)
        die(EXIT_USAGE, "%s: %s", name, gai_strerror(result));
    memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    address.size = found->ai_addrlen;
    freeaddrinfo(found);
    return address;
}

static void
remove_old_socket(const char *path)
{
    struct stat info;

    if (lstat(path, &info) == 0 && S_ISSOCK(info.st_mode))
        unlink(path);
}

static void
print_listening(int fd, const char *name, FILE *out)
{
    struct sockaddr_storage storage;
    socklen_t size = sizeof(storage);
    char host[64], port[16];

    if (strchr(name, '/') != NULL) {
        fprintf(out, "listening %s\n", name);
    } else {
        if (getsockname(fd, (struct sockaddr *)&storage, &size) != 0 ||
            getnameinfo((struct sockaddr *)&storage, size, host, sizeof(host),
                        port, sizeof(port),
                        NI_NUMERICHOST | NI_NUMERICSERV) != 0)
            die(EXIT_SYSTEM, "%s: no name for the socket", name);
        fprintf(out, "listening %s:%s\n", host, port);
    }
    fflush(out);
}

int
net_listen(const char *name, int backlog, FILE *out)
{
    struct address address = resolve(name);
    int one = 1;
    int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die(EXIT_SYSTEM, "socket: %s", strerror(errno));
    if (address.storage.ss_family == AF_UNIX)
        remove_old_socket(name);
    else
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&address.storage, address.size) != 0 ||
        listen(fd, backlog) != 0)
        die(EXIT_SYSTEM, "%s: cannot listen: %s", name, strerror(errno));
    print_listening(fd, name, out);
    return fd;
}

int
net_connect(const char *name)
{
    struct address address = resolve(name);
    int one = 1;
    int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die(EXIT_SYSTEM, "socket: %s", strerror(errno));
    if (connect(fd, (struct sockaddr *)&address.storage, address.size) != 0)
        die(EXIT_SYSTEM, "%s: cannot connect: %s", name, strerror(errno));
    if (address.storage.ss_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

static bool
write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

bool
net_send(struct net_out *out, const void *data, size_t size)
{
    const char *p = data;
    size_t at = 0;

    if (out->corked) {
        text_add(&out->held, data, size);
        return true;
    }
    while (at < size) {
        size_t n = size - at;

        if (out->split > 0 && n > out->split)
            n = out->split;
        if (out->cut > 0) {
            if (n > out->cut)
                n = out->cut;
            out->cut -= n;
        }
        if (!write_all(out->fd, p + at, n))
            return false;
        at += n;
        if (out->delay_ms > 0 && at < size)
            sleep_ms(out->delay_ms);
    }
    return true;
}

bool
net_uncork(struct net_out *out)
{
    bool sent;

    out->corked = false;
    sent = net_send(out, out->held.data, out->held.size);
    text_clear(&out->held);
    return sent;
}

void
net_reset(int fd)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(fd);
}
