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
#ifdef __linux__
#include <sys/prctl.h>
#endif

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

int
spawn_open_log(const char *path)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);

    if (fd < 0)
        say("%s: %s", path, strerror(errno));
    return fd;
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

/* What the child sends when it cannot become the application. */
struct report {
    enum { DURING_SETUP, DURING_IDENTITY, DURING_EXEC } step;
    int error; /* errno */
};

/* Puts the descriptors where they belong; report becomes 3. */
static bool
place_descriptors(const struct spawn *spawn, int report)
{
    int output = spawn->output;

    if (output < 0)
        output = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (output < 0 || dup2(spawn->listener, STDIN_FILENO) < 0 ||
        dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
        return false;
    if (report != 3 && dup3(report, 3, O_CLOEXEC) < 0)
        return false;
    close_from(4);
    return true;
}

/* Asks for SIGTERM at the parent's end, unless that has passed.  A change of
 * the user takes this back, so it has to come later. */
static bool
tie_to(pid_t parent)
{
#ifdef __linux__
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        return false;
#endif
    if (getppid() == parent)
        return true;
    errno = ESRCH;
    return false;
}

/* In the new process: becomes the application, or reports why not. */
static void run_child(const struct spawn *spawn, char **args, int report,
                      pid_t parent) __attribute__((noreturn));

static void
run_child(const struct spawn *spawn, char **args, int report, pid_t parent)
{
    struct report message = {.step = DURING_SETUP};

    setsid();
    reset_signals();
    if (place_descriptors(spawn, report)) {
        report = 3;
        message.step = DURING_IDENTITY;
        errno = identity_become(spawn->identity);
        if (errno == 0) {
            message.step = DURING_EXEC;
            if (!spawn->tied || tie_to(parent))
                execve(spawn->app, args, spawn->entries);
        }
    }
    message.error = errno;
    while (write(report, &message, sizeof(message)) < 0 && errno == EINTR)
        ;
    _exit(127);
}

/* Waits for the exec.  Returns true, or false and what the child sent. */
static bool
read_report(int report, struct report *message)
{
    ssize_t n;

    do {
        n = read(report, message, sizeof(*message));
    } while (n < 0 && errno == EINTR);
    return n != (ssize_t)sizeof(*message);
}

static void
say_failure(const struct spawn *spawn, const struct report *report)
{
    const struct identity *identity = spawn->identity;

    if (report->step == DURING_IDENTITY && identity->name[0] != '\0')
        say("cannot start %s as user %s: %s", spawn->app, identity->name,
            strerror(report->error));
    else if (report->step == DURING_IDENTITY)
        say("cannot start %s as %s %lu: %s", spawn->app,
            identity->has_user ? "user" : "group",
            (unsigned long)(identity->has_user ? identity->uid : identity->gid),
            strerror(report->error));
    else
        say("cannot start %s: %s", spawn->app, strerror(report->error));
}

/* Forks with all signals blocked: until the child has reset them, none may
 * run a handler of the parent's in it. */
static pid_t
fork_child(const struct spawn *spawn, char **args, int report)
{
    pid_t parent = getpid();
    sigset_t all, old;
    pid_t pid;
    int error;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    pid = fork();
    if (pid == 0)
        run_child(spawn, args, report, parent);
    error = errno;
    sigprocmask(SIG_SETMASK, &old, NULL);
    errno = error;
    return pid;
}

pid_t
spawn_one(const struct spawn *spawn)
{
    char **args = make_args(spawn);
    struct report message = {.step = DURING_SETUP};
    bool started = false;
    int report[2];
    pid_t pid = -1;

    if (pipe2(report, O_CLOEXEC) == 0) {
        pid = fork_child(spawn, args, report[1]);
        message.error = errno;
        close(report[1]);
        if (pid > 0)
            started = read_report(report[0], &message);
        close(report[0]);
    } else {
        message.error = errno;
    }
    free(args[0]);
    free(args);
    if (started)
        return pid;
    if (pid > 0)
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    say_failure(spawn, &message);
    return -1;
}
