/* SPDX-License-Identifier: BSD-2-Clause */
/* A process that is told to end before it has become another program. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "httpd.h"
#include "unixd.h"
#include "mod/spawn.h"
#include "unit.h"

/* httpd's; nobody is root's deputy here. */
unixd_config_rec ap_unixd_config;

static int pipe_ends[2];

/* What the manager does, whose pipe the new process has as well. */
static void
on_signal(int number)
{
    unsigned char byte = (unsigned char)number;
    int error = errno;

    if (write(pipe_ends[1], &byte, 1) == -1)
        _exit(3);
    errno = error;
}

/* In the new process, first of all. */
static void
signal_early(void)
{
    raise(SIGTERM);
}

static int
is_caught(void)
{
    char byte;

    return read(pipe_ends[0], &byte, 1) == 1;
}

int
main(void)
{
    static const char *const argv[] = {"/bin/sh", "-c", "exit 0", NULL};
    static const char *const env[] = {NULL};
    struct fcgid_class_def def;
    struct fcgid_spawned spawned = {0, -1};
    int status = 0, rc;

    memset(&def, 0, sizeof def);
    def.command = argv[0];
    def.argv = argv;
    def.directory = "/";
    def.env = env;
    def.umask = -1;
    ap_unixd_config.user_id = geteuid();
    ap_unixd_config.group_id = getegid();
    ap_unixd_config.user_name = "root";
    if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) == -1 ||
        signal(SIGTERM, on_signal) == SIG_ERR ||
        pthread_atfork(NULL, NULL, signal_early) != 0)
        return 2;
    rc = fcgid_spawn(&def, 0, 1, -1, &spawned);
    UNIT_CHECK(rc == 0 && waitpid(spawned.pid, &status, 0) == spawned.pid,
               "spawn: a process is started");
    UNIT_CHECK(!is_caught(), "spawn: a signal to a process that has just begun "
                             "does not reach the manager");
    UNIT_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
               "spawn: it ends that process");
    raise(SIGTERM);
    UNIT_CHECK(is_caught(), "spawn: the manager takes signals afterwards");
    return unit_done();
}
