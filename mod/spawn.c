/* SPDX-License-Identifier: BSD-2-Clause */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "apr_general.h"
#include "apr_strings.h"
#include "ap_config.h"
#include "ap_config_layout.h"
#include "httpd.h"
#include "unixd.h"

#define FCGID_WORKERS_VARIABLE "FCGI_WORKERS="

enum {
    BACKLOG = 512,
    NAME_BYTES = 16, /* of randomness in a socket's name */
    EXEC_FAILED = 127
};

static struct rlimit former_nofile;
static int nofile_raised;

/* Sockets. */

static int
set_address(struct sockaddr_un *address, const char *path)
{
    if (strlen(path) >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, strlen(path) + 1);
    return 0;
}

static int
make_path(const char *dir, char path[FCGID_SOCKET_PATH_SIZE])
{
    unsigned char random[NAME_BYTES];
    size_t length = strlen(dir);
    int i;

    if (length + 1 + 2 * NAME_BYTES >= FCGID_SOCKET_PATH_SIZE) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (apr_generate_random_bytes(random, sizeof random) != APR_SUCCESS) {
        errno = EIO;
        return -1;
    }
    memcpy(path, dir, length);
    path[length] = '/';
    for (i = 0; i < NAME_BYTES; i++)
        apr_snprintf(path + length + 1 + 2 * i, 3, "%02x", random[i]);
    return 0;
}

static int
fail_closing(int fd)
{
    int error = errno;

    close(fd);
    errno = error;
    return -1;
}

/* Who cleans up temporary files may have taken the directory away. */
static int
bind_in(const char *dir, int fd, const struct sockaddr_un *address)
{
    const struct sockaddr *to = (const struct sockaddr *)address;

    if (bind(fd, to, sizeof *address) == 0)
        return 0;
    if (errno != ENOENT)
        return -1;
    if (mkdir(dir, 0700) == 0)
        return bind(fd, to, sizeof *address);
    errno = ENOENT;
    return -1;
}

int
fcgid_listen(const char *dir, char path[FCGID_SOCKET_PATH_SIZE])
{
    struct sockaddr_un address;
    mode_t mask;
    int fd, rc;

    if (make_path(dir, path) == -1 || set_address(&address, path) == -1)
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -1;
    mask = umask(077);
    rc = bind_in(dir, fd, &address);
    umask(mask);
    if (rc == -1)
        return fail_closing(fd);
    if (listen(fd, BACKLOG) == -1) {
        unlink(path);
        return fail_closing(fd);
    }
    return fd;
}

int
fcgid_connect(const char *path)
{
    struct sockaddr_un address;
    int fd;

    if (set_address(&address, path) == -1)
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == -1)
        return fail_closing(fd);
    return fd;
}

/* The new process. */

static void
default_signals(void)
{
    sigset_t none;
    int i;

    for (i = 1; i < NSIG; i++)
        (void)signal(i, SIG_DFL); /* some cannot be changed: no matter */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Everything from first on is closed by exec. */
static void
close_from(int first)
{
    long fd, most;

#if defined(SYS_close_range)
    if (syscall(SYS_close_range, (unsigned)first, ~0u,
                4u /* CLOSE_RANGE_CLOEXEC */) == 0)
        return;
#endif
    most = sysconf(_SC_OPEN_MAX);
    if (most < 0 || most > 65536)
        most = 65536;
    for (fd = first; fd < most; fd++)
        (void)fcntl((int)fd, F_SETFD, FD_CLOEXEC);
}

/* report, which may be in the way, moves. */
static int
place_control(int control, int *report)
{
    if (control == -1)
        return 0;
    *report = fcntl(*report, F_DUPFD_CLOEXEC, FCGID_CONTROL_FD + 1);
    if (*report == -1)
        return -1;
    if (control == FCGID_CONTROL_FD)
        return fcntl(control, F_SETFD, 0);
    return dup2(control, FCGID_CONTROL_FD);
}

/* The environment in which the program starts, with a control socket. */
static const char *const *
with_control(const char *const *env)
{
    static const char name[] = FCGID_WORKERS_VARIABLE;
    const char **made;
    size_t count = 0, i;

    for (i = 0; env[i] != NULL; i++)
        ;
    made = calloc(i + 2, sizeof *made);
    if (made == NULL)
        return env;
    for (i = 0; env[i] != NULL; i++)
        if (strncmp(env[i], name, sizeof name - 1) != 0)
            made[count++] = env[i];
    made[count] = FCGID_WORKERS_VARIABLE "fd:" APR_STRINGIFY(FCGID_CONTROL_FD);
    return made;
}

static int
set_limit(int resource, const struct fcgid_rlimit *limit)
{
    struct rlimit value;

    if (!limit->set)
        return 0;
    value.rlim_cur = (rlim_t)limit->soft;
    value.rlim_max = (rlim_t)limit->hard;
    return setrlimit((__rlimit_resource_t)resource, &value);
}

/* Before root is given up: a limit may be above httpd's own. */
static int
set_limits(const struct fcgid_class_def *def)
{
    if (def->umask >= 0)
        (void)umask((mode_t)def->umask);
    errno = 0;
    if (def->nice > 0 && nice(def->nice) == -1 && errno != 0)
        return -1;
    if (nofile_raised)
        (void)setrlimit(RLIMIT_NOFILE, &former_nofile);
    if (set_limit(RLIMIT_CPU, &def->cpu) == -1 ||
        set_limit(RLIMIT_NPROC, &def->nproc) == -1)
        return -1;
    return set_limit(RLIMIT_AS, &def->mem);
}

int
fcgid_drop_identity(void)
{
    if (getuid() != 0)
        return 0;
    if (geteuid() != 0 && seteuid(0) == -1)
        return -1;
    if (setgid(ap_unixd_config.group_id) == -1 ||
        initgroups(ap_unixd_config.user_name, ap_unixd_config.group_id) == -1)
        return -1;
    return setuid(ap_unixd_config.user_id);
}

/* suexec USER GROUP PROGRAM ARGUMENTS..., in the program's directory. */
static void
exec_suexec(const struct fcgid_class_def *def, const char *const *env)
{
    const char **argv;
    const char *slash = strrchr(def->argv[0], '/');
    size_t count = 0, i;

    while (def->argv[count] != NULL)
        count++;
    argv = calloc(count + 4, sizeof *argv);
    if (argv == NULL)
        return;
    argv[0] = SUEXEC_BIN;
    argv[1] = def->suexec_user;
    argv[2] = def->suexec_group;
    argv[3] = slash != NULL ? slash + 1 : def->argv[0];
    for (i = 1; i < count; i++)
        argv[3 + i] = def->argv[i];
    execve(SUEXEC_BIN, (char *const *)(apr_uintptr_t)argv,
           (char *const *)(apr_uintptr_t)env);
}

static void
run_program(const struct fcgid_class_def *def, int listener, int output,
            int control, int report)
{
    const char *const *env = control == -1 ? def->env : with_control(def->env);
    int error;

    default_signals();
    setsid();
    if (dup2(listener, 0) != -1 && dup2(output, 1) != -1 &&
        dup2(output, 2) != -1 && place_control(control, &report) != -1 &&
        set_limits(def) == 0 && fcgid_drop_identity() == 0 &&
        chdir(def->directory) == 0) {
        close_from(control == -1 ? FCGID_CONTROL_FD : FCGID_CONTROL_FD + 1);
        if (def->use_suexec)
            exec_suexec(def, env);
        else
            execve(def->argv[0], (char *const *)(apr_uintptr_t)def->argv,
                   (char *const *)(apr_uintptr_t)env);
    }
    error = errno;
    if (write(report, &error, sizeof error) == -1)
        _exit(EXEC_FAILED);
    _exit(EXEC_FAILED);
}

pid_t
fcgid_fork(void)
{
    sigset_t all, old;
    pid_t pid;
    int error;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    pid = fork();
    if (pid == 0)
        return 0;
    error = errno;
    sigprocmask(SIG_SETMASK, &old, NULL);
    errno = error;
    return pid;
}

int
fcgid_spawn(const struct fcgid_class_def *def, int listener, int output,
            int control, struct fcgid_spawned *spawned)
{
    int report[2], error;

    if (pipe2(report, O_CLOEXEC) == -1)
        return errno;
    spawned->pid = fcgid_fork();
    if (spawned->pid == -1) {
        error = errno;
        close(report[0]);
        close(report[1]);
        return error;
    }
    if (spawned->pid == 0)
        run_program(def, listener, output, control, report[1]);
    close(report[1]);
    spawned->exec_fd = report[0];
    return 0;
}

/* Identity and limits of the manager. */

int
fcgid_enter_identity(void)
{
    if (geteuid() != 0)
        return 0;
    if (!ap_unixd_config.suexec_enabled)
        return fcgid_drop_identity() == 0 ? 0 : errno;
    if (initgroups(ap_unixd_config.user_name, ap_unixd_config.group_id) == -1 ||
        setegid(ap_unixd_config.group_id) == -1 ||
        seteuid(ap_unixd_config.user_id) == -1)
        return errno;
    return 0;
}

int
fcgid_kill(pid_t pid, int signal_number)
{
    uid_t user = geteuid();
    int rc;

    if (getuid() != 0 || user == 0)
        return kill(pid, signal_number);
    if (seteuid(0) == -1)
        return -1;
    rc = kill(pid, signal_number);
    return seteuid(user) == 0 ? rc : -1;
}

int
fcgid_is_alive(pid_t pid)
{
    return pid > 0 && (fcgid_kill(pid, 0) == 0 || errno == EPERM);
}

void
fcgid_raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &former_nofile) == -1)
        return;
    limit = former_nofile;
    limit.rlim_cur = limit.rlim_max;
    nofile_raised = setrlimit(RLIMIT_NOFILE, &limit) == 0;
}
