/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file with process ids, one on a line.
 *
 * A supervisor's file is locked (flock) as long as it lives.  A file that is
 * locked, or that names a living leader of a session, is somebody else's.
 */
#ifndef CGI_FCGI_PIDFILE_H
#define CGI_FCGI_PIDFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct pidfile {
    const char *path; /* the caller's; NULL: there is none */
    char *draft;      /* what becomes the file, or NULL */
    int fd;
    bool is_there; /* the file is ours */
};

/*
 * Makes a draft beside the file.  Returns false after the message if the file
 * is somebody else's or cannot be made.  path may be NULL: nothing is done,
 * here and below.
 */
bool pidfile_open(struct pidfile *file, const char *path);

/* Writes the draft and puts it in the file's place; readers see all of it or
 * nothing.  Returns false after the message. */
bool pidfile_write(struct pidfile *file, const pid_t *pids, size_t count);

/* Removes draft and file, if they are ours, and gives up the lock. */
void pidfile_remove(struct pidfile *file);

/* Gives up the lock; the file stays. */
void pidfile_close(struct pidfile *file);

#endif
