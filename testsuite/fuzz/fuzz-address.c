/* SPDX-License-Identifier: BSD-2-Clause */
/* Input: the name of a socket, as FCGX_OpenSocket gets it; it ends at a NUL. */
#include "config.h"

#include "address.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "oracle.h"

enum { PATH_AT = offsetof(struct sockaddr_un, sun_path) };

/* Digits, 1 to 65535, no leading zero. */
static void
check_port(const char *port)
{
    size_t size = strlen(port);
    int value = 0;
    size_t i;

    ORACLE(size >= 1 && size <= 5 && port[0] != '0');
    for (i = 0; i < size; i++) {
        ORACLE(port[i] >= '0' && port[i] <= '9');
        value = value * 10 + (port[i] - '0');
    }
    ORACLE(value >= 1 && value <= 65535);
}

/* Written with the prefix, it means the same. */
static void
check_tcp(const struct fcgi_address *address)
{
    struct fcgi_address again;
    char name[FCGI_ADDRESS_HOST + 16];
    int n;

    check_port(address->port);
    ORACLE(strlen(address->host) <= FCGI_ADDRESS_HOST);
    n = snprintf(name, sizeof(name),
                 strchr(address->host, ':') == NULL ? "tcp:%s:%s"
                                                    : "tcp:[%s]:%s",
                 address->host, address->port);
    ORACLE(n > 0 && (size_t)n < sizeof(name));
    if (strcmp(address->host, "*") == 0 || address->host[0] == '[')
        return; /* a name that can only be written in brackets */
    ORACLE(fcgi_address_parse(&again, name) == 0 && again.is_tcp);
    ORACLE(strcmp(again.host, address->host) == 0);
    ORACLE(strcmp(again.port, address->port) == 0);
}

static void
check_local(const struct fcgi_address *address, const char *name)
{
    const struct sockaddr_un *local = &address->local;
    size_t size = (size_t)address->local_size - PATH_AT;
    bool has_prefix = strncmp(name, "unix:", 5) == 0;
    const char *path = has_prefix ? name + 5 : name;
    const char *mark = has_prefix ? strchr(path, '?') : NULL;
    size_t n = mark != NULL ? (size_t)(mark - path) : strlen(path);

    ORACLE(local->sun_family == AF_UNIX);
    ORACLE(address->local_size >= PATH_AT && size <= sizeof(local->sun_path));
    ORACLE(!address->has_mode || (address->mode & ~(mode_t)0777) == 0);
    ORACLE(has_prefix || (!address->has_mode && address->user == (uid_t)-1 &&
                          address->group == (gid_t)-1));
    if (path[0] == '@' && mark == NULL) {
        ORACLE(size == n && local->sun_path[0] == '\0');
        ORACLE(memcmp(local->sun_path + 1, path + 1, n - 1) == 0);
        return;
    }
    ORACLE(memcmp(local->sun_path, path, n) == 0);
    ORACLE(size == n || (size == n + 1 && n > 0 && local->sun_path[n] == '\0'));
}

/* An owner that was given as a number is that number. */
static void
check_owner(const struct fcgi_address *address, const char *name)
{
    const char *at = strstr(name, "?user=");
    unsigned long long value = 0;

    if (at == NULL || strncmp(name, "unix:", 5) != 0 || strchr(name, '?') != at)
        return;
    at += 6;
    if (*at < '0' || *at > '9' || at[strspn(at, "0123456789")] != '\0')
        return;
    for (; *at != '\0' && value < 1ULL << 40; at++)
        value = value * 10 + (unsigned)(*at - '0');
    ORACLE(address->user == value && address->user != (uid_t)-1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *name = malloc(size + 1);
    struct fcgi_address address;
    int error;

    ORACLE(name != NULL);
    memcpy(name, data, size);
    name[size] = '\0';
    error = fcgi_address_parse(&address, name);
    ORACLE(error == 0 || error == -EINVAL || error == -ENAMETOOLONG);
    if (error == 0 && address.is_tcp)
        check_tcp(&address);
    if (error == 0 && !address.is_tcp) {
        check_local(&address, name);
        check_owner(&address, name);
    }
    free(name);
    return 0;
}
