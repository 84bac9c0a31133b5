/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FcgidAuthorizerCache: consents that applications gave, kept in each child of
 * httpd for as long as the directive says.  The key is all that the
 * application was told, so that only the very same question has an answer
 * here; refusals are never kept.
 */
#ifndef FCGID_AUTHCACHE_H
#define FCGID_AUTHCACHE_H

#include "class.h"
#include "conf.h"

struct fcgid_authcache_key {
    unsigned char bytes[16];
};

/* In each child; until then nothing is kept. */
void fcgid_authcache_init(apr_pool_t *pchild);

/* Digests the question: who is asked, and struct fcgid_pair of params.h. */
void fcgid_authcache_make_key(struct fcgid_authcache_key *key,
                              const struct fcgid_class_def *def,
                              const apr_array_header_t *pairs);

/* The headers Variable-* of the consent, in pool; NULL: none is kept. */
apr_table_t *fcgid_authcache_find(const struct fcgid_authcache_key *key,
                                  apr_pool_t *pool);

void fcgid_authcache_store(const struct fcgid_authcache_key *key,
                           const apr_table_t *headers,
                           apr_interval_time_t lifetime);

#endif
