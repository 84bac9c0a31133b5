/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of the test programs: made as asked, right or wrong; received whole
 * and shown as one line each. */
#ifndef PEER_RECORDS_H
#define PEER_RECORDS_H

#include "util.h"
#include "wire/pairs.h"
#include "wire/parser.h"

/* How records are made. */
struct shape {
    unsigned version; /* 1, or a wrong one */
    size_t content;   /* bytes of content of one record, at most */
    int padding;      /* 0 to 255, or -1: up to a multiple of 8 */
};

#define SHAPE_INIT                                                             \
    {                                                                          \
        FCGI_WIRE_VERSION, FCGI_WIRE_BEST_CONTENT, -1                          \
    }

/* Appends the records that carry the data; an empty one if size is 0. */
void records_add(struct text *out, const struct shape *shape, unsigned type,
                 unsigned id, const void *data, size_t size);
void records_add_begin(struct text *out, const struct shape *shape, unsigned id,
                       unsigned role, unsigned flags);
void records_add_end(struct text *out, const struct shape *shape, unsigned id,
                     uint32_t app_status, unsigned protocol_status);

/* Appends the pair that "NAME=VALUE" (or "NAME") tells. */
void pairs_add(struct text *out, const char *name_value);

/* A record as received. */
struct record {
    struct fcgi_header header;
    struct text content;
};

/* Collects whole records out of bytes. */
struct receiver {
    struct fcgi_parser parser;
    struct record record;
    struct text input; /* received, not yet parsed */
    size_t input_pos;  /* bytes of input that are parsed */
};

void receiver_init(struct receiver *receiver, enum fcgi_sender sender);
void receiver_free(struct receiver *receiver);
void receiver_add(struct receiver *receiver, const void *data, size_t size);

/* The next whole record: 1 with *record set, 0 if more input is needed, else
 * a negative fcgi_wire_result. */
int receiver_next(struct receiver *receiver, const struct record **record);

/* Nothing is left in it: an end of input here cuts no record. */
bool receiver_is_clean(const struct receiver *receiver);

/*
 * Prints a record as one line:
 *   TYPE ID LENGTH "content"
 *   BEGIN_REQUEST ID 8 role=RESPONDER flags=1
 *   END_REQUEST ID 8 status=0 protocol=REQUEST_COMPLETE
 *   UNKNOWN_TYPE 0 8 type=12
 * The content is escaped and cut after show bytes ("..." follows the quote);
 * that of pairs is left out, see pairs_print.
 */
void record_print(FILE *out, const struct record *record, size_t show);

/* Prints one line "WORD NAME=VALUE" per pair, escaped, and a line "ERROR rule"
 * and false if the stream is not right.  out may be NULL. */
bool pairs_print(FILE *out, const char *word, const void *data, size_t size);

/* The value of the first pair of that name, or false. */
bool pairs_find(const struct text *stream, const char *name,
                struct text *value);

#endif
