/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The receiving side of requests: what each record of a connection means
 * while a request begins, runs and ends.
 *
 * struct Params is what FCGX_Request.paramsPtr points to (its tag is part of
 * the public header): one block per connection, with the connection, the
 * request at hand and its three streams.  It lives from the connection's
 * first request to its close.
 */
#ifndef FCGI_REQUEST_H
#define FCGI_REQUEST_H

#include <pthread.h>

#include "conn.h"
#include "fcgiapp.h"
#include "params.h"
#include "queue.h"
#include "probe.h"
#include "values.h"

enum {
    FCGI_OUT_BUFFER = 16384, /* bytes, record header included */
    FCGI_ERR_BUFFER = 512,
    /* Beyond a writer's buffer: padding, the empty record that ends the
     * stream, END_REQUEST. */
    FCGI_WRITER_TAIL = 32
};

/* Bytes that may come between two requests before a connection is closed. */
#define FCGI_SKIP_LIMIT ((uint64_t)256 << 20)

/*
 * What FCGX_Stream.data points to.  Programs know the first 72 bytes: the
 * devkit's layout, of which buff, bufflen, mBuff, buffStop, type,
 * isAnythingWritten and reqDataPtr are kept true.
 */
struct fcgi_stream_data {
    unsigned char *buff;
    int bufflen;
    unsigned char *mBuff;
    unsigned char *buffStop;
    int type; /* enum fcgi_type */
    int eorStop;
    int skip;
    int contentLen;
    int paddingLen;
    int isAnythingWritten;
    int rawWrite;
    FCGX_Request *reqDataPtr;
    /* Ours. */
    int is_alone; /* of FCGX_CreateWriter: counts as no request's writer */
    unsigned char unget[8]; /* where UnGetChar writes after a direct read */
};

/* Where the request at hand is. */
enum fcgi_phase {
    FCGI_PHASE_IDLE,   /* none; the last one's input is complete */
    FCGI_PHASE_DRAIN,  /* none; the last one's input goes on */
    FCGI_PHASE_PARAMS, /* parameters arrive */
    FCGI_PHASE_STDIN,
    FCGI_PHASE_STDIN_END,
    FCGI_PHASE_DATA, /* Filter: DATA is being read */
    FCGI_PHASE_DATA_END,
    FCGI_PHASE_ABORTED /* the web server does not want the answer */
};

/* What becomes of the content of the record at hand. */
enum fcgi_route {
    FCGI_ROUTE_SKIP,
    FCGI_ROUTE_BEGIN,
    FCGI_ROUTE_ABORT,
    FCGI_ROUTE_PARAMS,
    FCGI_ROUTE_STREAM,
    FCGI_ROUTE_VALUES,
    FCGI_ROUTE_UNKNOWN,
    FCGI_ROUTE_LAST /* the end of a finished request's input */
};

struct fcgi_trunk;
struct fcgi_waitset;

struct Params {
    struct fcgi_conn conn;
    /* Who takes input from conn while a request runs: the thread that reads
     * the body, or one that writes and looks what came. */
    pthread_mutex_t input_lock;
    struct fcgi_params params;
    struct fcgi_values values;
    enum fcgi_phase phase;
    enum fcgi_route route;
    /* The request at hand, or the last one. */
    unsigned id;
    int role;
    bool keep; /* FCGI_KEEP_CONN */
    char **envp;
    uint64_t skipped;         /* bytes since the last request ended */
    uint64_t body;            /* bytes of STDIN and DATA that were read */
    long long looked;         /* when fcgi_reader_look did, fcgi_io_now */
    struct fcgi_event data;   /* a STDIN or DATA slice, after FCGI_STEP_DATA */
    bool is_ended;            /* END_REQUEST is sent */
    unsigned forks;           /* the process's when a request began or ended */
    bool is_adopted;          /* the application has accepted the connection */
    bool is_slow;             /* its web server pauses between requests */
    bool is_closing;          /* it lingers: only its end is awaited */
    struct fcgi_waitset *set; /* in which the descriptor is, see hub.h */
    long long deadline;       /* of a wait in the hub, fcgi_io_now; 0: none */
    long long since;          /* start of the last such wait, or 0 */
    long long begun;          /* when a part of a request had come, or 0 */
    int write_error;          /* -errno of the first failure, or 0 */
    struct fcgi_probe probe;  /* see health.h */
    bool is_broken;           /* the last record was against the rules */
    bool is_fcgi;             /* the connection is none of a health probe */
    /* Multiplexing, see trunk.h. */
    struct fcgi_trunk *trunk; /* NULL: one request at a time */
    bool is_branch;           /* one request of the trunk; else its root */
    bool is_started;          /* it is known to its application */
    struct Params *next_branch;
    struct Params *next_ready;
    struct fcgi_queue queue; /* records that came for it */
    int branch_count;        /* of a root, atomic */
    int begun_count;         /* of these, not yet started; atomic */
    /* Gets all events of records with an id, returns a step or 0. */
    int (*divert)(struct Params *root, const struct fcgi_event *event);
    void (*free_trunk)(struct Params *root);
    /* NULL: one request on one connection. */
    void (*get_capacity)(const struct Params *state,
                         struct fcgi_capacity *capacity);
    FCGX_Stream in, out, err;
    struct fcgi_stream_data in_data, out_data, err_data;
    unsigned char *large_buffer; /* for STDOUT, if larger than out_buffer; or
                                    NULL */
    int large_size;              /* bytes of it, but for the tail */
    unsigned char out_buffer[FCGI_OUT_BUFFER + FCGI_WRITER_TAIL];
    unsigned char err_buffer[FCGI_ERR_BUFFER + FCGI_WRITER_TAIL];
};

/* Returns a new block for a connection, or NULL. */
struct Params *fcgi_request_new(int fd, bool is_tcp);
void fcgi_request_free(struct Params *state);

/*
 * What fcgi_request_step says.  Below zero: the connection is of no use any
 * more; FCGX_UNSUPPORTED_VERSION, FCGX_PARAMS_ERROR, or FCGX_PROTOCOL_ERROR
 * (also if an answer could not be written: see write_error).
 */
enum {
    FCGI_STEP_MORE = 1, /* all buffered bytes are used up: read */
    FCGI_STEP_STARTED,  /* the parameters are complete: id to envp are set */
    FCGI_STEP_DATA,     /* state->data is a slice of the stream being read */
    FCGI_STEP_END,      /* the stream being read ends */
    FCGI_STEP_ABORTED,  /* ABORT_REQUEST */
    FCGI_STEP_REFUSED,  /* answered without the application; not kept */
    FCGI_STEP_DRAINED   /* a finished request's input is complete */
};

/*
 * Goes through buffered input until something of the above happens.  Answers
 * management records and refuses requests on the way (writes; blocks).
 */
int fcgi_request_step(struct Params *state);

/* The same, but stops after the record at hand, with 0. */
int fcgi_request_record(struct Params *state);

/* Ends the request at hand for the receiving side, once END_REQUEST is sent. */
void fcgi_request_end(struct Params *state);

/* True for a root of which requests have not ended; or have begun, and their
 * parameters are incomplete. */
bool fcgi_request_has_branches(const struct Params *state);
bool fcgi_request_has_begun_branches(const struct Params *state);

/* True while a wait for input keeps no request waiting. */
bool fcgi_request_is_idle(const struct Params *state);

/* True if it has never had a request: one is sure to come soon. */
bool fcgi_request_is_new(const struct Params *state);

/*
 * Takes what the web server may still be sending, until it is complete, at
 * most linger milliseconds; 0: only what is there.  Closing earlier would
 * destroy an answer on its way by TCP, and on any socket fail the web server
 * that sends on: httpd's mod_proxy_fcgi writes the empty STDIN record of a GET
 * by itself and takes its failure for that of the request.  Returns false if
 * it is not complete.
 */
bool fcgi_request_drain(struct Params *state, long long linger);

#endif
