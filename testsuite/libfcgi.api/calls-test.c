/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls of a small request.  This program has functions of the C
 * library's names, which count the calls of the library.
 */
#include "config.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "api.h"
#include "unit.h"

enum { REQUESTS = 8 };

static bool is_counting;
static char calls[1024]; /* their names */

static void
note(const char *name)
{
    size_t end = strlen(calls);

    if (is_counting)
        snprintf(calls + end, sizeof(calls) - end, "%s ", name);
}

static struct bytes input;
/* Where the next request is sent when the library waits for it; -1: nowhere. */
static int waited_for = -1;

static void
send_request(int fd, unsigned keep)
{
    input.size = 0;
    put_get(&input, 1, keep, "/");
    if (write(fd, input.data, input.size) != (ssize_t)input.size)
        fputs("a request cannot be sent\n", stderr);
}

/* Later than one that follows at once. */
static void
send_late(void)
{
    static const struct timespec later = {.tv_nsec = 1000000};

    if (waited_for < 0)
        return;
    nanosleep(&later, NULL);
    send_request(waited_for, 1);
    waited_for = -1;
}

/* --- The C library's -------------------------------------------------------
 */

int
accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    note("accept4");
    return (int)syscall(SYS_accept4, fd, address, size, flags);
}

ssize_t
recv(int fd, void *buffer, size_t size, int flags)
{
    note("recv");
    return syscall(SYS_recvfrom, fd, buffer, size, flags, NULL, NULL);
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
    note("sendmsg");
    return syscall(SYS_sendmsg, fd, message, flags);
}

int
shutdown(int fd, int how)
{
    note("shutdown");
    return (int)syscall(SYS_shutdown, fd, how);
}

int
close(int fd)
{
    note("close");
    return (int)syscall(SYS_close, fd);
}

int
poll(struct pollfd *polls, nfds_t count, int timeout)
{
    struct timespec t = {.tv_sec = timeout / 1000,
                         .tv_nsec = timeout % 1000 * 1000000L};

    note("poll");
    send_late();
    return (int)syscall(SYS_ppoll, polls, count, timeout < 0 ? NULL : &t, NULL,
                        (size_t)0);
}

int
epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
    note("epoll_ctl");
    return (int)syscall(SYS_epoll_ctl, set, operation, fd, event);
}

int
epoll_pwait(int set, struct epoll_event *events, int most, int timeout,
            const sigset_t *mask)
{
    note("epoll_pwait");
    send_late();
    return (int)syscall(SYS_epoll_pwait, set, events, most, timeout, mask,
                        (size_t)(_NSIG / 8));
}

int
setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    note("setsockopt");
    return (int)syscall(SYS_setsockopt, fd, level, name, value, size);
}

/* --- The requests ----------------------------------------------------------
 */

/* Accepts and answers.  True if the calls of a request were as expected: once
 * is enough, since time that passes (the machine is busy) adds some. */
static bool
serves(int listener, int kept, bool is_late, const char *expected)
{
    FCGX_Request request;
    bool good = false;
    int i;

    FCGX_InitRequest(&request, listener, 0);
    for (i = 0; i < REQUESTS; i++) {
        calls[0] = '\0';
        is_counting = true;
        if (FCGX_Accept_r(&request) != 0)
            return false;
        FCGX_PutS("Hello", request.out);
        FCGX_Finish_r(&request);
        is_counting = false;
        if (strcmp(calls, expected) == 0)
            good = true;
        else if (i == REQUESTS - 1 && !good)
            printf("calls: %s\n", calls);
        if (is_late)
            waited_for = kept;
        else if (kept >= 0)
            send_request(kept, 1);
    }
    FCGX_Free(&request, 1);
    return good;
}

static void
check_new(bool is_tcp)
{
    char name[64];
    int listener = is_tcp ? listen_tcp(name) : listen_local(name);
    int webs[REQUESTS];
    int i;

    for (i = 0; i < REQUESTS; i++) {
        webs[i] = connect_to(name);
        send_request(webs[i], 0);
    }
    UNIT_CHECK(
        serves(listener, -1, false, "accept4 recv sendmsg shutdown close "),
        "calls: %s: five for a request on a new connection",
        is_tcp ? "TCP" : "Unix");
    for (i = 0; i < REQUESTS; i++)
        close(webs[i]);
    close(listener);
    unlink(name);
}

static void
check_kept(bool is_tcp, bool is_late, const char *expected)
{
    char name[64];
    int listener = is_tcp ? listen_tcp(name) : listen_local(name);
    int web = connect_to(name);

    send_request(web, 1);
    UNIT_CHECK(serves(listener, web, is_late, expected),
               "calls: %s: %s on a kept one", is_tcp ? "TCP" : "Unix",
               expected);
    close(web);
    close(listener);
    unlink(name);
}

int
main(void)
{
    FCGX_Init();
    check_new(false);
    check_new(true);
    check_kept(true, false, "recv sendmsg ");
    check_kept(false, false, "recv sendmsg ");
    /* Who blocks in recv there is woken by each answer that is taken, for
     * nothing if the next request does not follow at once. */
    check_kept(false, true, "poll recv sendmsg ");
    bytes_free(&input);
    return unit_done();
}
