/* SPDX-License-Identifier: BSD-2-Clause */
/* The event loop of the OS interface: pending reads and writes, one poll. */
#include "osloop.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "fcgios.h"
#include "io.h"
#include "sig.h"

/* A read or write that was asked for and not yet done. */
struct pending {
    int fd;
    bool is_write;
    void *buffer;
    int size; /* bytes */
    OS_AsyncProc proc;
    ClientData data;
};

/* The interface is one per process, by its nature. */
static struct {
    int stdin_fd;
    struct pending *list;
    struct pollfd *polled; /* list's descriptors, in its order */
    size_t count;
    size_t room;
} loop;

static struct pending *
find(int fd, bool is_write)
{
    for (size_t i = 0; i < loop.count; i++) {
        if (loop.list[i].fd == fd && loop.list[i].is_write == is_write)
            return &loop.list[i];
    }
    return NULL;
}

static bool
grow(void)
{
    size_t room = loop.room + 16;
    struct pending *list = realloc(loop.list, room * sizeof *list);
    struct pollfd *polled;

    if (list == NULL)
        return false;
    loop.list = list;
    polled = realloc(loop.polled, room * sizeof *polled);
    if (polled == NULL)
        return false;
    loop.polled = polled;
    loop.room = room;
    return true;
}

static int
ask(const struct pending *request)
{
    if (request->fd < 0 || request->size < 0 || request->proc == NULL) {
        errno = EINVAL;
        return -1;
    }
    if (find(request->fd, request->is_write) != NULL) {
        errno = EBUSY;
        return -1;
    }
    if (loop.count == loop.room && !grow()) {
        errno = ENOMEM;
        return -1;
    }
    loop.list[loop.count++] = *request;
    return 0;
}

int
OS_AsyncRead(int fd, int offset, void *buf, int len, OS_AsyncProc procPtr,
             ClientData clientData)
{
    struct pending request = {fd, false, buf, len, procPtr, clientData};

    (void)offset;
    return ask(&request);
}

int
OS_AsyncReadStdin(void *buf, int len, OS_AsyncProc procPtr,
                  ClientData clientData)
{
    return OS_AsyncRead(loop.stdin_fd, 0, buf, len, procPtr, clientData);
}

int
OS_AsyncWrite(int fd, int offset, void *buf, int len, OS_AsyncProc procPtr,
              ClientData clientData)
{
    struct pending request = {fd, true, buf, len, procPtr, clientData};

    (void)offset;
    return ask(&request);
}

void
fcgi_osloop_set_stdin(int fd)
{
    loop.stdin_fd = fd;
}

static void
drop(struct pending *request)
{
    if (request != NULL)
        *request = loop.list[--loop.count];
}

void
fcgi_osloop_drop(int fd, bool read_too, bool write_too)
{
    if (read_too)
        drop(find(fd, false));
    if (write_too)
        drop(find(fd, true));
}

void
fcgi_osloop_fini(void)
{
    free(loop.list);
    free(loop.polled);
    memset(&loop, 0, sizeof loop);
}

/* Does the read or write, if it is still asked for, and tells its owner, who
 * may change the list.  Stays pending if nothing can be done after all. */
static void
perform(int fd, bool is_write)
{
    struct pending *found = find(fd, is_write);
    struct pending request;
    int result;

    if (found == NULL)
        return;
    request = *found;
    if (is_write)
        result = OS_Write(fd, request.buffer, (size_t)request.size);
    else
        result = OS_Read(fd, request.buffer, (size_t)request.size);
    if (result < 0 && errno == EAGAIN)
        return;
    drop(found);
    request.proc(request.data, result);
}

/* Milliseconds, rounded up; -1 for ever. */
static int
poll_time(const struct timeval *tmo)
{
    long long time;

    if (tmo == NULL)
        return -1;
    time = (long long)tmo->tv_sec * 1000 + (tmo->tv_usec + 999) / 1000;
    if (time < 0)
        return 0;
    return time > INT_MAX ? INT_MAX : (int)time;
}

/* Asks poll(2) for the whole list.  Returns what it does. */
static int
poll_list(int timeout)
{
    for (size_t i = 0; i < loop.count; i++) {
        loop.polled[i].fd = loop.list[i].fd;
        loop.polled[i].events = loop.list[i].is_write ? POLLOUT : POLLIN;
        loop.polled[i].revents = 0;
    }
    return poll(loop.polled, loop.count, timeout);
}

int
OS_DoIo(struct timeval *tmo)
{
    size_t count = loop.count;

    /* With nothing to wait for and no time given, it would be for ever. */
    if (count == 0 && tmo == NULL) {
        errno = EINVAL;
        return -1;
    }
    if (poll_list(poll_time(tmo)) < 0)
        return errno == EINTR && !fcgi_sig_pending() ? 0 : -1;
    /* A procedure may add to the list (and move the arrays) or take from it:
     * look each request up again by descriptor. */
    for (size_t i = 0; i < count && loop.polled != NULL; i++) {
        struct pollfd ready = loop.polled[i];

        if (ready.revents == 0)
            continue;
        if ((ready.events & POLLIN) != 0)
            perform(ready.fd, false);
        else
            perform(ready.fd, true);
    }
    return 0;
}
