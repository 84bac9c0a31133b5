/* SPDX-License-Identifier: BSD-2-Clause */
#include "authcache.h"
#include "params.h"

#include <stdlib.h>

#include "apr_general.h"
#include "apr_md5.h"
#include "apr_strings.h"
#include "apr_thread_mutex.h"

#define ENTRIES 1024
#define MOST_TEXT 16384 /* bytes of variables that are worth keeping */

/* Variables as "NAME\0value\0" one behind the other. */
struct entry {
    struct fcgid_authcache_key key;
    apr_time_t until; /* 0: empty */
    char *text;       /* from malloc */
    apr_size_t size;
};

/*
 * The secret in front of the digest keeps clients, who know all the rest of
 * what goes in, from preparing two questions with the same key.
 */
static struct {
    apr_thread_mutex_t *mutex;
    unsigned char secret[64];
    struct entry *entries;
} cache;

void
fcgid_authcache_init(apr_pool_t *pchild)
{
    cache.entries = NULL;
    if (apr_generate_random_bytes(cache.secret, sizeof cache.secret) !=
            APR_SUCCESS ||
        apr_thread_mutex_create(&cache.mutex, APR_THREAD_MUTEX_DEFAULT,
                                pchild) != APR_SUCCESS)
        return;
    cache.entries = apr_pcalloc(pchild, ENTRIES * sizeof *cache.entries);
}

/* What differs each time and tells an application nothing of the client. */
static int
is_volatile(const char *name)
{
    static const char *const names[] = {"REMOTE_PORT", "UNIQUE_ID",
                                        "REDIRECT_UNIQUE_ID"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return 1;
    return 0;
}

void
fcgid_authcache_make_key(struct fcgid_authcache_key *key,
                         const struct fcgid_class_def *def,
                         const apr_array_header_t *pairs)
{
    const struct fcgid_pair *pair;
    struct fcgid_key class_key;
    apr_md5_ctx_t md5;
    int i;

    apr_md5_init(&md5);
    apr_md5_update(&md5, cache.secret, sizeof cache.secret);
    fcgid_class_key(&class_key, def);
    apr_md5_update(&md5, class_key.bytes, sizeof class_key.bytes);
    for (i = 0; i < pairs->nelts; i++) {
        pair = &APR_ARRAY_IDX(pairs, i, struct fcgid_pair);
        if (is_volatile(pair->name))
            continue;
        /* Each with its NUL. */
        apr_md5_update(&md5, pair->name, pair->name_size + 1);
        apr_md5_update(&md5, pair->value, pair->value_size + 1);
    }
    apr_md5_final(key->bytes, &md5);
}

static struct entry *
entry_of(const struct fcgid_authcache_key *key)
{
    return &cache.entries[(key->bytes[0] | key->bytes[1] << 8) % ENTRIES];
}

apr_table_t *
fcgid_authcache_find(const struct fcgid_authcache_key *key, apr_pool_t *pool)
{
    const char *at, *end, *value;
    apr_table_t *found = NULL;
    struct entry *entry;

    if (cache.entries == NULL)
        return NULL;
    entry = entry_of(key);
    apr_thread_mutex_lock(cache.mutex);
    if (entry->until > apr_time_now() &&
        memcmp(entry->key.bytes, key->bytes, sizeof key->bytes) == 0) {
        found = apr_table_make(pool, 4);
        end = entry->text + entry->size;
        for (at = entry->text; at < end; at = value + strlen(value) + 1) {
            value = at + strlen(at) + 1;
            apr_table_add(found, at, value);
        }
    }
    apr_thread_mutex_unlock(cache.mutex);
    return found;
}

static int
add_size(void *baton, const char *name, const char *value)
{
    apr_size_t *size = baton;

    if (fcgid_auth_variable(name) != NULL)
        *size += strlen(name) + strlen(value) + 2;
    return 1;
}

static int
add_text(void *baton, const char *name, const char *value)
{
    char **to = baton;
    apr_size_t name_size = strlen(name) + 1, value_size = strlen(value) + 1;

    if (fcgid_auth_variable(name) == NULL)
        return 1;
    memcpy(*to, name, name_size);
    memcpy(*to + name_size, value, value_size);
    *to += name_size + value_size;
    return 1;
}

void
fcgid_authcache_store(const struct fcgid_authcache_key *key,
                      const apr_table_t *headers, apr_interval_time_t lifetime)
{
    apr_size_t size = 0;
    struct entry *entry;
    char *text, *to, *old;

    apr_table_do(add_size, &size, headers, NULL);
    if (cache.entries == NULL || size > MOST_TEXT)
        return;
    to = text = malloc(size + 1);
    if (text == NULL)
        return;
    apr_table_do(add_text, &to, headers, NULL);
    entry = entry_of(key);
    apr_thread_mutex_lock(cache.mutex);
    old = entry->text;
    entry->key = *key;
    entry->until = apr_time_now() + lifetime;
    entry->text = text;
    entry->size = size;
    apr_thread_mutex_unlock(cache.mutex);
    free(old);
}
