/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Management records (section 4): the answers to GET_VALUES and to types that
 * we do not know.
 */
#ifndef FCGI_VALUES_H
#define FCGI_VALUES_H

#include "wire/pairs.h"

enum { FCGI_VALUES_COUNT = 3, FCGI_VALUES_NAME = 16, FCGI_VALUES_REPLY = 96 };

/* What a GET_VALUES record has asked for so far. */
struct fcgi_values {
    struct fcgi_pairs pairs;
    size_t name_have; /* bytes; more than FCGI_VALUES_NAME: too long for us */
    char name[FCGI_VALUES_NAME];
    unsigned asked[FCGI_VALUES_COUNT]; /* in the order of the question */
    size_t asked_count;
};

/* What the application can take at once. */
struct fcgi_capacity {
    unsigned connections;
    unsigned requests;
    bool multiplexes; /* several of them on a connection */
};

/* At the start of a record. */
void fcgi_values_begin(struct fcgi_values *values);

/* Takes content of the record.  Returns false if it is malformed. */
bool fcgi_values_feed(struct fcgi_values *values, const uint8_t *data,
                      size_t size);

/*
 * At the end of the record: writes a GET_VALUES_RESULT record that answers
 * each known name once.  Returns its size in bytes, 0 if a pair was cut.
 */
size_t fcgi_values_reply(const struct fcgi_values *values,
                         const struct fcgi_capacity *capacity,
                         uint8_t out[FCGI_VALUES_REPLY]);

#endif
