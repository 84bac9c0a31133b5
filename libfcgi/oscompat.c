/* SPDX-License-Identifier: BSD-2-Clause */
/* The OS interface, except its event loop (osloop.c). */
#include "fcgios.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "io.h"
#include "options.h"
#include "osloop.h"
#include "peers.h"
#include "sig.h"
#include "sock.h"

extern char **environ;

/* From 0 or -errno, or a descriptor, to what the callers know. */
static int
public_result(int result)
{
    if (result >= 0)
        return result;
    errno = -result;
    return -1;
}

/* --- Library ------------------------------------------------------------- */

int
OS_LibInit(int stdioFds[3])
{
    fcgi_osloop_set_stdin(stdioFds == NULL ? STDIN_FILENO : stdioFds[0]);
    return public_result(fcgi_sig_init());
}

void
OS_LibShutdown(void)
{
    fcgi_osloop_fini();
}

void
OS_ShutdownPending(void)
{
    fcgi_sig_shutdown();
}

/* --- Sockets ------------------------------------------------------------- */

int
OS_CreateLocalIpcFd(const char *bindPath, int backlog)
{
    return public_result(
        bindPath == NULL ? -EINVAL : fcgi_sock_listen(bindPath, backlog));
}

int
OS_FcgiConnect(char *bindPath)
{
    return public_result(bindPath == NULL ? -EINVAL
                                          : fcgi_sock_connect(bindPath));
}

int
OS_IsFcgi(int sock)
{
    return fcgi_sock_is_listening(sock) ? 1 : 0;
}

/* Waits for a connection, a wish to leave, or (if it matters) a signal.
 * Returns 0 or -errno. */
static int
wait_for_peer(int listener, bool fail_on_intr)
{
    int result = fcgi_sig_wait(listener, -1, NULL);

    if (result == -ECANCELED || (result == -EINTR && fail_on_intr))
        return -EINTR;
    return result < 0 && result != -EINTR ? result : 0;
}

int
OS_Accept(int listen_sock, int fail_on_intr, const char *webServerAddrs)
{
    struct fcgi_peers peers;
    bool is_tcp;
    int result = fcgi_peers_init(&peers, webServerAddrs);

    if (result == 0)
        result = fcgi_sock_prepare(listen_sock);
    while (result == 0) {
        result = wait_for_peer(listen_sock, fail_on_intr != 0);
        if (result < 0)
            break;
        result = fcgi_sock_accept(listen_sock, &peers, &is_tcp);
        if (result > 0)
            break;
        if (result == -EAGAIN || fcgi_sock_is_of_connection(-result))
            result = 0;
    }
    fcgi_peers_fini(&peers);
    return public_result(result);
}

/* --- Processes ----------------------------------------------------------- */

/* In the child, up to exec; the errno of what failed goes to report. */
static void
become(char *path, int listener, int report)
{
    char *argv[] = {path, NULL};
    int null = -1;
    int error;

    if (dup2(listener, STDIN_FILENO) >= 0 &&
        fcntl(STDIN_FILENO, F_SETFD, 0) == 0)
        null = open("/dev/null", O_RDWR);
    if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
        dup2(null, STDERR_FILENO) >= 0) {
        if (null > STDERR_FILENO)
            close(null);
        if (listener > STDERR_FILENO)
            close(listener);
        execve(path, argv, environ);
    }
    error = errno;
    if (write(report, &error, sizeof error) < 0)
        _exit(126);
    _exit(127);
}

static int
spawn(char *path, int listener)
{
    int ends[2];
    int error = 0;
    int result = fcgi_io_pipe(ends); /* tells what exec says, if it fails */
    pid_t child;

    if (result < 0)
        return result;
    child = fork();
    if (child == 0)
        become(path, listener, ends[1]);
    if (child < 0)
        error = errno;
    close(ends[1]);
    if (child > 0 &&
        fcgi_io_read(ends[0], &error, sizeof error, 0) == (long)sizeof error) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    close(ends[0]);
    return -error;
}

int
OS_SpawnChild(char *execPath, int listenFd)
{
    return public_result(execPath == NULL ? -EINVAL
                                          : spawn(execPath, listenFd));
}

/* --- Descriptors --------------------------------------------------------- */

int
OS_Read(int fd, char *buf, size_t len)
{
    ssize_t count;

    if (len > INT_MAX)
        len = INT_MAX;
    do
        count = read(fd, buf, len);
    while (count < 0 && errno == EINTR);
    return (int)count;
}

int
OS_Write(int fd, char *buf, size_t len)
{
    ssize_t count;

    if (len > INT_MAX)
        len = INT_MAX;
    do {
        count = send(fd, buf, len, MSG_NOSIGNAL);
        if (count < 0 && errno == ENOTSOCK)
            count = write(fd, buf, len);
    } while (count < 0 && errno == EINTR);
    return (int)count;
}

/* Reads away what the peer still sends, until it closes or the time is up. */
static void
drain(int fd)
{
    long linger = fcgi_option_linger();
    long long now = fcgi_io_now();
    long long end = now + (linger >= 0 ? linger : FCGI_OPTION_LINGER_DEFAULT);
    char sink[4096];

    while (now < end) {
        int ready = fcgi_io_wait(&fd, 1, (int)(end - now), NULL);

        if (ready > 0) {
            if (fcgi_io_read(fd, sink, sizeof sink, 0) <= 0)
                return;
        } else if (ready != -EINTR) {
            return;
        }
        now = fcgi_io_now();
    }
}

int
OS_Close(int fd, int shutdown_too)
{
    fcgi_osloop_drop(fd, true, true);
    if (shutdown_too && shutdown(fd, SHUT_WR) == 0)
        drain(fd);
    return close(fd);
}

int
OS_IpcClose(int ipcFd, int shutdown_too)
{
    if (ipcFd == -1)
        return -1;
    return OS_Close(ipcFd, shutdown_too);
}

int
OS_CloseRead(int fd)
{
    fcgi_osloop_drop(fd, true, false);
    return shutdown(fd, SHUT_RD);
}

void
OS_SetFlags(int fd, int flags)
{
    int old = fcntl(fd, F_GETFL);

    if (old >= 0)
        fcntl(fd, F_SETFL, old | flags);
}
