/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answer of an application: records in, headers and brigades out.
 */
#ifndef FCGID_RESPONSE_H
#define FCGID_RESPONSE_H

#include "conf.h"
#include "stderr.h"
#include "util_filter.h"
#include "wire/parser.h"

#define FCGID_TEXT_LIMIT 65536 /* bytes of content collected */

enum fcgid_response_state {
    FCGID_RESPONSE_HEADERS, /* the header block is not complete */
    FCGID_RESPONSE_BODY,    /* content goes to the client */
    FCGID_RESPONSE_COLLECT, /* content is kept in text */
    FCGID_RESPONSE_DISCARD  /* content is read, but nobody wants it */
};

struct fcgid_response {
    request_rec *r;
    enum fcgid_response_state state;
    struct fcgi_parser parser;
    ap_filter_t *next;        /* where it goes; NULL: r->output_filters */
    apr_bucket_brigade *out;  /* content that waits to be passed on */
    int begun;                /* a record of an answer has begun */
    int passed;               /* something has been given to the client */
    int headers_done;         /* the header block was complete */
    int stdout_ended;         /* the empty STDOUT record has come */
    int request_ended;        /* END_REQUEST has come */
    int excess;               /* bytes have come after END_REQUEST */
    unsigned protocol_status; /* of END_REQUEST */
    const char *fault;        /* the rule that was broken; NULL: none */
    int status;               /* what the handler is to return; OK: nothing */
    const char *redirect;     /* internal redirect to this path, or NULL */
    apr_file_t *file;         /* to be sent as the content, or NULL */
    apr_off_t expected;       /* Content-Length; -1: not told */
    apr_off_t delivered;      /* bytes of content so far */
    int cut;                  /* the content was not what the header told */

    /* The header block as far as it has come. */
    apr_size_t header_limit; /* bytes of it */
    apr_off_t line_limit;    /* bytes of a line in it */
    char *header;
    apr_size_t header_size;
    apr_size_t header_room;
    int at_line_start; /* only a CR, or nothing, behind the last LF */

    /* COLLECT: content up to the limit. */
    char *text;
    apr_size_t text_size;

    struct fcgid_stderr errors;

    /*
     * What is done with a complete header block; it sets the next state.
     * fcgid_response_init sets that of a handler.
     */
    void (*on_headers)(struct fcgid_response *response, const char *block,
                       apr_size_t size);
    void *baton; /* for on_headers of others */
};

void fcgid_response_init(struct fcgid_response *response, request_rec *r);

/* For on_headers: collects the content instead of passing it on. */
void fcgid_response_collect(struct fcgid_response *response);

/*
 * Takes in what was received.  Content that is to be passed on refers to
 * data: pass it on before the memory is used again.  Sets fault when a rule
 * of the protocol is broken; then nothing more is taken.
 */
void fcgid_response_feed(struct fcgid_response *response, const char *data,
                         apr_size_t size);
/* Whether none of the answer has come: nothing, or the late answer to a
 * question of the manager's (GET_VALUES_RESULT). */
int fcgid_response_is_awaited(const struct fcgid_response *response);

/* Before the same request is sent again: nothing of an answer has come. */
void fcgid_response_restart(struct fcgid_response *response);

/* Whether something waits to be passed on, headers included. */
int fcgid_response_pending(const struct fcgid_response *response);

/*
 * Gives what waits to the client; with flush down to the network, which may
 * block.  An error means that the client is gone (or a filter failed): then
 * the rest of the answer is discarded.
 */
apr_status_t fcgid_response_pass(struct fcgid_response *response, int flush);
/* The same at the answer's end. */
apr_status_t fcgid_response_end(struct fcgid_response *response, int flush);

/* Logs what is left of STDERR.  To be called when the answer has ended. */
void fcgid_response_finish(struct fcgid_response *response);

/*
 * After the end of a complete answer: whether its content was not what its
 * Content-Length told, and the client has seen that header.
 */
int fcgid_response_is_cut(struct fcgid_response *response);

/*
 * Ends an answer of which a part was given to the client already in a way
 * that the client can tell from a complete one.
 */
void fcgid_response_abort(struct fcgid_response *response);

#endif
