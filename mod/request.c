/* SPDX-License-Identifier: BSD-2-Clause */
#include "request.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "http_protocol.h"
#include "http_request.h"
#include "log.h"
#include "sendfile.h"
#include "suexec.h"
#include "target.h"
#include "util_filter.h"
#include "wire/names.h"

#define SMALLEST_BUFFER 8192
#define LARGEST_BUFFER 65536
/* How long the manager has to say how a process ended. */
#define END_WAIT apr_time_from_msec(100)
#define REPEATS 3 /* of one request at most */

/* ", suexec: the reason", or "" if that is not how a process ended. */
static const char *
suexec_text(request_rec *r, const struct fcgid_class_def *def, int status)
{
    const char *reason = fcgid_suexec_reason(def, status);

    return *reason != '\0' ? apr_pstrcat(r->pool, ", suexec: ", reason, NULL)
                           : "";
}

/* No lane. */
static int
denied(request_rec *r, const struct fcgid_class_def *def,
       const struct fcgid_denial *denial)
{
    if (denial->reason == FCGID_DENIED_ABORTED) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      "mod_fcgid: the client went away while it waited for "
                      "%s" FCGID_ID(221),
                      def->command);
        return HTTP_SERVICE_UNAVAILABLE;
    }
    if (denial->reason == FCGID_DENIED_EXEC)
        ap_log_rerror(APLOG_MARK, APLOG_ERR, denial->exec_errno, r,
                      "mod_fcgid: can't run %s%s%s" FCGID_ID(222), def->command,
                      denial->text != NULL ? ": " : "",
                      denial->text != NULL ? denial->text : "");
    else
        ap_log_rerror(
            APLOG_MARK, APLOG_WARNING, 0, r,
            "mod_fcgid: can't apply process slot for %s%s%s%s" FCGID_ID(223),
            def->command, denial->text != NULL ? ": " : "",
            denial->text != NULL ? denial->text : "",
            suexec_text(r, def, denial->end_status));
    if (denial->retry_after > 0)
        apr_table_setn(r->err_headers_out, "Retry-After",
                       apr_itoa(r->pool, denial->retry_after));
    return denial->http_status != 0 ? denial->http_status
                                    : HTTP_SERVICE_UNAVAILABLE;
}

/* What is known of one run of the request when it is over. */
struct run {
    enum fcgid_result result;
    int repeated;         /* it was sent that many times before */
    apr_int64_t pid;      /* of the application */
    struct fcgid_end end; /* of that, if the connection was lost */
};

/* "the command (pid 12), which exited with code 3" */
static const char *
describe(request_rec *r, const struct fcgid_class_def *def,
         const struct run *run)
{
    const char *end = fcgid_end_text(&run->end, r->pool);

    return apr_psprintf(
        r->pool, "%s (pid %" APR_INT64_T_FMT ")%s%s%s", def->command, run->pid,
        end != NULL ? ", which " : "", end != NULL ? end : "",
        end != NULL ? suexec_text(r, def, run->end.status) : "");
}

/* The application has left without reading all that was sent. */
static int
left_unread(const struct fcgid_exchange *x)
{
    return APR_STATUS_IS_ECONNRESET(x->error) || APR_STATUS_IS_EPIPE(x->error);
}

/* Logs why an exchange failed and returns the status. */
static int
failed(const struct fcgid_exchange *x, const struct fcgid_class_def *def,
       const struct run *run)
{
    request_rec *r = x->r;

    switch (run->result) {
    case FCGID_RESULT_TIMEOUT:
        ap_log_rerror(
            APLOG_MARK, APLOG_WARNING, 0, r,
            "mod_fcgid: read data timeout in %d seconds, %s" FCGID_ID(231),
            (int)apr_time_sec(x->io_timeout), describe(r, def, run));
        return HTTP_GATEWAY_TIME_OUT;
    case FCGID_RESULT_FAULT:
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "mod_fcgid: %s broke the protocol: %s" FCGID_ID(232),
                      describe(r, def, run), x->response->fault);
        return HTTP_BAD_GATEWAY;
    case FCGID_RESULT_BODY:
        if (x->body->status != OK)
            return x->body->status; /* and the reason is logged */
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "mod_fcgid: can't read the stored request "
                      "body" FCGID_ID(233));
        return HTTP_INTERNAL_SERVER_ERROR;
    default:
        break;
    }
    if (x->error == APR_SUCCESS)
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                      "mod_fcgid: error reading data, FastCGI server closed "
                      "connection, %s" FCGID_ID(234),
                      describe(r, def, run));
    else
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, x->error, r,
                      "mod_fcgid: error reading data from FastCGI server, "
                      "%s" FCGID_ID(235),
                      describe(r, def, run));
    /* One that ends before it has ever answered, and has not taken this
     * request either, does not start. */
    return run->result == FCGID_RESULT_UNANSWERED &&
                   !fcgid_lane_served(x->lane) && left_unread(x)
               ? HTTP_INTERNAL_SERVER_ERROR
               : HTTP_BAD_GATEWAY;
}

/* A complete answer may still be none (section 5.5). */
static int
judge_end(request_rec *r, const struct fcgid_class_def *def,
          const struct fcgid_response *response)
{
    if (response->protocol_status != FCGI_STATUS_REQUEST_COMPLETE) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                      "mod_fcgid: %s refused the request: %s" FCGID_ID(236),
                      def->command,
                      fcgi_status_name(response->protocol_status));
        if (response->protocol_status != FCGI_STATUS_OVERLOADED)
            return HTTP_BAD_GATEWAY;
        apr_table_setn(r->err_headers_out, "Retry-After",
                       APR_STRINGIFY(FCGID_RETRY_AFTER));
        return HTTP_SERVICE_UNAVAILABLE;
    }
    if (!response->headers_done) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "mod_fcgid: End of script output before headers: "
                      "%s" FCGID_ID(237),
                      apr_filepath_name_get(r->filename));
        return HTTP_BAD_GATEWAY;
    }
    return OK;
}

static void
set_buffering(struct fcgid_exchange *x, const struct fcgid_server_conf *conf,
              const char *program)
{
    apr_int64_t size = fcgid_setting(
        conf, fcgid_find_cmd_options(conf, program), FCGID_OUTPUT_BUFFER_SIZE);

    x->flush_always = size == 0;
    if (size < SMALLEST_BUFFER)
        size = SMALLEST_BUFFER;
    if (size > LARGEST_BUFFER)
        size = LARGEST_BUFFER;
    x->buffer_size = (apr_size_t)size;
}

static int
is_safe(const request_rec *r)
{
    return r->method_number == M_GET || r->method_number == M_OPTIONS;
}

/* Libraries read what is left on a connection that they close: an application
 * that leaves in order may have read the request without a look at it. */
static int
left_in_order(const struct fcgid_end *end)
{
    return !end->known || (end->status == 0 && !end->told);
}

/* Refused before anything was done, perhaps because the application is about to
 * close the connection. */
static int
was_refused(const struct fcgid_exchange *x, const struct run *run)
{
    return run->result == FCGID_RESULT_COMPLETE &&
           x->response->protocol_status == FCGI_STATUS_OVERLOADED &&
           x->response->header_size == 0 && !x->response->headers_done &&
           fcgid_lane_reused(x->lane);
}

/*
 * Whether the same request may go out again: the application cannot have
 * begun to work on it, or doing it twice does no harm, to the application
 * either: one that has read it and then crashed may have crashed of it.
 */
static int
may_repeat(const struct fcgid_exchange *x, const struct run *run)
{
    int served = fcgid_lane_served(x->lane);

    if (was_refused(x, run))
        return run->repeated == 0 &&
               (x->body == NULL || fcgid_body_restart(x->body));
    if (run->result != FCGID_RESULT_UNANSWERED ||
        run->repeated >= (served ? REPEATS : 1))
        return 0;
    if (!fcgid_exchange_may_have_begun(x))
        return 1;
    if (fcgid_exchange_sent_body(x) || !is_safe(x->r))
        return 0;
    if (fcgid_end_by_others(&run->end))
        return 1;
    return served &&
           (left_unread(x) || (left_in_order(&run->end) && run->repeated == 0));
}

static void
run_once(struct fcgid_exchange *x, struct fcgid_lane *lane,
         struct fcgid_head *head, struct run *run)
{
    x->lane = lane;
    x->head = head;
    x->careful = fcgid_lane_keeps(lane) && fcgid_lane_served(lane) &&
                 (!is_safe(x->r) || (x->body != NULL && x->body->length > 0));
    fcgid_head_set_keep(head, fcgid_lane_keeps(lane));
    run->result = fcgid_exchange_run(x);
    run->end.known = 0;
    if (run->result == FCGID_RESULT_UNANSWERED ||
        run->result == FCGID_RESULT_LOST)
        fcgid_lane_await_end(lane, END_WAIT, &run->end);
    run->pid = fcgid_lane_pid(lane);
    if (run->end.known && !left_unread(x))
        fcgid_lane_taken(lane);
}

int
fcgid_request_run(request_rec *r, const struct fcgid_class_def *def,
                  struct fcgid_head *head, struct fcgid_body *body,
                  struct fcgid_response *response)
{
    struct fcgid_exchange *x = apr_palloc(r->pool, sizeof *x);
    struct fcgid_denial denial = {FCGID_DENIED_NONE, 0, 0, 0, -1, NULL};
    struct fcgid_lane *lane = NULL;
    struct run run;

    memset(&run, 0, sizeof run);
    if (fcgid_lane_acquire(r, def, &lane, &denial) != APR_SUCCESS)
        return denied(r, def, &denial);
    for (;;) {
        memset(x, 0, sizeof *x);
        x->r = r;
        x->body = body;
        x->response = response;
        x->io_timeout = def->limits.io_timeout;
        set_buffering(x, fcgid_server_conf(r->server), def->argv[0]);
        run_once(x, lane, head, &run);
        if (!may_repeat(x, &run))
            break;
        run.repeated++;
        fcgid_response_restart(response);
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, x->error, r,
                      "mod_fcgid: %s had left or refused, sending the request "
                      "again",
                      def->command);
        if (fcgid_lane_reopen(r, &lane, &denial) != APR_SUCCESS)
            return denied(r, def, &denial);
    }
    fcgid_lane_release(lane, fcgid_exchange_outcome(x, run.result));
    fcgid_response_finish(response);
    if (run.result == FCGID_RESULT_CLIENT) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      "mod_fcgid: the client went away, %s (pid "
                      "%" APR_INT64_T_FMT ") was told to stop" FCGID_ID(238),
                      def->command, run.pid);
        return OK;
    }
    if (run.result != FCGID_RESULT_COMPLETE)
        return failed(x, def, &run);
    return judge_end(r, def, response);
}

/* What the handler makes of it all. */
static int
conclude(request_rec *r, struct fcgid_response *response, int status,
         struct fcgid_body *body)
{
    /* The client is still sending its body, which httpd reads to the end
     * before it sends what is not flushed. */
    int early = body->streams;

    if (r->connection->aborted) {
        apr_brigade_cleanup(response->out);
        return OK;
    }
    if ((status != OK && response->passed) ||
        (status == OK && fcgid_response_is_cut(response))) {
        fcgid_response_abort(response);
        return OK;
    }
    if (status == OK)
        status = response->status;
    if (status != OK) {
        apr_brigade_cleanup(response->out);
        if (fcgid_body_holds_answer(body))
            fcgid_body_drop(body);
        return status;
    }
    if (response->redirect != NULL) {
        r->method = "GET";
        r->method_number = M_GET;
        apr_table_unset(r->headers_in, "Content-Length");
        apr_table_unset(r->headers_in, "Transfer-Encoding");
        ap_internal_redirect(response->redirect, r);
        return OK;
    }
    if (response->file != NULL && !AP_STATUS_IS_HEADER_ONLY(r->status))
        fcgid_sendfile_put(r, response->file, response->out);
    if (fcgid_body_holds_answer(body)) {
        if (fcgid_response_pass(response, 1) != APR_SUCCESS)
            return OK;
        fcgid_body_drop(body);
    }
    fcgid_response_end(response, early);
    return OK;
}

/* By the handler's name, or by the type of the file. */
static int
is_ours(const char *handler)
{
    return handler != NULL &&
           (strcmp(handler, FCGID_HANDLER) == 0 ||
            strcmp(handler, FCGID_OLD_HANDLER) == 0 ||
            strcmp(handler, "application/x-httpd-fcgi") == 0);
}

int
fcgid_handler(request_rec *r)
{
    struct fcgid_class_def def;
    struct fcgid_command command;
    struct fcgid_response response;
    struct fcgid_body body;
    struct fcgid_head head;
    int status;

    if (!is_ours(r->handler))
        return DECLINED;
    status = fcgid_target_find(r, &command);
    if (status == OK)
        status = fcgid_body_read(r, &body);
    if (status != OK)
        return status;
    fcgid_target_fill(r, &command, &def);
    fcgid_head_build(r->pool, &head, FCGI_ROLE_RESPONDER,
                     fcgid_params_responder(r, body.told));
    fcgid_response_init(&response, r);
    status = fcgid_request_run(r, &def, &head, &body, &response);
    return conclude(r, &response, status, &body);
}
