/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As in the supervisor (workers.c), the signals that are to end it are blocked
 * and no handler is replaced.
 */
#include "config.h"

#include "zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef HAVE_SYS_SIGNALFD_H
#include <sys/signalfd.h>
#endif

#include "fastcgi.h"
#include "sig.h"
#include "sock.h"

enum { FIRST = STDERR_FILENO + 1, NONE = -1 };

/* The socket, until it is acted on. */
static int socket_of_starter = NONE;

struct zygote {
    int control;
    int signals; /* becomes readable by one of stops */
    sigset_t stops;
    sigset_t mask;             /* of the application */
    struct sigaction on_child; /* of the application */
    int stopped_by;            /* signal number, or 0 */
};

/* What a packet carries. */
struct order {
    int listener;
    int tie;
};

static bool
is_packet_socket(int fd)
{
    int type = 0;
    socklen_t size = sizeof(type);

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_SEQPACKET;
}

int
fcgi_zygote_init(const char *number)
{
    char *end;
    long fd;

    fd = strtol(number, &end, 10);
    if (end == number || *end != '\0' || fd < FIRST || fd > INT_MAX)
        return -EINVAL;
    if (!is_packet_socket((int)fd))
        return false;
    fcntl((int)fd, F_SETFD, FD_CLOEXEC);
    socket_of_starter = (int)fd;
    return true;
}

bool
fcgi_zygote_find(void)
{
    static const char greeting[] = "FCGI_WORKERS";
    char text[sizeof(greeting)];
    const ssize_t size = sizeof(greeting) - 1;

    return is_packet_socket(FIRST) &&
           recv(FIRST, text, sizeof(text), MSG_PEEK | MSG_DONTWAIT) == size &&
           memcmp(text, greeting, (size_t)size) == 0 &&
           fcgi_zygote_init("3") > 0;
}

void
fcgi_zygote_decline(void)
{
    if (socket_of_starter >= 0)
        close(socket_of_starter);
    socket_of_starter = NONE;
}

#ifdef HAVE_SYS_SIGNALFD_H

static void
choose_stops(sigset_t *stops)
{
    static const int numbers[] = {SIGTERM, SIGUSR1, SIGINT, SIGQUIT, SIGHUP};
    struct sigaction action;
    size_t i;

    sigemptyset(stops);
    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (sigaction(numbers[i], NULL, &action) == 0 &&
            ((action.sa_flags & SA_SIGINFO) != 0 ||
             action.sa_handler != SIG_IGN))
            sigaddset(stops, numbers[i]);
}

static bool
take_signals(struct zygote *zygote)
{
    struct sigaction action;

    choose_stops(&zygote->stops);
    zygote->signals = signalfd(-1, &zygote->stops, SFD_CLOEXEC | SFD_NONBLOCK);
    if (zygote->signals < 0)
        return false;
    memset(&action, 0, sizeof(action));
    sigemptyset(&action.sa_mask);
    action.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &action, &zygote->on_child);
    pthread_sigmask(SIG_BLOCK, &zygote->stops, &zygote->mask);
    return true;
}

static void
give_signals_back(struct zygote *zygote)
{
    close(zygote->signals);
    sigaction(SIGCHLD, &zygote->on_child, NULL);
    pthread_sigmask(SIG_SETMASK, &zygote->mask, NULL);
}

/* Says hello.  The listening socket is left to those who will accept: it must
 * be gone when the starter and the last of them have closed it. */
static bool
present(const struct zygote *zygote)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool is_heard;

    if (nothing < 0)
        return false;
    is_heard = send(zygote->control, "zygote", 6, MSG_NOSIGNAL) == 6 &&
               dup2(nothing, FCGI_LISTENSOCK_FILENO) >= 0;
    close(nothing);
    return is_heard;
}

/* Closes those that are no order. */
static bool
take_descriptors(const struct cmsghdr *part, struct order *order)
{
    size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    int fds[2] = {NONE, NONE};
    size_t i;

    memcpy(fds, CMSG_DATA(part), count * sizeof(int));
    if (count == 2 && fcgi_sock_is_listening(fds[0]) &&
        is_packet_socket(fds[1])) {
        order->listener = fds[0];
        order->tie = fds[1];
        return true;
    }
    for (i = 0; i < count; i++)
        close(fds[i]);
    return false;
}

/* Returns 1 for an order, 0 for nothing or something else, or -1 at the end of
 * the control socket. */
static int
receive(const struct zygote *zygote, struct order *order)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } space;
    char text[16];
    struct iovec payload = {text, sizeof(text)};
    struct msghdr message = {.msg_iov = &payload,
                             .msg_iovlen = 1,
                             .msg_control = space.bytes,
                             .msg_controllen = sizeof(space.bytes)};
    const struct cmsghdr *part;
    ssize_t n =
        recvmsg(zygote->control, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0)
        return -1;
    part = CMSG_FIRSTHDR(&message);
    if (part == NULL || part->cmsg_level != SOL_SOCKET ||
        part->cmsg_type != SCM_RIGHTS)
        return 0;
    return take_descriptors(part, order);
}

/* Returns true in the worker, which has no parent of ours when *gate ends. */
static bool
fork_worker(int *gate)
{
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid = fork();
    if (pid == 0) {
        pid = fork();
        if (pid != 0)
            _exit(pid < 0);
        close(ends[1]);
        *gate = ends[0];
        return true;
    }
    close(ends[0]);
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    close(ends[1]);
    return false;
}

/* Blocks until the starter knows of the worker; false if it does not want
 * it. */
static bool
introduce(int tie)
{
    char byte = 0;
    ssize_t n;

    if (send(tie, &byte, 1, MSG_NOSIGNAL) != 1)
        return false;
    do
        n = recv(tie, &byte, 1, 0);
    while (n < 0 && errno == EINTR);
    return n == 1;
}

static int
become_worker(struct zygote *zygote, int gate, const struct order *order)
{
    char byte;
    bool is_wanted;

    while (read(gate, &byte, 1) < 0 && errno == EINTR)
        continue;
    close(gate);
    close(zygote->control);
    setsid();
    is_wanted = dup2(order->listener, FCGI_LISTENSOCK_FILENO) >= 0;
    close(order->listener);
    is_wanted = is_wanted && introduce(order->tie);
    close(order->tie);
    if (!is_wanted)
        fcgi_sig_shutdown();
    give_signals_back(zygote);
    return is_wanted ? 0 : -EINTR;
}

static bool
is_stopped(struct zygote *zygote)
{
    struct signalfd_siginfo info;

    if (read(zygote->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return false;
    zygote->stopped_by = (int)info.ssi_signo;
    return true;
}

/* Returns true in a worker, false when all is over. */
static bool
serve(struct zygote *zygote, int *gate, struct order *order)
{
    struct pollfd set[2] = {{.fd = zygote->control, .events = POLLIN},
                            {.fd = zygote->signals, .events = POLLIN}};

    for (;;) {
        int received = 0;

        if (poll(set, 2, -1) < 0) {
            if (errno == EINTR || errno == ENOMEM)
                continue;
            return false;
        }
        if (is_stopped(zygote))
            return false;
        if (set[0].revents != 0)
            received = receive(zygote, order);
        if (received < 0)
            return false;
        if (received == 0)
            continue;
        if (fork_worker(gate))
            return true;
        close(order->listener);
        close(order->tie);
    }
}

int
fcgi_zygote_run(void)
{
    struct zygote zygote = {.control = socket_of_starter};
    struct order order;
    int gate = NONE;

    socket_of_starter = NONE;
    if (!is_packet_socket(zygote.control))
        return 0; /* the application has closed it */
    fflush(NULL); /* else each worker would write it once more */
    if (!take_signals(&zygote)) {
        close(zygote.control);
        return 0;
    }
    if (!present(&zygote)) {
        close(zygote.control);
        give_signals_back(&zygote);
        return 0;
    }
    if (serve(&zygote, &gate, &order))
        return become_worker(&zygote, gate, &order);
    close(zygote.control);
    fcgi_sig_shutdown();
    if (zygote.stopped_by != 0)
        raise(zygote.stopped_by);
    give_signals_back(&zygote);
    return -EINTR;
}

#else

int
fcgi_zygote_run(void)
{
    fcgi_zygote_decline();
    return 0;
}

#endif
