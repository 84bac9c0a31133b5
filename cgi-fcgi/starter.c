/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "starter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "listeners.h"
#include "pidfile.h"
#include "say.h"
#include "spawn.h"
#include "supervise.h"

void
starter_init(struct starter *starter, const struct options *options)
{
    static const char *const ours[] = {"LISTEN_PID", "LISTEN_FDS",
                                       "LISTEN_FDNAMES", "NOTIFY_SOCKET"};
    const char *notify = getenv("NOTIFY_SOCKET");
    size_t i;

    memset(starter, 0, sizeof(*starter));
    if (options->umask >= 0)
        umask((mode_t)options->umask);
    if (options->chdir != NULL && chdir(options->chdir) != 0)
        die("%s: %s", options->chdir, strerror(errno));
    if (!options->start)
        return;
    starter->offered = listeners_offered();
    if (notify != NULL && *notify != '\0')
        starter->notify = must_copy(notify);
    for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        unsetenv(ours[i]);
}

void
starter_free(struct starter *starter)
{
    free(starter->notify);
    starter->notify = NULL;
}

/* Ends those that were started before one failed. */
static void
end_all(const pid_t *pids, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        kill(pids[i], SIGTERM);
}

/* Starts the processes of all listeners.  Returns false if one failed: none is
 * left then. */
static bool
spawn_all(struct spawn *spawn, const struct listeners *listeners,
          unsigned processes, pid_t *pids)
{
    size_t count = 0;
    unsigned i, k;

    for (i = 0; i < listeners->count; i++) {
        spawn->listener = listeners->list[i].fd;
        for (k = 0; k < processes; k++) {
            pids[count] = spawn_one(spawn);
            if (pids[count] < 0) {
                end_all(pids, count);
                return false;
            }
            count++;
        }
    }
    return true;
}

/* Starts them, to live on.  Returns the exit code. */
static int
start(struct spawn *spawn, const struct options *options,
      struct listeners *listeners, struct pidfile *pidfile)
{
    size_t count = (size_t)listeners->count * options->processes;
    pid_t *pids = must_alloc(count * sizeof(pids[0]));
    bool started = spawn_all(spawn, listeners, options->processes, pids);

    if (started && !pidfile_write(pidfile, pids, count)) {
        end_all(pids, count);
        started = false;
    }
    free(pids);
    if (!started)
        listeners_unlink(listeners);
    return started ? 0 : EXIT_USAGE;
}

/* Keeps them alive.  Returns the exit code. */
static int
keep(const struct spawn *spawn, const struct starter *starter,
     const struct options *options, struct listeners *listeners)
{
    struct supervise_setup setup = {
        .spawn = *spawn,
        .listeners = listeners,
        .processes = options->processes,
        .crash_limit = options->crash_limit,
        .grace = options->grace,
        .ready_time = options->ready_time,
        .log = options->log,
        .notify = starter->notify,
    };

    return supervise(&setup);
}

/* Opens the log and the sockets, and starts.  Returns the exit code. */
static int
open_and_start(struct spawn *spawn, const struct starter *starter,
               const struct options *options, struct pidfile *pidfile)
{
    struct listeners listeners;
    int code;

    if (options->log != NULL) {
        spawn->output = spawn_open_log(options->log);
        if (spawn->output < 0)
            return EXIT_USAGE;
    }
    code = listeners_open(&listeners, options, starter->offered);
    if (code != 0)
        return code;
    code = options->supervise ? keep(spawn, starter, options, &listeners)
                              : start(spawn, options, &listeners, pidfile);
    listeners_close(&listeners);
    return code;
}

/* A supervisor's file is there before its sockets are: of two supervisors the
 * second does not touch those of the first. */
static bool
claim_pidfile(struct pidfile *pidfile, const struct options *options)
{
    pid_t pid = getpid();

    if (!pidfile_open(pidfile, options->pidfile))
        return false;
    if (!options->supervise || pidfile_write(pidfile, &pid, 1))
        return true;
    pidfile_remove(pidfile);
    return false;
}

int
starter_run(const struct starter *starter, const struct options *options,
            char *const *environment)
{
    struct spawn spawn = {
        .app = options->app,
        .args = options->app_args,
        .entries = environment,
        .output = -1,
        .identity = &options->user,
    };
    struct pidfile pidfile;
    int code;

    if (!spawn_check(&spawn) || !claim_pidfile(&pidfile, options))
        return EXIT_USAGE;
    code = open_and_start(&spawn, starter, options, &pidfile);
    if (code != 0 || options->supervise)
        pidfile_remove(&pidfile);
    else
        pidfile_close(&pidfile);
    if (spawn.output >= 0)
        close(spawn.output);
    return code;
}
