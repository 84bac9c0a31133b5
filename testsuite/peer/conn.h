/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection of fcgi-peer: what came in, what goes out, and where the
 * request at hand stands. */
#ifndef PEER_CONN_H
#define PEER_CONN_H

#include "net.h"
#include "records.h"
#include "script.h"

enum keep { KEEP_ASKED, KEEP_YES, KEEP_NO };

/* What lasts as long as the program. */
struct peer {
    int listener; /* -1: none, this side connects */
    FILE *log;    /* what is received and done, a line each; or NULL */
    size_t show;  /* bytes of content per line of the log */
    unsigned long connections;
    unsigned long requests;
    int exit_code; /* not 0 once a rule was broken or an expectation failed */
};

struct conn {
    struct peer *peer;
    enum fcgi_sender other; /* who is on the other side */
    struct net_out out;
    struct receiver receiver;
    struct shape shape;
    enum keep keep;

    unsigned id;      /* of the request at hand; 1 until one has begun */
    bool id_is_fixed; /* set by the script: not that of BEGIN_REQUEST */
    unsigned role;
    unsigned flags;
    bool begun;
    bool params_done;
    bool stdin_done;
    bool data_done;
    bool aborted;
    bool ended; /* END_REQUEST came (this side connects), or was sent */
    bool values_asked;
    bool eof;    /* of the input, or an error of it */
    bool broken; /* the input broke a rule */

    struct text params;
    struct text input;     /* of STDIN; of STDOUT where this side connects */
    unsigned long records; /* received */
};

void conn_init(struct conn *conn, struct peer *peer, int fd,
               enum fcgi_sender other);
void conn_fini(struct conn *conn); /* closes as well; may be called twice */

/* Forgets the request at hand and its settings, for the next one. */
void conn_next_request(struct conn *conn);

/* Blocks for one more record; false: end of input or a broken rule. */
bool conn_read_record(struct conn *conn);

/* Blocks for input up to the end of the connection, parsing nothing; returns
 * how many bytes came that were not parsed. */
size_t conn_drain(struct conn *conn);

/* True: all of the request (or, where this side connects, of the answer) is
 * received. */
bool conn_is_complete(const struct conn *conn);

/* Prints a line to the log, if there is one. */
void conn_log(const struct conn *conn, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* steps.c: runs the script; false: the connection is to be closed. */
bool steps_run(struct conn *conn, const struct script *script);
void steps_print_help(FILE *out);

#endif
