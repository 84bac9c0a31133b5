/* SPDX-License-Identifier: BSD-2-Clause */
#include "body.h"
#include "apr_strings.h"
#include "http_protocol.h"
#include "log.h"
#include "util_filter.h"
#include "wire/wire.h"

#define READ_SIZE 65536 /* bytes asked of the client at a time */
/* Bytes of the file at a time: one full record. */
#define LOAD_SIZE FCGI_WIRE_BEST_CONTENT
#define KEPT_SIZE 1024  /* bytes; below, copying costs less than a bucket */

static int
too_long(request_rec *r, apr_off_t length, apr_off_t limit)
{
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  "mod_fcgid: HTTP request length %" APR_OFF_T_FMT
                  " (so far) exceeds MaxRequestLen (%" APR_OFF_T_FMT
                  ")" FCGID_ID(201),
                  length, limit);
    return HTTP_REQUEST_ENTITY_TOO_LARGE;
}

static int
read_failed(request_rec *r, apr_status_t rv, int status)
{
    if (rv == AP_FILTER_ERROR)
        rv = APR_SUCCESS; /* the filter has said why */
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, rv, r,
                  "mod_fcgid: can't get data from http client" FCGID_ID(202));
    return status;
}

static int
open_file(request_rec *r, struct fcgid_body *body)
{
    const char *directory = NULL;
    char *path = NULL;
    apr_status_t rv = apr_temp_dir_get(&directory, r->pool);

    if (rv == APR_SUCCESS) {
        path = apr_pstrcat(r->pool, directory, "/fcgid.tmp.XXXXXX", NULL);
        rv = apr_file_mktemp(&body->file, path,
                             APR_FOPEN_CREATE | APR_FOPEN_READ |
                                 APR_FOPEN_WRITE | APR_FOPEN_EXCL,
                             r->pool);
    }
    if (rv != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, r,
                      "mod_fcgid: can't open temporary file %s for the "
                      "request body" FCGID_ID(203),
                      path != NULL ? path : "");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    /* It needs no name: closing it is all that it takes to be rid of it. */
    apr_file_remove(path, r->pool);
    return OK;
}

static int
store(request_rec *r, struct fcgid_body *body, const char *data,
      apr_size_t size, apr_off_t limit)
{
    apr_size_t part = 0;
    apr_status_t rv;

    if (body->in_memory < limit) {
        part = limit - body->in_memory < (apr_off_t)size
                   ? (apr_size_t)(limit - body->in_memory)
                   : size;
        rv = apr_brigade_write(body->memory, NULL, NULL, data, part);
        if (rv != APR_SUCCESS)
            return HTTP_INTERNAL_SERVER_ERROR;
        body->in_memory += (apr_off_t)part;
    }
    if (part == size)
        return OK;
    if (body->file == NULL && open_file(r, body) != OK)
        return HTTP_INTERNAL_SERVER_ERROR;
    rv = apr_file_write_full(body->file, data + part, size - part, NULL);
    if (rv != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, r,
                      "mod_fcgid: can't write the request body to a "
                      "temporary file" FCGID_ID(204));
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    body->file_left += (apr_off_t)(size - part);
    return OK;
}

/*
 * Keeps a bucket as it is where that can be: what a filter hands out may pin
 * far more memory than its size, but a heap's tells how much.
 */
static int
keep(struct fcgid_body *body, apr_bucket *bucket, apr_size_t size,
     apr_off_t limit)
{
    if (!APR_BUCKET_IS_HEAP(bucket) || size < KEPT_SIZE ||
        ((const apr_bucket_heap *)bucket->data)->alloc_len > 2 * size ||
        (apr_off_t)size > limit - body->in_memory)
        return 0;
    APR_BUCKET_REMOVE(bucket);
    APR_BRIGADE_INSERT_TAIL(body->memory, bucket);
    body->in_memory += (apr_off_t)size;
    return 1;
}

/* Takes in one brigade.  Returns OK, DONE at the end, or a status. */
static int
take_brigade(request_rec *r, struct fcgid_body *body, apr_bucket_brigade *bb)
{
    const struct fcgid_server_conf *conf = fcgid_server_conf(r->server);
    apr_off_t longest = fcgid_setting(conf, NULL, FCGID_MAX_REQUEST_LEN);
    apr_off_t in_memory =
        body->streams || fcgid_dir_conf(r)->buffering == FCGID_BUFFERING_OFF
            ? APR_INT64_MAX
            : fcgid_setting(conf, NULL, FCGID_MAX_REQUEST_IN_MEM);
    apr_bucket *bucket;
    const char *data;
    apr_size_t size;
    apr_status_t rv;
    int status;

    while (!APR_BRIGADE_EMPTY(bb)) {
        bucket = APR_BRIGADE_FIRST(bb);
        if (APR_BUCKET_IS_EOS(bucket))
            return DONE;
        if (AP_BUCKET_IS_ERROR(bucket))
            return read_failed(r, 0, ((ap_bucket_error *)bucket->data)->status);
        if (APR_BUCKET_IS_METADATA(bucket)) {
            apr_bucket_delete(bucket);
            continue;
        }
        rv = apr_bucket_read(bucket, &data, &size, APR_BLOCK_READ);
        if (rv != APR_SUCCESS)
            return read_failed(r, rv,
                               ap_map_http_request_error(rv, HTTP_BAD_REQUEST));
        body->length += (apr_off_t)size;
        if (body->length > longest)
            return too_long(r, body->length, longest);
        if (keep(body, bucket, size, in_memory))
            continue;
        status = store(r, body, data, size, in_memory);
        if (status != OK)
            return status;
        apr_bucket_delete(bucket);
    }
    return OK;
}

static int
check_told_length(request_rec *r)
{
    const char *told = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t length, longest;

    if (told == NULL || !ap_parse_strict_length(&length, told))
        return OK; /* the input filter judges it */
    longest = fcgid_setting(fcgid_server_conf(r->server), NULL,
                            FCGID_MAX_REQUEST_LEN);
    return length > longest ? too_long(r, length, longest) : OK;
}

/* The client's body is not for what is included in a page, nor for the
 * document that explains an error. */
static int
has_body(const request_rec *r)
{
    return r->main == NULL && (r->prev == NULL || r->prev->status == HTTP_OK);
}

/* What the client said of the length, unless a filter changes that. */
static apr_off_t
told_length(const request_rec *r)
{
    const char *told = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t length;

    if (told == NULL || r->input_filters != r->proto_input_filters ||
        !ap_parse_strict_length(&length, told))
        return -1;
    return length;
}

/*
 * How much to read before an application is asked; 0: no more, the rest
 * streams.  Some of it always comes first: then the body is known to be sound
 * so far, and filters have done what they do to its length.
 */
static apr_off_t
wanted_first(const request_rec *r, const struct fcgid_body *body)
{
    apr_off_t in_memory = fcgid_setting(fcgid_server_conf(r->server), NULL,
                                        FCGID_MAX_REQUEST_IN_MEM);

    switch (fcgid_dir_conf(r)->buffering) {
    case FCGID_BUFFERING_OFF:
        return body->length > 0 ? 0 : READ_SIZE;
    case FCGID_BUFFERING_AUTO:
        if (told_length(r) <= in_memory)
            return READ_SIZE;
        in_memory -= body->length;
        return in_memory < READ_SIZE ? in_memory : READ_SIZE;
    default:
        return READ_SIZE;
    }
}

/* Reads once.  Returns OK, DONE at the end, or a status; *rv APR_EAGAIN:
 * nothing is there. */
static int
read_some(struct fcgid_body *body, apr_read_type_e block, apr_off_t most,
          apr_status_t *rv)
{
    request_rec *r = body->r;
    apr_bucket_brigade *bb =
        apr_brigade_create(r->pool, r->connection->bucket_alloc);
    int status;

    *rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES, block, most);
    if (*rv == APR_SUCCESS && APR_BRIGADE_EMPTY(bb))
        *rv = APR_EAGAIN;
    if (*rv == APR_SUCCESS)
        status = take_brigade(r, body, bb);
    else if (block == APR_NONBLOCK_READ && APR_STATUS_IS_EAGAIN(*rv))
        status = OK;
    else
        status = read_failed(r, *rv,
                             ap_map_http_request_error(*rv, HTTP_BAD_REQUEST));
    apr_brigade_destroy(bb);
    return status;
}

void
fcgid_body_init(request_rec *r, struct fcgid_body *body, unsigned type)
{
    memset(body, 0, sizeof *body);
    body->r = r;
    body->type = type;
    body->memory = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    body->sent = apr_brigade_create(r->pool, r->connection->bucket_alloc);
}

int
fcgid_body_add(request_rec *r, struct fcgid_body *body, const char *data,
               apr_size_t size)
{
    body->length += (apr_off_t)size;
    return store(r, body, data, size,
                 fcgid_setting(fcgid_server_conf(r->server), NULL,
                               FCGID_MAX_REQUEST_IN_MEM));
}

int
fcgid_body_rewind(struct fcgid_body *body)
{
    apr_off_t start = 0;

    return body->file == NULL ||
                   apr_file_seek(body->file, APR_SET, &start) == APR_SUCCESS
               ? OK
               : HTTP_INTERNAL_SERVER_ERROR;
}

int
fcgid_body_restart(struct fcgid_body *body)
{
    if (body->gone || fcgid_body_rewind(body) != OK)
        return 0;
    APR_BRIGADE_PREPEND(body->memory, body->sent);
    body->buffer_size = body->buffer_position = 0;
    if (body->file != NULL)
        body->file_left = body->length - body->in_memory;
    return 1;
}

int
fcgid_body_read(request_rec *r, struct fcgid_body *body)
{
    apr_off_t wanted;
    apr_status_t rv;
    int status;

    fcgid_body_init(r, body, FCGI_TYPE_STDIN);
    if (!has_body(r))
        return OK;
    status = check_told_length(r);
    while (status == OK && (wanted = wanted_first(r, body)) > 0)
        status = read_some(body, APR_BLOCK_READ, wanted, &rv);
    body->streams = status == OK;
    body->told = body->streams ? told_length(r) : body->length;
    if (status != DONE && status != OK)
        return status;
    return fcgid_body_rewind(body);
}

/* Takes what the client has sent of a body that streams. */
static apr_status_t
fetch(struct fcgid_body *body)
{
    apr_status_t rv;
    int status = read_some(body, APR_NONBLOCK_READ, LOAD_SIZE, &rv);

    if (status == DONE) {
        body->streams = 0;
        return APR_SUCCESS;
    }
    if (status != OK) {
        body->streams = 0;
        body->status = status;
        return rv != APR_SUCCESS ? rv : APR_EGENERAL;
    }
    return APR_BRIGADE_EMPTY(body->memory) ? APR_EAGAIN : APR_SUCCESS;
}

static apr_status_t
load(struct fcgid_body *body)
{
    apr_size_t size = LOAD_SIZE;
    apr_status_t rv;

    if (body->buffer == NULL)
        body->buffer = apr_palloc(body->r->pool, LOAD_SIZE);
    if (body->file_left < LOAD_SIZE)
        size = (apr_size_t)body->file_left;
    rv = apr_file_read_full(body->file, body->buffer, size, NULL);
    if (rv != APR_SUCCESS)
        return rv;
    body->file_left -= (apr_off_t)size;
    body->buffer_size = size;
    body->buffer_position = 0;
    return APR_SUCCESS;
}

static apr_status_t
show_memory(struct fcgid_body *body, struct fcgid_body_view *view)
{
    const apr_size_t most =
        (apr_size_t)FCGID_BODY_RECORDS * FCGI_WIRE_BEST_CONTENT;
    apr_bucket *bucket = APR_BRIGADE_FIRST(body->memory);

    while (bucket != APR_BRIGADE_SENTINEL(body->memory) &&
           view->count < FCGID_BODY_PARTS && view->size < most) {
        const char *data;
        apr_size_t n;
        apr_status_t rv = apr_bucket_read(bucket, &data, &n, APR_BLOCK_READ);

        if (rv != APR_SUCCESS)
            return rv;
        if (n > most - view->size)
            n = most - view->size;
        view->parts[view->count].data = data;
        view->parts[view->count].size = n;
        view->count++;
        view->size += n;
        if (n < bucket->length)
            break;
        bucket = APR_BUCKET_NEXT(bucket);
    }
    view->is_last = bucket == APR_BRIGADE_SENTINEL(body->memory) &&
                    !body->streams && body->file_left == 0;
    return APR_SUCCESS;
}

apr_status_t
fcgid_body_peek(struct fcgid_body *body, struct fcgid_body_view *view)
{
    apr_status_t rv;

    view->count = view->size = 0;
    view->is_last = 0;
    if (APR_BRIGADE_EMPTY(body->memory) && body->streams) {
        rv = fetch(body);
        if (rv != APR_SUCCESS)
            return rv;
    }
    if (!APR_BRIGADE_EMPTY(body->memory))
        return show_memory(body, view);
    if (body->buffer_position == body->buffer_size && body->file_left > 0) {
        rv = load(body);
        if (rv != APR_SUCCESS)
            return rv;
    }
    view->parts[0].data = body->buffer + body->buffer_position;
    view->parts[0].size = view->size =
        body->buffer_size - body->buffer_position;
    view->count = 1;
    view->is_last = body->file_left == 0;
    return APR_SUCCESS;
}

void
fcgid_body_consume(struct fcgid_body *body, apr_size_t size)
{
    if (APR_BRIGADE_EMPTY(body->memory)) {
        body->buffer_position += size;
        return;
    }
    body->gone |= body->streams;
    while (size > 0) {
        apr_bucket *bucket = APR_BRIGADE_FIRST(body->memory);

        if (size < bucket->length)
            apr_bucket_split(bucket, size);
        size -= bucket->length;
        APR_BUCKET_REMOVE(bucket);
        APR_BRIGADE_INSERT_TAIL(body->sent, bucket);
    }
    if (body->gone)
        apr_brigade_cleanup(body->sent);
}

int
fcgid_body_holds_answer(const struct fcgid_body *body)
{
#if AP_MODULE_MAGIC_AT_LEAST(20120211, 55)
    return body->streams && body->r->connection->master != NULL;
#else
    return 0;
#endif
}

void
fcgid_body_drop(struct fcgid_body *body)
{
    request_rec *r = body->r;
    apr_bucket_brigade *bb =
        apr_brigade_create(r->pool, r->connection->bucket_alloc);

    while (body->streams) {
        if (ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES,
                           APR_BLOCK_READ, READ_SIZE) != APR_SUCCESS ||
            APR_BRIGADE_EMPTY(bb) || APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(bb)))
            body->streams = 0;
        apr_brigade_cleanup(bb);
    }
}
