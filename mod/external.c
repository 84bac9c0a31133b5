/* SPDX-License-Identifier: BSD-2-Clause */
#include "external.h"
#include "lane.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "apr_network_io.h"
#include "apr_strings.h"

/* Addresses. */

static void
add_address(apr_array_header_t *addresses, const void *address, socklen_t size)
{
    struct fcgid_address *to = apr_array_push(addresses);

    memset(to, 0, sizeof *to);
    memcpy(&to->address, address, size);
    to->size = size;
}

static const char *
parse_path(apr_pool_t *pool, const char *path, apr_array_header_t *addresses)
{
    struct sockaddr_un address;
    apr_size_t size = strlen(path) + 1;

    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    if (size > sizeof address.sun_path)
        return apr_psprintf(pool, "'%s' is too long for a socket", path);
    memcpy(address.sun_path, path, size);
    add_address(addresses, &address, sizeof address);
    return NULL;
}

static const char *
parse_host(apr_pool_t *pool, const char *text, apr_array_header_t *addresses)
{
    apr_sockaddr_t *found;
    apr_port_t port;
    char *host, *scope;
    apr_status_t rv = apr_parse_addr_port(&host, &scope, &port, text, pool);

    if (rv != APR_SUCCESS || host == NULL || port == 0)
        return apr_psprintf(pool, "'%s' is not HOST:PORT", text);
    rv = apr_sockaddr_info_get(&found, host, APR_UNSPEC, port, 0, pool);
    if (rv != APR_SUCCESS)
        return apr_psprintf(pool, "host '%s' is not known: %pm", host, &rv);
    for (; found != NULL; found = found->next)
        add_address(addresses, &found->sa, (socklen_t)found->salen);
    return NULL;
}

const char *
fcgid_external_parse(apr_pool_t *pool, const char *text,
                     const struct fcgid_external **external)
{
    struct fcgid_external *made = apr_palloc(pool, sizeof *made);

    made->name = text;
    made->addresses = apr_array_make(pool, 1, sizeof(struct fcgid_address));
    *external = made;
    return *text == '/' ? parse_path(pool, text, made->addresses)
                        : parse_host(pool, text, made->addresses);
}

/* Connecting. */

static void
set_times(int fd, apr_interval_time_t timeout)
{
    struct timeval time;
    int on = 1;

    time.tv_sec = (time_t)apr_time_sec(timeout);
    time.tv_usec = (suseconds_t)apr_time_usec(timeout);
    /* It bounds connect as well. */
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* Returns a descriptor that does not block, or -1 and errno. */
static int
connect_to(const struct fcgid_address *address, apr_interval_time_t timeout)
{
    int fd = socket(address->address.ss_family, SOCK_STREAM, 0), error;

    if (fd == -1)
        return -1;
    set_times(fd, timeout);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
        connect(fd, (const struct sockaddr *)(const void *)&address->address,
                address->size) == 0 &&
        fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
        return fd;
    error = errno == EINPROGRESS || errno == EAGAIN ? ETIMEDOUT : errno;
    close(fd);
    errno = error;
    return -1;
}

apr_status_t
fcgid_external_acquire(request_rec *r, const struct fcgid_class_def *def,
                       struct fcgid_lane **lane, struct fcgid_denial *denial)
{
    const apr_array_header_t *addresses = def->external->addresses;
    struct fcgid_lane *made = apr_pcalloc(r->pool, sizeof *made);
    int i;

    made->r = r;
    made->def = def;
    made->fd = -1;
    made->own = made->served = 1;
    for (i = 0; i < addresses->nelts && made->fd == -1; i++)
        made->fd =
            connect_to(&APR_ARRAY_IDX(addresses, i, struct fcgid_address),
                       def->limits.connect_timeout);
    if (made->fd == -1)
        return fcgid_lane_deny(
            denial, FCGID_DENIED_START, HTTP_SERVICE_UNAVAILABLE,
            apr_psprintf(r->pool, "can't connect to %s: %s",
                         def->external->name, strerror(errno)));
    apr_pool_cleanup_register(r->pool, made, fcgid_lane_release_at_end,
                              apr_pool_cleanup_null);
    *lane = made;
    return APR_SUCCESS;
}
