/* SPDX-License-Identifier: BSD-2-Clause */
#include "aliases.h"
#include "apr_strings.h"
#include "log.h"
#include "util_cfgtree.h"

/* The part of the usage text that tells of an old name; see config.c. */
#define MARK "Deprecated - Use '"

/* Old name in lower case -> "Old is now New". */
static apr_hash_t *
collect_names(apr_pool_t *pool)
{
    apr_hash_t *names = apr_hash_make(pool);
    const command_rec *row;
    const char *now, *end;
    char *key;

    for (row = fcgid_directives; row->name != NULL; row++) {
        if (strncmp(row->errmsg, MARK, sizeof MARK - 1) != 0)
            continue;
        now = row->errmsg + sizeof MARK - 1;
        end = ap_strchr_c(now, '\'');
        key = apr_pstrdup(pool, row->name);
        ap_str_tolower(key);
        apr_hash_set(names, key, APR_HASH_KEY_STRING,
                     apr_psprintf(pool, "%s is now %.*s", row->name,
                                  (int)(end - now), now));
    }
    return names;
}

/* Adds the old names of a subtree to files: file name -> hash of texts. */
static void
search(apr_pool_t *pool, const ap_directive_t *node, apr_hash_t *names,
       apr_hash_t *files)
{
    apr_hash_t *texts;
    const char *text;
    char *key;

    for (; node != NULL; node = node->next) {
        key = apr_pstrdup(pool, node->directive);
        ap_str_tolower(key);
        text = apr_hash_get(names, key, APR_HASH_KEY_STRING);
        if (text != NULL) {
            texts = apr_hash_get(files, node->filename, APR_HASH_KEY_STRING);
            if (texts == NULL) {
                texts = apr_hash_make(pool);
                apr_hash_set(files, node->filename, APR_HASH_KEY_STRING, texts);
            }
            apr_hash_set(texts, text, APR_HASH_KEY_STRING, text);
        }
        search(pool, node->first_child, names, files);
    }
}

void
fcgid_aliases_report(apr_pool_t *ptemp, server_rec *main_server)
{
    apr_hash_t *files = apr_hash_make(ptemp);
    apr_hash_index_t *file, *text;
    const void *name, *line;
    const char *all;
    void *texts;

    search(ptemp, ap_conftree, collect_names(ptemp), files);
    for (file = apr_hash_first(ptemp, files); file != NULL;
         file = apr_hash_next(file)) {
        apr_hash_this(file, &name, NULL, &texts);
        all = NULL;
        for (text = apr_hash_first(ptemp, texts); text != NULL;
             text = apr_hash_next(text)) {
            apr_hash_this(text, &line, NULL, NULL);
            all =
                all == NULL ? line : apr_pstrcat(ptemp, all, ", ", line, NULL);
        }
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, main_server,
                     "mod_fcgid: %s uses old names, which go on working: "
                     "%s" FCGID_ID(101),
                     (const char *)name, all);
    }
}
