/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "process.h"
#include "say.h"

/* The first process of an old file that leads a session, as all do that are
 * started here, or 0.  Another one has got the number since. */
static long
living_process(FILE *file)
{
    char line[32];

    while (fgets(line, sizeof(line), file) != NULL) {
        long pid = strtol(line, NULL, 10);

        if (pid > 1 && pid != getpid() && getsid((pid_t)pid) == pid &&
            process_state((pid_t)pid) != 'Z')
            return pid;
    }
    return 0;
}

/* Returns false after the message if the file is somebody else's. */
static bool
check_free(const char *path)
{
    FILE *file = fopen(path, "re");
    char line[32] = "";
    bool is_locked;
    long pid;

    if (file == NULL && errno == ENOENT)
        return true;
    if (file == NULL) {
        say("%s: %s", path, strerror(errno));
        return false;
    }
    is_locked = flock(fileno(file), LOCK_EX | LOCK_NB) != 0;
    if (!is_locked)
        pid = living_process(file);
    else
        pid = fgets(line, sizeof(line), file) != NULL ? strtol(line, NULL, 10)
                                                      : 0;
    fclose(file);
    if (pid == 0 && !is_locked)
        return true;
    say("%s: process %ld is still running", path, pid);
    return false;
}

static char *
make_draft_name(const char *path)
{
    size_t room = strlen(path) + 32;
    char *name = must_alloc(room);

    snprintf(name, room, "%s.%ld.new", path, (long)getpid());
    return name;
}

bool
pidfile_open(struct pidfile *file, const char *path)
{
    memset(file, 0, sizeof(*file));
    file->fd = -1;
    file->path = path;
    if (path == NULL)
        return true;
    if (!check_free(path))
        return false;
    file->draft = make_draft_name(path);
    unlink(file->draft);
    file->fd = open(file->draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file->fd >= 0 && flock(file->fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    say("%s: %s", path, strerror(errno));
    pidfile_remove(file);
    return false;
}

static bool
write_pids(int fd, const pid_t *pids, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (dprintf(fd, "%ld\n", (long)pids[i]) < 0)
            return false;
    return true;
}

bool
pidfile_write(struct pidfile *file, const pid_t *pids, size_t count)
{
    int lock;
    bool is_free;

    if (file->path == NULL)
        return true;
    if (!write_pids(file->fd, pids, count)) {
        say("%s: %s", file->path, strerror(errno));
        return false;
    }
    lock = address_lock_directory(file->path);
    is_free = check_free(file->path);
    if (is_free && rename(file->draft, file->path) == 0)
        file->is_there = true;
    else if (is_free)
        say("%s: %s", file->path, strerror(errno));
    if (lock >= 0)
        close(lock);
    if (file->is_there) {
        free(file->draft);
        file->draft = NULL;
    }
    return file->is_there;
}

/* True if the path still names the file that was put there. */
static bool
is_ours(const struct pidfile *file)
{
    struct stat ours, there;

    return fstat(file->fd, &ours) == 0 && lstat(file->path, &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

void
pidfile_remove(struct pidfile *file)
{
    if (file->draft != NULL && file->fd >= 0)
        unlink(file->draft);
    if (file->is_there && is_ours(file))
        unlink(file->path);
    pidfile_close(file);
}

void
pidfile_close(struct pidfile *file)
{
    free(file->draft);
    file->draft = NULL;
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    file->is_there = false;
}
