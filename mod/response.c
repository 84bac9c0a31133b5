/* SPDX-License-Identifier: BSD-2-Clause */
#include "response.h"

#include <sys/socket.h>

#include "apr_lib.h"
#include "apr_strings.h"
#include "http_protocol.h"
#include "headers.h"
#include "ipc.h"
#include "log.h"
#include "sendfile.h"
#include "util_filter.h"
#include "wire/names.h"

#define HEADER_START 1024 /* bytes first set aside for a header block */

/* Headers. */

/*
 * Looks for the empty line that ends the block; returns how many bytes up to
 * and with it, or 0 if it is not there.
 */
static apr_size_t
find_header_end(struct fcgid_response *response, const char *data,
                apr_size_t size)
{
    apr_size_t i = 0;
    const char *newline;

    while (i < size) {
        if (response->at_line_start) {
            if (data[i] == '\n')
                return i + 1;
            response->at_line_start = data[i] == '\r';
            i++;
            continue;
        }
        newline = memchr(data + i, '\n', size - i);
        if (newline == NULL)
            return 0;
        response->at_line_start = 1;
        i = (apr_size_t)(newline - data) + 1;
    }
    return 0;
}

static void
keep_header(struct fcgid_response *response, const char *data, apr_size_t size)
{
    apr_size_t need = response->header_size + size;
    apr_size_t room = response->header_room;
    char *larger;

    if (need > room) {
        if (room == 0)
            room = HEADER_START;
        while (room < need)
            room *= 2;
        larger = apr_palloc(response->r->pool, room);
        if (response->header_size > 0)
            memcpy(larger, response->header, response->header_size);
        response->header = larger;
        response->header_room = room;
    }
    memcpy(response->header + response->header_size, data, size);
    response->header_size = need;
}

/* The content that goes with the headers in r. */
static void
prepare_content(struct fcgid_response *response, apr_off_t length)
{
    request_rec *r = response->r;

    response->status = fcgid_sendfile_find(r, &response->file);
    if (response->status != OK || response->file != NULL ||
        AP_STATUS_IS_HEADER_ONLY(r->status))
        return;
    if (length >= 0)
        ap_set_content_length(r, length);
    if (r->header_only)
        return;
    response->expected = length;
    response->state = FCGID_RESPONSE_BODY;
}

/* What the header block means for the rest of the answer (RFC 3875, 6). */
static void
handle_headers(struct fcgid_response *response, const char *block,
               apr_size_t size)
{
    request_rec *r = response->r;
    apr_off_t length;
    int status =
        fcgid_headers_scan(r, block, size, response->line_limit, &length);
    const char *location = apr_table_get(r->headers_out, "Location");

    response->state = FCGID_RESPONSE_DISCARD;
    if (status == HTTP_NOT_MODIFIED) {
        /* Found by ap_meets_conditions.  Not returned as an error: that
         * would disturb mod_cache. */
        r->status = HTTP_NOT_MODIFIED;
    } else if (status != OK) {
        response->status = status;
    } else if (location != NULL && r->status == HTTP_OK) {
        if (location[0] == '/')
            response->redirect = location;
        else
            response->status = HTTP_MOVED_TEMPORARILY;
    } else if (fcgid_headers_overridden(r, &status)) {
        response->status = status;
    } else {
        prepare_content(response, length);
    }
}

/* The application has told a wrong length. */
static void
length_is_wrong(struct fcgid_response *response, const char *how)
{
    ap_log_rerror(
        APLOG_MARK, APLOG_WARNING, 0, response->r,
        "mod_fcgid: script '%s' sent %s than its Content-Length of "
        "%" APR_OFF_T_FMT ": %s" FCGID_ID(304),
        apr_filepath_name_get(response->r->filename), how, response->expected,
        response->passed ? "the answer is cut" : "the header is left out");
    response->expected = -1;
    response->cut = response->passed;
    if (!response->passed) {
        apr_table_unset(response->r->headers_out, "Content-Length");
        response->r->clength = 0;
    }
}

/* How much of this content may go to the client. */
static apr_size_t
within_length(struct fcgid_response *response, apr_size_t size)
{
    apr_off_t left = response->expected - response->delivered;

    response->delivered += (apr_off_t)size;
    if (response->expected < 0 || (apr_off_t)size <= left)
        return size;
    length_is_wrong(response, "more");
    return response->cut ? (apr_size_t)left : size;
}

int
fcgid_response_is_cut(struct fcgid_response *response)
{
    if (response->state == FCGID_RESPONSE_BODY &&
        response->expected > response->delivered)
        length_is_wrong(response, "less");
    return response->cut;
}

static void
take_content(struct fcgid_response *response, const char *data, apr_size_t size)
{
    if (response->state == FCGID_RESPONSE_BODY)
        size = within_length(response, size);
    if (size > 0 && response->state == FCGID_RESPONSE_BODY) {
        APR_BRIGADE_INSERT_TAIL(
            response->out,
            apr_bucket_transient_create(data, size,
                                        response->r->connection->bucket_alloc));
    } else if (response->state == FCGID_RESPONSE_COLLECT) {
        if (size > FCGID_TEXT_LIMIT - response->text_size)
            size = FCGID_TEXT_LIMIT - response->text_size;
        memcpy(response->text + response->text_size, data, size);
        response->text_size += size;
    }
    if (response->cut)
        response->state = FCGID_RESPONSE_DISCARD;
}

/* Passes an interim answer on, if its client can take it. */
static void
send_interim(struct fcgid_response *response, request_rec *interim)
{
    /* 100 is httpd's to say, and what is no handler's answer nobody awaits. */
    if (interim->status != HTTP_CONTINUE && interim->main == NULL &&
        response->on_headers == handle_headers && !interim->connection->aborted)
        ap_send_interim_response(interim, 1);
}

/* A header block that is complete. */
static void
take_block(struct fcgid_response *response, const char *block, apr_size_t size)
{
    request_rec *interim = NULL;
    int status = fcgid_headers_interim(response->r, block, size,
                                       response->line_limit, &interim);

    if (status == OK) {
        /* All blocks together keep to the limit. */
        response->header_limit -= size;
        response->header_size = 0;
        response->at_line_start = 1;
        send_interim(response, interim);
        return;
    }
    response->headers_done = 1;
    if (status == DECLINED) {
        response->on_headers(response, block, size);
    } else {
        response->status = status;
        response->state = FCGID_RESPONSE_DISCARD;
    }
}

static void
take_stdout(struct fcgid_response *response, const char *data, apr_size_t size)
{
    apr_size_t end;

    while (response->state == FCGID_RESPONSE_HEADERS && size > 0) {
        end = find_header_end(response, data, size);
        if (response->header_size + (end > 0 ? end : size) >
            response->header_limit) {
            response->fault = "the header block is too long";
            return;
        }
        if (end == 0) {
            keep_header(response, data, size);
            return;
        }
        if (response->header_size == 0) {
            take_block(response, data, end);
        } else {
            keep_header(response, data, end);
            take_block(response, response->header, response->header_size);
        }
        data += end;
        size -= end;
    }
    take_content(response, data, size);
}

/* Records. */

static void
take_header(struct fcgid_response *response, const struct fcgi_header *header)
{
    if (header->request_id != 0 && header->request_id != FCGID_REQUEST_ID)
        response->fault = "a record has the id of another request";
    else if (header->type == FCGI_TYPE_STDOUT && response->stdout_ended &&
             header->content_length > 0)
        response->fault = "STDOUT goes on after its end";
}

static void
take_end(struct fcgid_response *response, const struct fcgi_event *event)
{
    struct fcgi_end_body end;

    if (event->header.type == FCGI_TYPE_STDOUT &&
        event->header.content_length == 0) {
        response->stdout_ended = 1;
    } else if (event->header.type == FCGI_TYPE_END_REQUEST) {
        fcgi_end_get(&end, event->body);
        response->request_ended = 1;
        response->protocol_status = end.protocol_status;
    }
}

static void
take_data(struct fcgid_response *response, const struct fcgi_event *event)
{
    if (event->header.type == FCGI_TYPE_STDOUT)
        take_stdout(response, (const char *)event->data, event->size);
    else if (event->header.type == FCGI_TYPE_STDERR)
        fcgid_stderr_take(&response->errors, (const char *)event->data,
                          event->size);
}

void
fcgid_response_feed(struct fcgid_response *response, const char *data,
                    apr_size_t size)
{
    const uint8_t *in = (const uint8_t *)data;
    struct fcgi_event event;
    size_t position = 0;
    int result;

    while (response->fault == NULL && !response->request_ended) {
        result =
            fcgi_parser_feed(&response->parser, in, size, &position, &event);
        if (result != FCGI_WIRE_OK) {
            response->fault = fcgi_wire_strerror(result);
            return;
        }
        if (event.kind == FCGI_EVENT_MORE)
            return;
        if (event.header.request_id != 0)
            response->begun = 1;
        if (event.kind == FCGI_EVENT_HEADER)
            take_header(response, &event.header);
        else if (event.kind == FCGI_EVENT_DATA)
            take_data(response, &event);
        else
            take_end(response, &event);
    }
    if (position < size)
        response->excess = 1;
}

int
fcgid_response_is_awaited(const struct fcgid_response *response)
{
    return !response->begun && fcgi_parser_at_boundary(&response->parser);
}

/* To the client. */

void
fcgid_response_collect(struct fcgid_response *response)
{
    response->text = apr_palloc(response->r->pool, FCGID_TEXT_LIMIT);
    response->state = FCGID_RESPONSE_COLLECT;
}

void
fcgid_response_init(struct fcgid_response *response, request_rec *r)
{
    const struct fcgid_server_conf *conf = fcgid_server_conf(r->server);

    memset(response, 0, sizeof *response);
    response->r = r;
    fcgid_stderr_init(&response->errors, r);
    response->header_limit =
        (apr_size_t)fcgid_setting(conf, NULL, FCGID_MAX_HEADER_BLOCK);
    response->line_limit = fcgid_setting(conf, NULL, FCGID_MAX_HEADER_LINE);
    response->expected = -1;
    response->status = OK;
    response->at_line_start = 1;
    response->on_headers = handle_headers;
    response->out = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    fcgi_parser_init(&response->parser, FCGI_SENDER_APPLICATION);
}

void
fcgid_response_restart(struct fcgid_response *response)
{
    response->fault = NULL;
    response->begun = response->stdout_ended = response->request_ended = 0;
    response->excess = 0;
    response->protocol_status = FCGI_STATUS_REQUEST_COMPLETE;
    fcgi_parser_init(&response->parser, FCGI_SENDER_APPLICATION);
}

int
fcgid_response_pending(const struct fcgid_response *response)
{
    return !APR_BRIGADE_EMPTY(response->out) ||
           (response->state == FCGID_RESPONSE_BODY && !response->passed);
}

static apr_status_t
pass_brigade(struct fcgid_response *response, int flush)
{
    request_rec *r = response->r;
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_status_t rv;

    if (flush)
        APR_BRIGADE_INSERT_TAIL(response->out, apr_bucket_flush_create(alloc));
    response->passed = 1;
    rv = ap_pass_brigade(response->next != NULL ? response->next
                                                : r->output_filters,
                         response->out);
    apr_brigade_cleanup(response->out);
    return rv;
}

/* Returns rv, which is why the answer could not be passed on. */
static apr_status_t
not_passed(struct fcgid_response *response, apr_status_t rv)
{
    request_rec *r = response->r;

    response->state = FCGID_RESPONSE_DISCARD;
    ap_log_rerror(APLOG_MARK,
                  r->connection->aborted ? APLOG_INFO : APLOG_WARNING, rv, r,
                  "mod_fcgid: ap_pass_brigade failed in "
                  "handle_request_ipc function" FCGID_ID(303));
    return rv;
}

apr_status_t
fcgid_response_pass(struct fcgid_response *response, int flush)
{
    apr_status_t rv = pass_brigade(response, flush);

    if (rv == APR_SUCCESS && response->r->connection->aborted)
        rv = APR_ECONNABORTED;
    return rv == APR_SUCCESS ? rv : not_passed(response, rv);
}

apr_status_t
fcgid_response_end(struct fcgid_response *response, int flush)
{
    apr_bucket_alloc_t *alloc = response->r->connection->bucket_alloc;
    apr_status_t rv;

    APR_BRIGADE_INSERT_TAIL(response->out, apr_bucket_eos_create(alloc));
    rv = pass_brigade(response, flush);
    /* HTTP/2 calls a stream aborted that has ended well. */
    return rv == APR_SUCCESS ? rv : not_passed(response, rv);
}

void
fcgid_response_finish(struct fcgid_response *response)
{
    fcgid_stderr_finish(&response->errors);
}

/*
 * An answer without chunks and without a length, to HTTP/1.0, ends with its
 * connection: only a reset tells that it is not whole.
 */
static void
reset_connection(request_rec *r)
{
    struct linger linger = {1, 0};
    int socket = fcgid_client_socket(r);

    while (r->main != NULL)
        r = r->main;
    if (socket == -1 || r->chunked ||
        apr_table_get(r->headers_out, "Content-Length") != NULL)
        return;
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    r->connection->aborted = 1; /* closes without a word */
}

void
fcgid_response_abort(struct fcgid_response *response)
{
    request_rec *r = response->r;
    conn_rec *c = r->connection;
    apr_bucket_alloc_t *alloc = c->bucket_alloc;

    r->no_cache = 1;
    if (r->main != NULL)
        r->main->no_cache = 1;
    if (!APR_BRIGADE_EMPTY(response->out) &&
        fcgid_response_pass(response, 1) != APR_SUCCESS)
        return;
    /* This bucket keeps the last chunk of a chunked message from being sent,
     * and makes HTTP/2 reset the stream. */
    APR_BRIGADE_INSERT_TAIL(
        response->out,
        ap_bucket_error_create(HTTP_BAD_GATEWAY, NULL, r->pool, alloc));
    APR_BRIGADE_INSERT_TAIL(response->out, apr_bucket_eos_create(alloc));
    ap_pass_brigade(response->next != NULL ? response->next : r->output_filters,
                    response->out);
    apr_brigade_cleanup(response->out);
    c->keepalive = AP_CONN_CLOSE;
    reset_connection(r);
}
