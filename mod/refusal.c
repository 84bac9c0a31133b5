/* SPDX-License-Identifier: BSD-2-Clause */
#include "refusal.h"
#include "http_core.h"
#include "http_protocol.h"
#include "http_request.h"
#include "util_filter.h"

#define FILTER_NAME "FCGID_REFUSAL"
#define KEY "mod_fcgid: refusal" /* of a pool's userdata */

struct refusal {
    const request_rec *r;  /* of all that share a pool */
    apr_table_t *errors;   /* what was added to err_headers_out */
    apr_table_t *location; /* the same of headers_out */

    /* The page. */
    int status; /* 0: there is none */
    const char *text;
    apr_size_t size;
    const char *type; /* NULL: httpd's */
    int put;
};

static struct refusal *
refusal_of(request_rec *r)
{
    void *refusal = NULL;

    (void)apr_pool_userdata_get(&refusal, KEY, r->pool);
    return refusal;
}

static int
keep_header(void *baton, const char *name, const char *value)
{
    struct refusal *refusal = baton;

    if (fcgid_auth_variable(name) == NULL && strcasecmp(name, "Status") != 0 &&
        strcasecmp(name, "Location") != 0)
        apr_table_addn(refusal->errors, name, value);
    return 1;
}

static int
add_header(void *table, const char *name, const char *value)
{
    apr_table_add(table, name, value);
    return 1;
}

static void
keep_page(request_rec *r, struct refusal *refusal, int status,
          const struct fcgid_verdict *verdict)
{
    refusal->status = status;
    refusal->text = verdict->text;
    refusal->size = verdict->text_size;
    refusal->type = verdict->type;
    /* Keeps ErrorDocument away, as from what a handler answers.  What httpd
     * sends for it, under a type of its own, is replaced. */
    ap_custom_response(r, status, "\n");
}

int
fcgid_refusal_put(request_rec *r, const struct fcgid_verdict *verdict)
{
    struct refusal *refusal = apr_pcalloc(r->pool, sizeof *refusal);
    const char *location = apr_table_get(verdict->headers, "Location"), *asks;
    int status = verdict->status;

    refusal->r = r;
    refusal->errors = apr_table_make(r->pool, 4);
    refusal->location = apr_table_make(r->pool, 1);
    (void)apr_pool_userdata_setn(refusal, KEY, NULL, r->pool);
    /* Not 304 either: a cache would show what it has. */
    if (status < HTTP_MULTIPLE_CHOICES || status == HTTP_NOT_MODIFIED)
        status = HTTP_FORBIDDEN;
    apr_table_do(keep_header, refusal, verdict->headers, NULL);
    apr_table_do(add_header, r->err_headers_out, refusal->errors, NULL);
    if (location != NULL) {
        apr_table_set(r->headers_out, "Location", location);
        apr_table_addn(refusal->location, "Location", location);
    }
    if (status == HTTP_UNAUTHORIZED &&
        apr_table_get(r->err_headers_out, "WWW-Authenticate") == NULL &&
        ap_auth_type(r) != NULL) {
        ap_note_auth_failure(r);
        asks = apr_table_get(r->err_headers_out, "WWW-Authenticate");
        if (asks != NULL)
            apr_table_addn(refusal->errors, "WWW-Authenticate", asks);
    }
    if (verdict->text != NULL && ap_is_HTTP_ERROR(status) &&
        !fcgid_overrides(fcgid_dir_conf(r), status))
        keep_page(r, refusal, status, verdict);
    return status;
}

static int
has_header(const apr_table_t *table, const char *name, const char *value)
{
    const apr_array_header_t *array = apr_table_elts(table);
    const apr_table_entry_t *entry = (const apr_table_entry_t *)array->elts;
    int i;

    for (i = 0; i < array->nelts; i++)
        if (strcasecmp(entry[i].key, name) == 0 &&
            strcmp(entry[i].val, value) == 0)
            return 1;
    return 0;
}

static void
take_out(apr_pool_t *pool, apr_table_t *table, const apr_table_t *added)
{
    const apr_array_header_t *array =
        apr_table_elts(apr_table_copy(pool, table));
    const apr_table_entry_t *entry = (const apr_table_entry_t *)array->elts;
    int i;

    apr_table_clear(table);
    for (i = 0; i < array->nelts; i++)
        if (!has_header(added, entry[i].key, entry[i].val))
            apr_table_addn(table, entry[i].key, entry[i].val);
}

void
fcgid_refusal_withdraw(request_rec *r)
{
    struct refusal *refusal = refusal_of(r);
    core_request_config *core;

    if (refusal == NULL || refusal->r != r)
        return;
    (void)apr_pool_userdata_setn(NULL, KEY, NULL, r->pool);
    take_out(r->pool, r->err_headers_out, refusal->errors);
    take_out(r->pool, r->headers_out, refusal->location);
    core = ap_get_core_module_config(r->request_config);
    if (refusal->status != 0 && core->response_code_strings != NULL)
        core->response_code_strings[ap_index_of_response(refusal->status)] =
            NULL;
}

/* Puts the page in the place of what httpd says. */
static apr_status_t
put_page(ap_filter_t *f, apr_bucket_brigade *bb)
{
    struct refusal *refusal = f->ctx;
    apr_bucket *bucket, *next;

    for (bucket = APR_BRIGADE_FIRST(bb); bucket != APR_BRIGADE_SENTINEL(bb);
         bucket = next) {
        next = APR_BUCKET_NEXT(bucket);
        if (!APR_BUCKET_IS_METADATA(bucket))
            apr_bucket_delete(bucket);
    }
    if (!refusal->put) {
        refusal->put = 1;
        if (refusal->type != NULL)
            ap_set_content_type(f->r, refusal->type);
        APR_BRIGADE_INSERT_HEAD(
            bb, apr_bucket_pool_create(refusal->text, refusal->size, f->r->pool,
                                       bb->bucket_alloc));
    }
    return ap_pass_brigade(f->next, bb);
}

static void
insert_filter(request_rec *r)
{
    struct refusal *refusal = refusal_of(r);

    if (refusal != NULL && refusal->status == r->status)
        ap_add_output_filter(FILTER_NAME, refusal, r, r->connection);
}

void
fcgid_refusal_register(void)
{
    ap_register_output_filter(FILTER_NAME, put_page, NULL, AP_FTYPE_RESOURCE);
    ap_hook_insert_error_filter(insert_filter, NULL, NULL, APR_HOOK_MIDDLE);
}
