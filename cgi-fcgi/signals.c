/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { NUMBERS = 32 };

/* The counts tell what came, the pipe only wakes: when it is full, nothing is
 * lost. */
static unsigned counts[NUMBERS];
static int wake[2] = {-1, -1};

static void
on_signal(int number)
{
    int saved = errno;

    __atomic_fetch_add(&counts[number], 1, __ATOMIC_SEQ_CST);
    if (write(wake[1], "", 1) < 0)
        errno = 0;
    errno = saved;
}

bool
signals_catch(const int *numbers, size_t count)
{
    struct sigaction action;
    sigset_t set;
    size_t i;

    if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigemptyset(&set);
    for (i = 0; i < count; i++) {
        sigaction(numbers[i], &action, NULL);
        sigaddset(&set, numbers[i]);
    }
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    return true;
}

void
signals_wait(int timeout)
{
    struct pollfd pfd = {.fd = wake[0], .events = POLLIN};
    char bytes[64];

    /* A signal that interrupts poll has filled the pipe as well. */
    if (poll(&pfd, 1, timeout) != 0)
        while (read(wake[0], bytes, sizeof(bytes)) > 0)
            ;
}

unsigned
signals_take(int number)
{
    return __atomic_exchange_n(&counts[number], 0, __ATOMIC_SEQ_CST);
}
