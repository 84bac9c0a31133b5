/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "listeners.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

enum {
    FIRST_OFFERED = 3, /* descriptor, sd_listen_fds(3) */
    MAX_OFFERED = 1000
};

static unsigned long
number_in(const char *variable)
{
    const char *text = getenv(variable);

    return text != NULL ? strtoul(text, NULL, 10) : 0;
}

unsigned
listeners_offered(void)
{
    unsigned long count = number_in("LISTEN_FDS");

    if (number_in("LISTEN_PID") != (unsigned long)getpid() ||
        count > MAX_OFFERED)
        return 0;
    return (unsigned)count;
}

/* Returns 0 or the exit code. */
static int
take_over(struct listener *listener, int fd)
{
    int listens = 0;
    socklen_t size = sizeof(listens);

    listener->fd = fd;
    listener->is_offered = true;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 ||
        !listens) {
        say("descriptor %d of LISTEN_FDS is not a listening socket", fd);
        return EXIT_USAGE;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return 0;
}

static int
refuse(const struct listener *listener, int error)
{
    if (error == ADDRESS_NO_HOST) {
        say("unknown host: %s", listener->address.host);
        return EXIT_NO_HOST;
    }
    say("cannot listen on %s: %s", listener->address.name, strerror(error));
    return error & 255;
}

/* Returns 0 or the exit code. */
static int
listen_on(struct listener *listener, const struct options *options)
{
    const struct identity *owner = &options->socket_owner;
    struct address_access access = {
        .mode = options->socket_mode,
        .uid = owner->has_user ? owner->uid : (uid_t)-1,
        .gid = owner->has_group ? owner->gid : (gid_t)-1,
    };
    char room[ADDRESS_PATH_ROOM];
    const char *path = address_file(&listener->address, room);
    struct stat status;
    int error = address_listen(&listener->address, (int)options->backlog,
                               &access, &listener->fd);

    if (error != 0)
        return refuse(listener, error);
    if (path != NULL && lstat(path, &status) == 0) {
        listener->has_file = true;
        listener->device = status.st_dev;
        listener->inode = status.st_ino;
    }
    return 0;
}

/* Ends the program if a name is not an address, or none is of a file that is
 * to have an owner or a mode, before any is made. */
static void
parse_addresses(struct listener *list, const struct options *options)
{
    bool needs_file = options->socket_mode >= 0 ||
                      options->socket_owner.has_user ||
                      options->socket_owner.has_group;
    char room[ADDRESS_PATH_ROOM];
    unsigned i;

    for (i = 0; i < options->connect_count; i++) {
        const char *name = options->connects[i];
        const char *fault = address_parse(&list[i].address, name);

        if (fault != NULL)
            die("%s: %s", name, fault);
        if (address_file(&list[i].address, room) != NULL)
            needs_file = false;
    }
    if (needs_file)
        die("--socket-mode, --socket-owner: no address is a socket file");
}

int
listeners_open(struct listeners *listeners, const struct options *options,
               unsigned offered)
{
    unsigned all = offered + options->connect_count;
    int code = 0;
    unsigned i;

    listeners->list = must_alloc(all * sizeof(listeners->list[0]));
    memset(listeners->list, 0, all * sizeof(listeners->list[0]));
    listeners->count = 0;
    parse_addresses(listeners->list + offered, options);
    for (i = 0; i < all && code == 0; i++) {
        struct listener *listener = &listeners->list[i];

        if (i < offered)
            code = take_over(listener, FIRST_OFFERED + (int)i);
        else
            code = listen_on(listener, options);
        if (code == 0)
            listeners->count++;
    }
    if (code != 0) {
        listeners_unlink(listeners);
        listeners_close(listeners);
    }
    return code;
}

void
listeners_unlink(struct listeners *listeners)
{
    unsigned i;

    for (i = 0; i < listeners->count; i++) {
        struct listener *listener = &listeners->list[i];
        char room[ADDRESS_PATH_ROOM];
        const char *path = address_file(&listener->address, room);
        struct stat status;

        if (listener->has_file && lstat(path, &status) == 0 &&
            status.st_dev == listener->device &&
            status.st_ino == listener->inode)
            unlink(path);
        listener->has_file = false;
    }
}

void
listeners_close(struct listeners *listeners)
{
    unsigned i;

    for (i = 0; i < listeners->count; i++)
        close(listeners->list[i].fd);
    free(listeners->list);
    listeners->list = NULL;
    listeners->count = 0;
}

bool
listeners_have_queue(const struct listeners *listeners)
{
    unsigned i;

    for (i = 0; i < listeners->count; i++) {
        struct pollfd pfd = {.fd = listeners->list[i].fd, .events = POLLIN};

        if (!listeners->list[i].is_offered && poll(&pfd, 1, 0) > 0)
            return true;
    }
    return false;
}
