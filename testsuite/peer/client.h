/* SPDX-License-Identifier: BSD-2-Clause */
/* fcgi-client: what it sends, as a list of actions, and what it expects. */
#ifndef PEER_CLIENT_H
#define PEER_CLIENT_H

#include "net.h"
#include "records.h"

/* Exit codes beside those of util.h. */
enum { EXIT_TIMEOUT = 4, EXIT_CUT = 5, EXIT_STATUS = 6 };

enum phase { PHASE_NONE, PHASE_BEGIN, PHASE_PARAMS, PHASE_STDIN };

struct plan_options {
    struct shape shape;
    unsigned role;
    unsigned id; /* of the first request */
    bool keeps;
    bool pipelined;
    unsigned long requests;
    struct text params; /* encoded */
    struct text body;
    struct text data;   /* of a FILTER */
    struct text values; /* encoded names for GET_VALUES */
    bool asks_values;
    struct text raw_before;
    struct text raw_after;
    size_t split; /* bytes per write; 0: all */
    unsigned delay_ms;
    enum phase abort_after;
    enum phase leave_after;
    bool leaves_by_reset;
    bool half_closes; /* after the last request */
};

enum action_kind {
    ACTION_SEND,      /* bytes in one write */
    ACTION_PAUSE,     /* ms */
    ACTION_AWAIT_END, /* until count requests have ended */
    ACTION_HALF_CLOSE,
    ACTION_LEAVE, /* close at once and be done */
    ACTION_RESET
};

struct action {
    enum action_kind kind;
    size_t offset; /* SEND: in the plan's bytes */
    size_t size;   /* SEND */
    unsigned long count;
};

struct plan {
    struct text bytes;
    struct action *actions;
    size_t count;
};

void plan_make(struct plan *plan, const struct plan_options *options);
void plan_free(struct plan *plan); /* may be called twice */

/* How the answers are judged. */
struct judge_options {
    FILE *log;           /* records, one line each; or NULL */
    size_t show;         /* bytes of content per line */
    FILE *out;           /* contents of STDOUT, or NULL */
    FILE *err;           /* contents of STDERR, or NULL */
    bool strict_streams; /* STDOUT must be ended before END_REQUEST */
    bool lax_management; /* take management records that were not asked for */
};

struct judged_request {
    unsigned id;
    bool out_done;
    bool err_done;
    bool ended;
};

struct judge {
    struct judge_options options;
    struct judged_request *requests;
    size_t count;
    unsigned long ended;
    unsigned long values; /* GET_VALUES_RESULT received */
    unsigned long records;
    int exit_code; /* 0, EXIT_PROTOCOL or EXIT_STATUS */
};

void judge_init(struct judge *judge, const struct judge_options *options);
void judge_free(struct judge *judge);
void judge_add_request(struct judge *judge, unsigned id);
void judge_take(struct judge *judge, const struct record *record);
/* Notes a broken rule: a line "ERROR rule", and EXIT_PROTOCOL. */
void judge_fail(struct judge *judge, const char *rule);

#endif
