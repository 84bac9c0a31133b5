/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One FastCGI request over a connection: sends the environment and the input,
 * passes the answer on as it comes, both directions at once and in bounded
 * memory.
 *
 * A bridge never blocks by itself: bridge_want tells what to poll for,
 * bridge_step does what is possible.  bridge_run is the poll loop for one.
 */
#ifndef CGI_FCGI_BRIDGE_H
#define CGI_FCGI_BRIDGE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "params.h"
#include "wire/parser.h"
#include "sink.h"
#include "trace.h"

/* Where the bytes of an input stream come from. */
enum input_kind {
    INPUT_NONE,   /* the stream is empty */
    INPUT_STREAM, /* a descriptor that is read when it is ready */
    INPUT_FILE,   /* a regular file, read from its begin without moving it */
    INPUT_MEMORY
};

struct bridge_input {
    enum input_kind kind;
    int fd;           /* STREAM, FILE */
    const char *data; /* MEMORY */
    uint64_t left;    /* bytes at most; UINT64_MAX: up to the end */
};

struct bridge_setup {
    int peer; /* connected, non-blocking; the bridge does not close it */
    unsigned role;
    bool keep_conn;
    char *const *entries;       /* environment; kept by the caller */
    struct bridge_input input;  /* STDIN */
    struct bridge_input filter; /* DATA, sent for the role FILTER only */
    int output;                 /* STDOUT goes there; -1: nowhere */
    int errors;                 /* STDERR goes there; -1: nowhere */
    enum sink_show show;
    /* If set, gets what output and errors would: type is STDOUT or STDERR. */
    void (*take)(void *context, unsigned type, const uint8_t *data,
                 size_t size);
    void *take_context;
    int64_t deadline;    /* clock.h */
    struct trace *trace; /* or NULL */
};

enum sending {
    SEND_BEGIN,
    SEND_PARAMS,
    SEND_INPUT,
    SEND_FILTER,
    SEND_NOTHING /* all is sent, or the peer takes no more */
};

enum bridge_end {
    BRIDGE_RUNNING,
    BRIDGE_COMPLETE,  /* END_REQUEST came, all before it is passed on */
    BRIDGE_CLOSED,    /* the peer closed (error 0) or failed before that */
    BRIDGE_RULE,      /* the peer broke a rule of the protocol: see wire */
    BRIDGE_NO_OUTPUT, /* STDOUT could not be passed on: see error */
    BRIDGE_TIMED_OUT
};

struct bridge {
    struct bridge_setup setup;
    enum sending sending;
    struct params params;
    uint64_t offset; /* bytes of the FILE or MEMORY at hand that are read */
    bool can_drop;   /* somebody may wait for us to read the input */
    int send_error;  /* errno of a failed send, or 0 */

    struct fcgi_parser parser;
    struct sink sink;
    const uint8_t *pending; /* part of an answer, to be written to pending_fd */
    size_t pending_size;
    int pending_fd;
    bool output_is_socket;
    bool errors_is_socket;
    bool output_ended; /* the empty STDOUT record came */
    bool errors_ended;

    enum bridge_end end;
    int error;                   /* errno value for CLOSED and NO_OUTPUT */
    enum fcgi_wire_result wire;  /* RULE */
    struct fcgi_end_body result; /* COMPLETE */
    bool clean; /* COMPLETE, all sent, nothing received beyond the end: the
                   connection can carry another request */
    uint64_t passed_on; /* bytes of STDOUT that came */
    uint64_t received;  /* bytes of any record that came */
    int64_t first_us;   /* clock_us when the first came, or 0 */

    size_t in_pos, in_size; /* in in */
    size_t out_pos, out_size;
    uint8_t in[65536];
    uint8_t out[RECORD_ROOM + 64]; /* a record and the small ones around it */
};

enum { BRIDGE_POLLS = 3, BRIDGE_ID = 1, BRIDGE_DRAIN_MS = 10000 };

/* Readies a bridge, which holds nothing that must be freed. */
void bridge_init(struct bridge *bridge, const struct bridge_setup *setup);

/* Fills what the bridge waits for (descriptors may be -1).  bridge_step must be
 * called at its deadline, too. */
void bridge_want(const struct bridge *bridge,
                 struct pollfd polls[BRIDGE_POLLS]);

/* Goes on as far as polls say that it is possible without blocking; polls are
 * those of bridge_want after poll.  bridge->end tells if it is over. */
void bridge_step(struct bridge *bridge,
                 const struct pollfd polls[BRIDGE_POLLS]);

/* Polls and steps until the end. */
void bridge_run(struct bridge *bridge);

/*
 * For a CGI server that writes the whole body before it reads the answer: lets
 * go of the output (which becomes /dev/null, so that its reader sees the end)
 * and reads what is left of the input, if that is a pipe or socket, until its
 * end, the deadline, or until nothing came for BRIDGE_DRAIN_MS.
 */
void bridge_drain(struct bridge *bridge);

#endif
