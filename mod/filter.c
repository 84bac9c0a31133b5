/* SPDX-License-Identifier: BSD-2-Clause */
#include "filter.h"
#include "conf.h"
#include "headers.h"
#include "http_protocol.h"
#include "http_request.h"
#include "log.h"
#include "request.h"
#include "target.h"

/* What no longer holds of the content. */
static void
drop_headers(request_rec *r)
{
    static const char *const names[] = {"Accept-Ranges", "Content-Length",
                                        "Content-MD5", "ETag", "Last-Modified"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        apr_table_unset(r->headers_out, names[i]);
    r->clength = 0;
}

/* The headers of the answer take the places of those that there are. */
static void
take_headers(struct fcgid_response *response, const char *block,
             apr_size_t size)
{
    request_rec *r = response->r;
    int method_number = r->method_number;
    apr_off_t length;

    r->method_number = M_INVALID; /* no conditional requests any more */
    response->status =
        fcgid_headers_scan(r, block, size, response->line_limit, &length);
    r->method_number = method_number;
    response->state = FCGID_RESPONSE_DISCARD;
    if (response->status != OK)
        return;
    if (r->status == HTTP_OK &&
        apr_table_get(r->headers_out, "Location") != NULL)
        r->status = HTTP_MOVED_TEMPORARILY;
    if (length >= 0)
        ap_set_content_length(r, length);
    response->expected = length;
    response->state = FCGID_RESPONSE_BODY;
}

/* An error before anything went out is answered by httpd. */
static apr_status_t
fail(ap_filter_t *f, int status)
{
    request_rec *r = f->r;
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, alloc);

    APR_BRIGADE_INSERT_TAIL(
        bb, ap_bucket_error_create(status, NULL, r->pool, alloc));
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(alloc));
    return ap_pass_brigade(f->next, bb);
}

/* All content is there. */
static apr_status_t
run(ap_filter_t *f, struct fcgid_body *data)
{
    request_rec *r = f->r;
    struct fcgid_response *response = apr_palloc(r->pool, sizeof *response);
    struct fcgid_class_def def;
    struct fcgid_head head;
    int status = fcgid_body_rewind(data);

    if (status != OK)
        return fail(f, status);
    drop_headers(r);
    fcgid_target_fill(r, fcgid_dir_conf(r)->filter, &def);
    fcgid_head_build(r->pool, &head, FCGI_ROLE_FILTER,
                     fcgid_params_filter(r, data->length));
    fcgid_response_init(response, r);
    response->on_headers = take_headers;
    response->next = f->next;
    status = fcgid_request_run(r, &def, &head, data, response);
    if (r->connection->aborted)
        return APR_ECONNABORTED;
    if ((status != OK && response->passed) ||
        (status == OK && fcgid_response_is_cut(response))) {
        fcgid_response_abort(response);
        return APR_SUCCESS;
    }
    if (status == OK)
        status = response->status;
    if (status != OK)
        return fail(f, status);
    return fcgid_response_end(response, 0);
}

/*
 * Stores what there is of the content, and leaves the rest in bb.  Returns OK
 * if there is more to come, DONE at the end, DECLINED at an error that others
 * have put in, or a status.
 */
static int
collect(request_rec *r, struct fcgid_body *data, apr_bucket_brigade *bb)
{
    apr_bucket *bucket;
    const char *bytes;
    apr_size_t size;
    int status;

    while (!APR_BRIGADE_EMPTY(bb)) {
        bucket = APR_BRIGADE_FIRST(bb);
        if (APR_BUCKET_IS_EOS(bucket))
            return DONE;
        if (AP_BUCKET_IS_ERROR(bucket))
            return DECLINED;
        if (!APR_BUCKET_IS_METADATA(bucket)) {
            if (apr_bucket_read(bucket, &bytes, &size, APR_BLOCK_READ) !=
                APR_SUCCESS)
                return HTTP_INTERNAL_SERVER_ERROR;
            status = fcgid_body_add(r, data, bytes, size);
            if (status != OK)
                return status;
        }
        apr_bucket_delete(bucket);
    }
    return OK;
}

/* Whether there is something to do; if not the content passes. */
static int
is_wanted(const request_rec *r)
{
    if (fcgid_dir_conf(r)->filter == NULL) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "mod_fcgid: " FCGID_FILTER " is set for %s, but no "
                      "FcgidFilter" FCGID_ID(239),
                      r->uri);
        return 0;
    }
    return r->status == HTTP_OK;
}

static apr_status_t
filter(ap_filter_t *f, apr_bucket_brigade *bb)
{
    struct fcgid_body *data = f->ctx;
    int status;

    if (data == NULL) {
        if (!is_wanted(f->r)) {
            ap_remove_output_filter(f);
            return ap_pass_brigade(f->next, bb);
        }
        f->ctx = data = apr_palloc(f->r->pool, sizeof *data);
        fcgid_body_init(f->r, data, FCGI_TYPE_DATA);
    }
    status = collect(f->r, data, bb);
    if (status == OK)
        return APR_SUCCESS;
    ap_remove_output_filter(f);
    if (status == DECLINED)
        return ap_pass_brigade(f->next, bb);
    apr_brigade_cleanup(bb);
    return status == DONE ? run(f, data) : fail(f, status);
}

void
fcgid_filter_register(void)
{
    ap_register_output_filter(FCGID_FILTER, filter, NULL, AP_FTYPE_RESOURCE);
}
