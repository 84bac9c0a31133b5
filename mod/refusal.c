/* SPDX-License-Identifier: BSD-2-Clause */
#include "refusal.h"
#include "http_core.h"
#include "http_protocol.h"
#include "http_request.h"
#include "util_filter.h"

#define FILTER_NAME "FCGID_REFUSAL"
#define PAGE_KEY "mod_fcgid: refusal" /* of a pool's userdata */

struct page {
    int status;
    const char *text;
    apr_size_t size;
    const char *type; /* NULL: httpd's */
    int put;
};

static int
set_header(void *baton, const char *name, const char *value)
{
    request_rec *r = baton;

    if (fcgid_auth_variable(name) == NULL && strcasecmp(name, "Status") != 0 &&
        strcasecmp(name, "Location") != 0)
        apr_table_add(r->err_headers_out, name, value);
    return 1;
}

static void
keep_page(request_rec *r, int status, const struct fcgid_verdict *verdict)
{
    struct page *page = apr_pcalloc(r->pool, sizeof *page);

    page->status = status;
    page->text = verdict->text;
    page->size = verdict->text_size;
    page->type = verdict->type;
    (void)apr_pool_userdata_setn(page, PAGE_KEY, NULL, r->pool);
    /* Keeps ErrorDocument away, as from what a handler answers.  What httpd
     * sends for it, under a type of its own, is replaced. */
    ap_custom_response(r, status, "\n");
}

int
fcgid_refusal_put(request_rec *r, const struct fcgid_verdict *verdict)
{
    const char *location = apr_table_get(verdict->headers, "Location");
    int status = verdict->status;

    /* Not 304 either: a cache would show what it has. */
    if (status < HTTP_MULTIPLE_CHOICES || status == HTTP_NOT_MODIFIED)
        status = HTTP_FORBIDDEN;
    apr_table_do(set_header, r, verdict->headers, NULL);
    if (location != NULL)
        apr_table_set(r->headers_out, "Location", location);
    if (status == HTTP_UNAUTHORIZED &&
        apr_table_get(r->err_headers_out, "WWW-Authenticate") == NULL &&
        ap_auth_type(r) != NULL)
        ap_note_auth_failure(r);
    if (verdict->text != NULL && ap_is_HTTP_ERROR(status) &&
        !fcgid_overrides(fcgid_dir_conf(r), status))
        keep_page(r, status, verdict);
    return status;
}

/* Puts the page in the place of what httpd says. */
static apr_status_t
put_page(ap_filter_t *f, apr_bucket_brigade *bb)
{
    struct page *page = f->ctx;
    apr_bucket *bucket, *next;

    for (bucket = APR_BRIGADE_FIRST(bb); bucket != APR_BRIGADE_SENTINEL(bb);
         bucket = next) {
        next = APR_BUCKET_NEXT(bucket);
        if (!APR_BUCKET_IS_METADATA(bucket))
            apr_bucket_delete(bucket);
    }
    if (!page->put) {
        page->put = 1;
        if (page->type != NULL)
            ap_set_content_type(f->r, page->type);
        APR_BRIGADE_INSERT_HEAD(
            bb, apr_bucket_pool_create(page->text, page->size, f->r->pool,
                                       bb->bucket_alloc));
    }
    return ap_pass_brigade(f->next, bb);
}

static void
insert_filter(request_rec *r)
{
    void *page = NULL;

    (void)apr_pool_userdata_get(&page, PAGE_KEY, r->pool);
    if (page != NULL && ((struct page *)page)->status == r->status)
        ap_add_output_filter(FILTER_NAME, page, r, r->connection);
}

void
fcgid_refusal_register(void)
{
    ap_register_output_filter(FILTER_NAME, put_page, NULL, AP_FTYPE_RESOURCE);
    ap_hook_insert_error_filter(insert_filter, NULL, NULL, APR_HOOK_MIDDLE);
}
