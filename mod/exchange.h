/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One request over one lane: sends and receives at the same time, so that
 * neither side can wait for the other.
 */
#ifndef FCGID_EXCHANGE_H
#define FCGID_EXCHANGE_H

#include "body.h"
#include "ipc.h"
#include "params.h"
#include "response.h"
#include "wire/frame.h"

enum fcgid_result {
    FCGID_RESULT_COMPLETE,   /* the answer is complete */
    FCGID_RESULT_UNANSWERED, /* connection lost before any byte of it */
    FCGID_RESULT_LOST,       /* connection lost before its end */
    FCGID_RESULT_FAULT,      /* the application broke a rule */
    FCGID_RESULT_TIMEOUT,    /* silence for FcgidIOTimeout */
    FCGID_RESULT_CLIENT,     /* the client went away */
    FCGID_RESULT_BODY        /* the request body cannot be read */
};

/* The ends of PARAMS and of STDIN before DATA, then the records of the body:
 * header, parts (one may lie in two records) and padding; and their end. */
#define FCGID_OUTBOX_SLICES (2 + FCGID_BODY_PARTS + 3 * FCGID_BODY_RECORDS + 1)

struct fcgid_exchange {
    request_rec *r;
    struct fcgid_lane *lane;
    const struct fcgid_head *head;
    struct fcgid_body *body; /* NULL: none */
    struct fcgid_response *response;
    apr_interval_time_t io_timeout; /* microseconds */
    apr_size_t buffer_size; /* bytes received before they are passed on */
    int flush_always;       /* pass on everything at once */
    int careful; /* the application may have left, and the request must not be
                    sent twice: let it take PARAMS before their end goes out */

    /* Private: zero before the start. */
    struct fcgid_outbox {
        struct fcgi_slice slices[FCGID_OUTBOX_SLICES];
        size_t count, first;
        /* Of STDIN or DATA. */
        unsigned char headers[FCGID_BODY_RECORDS][FCGI_WIRE_HEADER_SIZE];
        unsigned char body_end[FCGI_WIRE_HEADER_SIZE];
        unsigned char stdin_end[FCGI_WIRE_HEADER_SIZE]; /* before DATA */
        size_t covered;  /* bytes of the body that the slices hold */
        int started;     /* the head has been put in */
        int ended_head;  /* all of it */
        int ended_stdin; /* it has been put in before DATA */
        int done;        /* nothing more will be put in */
    } outbox;
    apr_uint64_t sent;   /* bytes */
    int send_failed;     /* the application does not take more */
    char *buffer;        /* bytes received and not yet passed on */
    apr_size_t received; /* bytes in it */
    int more;            /* there is likely more to receive */
    int answered;        /* a byte of the answer has come */
    int client_gone;
    int starved;                  /* the client's body does not go on */
    apr_interval_time_t silence;  /* time that nothing has come */
    apr_interval_time_t half_way; /* time spent waiting for PARAMS to be
                                     taken */
    int drained;           /* the application has ended an aborted request */
    apr_uint64_t unwanted; /* bytes of content that nobody wants */
    apr_time_t unwanted_since; /* the first of them; 0: none */
    apr_time_t client_seen;    /* while they come: last look at the client */
    int given_up;              /* too many of them: it was told to stop */
    apr_status_t error;        /* what the connection said when it was lost */
};

/*
 * Runs it to its end.  The fields above "private" are set by the caller, the
 * others are zero.  What has not been passed on to the client refers to
 * buffer, which is r->pool's.
 */
enum fcgid_result fcgid_exchange_run(struct fcgid_exchange *exchange);

/* Whether the application may have begun to work on the request: nothing can
 * before the end of PARAMS. */
int fcgid_exchange_may_have_begun(const struct fcgid_exchange *exchange);
/* Whether it may have seen a part of the request's body. */
int fcgid_exchange_sent_body(const struct fcgid_exchange *exchange);

/* How the use of the lane ended, for fcgid_lane_release. */
enum fcgid_outcome fcgid_exchange_outcome(const struct fcgid_exchange *exchange,
                                          enum fcgid_result result);

#endif
