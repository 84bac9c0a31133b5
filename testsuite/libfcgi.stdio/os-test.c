/* SPDX-License-Identifier: BSD-2-Clause */
/* The OS interface: event loop, sockets, processes. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "fcgios.h"
#include "unit.h"

static char directory[] = "/tmp/os-test.XXXXXX";
static char path[64];
static char hello[] = "hello";

struct call {
    int count;
    int size;
    int error;
};

static void
note(ClientData data, int size)
{
    struct call *call = data;

    call->count++;
    call->size = size;
    call->error = errno;
}

static long
milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
test_loop(void)
{
    struct timeval none = {0, 0}, some = {0, 30000};
    struct call in = {0}, out = {0};
    char buffer[16] = "";
    int ends[2];
    long start;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        exit(2);
    UNIT_CHECK(OS_DoIo(NULL) == -1 && errno == EINVAL,
               "os: waiting for nothing is refused, not done for ever");
    start = milliseconds();
    UNIT_CHECK(OS_DoIo(&some) == 0 && milliseconds() - start >= 25,
               "os: a wait ends when its time is up");
    UNIT_CHECK(OS_AsyncRead(ends[0], 0, buffer, 16, note, &in) == 0 &&
                   OS_DoIo(&none) == 0 && in.count == 0,
               "os: a read waits for input");
    UNIT_CHECK(OS_AsyncRead(ends[0], 0, buffer, 16, note, &in) == -1 &&
                   errno == EBUSY,
               "os: one read can be pending");
    UNIT_CHECK(OS_AsyncWrite(ends[1], 0, hello, 5, note, &out) == 0 &&
                   OS_DoIo(NULL) == 0 && out.count == 1 && out.size == 5,
               "os: a write is done and told");
    UNIT_CHECK(OS_DoIo(NULL) == 0 && in.count == 1 && in.size == 5 &&
                   strcmp(buffer, "hello") == 0,
               "os: a read is done and told");
    OS_AsyncRead(ends[0], 0, buffer, 16, note, &in);
    close(ends[1]);
    UNIT_CHECK(OS_DoIo(NULL) == 0 && in.count == 2 && in.size == 0,
               "os: the end of input is told as 0");
    OS_AsyncWrite(ends[0], 0, buffer, 1, note, &out);
    UNIT_CHECK(OS_DoIo(NULL) == 0 && out.size == -1 && out.error == EPIPE,
               "os: a failed write is told as -1, without a signal");
    OS_AsyncRead(ends[0], 0, buffer, 16, note, &in);
    UNIT_CHECK(OS_Close(ends[0], 0) == 0 && OS_DoIo(&none) == 0 &&
                   in.count == 2,
               "os: closing forgets what is pending");
}

/* Descriptors that select(2) cannot have. */
static void
test_large(void)
{
    struct rlimit limit = {4096, 4096};
    struct call in = {0};
    char buffer[4];
    int ends[2], high;

    if (pipe(ends) != 0)
        exit(2);
    setrlimit(RLIMIT_NOFILE, &limit);
    high = fcntl(ends[0], F_DUPFD, 1500);
    if (high < 0) {
        printf("UNSUPPORTED: os: descriptors above 1024 work\n");
        return;
    }
    UNIT_CHECK(OS_Write(ends[1], hello, 1) == 1 &&
                   OS_AsyncRead(high, 0, buffer, 4, note, &in) == 0 &&
                   OS_DoIo(NULL) == 0 && in.size == 1,
               "os: descriptors above 1024 work");
    close(high);
    close(ends[0]);
    close(ends[1]);
}

static void
test_stdin(void)
{
    int fds[3] = {-1, 1, 2};
    struct call in = {0};
    char buffer[8];
    int ends[2];

    if (pipe(ends) != 0)
        exit(2);
    fds[0] = ends[0];
    UNIT_CHECK(OS_LibInit(fds) == 0 && OS_Write(ends[1], hello, 2) == 2 &&
                   OS_AsyncReadStdin(buffer, 8, note, &in) == 0 &&
                   OS_DoIo(NULL) == 0 && in.size == 2,
               "os: standard input is what OS_LibInit was given");
    OS_AsyncReadStdin(buffer, 8, note, &in);
    OS_LibShutdown();
    UNIT_CHECK(OS_DoIo(NULL) == -1, "os: OS_LibShutdown forgets all");
    UNIT_CHECK(OS_LibInit(NULL) == 0, "os: the library starts again");
    close(ends[0]);
    close(ends[1]);
}

static void
test_sockets(void)
{
    struct stat status;
    char buffer[8] = "";
    int listener = OS_CreateLocalIpcFd(path, 5);
    int client, server;

    UNIT_CHECK(listener > 2 && OS_IsFcgi(listener) == 1,
               "os: a listening socket is made and known");
    client = OS_FcgiConnect(path);
    UNIT_CHECK(client > 2 && OS_IsFcgi(client) == 0, "os: it can be connected");
    server = OS_Accept(listener, 0, NULL);
    UNIT_CHECK(server > 2, "os: a connection is accepted");
    UNIT_CHECK(OS_Write(client, hello, 4) == 4 &&
                   OS_Read(server, buffer, 8) == 4 &&
                   memcmp(buffer, "hell", 4) == 0,
               "os: bytes go over the connection");
    OS_SetFlags(server, O_NONBLOCK);
    UNIT_CHECK(OS_Read(server, buffer, 8) == -1 && errno == EAGAIN,
               "os: O_NONBLOCK can be set");
    UNIT_CHECK(OS_CloseRead(client) == 0 && OS_Read(client, buffer, 8) == 0,
               "os: reading can be ended");
    UNIT_CHECK(OS_IpcClose(client, 0) == 0 && OS_IpcClose(-1, 1) == -1,
               "os: a connection is closed, none is refused");
    OS_Close(server, 0);
    UNIT_CHECK(OS_CreateLocalIpcFd(path, 5) == -1 && errno == EADDRINUSE,
               "os: a socket that is in use is not replaced");
    OS_Close(listener, 0);
    UNIT_CHECK(OS_FcgiConnect(path) == -1 && errno == ECONNREFUSED,
               "os: nobody listening is told");
    UNIT_CHECK(stat(path, &status) == 0 &&
                   (listener = OS_CreateLocalIpcFd(path, 5)) > 2,
               "os: a stale socket file is replaced");
    OS_Close(listener, 0);
    UNIT_CHECK(OS_CreateLocalIpcFd("/nonexistent/socket", 5) == -1 &&
                   OS_CreateLocalIpcFd(NULL, 5) == -1,
               "os: a name that cannot be is refused, the process lives");
}

/* The peer never closes: the wait is bounded in all. */
static void
test_linger(void)
{
    int ends[2];
    long start;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        exit(2);
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "60", 1);
    start = milliseconds();
    OS_Close(ends[0], 1);
    start = milliseconds() - start;
    UNIT_CHECK(start >= 50 && start < 1500,
               "os: closing waits for the peer, but not for ever");
    UNIT_CHECK(recv(ends[1], &start, 1, 0) == 0,
               "os: closing tells the peer that no more will come");
    close(ends[1]);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        exit(2);
    setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "60000", 1);
    close(ends[1]);
    start = milliseconds();
    OS_Close(ends[0], 1);
    UNIT_CHECK(milliseconds() - start < 1500,
               "os: closing does not wait for a peer that has gone");
}

/* The child tells by its exit status; its parent is the test. */
static void
test_spawn(void)
{
    int listener = OS_CreateLocalIpcFd(path, 5);
    char script[96];
    FILE *file;
    int client, status = -1;
    char byte;

    snprintf(script, sizeof script, "%s/app", directory);
    UNIT_CHECK(OS_SpawnChild(script, listener) == -1 && errno == ENOENT,
               "os: a program that is not there is told");
    UNIT_CHECK(waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD,
               "os: and leaves no process behind");
    file = fopen(script, "w");
    if (file == NULL)
        exit(2);
    /* Descriptor 0 is a socket; 1 and 2 take output; there is no more. */
    fprintf(file,
            "#!/bin/sh\n"
            "[ -S /dev/fd/0 ] || exit 1\n"
            "echo out || exit 2\n"
            "echo err >&2 || exit 3\n"
            "[ \"$MARK\" = 1 ] && [ $# = 0 ] || exit 4\n"
            "[ ! -e /proc/$$/fd/%d ] || exit 5\n"
            "exit 42\n",
            listener);
    fclose(file);
    chmod(script, 0755);
    setenv("MARK", "1", 1);
    UNIT_CHECK(OS_SpawnChild(script, listener) == 0 &&
                   waitpid(-1, &status, 0) > 0 && WEXITSTATUS(status) == 42,
               "os: a program is started on the socket (status %d)",
               WEXITSTATUS(status));
    client = OS_FcgiConnect(path);
    OS_Close(listener, 0);
    UNIT_CHECK(recv(client, &byte, 1, 0) <= 0,
               "os: the socket ends with its last holder");
    OS_Close(client, 0);
    unlink(script);
}

static void
on_alarm(int number)
{
    (void)number;
}

static void
test_accept_signals(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval timer = {.it_value = {0, 30000}};
    int listener = OS_CreateLocalIpcFd(path, 5);

    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    UNIT_CHECK(OS_Accept(listener, 1, NULL) == -1 && errno == EINTR,
               "os: accept ends at a signal if asked to");
    OS_ShutdownPending();
    UNIT_CHECK(OS_Accept(listener, 0, NULL) == -1,
               "os: accept ends when shutdown is pending");
    UNIT_CHECK(OS_Accept(99, 0, NULL) == -1 && errno == EBADF,
               "os: accept on no socket is told");
    OS_Close(listener, 0);
}

int
main(void)
{
    if (mkdtemp(directory) == NULL)
        return 2;
    snprintf(path, sizeof path, "%s/socket", directory);
    OS_LibInit(NULL);
    test_loop();
    test_large();
    test_stdin();
    test_sockets();
    test_linger();
    test_spawn();
    test_accept_signals();
    unlink(path);
    rmdir(directory);
    return unit_done();
}
