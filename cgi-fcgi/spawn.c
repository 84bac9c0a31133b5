/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "say.h"

bool
spawn_check(const struct spawn *spawn)
{
    struct stat status;

    if (stat(spawn->app, &status) == 0 && S_ISDIR(status.st_mode))
        errno = EISDIR;
    else if (access(spawn->app, X_OK) == 0)
        return true;
    say("%s is not executable: %s", spawn->app, strerror(errno));
    return false;
}

static char **
make_args(const struct spawn *spawn)
{
    size_t count = 0;
    char **args;

    while (spawn->args[count] != NULL)
        count++;
    args = must_alloc((count + 2) * sizeof(args[0]));
    args[0] = must_copy(spawn->app);
    memcpy(args + 1, spawn->args, (count + 1) * sizeof(args[0]));
    return args;
}

static void
close_from(int first)
{
    struct rlimit limit;
    rlim_t end = 1024;
    rlim_t fd;

#ifdef HAVE_CLOSE_RANGE
    if (close_range((unsigned)first, ~0u, 0) == 0)
        return;
#endif
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
        limit.rlim_cur != RLIM_INFINITY)
        end = limit.rlim_cur;
    for (fd = (rlim_t)first; fd < end; fd++)
        close((int)fd);
}

static void
reset_signals(void)
{
    sigset_t none;
    int signal_number;

    for (signal_number = 1; signal_number < NSIG; signal_number++)
        signal(signal_number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Puts the descriptors where they belong; report becomes 3. */
static bool
place_descriptors(const struct spawn *spawn, int report)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0 || dup2(spawn->listener, STDIN_FILENO) < 0 ||
        dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
        return false;
    if (report != 3 && dup3(report, 3, O_CLOEXEC) < 0)
        return false;
    close_from(4);
    return true;
}

/* In the new process: becomes the application, or reports errno. */
static void run_child(const struct spawn *spawn, char **args, int report)
    __attribute__((noreturn));

static void
run_child(const struct spawn *spawn, char **args, int report)
{
    int error;

    setsid();
    reset_signals();
    if (place_descriptors(spawn, report)) {
        report = 3;
        execve(spawn->app, args, spawn->entries);
    }
    error = errno;
    while (write(report, &error, sizeof(error)) < 0 && errno == EINTR)
        ;
    _exit(127);
}

/* Waits for the exec.  Returns 0, or the errno value that the child sent. */
static int
read_report(int report)
{
    int error = 0;
    ssize_t n;

    do {
        n = read(report, &error, sizeof(error));
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(error) ? error : 0;
}

pid_t
spawn_one(const struct spawn *spawn)
{
    char **args = make_args(spawn);
    int report[2];
    pid_t pid = -1;
    int error;

    if (pipe2(report, O_CLOEXEC) == 0) {
        pid = fork();
        if (pid == 0)
            run_child(spawn, args, report[1]);
        error = errno;
        close(report[1]);
        if (pid > 0)
            error = read_report(report[0]);
        close(report[0]);
    } else {
        error = errno;
    }
    free(args[0]);
    free(args);
    if (pid > 0 && error == 0)
        return pid;
    if (pid > 0)
        waitpid(pid, NULL, 0);
    say("cannot start %s: %s", spawn->app, strerror(error));
    return -1;
}

bool
spawn_all(const struct spawn *spawn, unsigned count)
{
    for (; count > 0; count--)
        if (spawn_one(spawn) < 0)
            return false;
    return true;
}
