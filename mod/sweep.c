/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets that a server which was killed has left in the directory of
 * FcgidIPCDir, which others may use as well.  One is removed only if nobody
 * can be behind it: its name is one of ours, it is older than the moment
 * between bind and listen, this system's list of sockets does not have it, and
 * it refuses a connection, so that no process of another container has it
 * either.
 */
#include "sweep.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "spawn.h"

enum {
    NAME_SIZE = 32, /* see fcgid_listen */
    LEAST_AGE = 60, /* seconds */
    MOST = 1000     /* at a time: each one costs a look at the list */
};

static int
is_our_name(const char *name)
{
    return strlen(name) == NAME_SIZE &&
           strspn(name, "0123456789abcdef") == NAME_SIZE;
}

static int
is_old_socket(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0 && S_ISSOCK(info.st_mode) &&
           info.st_mtime < time(NULL) - LEAST_AGE;
}

/* Whether a process of this system has it open, by whatever path to the
 * directory.  Where that is not known, one is assumed to. */
static int
is_listed(const char *name)
{
    char line[512];
    FILE *list = fopen("/proc/net/unix", "re");
    int found = 0;

    if (list == NULL)
        return 1;
    while (!found && fgets(line, sizeof line, list) != NULL)
        found = strstr(line, name) != NULL;
    fclose(list);
    return found;
}

static int
refuses(const char *path)
{
    int fd = fcgid_connect(path);

    if (fd == -1)
        return errno == ECONNREFUSED;
    close(fd);
    return 0;
}

int
fcgid_sweep_sockets(const char *dir)
{
    char path[FCGID_SOCKET_PATH_SIZE];
    struct dirent *entry;
    DIR *stream = opendir(dir);
    int seen = 0, removed = 0;

    if (stream == NULL)
        return 0;
    while (seen < MOST && (entry = readdir(stream)) != NULL) {
        if (!is_our_name(entry->d_name) ||
            (size_t)snprintf(path, sizeof path, "%s/%s", dir, entry->d_name) >=
                sizeof path)
            continue;
        if (!is_old_socket(path))
            continue;
        seen++;
        if (!is_listed(entry->d_name) && refuses(path))
            removed += unlink(path) == 0;
    }
    closedir(stream);
    return removed;
}
