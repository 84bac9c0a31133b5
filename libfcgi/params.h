/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parameters of a request: name-value pairs as they arrive, kept as
 * "NAME=value" strings in one growing block.
 *
 * A name that holds '=' or NUL cannot be told from another name and value, a
 * value that holds NUL would end there for who reads it: such a pair is left
 * out.
 */
#ifndef FCGI_PARAMS_H
#define FCGI_PARAMS_H

#include "wire/pairs.h"

struct fcgi_params {
    struct fcgi_pairs pairs;
    char *text;
    size_t size;     /* bytes of text in use */
    size_t capacity; /* of text */
    char **list;     /* while pairs arrive: offsets in text */
    size_t count;    /* strings in list */
    size_t list_capacity;
    size_t start;    /* of the pair at hand, offset in text */
    bool has_equals; /* the pair at hand has got its '=' */
    bool is_bad;     /* the pair at hand is left out */
};

/* All zero is an empty object too; fini may be repeated. */
void fcgi_params_init(struct fcgi_params *params);
void fcgi_params_fini(struct fcgi_params *params);

/*
 * Forgets what is there, keeps the memory, and adds first (a whole string).
 * limit: bytes of all pairs, encoded.  Returns 0 or -ENOMEM.
 */
int fcgi_params_begin(struct fcgi_params *params, const char *first,
                      size_t limit);

/*
 * Takes content of PARAMS records.  Memory grows with the bytes received,
 * whatever they announce.  Returns 0, -ENOMEM, or -E2BIG beyond
 * the limit.
 */
int fcgi_params_feed(struct fcgi_params *params, const uint8_t *data,
                     size_t size);

/*
 * At the end of PARAMS.  Returns 0 and, in *list, the strings, ended by
 * NULL, valid until the next begin or fini; -EPROTO if a pair is cut.
 */
int fcgi_params_finish(struct fcgi_params *params, char ***list);

#endif
