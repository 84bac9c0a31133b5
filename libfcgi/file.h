/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending a part of a file as a record, without copying it where the system
 * can do that.
 */
#ifndef FCGI_FILE_H
#define FCGI_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/frame.h"

struct fcgi_file {
    int fd; /* a regular file */
    off_t offset;
    size_t size; /* bytes of content */
    uint8_t header[FCGI_WIRE_HEADER_SIZE];
    unsigned padding; /* bytes after the content */
};

/*
 * Sends header, content and padding to a socket; blocks.  timeout as
 * fcgi_io_write.  No SIGPIPE comes.  Returns 0; -EIO if the file has become
 * shorter, so that the record is cut; or another -errno.
 */
int fcgi_file_send(int to, const struct fcgi_file *file, long timeout);

/* Writes slices, then a file unless that is NULL.  As fcgi_io_write and
 * fcgi_file_send. */
int fcgi_file_write(int to, struct fcgi_slice *slices, size_t count,
                    const struct fcgi_file *file, long timeout);

#endif
