/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "address.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PORT = 65535, MAX_WORDS = 255, MAX_RECORD = 4096 };

/* Of a user or group; the next number, -1, stands for none. */
#define MAX_ID 4294967294LL

long long
fcgi_address_number(const char *text, long long most)
{
    long long value = 0;

    if (*text == '\0')
        return -1;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        if (value <= most)
            value = value * 10 + (*text - '0');
    }
    return value > most ? most + 1 : value;
}

static int
set_tcp(struct fcgi_address *address, const char *host, size_t host_size,
        const char *port)
{
    long long number = fcgi_address_number(port, MAX_PORT);

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
    if (host_size > FCGI_ADDRESS_HOST)
        return -EINVAL;
    memcpy(address->host, host, host_size);
    address->host[host_size] = '\0';
    address->is_tcp = true;
    return 0;
}

static int
set_local(struct fcgi_address *address, const char *path)
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
read_mode(const char *text, struct fcgi_address *address)
{
    char *end;
    long mode = strtol(text, &end, 8);

    address->has_mode = true;
    address->mode = (mode_t)mode;
    return *text >= '0' && *text <= '7' && *end == '\0' && mode <= 0777;
}

static bool
read_user(const char *text, struct fcgi_address *address)
{
    long long id = fcgi_address_number(text, MAX_ID);
    struct passwd entry, *found = NULL;
    char record[MAX_RECORD];

    if (id < 0 &&
        getpwnam_r(text, &entry, record, sizeof(record), &found) == 0 &&
        found != NULL)
        id = (long long)found->pw_uid;
    address->user = (uid_t)id;
    return id >= 0 && id <= MAX_ID;
}

static bool
read_group(const char *text, struct fcgi_address *address)
{
    long long id = fcgi_address_number(text, MAX_ID);
    struct group entry, *found = NULL;
    char record[MAX_RECORD];

    if (id < 0 &&
        getgrnam_r(text, &entry, record, sizeof(record), &found) == 0 &&
        found != NULL)
        id = (long long)found->gr_gid;
    address->group = (gid_t)id;
    return id >= 0 && id <= MAX_ID;
}

/* "mode=0660&group=www-data": false if there is anything else. */
static bool
read_options(const char *text, struct fcgi_address *address)
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
set_local_with_options(struct fcgi_address *address, const char *name)
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

/* -------------------------------------------------------------------------- */

int
fcgi_address_parse(struct fcgi_address *address, const char *name)
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
    if (colon != NULL && strchr(name, '/') == NULL &&
        fcgi_address_number(colon + 1, MAX_PORT) >= 0)
        return set_tcp(address, name, (size_t)(colon - name), colon + 1);
    return set_local(address, name);
}
