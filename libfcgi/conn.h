/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection to a web server: descriptor, record parser and input buffer,
 * for as long as the connection lives.  Bytes that came with one request but
 * belong to the next are kept here.
 *
 * Errors are -errno.
 */
#ifndef FCGI_CONN_H
#define FCGI_CONN_H

#include <pthread.h>

#include "file.h"
#include "wire/frame.h"
#include "wire/parser.h"

enum { FCGI_CONN_BUFFER = 16384 }; /* bytes */

/* What stands in for a socket; as fcgi_conn_read and fcgi_conn_write. */
struct fcgi_conn_ops {
    long (*read)(void *of, void *buffer, size_t size, bool wait);
    int (*write)(void *of, struct fcgi_slice *slices, size_t count,
                 const struct fcgi_file *file);
};

struct fcgi_conn {
    const struct fcgi_conn_ops *ops; /* NULL: the socket itself */
    void *ops_of;
    int fd;
    bool is_tcp;
    pthread_mutex_t write_lock; /* whole records are written under it */
    bool is_torn;      /* a record was left half written: no more of them */
    bool is_impatient; /* a blocking read gives up soon */
    bool is_prompt;    /* Unix: the last request followed at once */
    struct fcgi_parser parser;
    size_t pos; /* buffer[pos] to buffer[end - 1] is not parsed yet */
    size_t end;
    uint8_t buffer[FCGI_CONN_BUFFER];
};

/* Milliseconds for which a connection alone is waited for. */
enum {
    FCGI_CONN_PATIENCE = 20, /* while others that come are seen */
    FCGI_CONN_HOLD = 4       /* while they are not */
};

enum { FCGI_CONN_PROMPT = 20 }; /* microseconds from answer to request */

/* Starts with an empty buffer on a connected socket; ops is NULL. */
void fcgi_conn_init(struct fcgi_conn *conn, int fd, bool is_tcp);
/* Leaves the socket open. */
void fcgi_conn_fini(struct fcgi_conn *conn);

/*
 * The next event of the bytes that are buffered; MORE: read first.  Slices
 * are valid until the next read.
 */
enum fcgi_wire_result fcgi_conn_next(struct fcgi_conn *conn,
                                     struct fcgi_event *event);

/* True if all that was read is parsed, and ended with a whole record. */
bool fcgi_conn_is_quiet(const struct fcgi_conn *conn);

/*
 * Reads into the buffer, which must have been parsed empty.  wait false: only
 * what is there, else -EAGAIN; true: blocks, signals or not, up to the read
 * time-out (-ETIMEDOUT).  Returns the number of bytes, 0 at the end of input,
 * or -errno.
 */
long fcgi_conn_read(struct fcgi_conn *conn, bool wait);

/*
 * Reads only what is there, behind what the buffer still holds (which moves
 * to the buffer's start: no slice may be in use).  Returns as above.
 */
long fcgi_conn_read_more(struct fcgi_conn *conn);

/* True, and the header, if the buffer holds the next record's whole and not
 * yet parsed. */
bool fcgi_conn_peek(const struct fcgi_conn *conn, struct fcgi_header *header);

/*
 * Blocks for content of the record at hand and puts up to size bytes of it
 * straight to out; what follows goes to the buffer, which must have been
 * parsed empty.  Returns as fcgi_conn_read the number of bytes at out; only
 * for a parser in FCGI_PARSER_CONTENT with content_left > 0.
 */
long fcgi_conn_read_content(struct fcgi_conn *conn, uint8_t *out, size_t size);

/*
 * For a connection that waits between two requests: reads into the buffer,
 * but gives up with -EAGAIN after a short time, or -EINTR after a signal, so
 * that the caller can go and poll for other things as well.  A busy web server
 * answers in time and saves the hub's poll.  On a Unix socket that is not
 * prompt it also gives up when other, a descriptor, becomes readable.
 */
long fcgi_conn_read_soon(struct fcgi_conn *conn, int other);

/* Writes whole records, then that of file unless it is NULL (blocks, up to the
 * write time-out).  Returns 0 or -errno. */
int fcgi_conn_write(struct fcgi_conn *conn, struct fcgi_slice *slices,
                    size_t count, const struct fcgi_file *file);

#endif
