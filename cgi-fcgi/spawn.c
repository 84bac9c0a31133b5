/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

static void
run(const char *program, int listener, int report)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), error;
    ssize_t written;

    /* Descriptors 1 and 2 are there, or the first files that the application
     * opens would take their places. */
    if (null != -1 && dup2(listener, 0) != -1 && dup2(null, 1) != -1 &&
        dup2(null, 2) != -1) {
        (void)signal(SIGPIPE, SIG_DFL);
        execl(program, program, (char *)NULL);
    }
    error = errno;
    written = write(report, &error, sizeof(error));
    _exit(written == (ssize_t)sizeof(error) ? 1 : 2);
}

static int
spawn_one(const char *program, int listener)
{
    int report[2], error = 0;
    ssize_t n;
    pid_t pid;

    if (pipe2(report, O_CLOEXEC) == -1)
        return errno;
    pid = fork();
    if (pid == 0)
        run(program, listener, report[1]);
    if (pid == -1)
        error = errno;
    close(report[1]);
    /* exec closes the pipe; what comes out of it before is its errno. */
    do
        n = read(report[0], &error, sizeof(error));
    while (n == -1 && errno == EINTR);
    close(report[0]);
    return error;
}

int
spawn_processes(const char *program, int listener, int count)
{
    int error = 0;

    while (count-- > 0 && error == 0)
        error = spawn_one(program, listener);
    return error;
}
