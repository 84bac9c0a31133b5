/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "sig.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

/*
 * The pipe's ends are published by write_end, last.  Both are -1 while there
 * is no pipe.  inode tells whether a number still is our pipe: programs that
 * become daemons close descriptors that they did not open.
 */
static struct {
    int pending;
    int urgent;
    unsigned asked; /* fcgi_io_now of the first signal, or 0 */
    int read_end;
    int write_end;
    pid_t pid; /* whose pipe it is */
    dev_t device;
    ino_t inode;
    pthread_mutex_t lock; /* makers of the pipe */
} state = {.read_end = -1, .write_end = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

static bool
is_our_pipe(int fd)
{
    struct stat s;

    return fd >= 0 && fstat(fd, &s) == 0 && s.st_dev == state.device &&
           s.st_ino == state.inode;
}

bool
fcgi_sig_pending(void)
{
    return __atomic_load_n(&state.pending, __ATOMIC_SEQ_CST) != 0;
}

void
fcgi_sig_shutdown(void)
{
    int saved = errno;
    int fd;

    __atomic_store_n(&state.pending, 1, __ATOMIC_SEQ_CST);
    fd = __atomic_load_n(&state.write_end, __ATOMIC_SEQ_CST);
    /* Nobody reads it: the byte stays, and wakes all threads.  A full pipe is
     * readable as well.  A child that fork has just made has its parent's. */
    if (fd >= 0 && state.pid == getpid() && is_our_pipe(fd) &&
        write(fd, "", 1) < 0)
        errno = 0;
    errno = saved;
}

bool
fcgi_sig_is_urgent(void)
{
    return __atomic_load_n(&state.urgent, __ATOMIC_RELAXED) != 0;
}

static void
on_shutdown(int signal_number)
{
    unsigned now = (unsigned)fcgi_io_now() | 1;
    unsigned asked = 0;

    (void)signal_number;
    if (!__atomic_compare_exchange_n(&state.asked, &asked, now, false,
                                     __ATOMIC_RELAXED, __ATOMIC_RELAXED) &&
        now - asked >= FCGI_SIG_AGAIN)
        __atomic_store_n(&state.urgent, 1, __ATOMIC_RELAXED);
    fcgi_sig_shutdown();
}

static void
on_pipe(int signal_number)
{
    (void)signal_number;
}

static void
close_if_ours(int fd)
{
    if (is_our_pipe(fd))
        close(fd);
}

/* The parent's pipe is of no use to a child: the parent's signals are in it. */
static void
on_fork_in_child(void)
{
    close_if_ours(state.read_end);
    close_if_ours(state.write_end);
    state.read_end = -1;
    state.write_end = -1;
    pthread_mutex_init(&state.lock, NULL);
}

static int
install(int signal_number, void (*handler)(int))
{
    struct sigaction action;

    if (sigaction(signal_number, NULL, &action) != 0)
        return -errno;
    if ((action.sa_flags & SA_SIGINFO) != 0 ||
        (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN))
        return 0;
    memset(&action, 0, sizeof(action));
    sigemptyset(&action.sa_mask);
    action.sa_handler = handler;
    return sigaction(signal_number, &action, NULL) == 0 ? 0 : -errno;
}

int
fcgi_sig_init(void)
{
    int error = -pthread_atfork(NULL, NULL, on_fork_in_child);

    if (error == 0)
        error = install(SIGPIPE, on_pipe);
    if (error == 0)
        error = install(SIGUSR1, on_shutdown);
    if (error == 0)
        error = install(SIGTERM, on_shutdown);
    return error;
}

void
fcgi_sig_fill(sigset_t *signals)
{
    static const int own[] = {SIGSEGV, SIGBUS,  SIGFPE, SIGILL,
                              SIGTRAP, SIGABRT, SIGSYS};
    size_t i;

    sigfillset(signals);
    for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        sigdelset(signals, own[i]);
}

static void
make_pipe(void)
{
    struct stat s;
    int ends[2];

    if (fcgi_io_pipe(ends) != 0)
        return;
    if (fstat(ends[1], &s) != 0) {
        close(ends[0]);
        close(ends[1]);
        return;
    }
    state.pid = getpid();
    state.device = s.st_dev;
    state.inode = s.st_ino;
    __atomic_store_n(&state.read_end, ends[0], __ATOMIC_SEQ_CST);
    __atomic_store_n(&state.write_end, ends[1], __ATOMIC_SEQ_CST);
}

int
fcgi_sig_fd(void)
{
    int fd = -1;

    if (__atomic_load_n(&state.write_end, __ATOMIC_SEQ_CST) >= 0)
        fd = __atomic_load_n(&state.read_end, __ATOMIC_SEQ_CST);
    if (fd >= 0)
        return fd;
    pthread_mutex_lock(&state.lock);
    if (state.write_end < 0)
        make_pipe();
    fd = state.read_end;
    pthread_mutex_unlock(&state.lock);
    return fd;
}

void
fcgi_sig_check_fd(void)
{
    pthread_mutex_lock(&state.lock);
    if (!is_our_pipe(state.read_end) || !is_our_pipe(state.write_end)) {
        close_if_ours(state.read_end);
        close_if_ours(state.write_end);
        __atomic_store_n(&state.write_end, -1, __ATOMIC_SEQ_CST);
        __atomic_store_n(&state.read_end, -1, __ATOMIC_SEQ_CST);
    }
    pthread_mutex_unlock(&state.lock);
}

int
fcgi_sig_wait(int fd, int timeout, const sigset_t *mask)
{
    int fds[2] = {fd, fcgi_sig_fd()};
    int ready;

    if (fcgi_sig_pending())
        return -ECANCELED;
    if (fds[1] < 0 && (timeout < 0 || timeout > FCGI_SIG_STEP))
        timeout = FCGI_SIG_STEP;
    ready = fcgi_io_wait(fds, 2, timeout, mask);
    if (fcgi_sig_pending())
        return -ECANCELED;
    if (ready < 0)
        return ready;
    if ((ready & 1) != 0)
        return 1;
    if ((ready & 2) != 0)
        fcgi_sig_check_fd();
    return 0;
}
