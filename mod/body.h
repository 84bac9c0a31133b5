/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The body of a request: read from the client before an application is
 * occupied, kept in memory up to FcgidMaxRequestInMem and in one unnamed file
 * beyond; or, by FcgidRequestBuffering, taken from the client when the
 * application wants it.
 */
#ifndef FCGID_BODY_H
#define FCGID_BODY_H

#include "conf.h"
#include "wire/frame.h"

struct fcgid_body {
    request_rec *r;
    unsigned type;              /* of its records: STDIN, or DATA after an
                                   empty STDIN */
    apr_off_t told;             /* bytes, for CONTENT_LENGTH; -1: not known */
    apr_off_t length;           /* bytes, all that have come */
    int streams;                /* more is to come while the request runs */
    int status;                 /* why it did not, or OK */
    apr_off_t in_memory;        /* bytes, the first of it */
    apr_bucket_brigade *memory; /* what is left of them */
    apr_bucket_brigade *sent;   /* what is not */
    int gone;                   /* some of it went on while it streamed */
    apr_file_t *file;           /* the rest; NULL: none */
    apr_off_t file_left;        /* bytes of the file not yet loaded */
    char *buffer;               /* the part of the file at hand */
    apr_size_t buffer_size;     /* bytes in it */
    apr_size_t buffer_position;
};

/* An empty one, to be filled by add: OK, or a status, with the reason logged.
 * rewind is called before its first byte is shown. */
void fcgid_body_init(request_rec *r, struct fcgid_body *body, unsigned type);
int fcgid_body_add(request_rec *r, struct fcgid_body *body, const char *data,
                   apr_size_t size);
int fcgid_body_rewind(struct fcgid_body *body);
/* Back to the begin, for a request that is sent again.  0: it cannot be, since
 * it has streamed, or the file cannot be read. */
int fcgid_body_restart(struct fcgid_body *body);

/*
 * Reads the body, or the begin of one that is to stream; blocks for the
 * client.  Returns OK, or what the handler is to return: 413 for a body above
 * FcgidMaxRequestLen (without reading it if the client told its length), 400,
 * 408, or AP_FILTER_ERROR when a filter has answered already.  Logs the reason.
 */
int fcgid_body_read(request_rec *r, struct fcgid_body *body);

/* Parts that are shown at once: httpd reads 8000 bytes at a time. */
#define FCGID_BODY_PARTS 12
/* Records that they fill at most. */
#define FCGID_BODY_RECORDS 2

struct fcgid_body_view {
    struct fcgi_slice parts[FCGID_BODY_PARTS];
    size_t count;    /* parts */
    apr_size_t size; /* bytes of them; 0: the end */
    int is_last;     /* nothing comes behind */
};

/*
 * Shows the next bytes, at most what fills FCGID_BODY_RECORDS records.  They
 * stay as long as they are not consumed.  APR_EAGAIN: the client has not sent
 * them yet.  Other errors of a body that streams leave the reason in status.
 */
apr_status_t fcgid_body_peek(struct fcgid_body *body,
                             struct fcgid_body_view *view);
void fcgid_body_consume(struct fcgid_body *body, apr_size_t size);

/*
 * Whether the client has to be through with its body before the answer ends:
 * HTTP/2 resets a stream whose body was left unread, and what has not gone out
 * of the answer is lost.  drop reads the rest, and blocks for the client.
 */
int fcgid_body_holds_answer(const struct fcgid_body *body);
void fcgid_body_drop(struct fcgid_body *body);

#endif
