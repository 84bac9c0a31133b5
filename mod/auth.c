/* SPDX-License-Identifier: BSD-2-Clause */
#include "auth.h"
#include "authcache.h"
#include "apr_strings.h"
#include "http_core.h"
#include "http_protocol.h"
#include "http_request.h"
#include "headers.h"
#include "log.h"
#include "refusal.h"
#include "request.h"
#include "target.h"

/* Whom a request has been laid before. */
struct asked {
    const struct fcgid_command *command[FCGID_PHASE_COUNT];
};

/* Reads the headers into a copy of the request, which keeps the request as it
 * is, and free of the conditional requests of httpd. */
static void
take_headers(struct fcgid_response *response, const char *block,
             apr_size_t size)
{
    struct fcgid_verdict *verdict = response->baton;
    request_rec *r = response->r;
    request_rec *copy = apr_pmemdup(r->pool, r, sizeof *r);
    apr_off_t length;

    copy->headers_out = apr_table_make(r->pool, 8);
    copy->err_headers_out = apr_table_make(r->pool, 8);
    copy->status = HTTP_OK;
    copy->method_number = M_INVALID;
    copy->content_type = NULL;
    response->status =
        fcgid_headers_scan(copy, block, size, response->line_limit, &length);
    verdict->status = copy->status;
    verdict->type = copy->content_type;
    verdict->headers =
        apr_table_overlay(r->pool, copy->err_headers_out, copy->headers_out);
    if (verdict->status == HTTP_OK &&
        apr_table_get(verdict->headers, "Location") != NULL)
        verdict->status = HTTP_MOVED_TEMPORARILY;
    if (verdict->status == HTTP_OK)
        response->state = FCGID_RESPONSE_DISCARD;
    else
        fcgid_response_collect(response);
}

const char *
fcgid_auth_variable(const char *header)
{
    static const char prefix[] = "Variable-";
    const apr_size_t size = sizeof prefix - 1;

    return strncasecmp(header, prefix, size) == 0 ? header + size : NULL;
}

static int
set_variable(void *baton, const char *name, const char *value)
{
    request_rec *r = baton;
    const char *variable = fcgid_auth_variable(name);

    if (variable != NULL && *variable != '\0')
        apr_table_set(r->subprocess_env, variable, value);
    return 1;
}

/* Asks the application itself. */
static int
ask(request_rec *r, const struct fcgid_class_def *def,
    const apr_array_header_t *pairs, struct fcgid_verdict *verdict)
{
    struct fcgid_response response;
    struct fcgid_head head;
    int status;

    fcgid_head_build(r->pool, &head, FCGI_ROLE_AUTHORIZER, pairs);
    fcgid_response_init(&response, r);
    response.on_headers = take_headers;
    response.baton = verdict;
    status = fcgid_request_run(r, def, &head, NULL, &response);
    if (status == OK)
        status = response.status;
    if (status == OK && verdict->headers == NULL)
        status = HTTP_BAD_GATEWAY; /* the client went away */
    if (response.text_size > 0) {
        verdict->text = response.text;
        verdict->text_size = response.text_size;
    }
    return status;
}

int
fcgid_auth_ask(request_rec *r, const struct fcgid_question *question,
               struct fcgid_verdict *verdict)
{
    apr_interval_time_t lifetime = fcgid_dir_conf(r)->auth_cache;
    struct fcgid_authcache_key key;
    struct fcgid_class_def def;
    apr_array_header_t *pairs = fcgid_params_authorizer(r, question);
    int status = OK;

    memset(verdict, 0, sizeof *verdict);
    fcgid_target_fill(r, question->command, &def);
    if (lifetime > 0) {
        fcgid_authcache_make_key(&key, &def, pairs);
        verdict->headers = fcgid_authcache_find(&key, r->pool);
    }
    if (verdict->headers != NULL) {
        verdict->status = HTTP_OK;
    } else {
        status = ask(r, &def, pairs, verdict);
        if (status == OK && verdict->status == HTTP_OK && lifetime > 0)
            fcgid_authcache_store(&key, verdict->headers, lifetime);
    }
    if (status == OK && verdict->status == HTTP_OK)
        apr_table_do(set_variable, r, verdict->headers, NULL);
    return status;
}

static void
note_asked(request_rec *r, enum fcgid_phase phase)
{
    struct asked *asked =
        ap_get_module_config(r->request_config, &fcgid_module);

    if (asked == NULL) {
        asked = apr_pcalloc(r->pool, sizeof *asked);
        ap_set_module_config(r->request_config, &fcgid_module, asked);
    }
    asked->command[phase] = fcgid_dir_conf(r)->authorizer[phase];
}

/* Runs one phase and says what its hook returns. */
static int
decide(request_rec *r, enum fcgid_phase phase, const char *password,
       const char *what)
{
    const struct fcgid_dir_conf *conf = fcgid_dir_conf(r);
    struct fcgid_question question = {conf->authorizer[phase], phase, r->user,
                                      password, NULL};
    struct fcgid_verdict verdict;
    int status = fcgid_auth_ask(r, &question, &verdict);

    if (status != OK)
        return status;
    note_asked(r, phase);
    if (verdict.status == HTTP_OK)
        return OK;
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "mod_fcgid: %s of user %s to access %s failed, reason: "
                  "script returned status %d" FCGID_ID(401),
                  what, r->user != NULL ? r->user : "", r->uri, verdict.status);
    if (conf->authoritative[phase] == 0)
        return DECLINED;
    if (phase == FCGID_PHASE_AUTHN &&
        !apr_table_get(verdict.headers, "Location"))
        verdict.status = HTTP_UNAUTHORIZED;
    return fcgid_refusal_put(r, &verdict);
}

static int
check_access(request_rec *r)
{
    if (fcgid_dir_conf(r)->authorizer[FCGID_PHASE_ACCESS] == NULL)
        return DECLINED;
    return decide(r, FCGID_PHASE_ACCESS, NULL, "Access check");
}

static int
check_authn(request_rec *r)
{
    const char *password;
    int status;

    if (fcgid_dir_conf(r)->authorizer[FCGID_PHASE_AUTHN] == NULL)
        return DECLINED;
    status = ap_get_basic_auth_pw(r, &password);
    if (status == DECLINED) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "mod_fcgid: authenticator requires basic HTTP auth "
                      "credentials" FCGID_ID(402));
        return HTTP_UNAUTHORIZED;
    }
    if (status != OK)
        return status;
    return decide(r, FCGID_PHASE_AUTHN, password, "Authentication");
}

static int
check_authz(request_rec *r)
{
    if (fcgid_dir_conf(r)->authorizer[FCGID_PHASE_AUTHZ] == NULL)
        return DECLINED;
    return decide(r, FCGID_PHASE_AUTHZ, NULL, "Authorization");
}

static int
was_asked(const request_rec *r, const struct fcgid_command *command,
          enum fcgid_phase phase)
{
    const struct asked *asked;

    if (r == NULL)
        return 0;
    asked = ap_get_module_config(r->request_config, &fcgid_module);
    /* Subrequests and redirects may rest on what was found before. */
    return (asked != NULL && asked->command[phase] == command) ||
           was_asked(r->main, command, phase) ||
           was_asked(r->prev, command, phase);
}

/*
 * httpd asks neither authenticator nor authorizer unless a Require directive
 * makes it: then their presence would protect nothing.
 */
static int
check_asked(request_rec *r)
{
    const struct fcgid_dir_conf *conf = fcgid_dir_conf(r);
    int phase;

    fcgid_refusal_withdraw(r);
    for (phase = 0; phase < FCGID_PHASE_COUNT; phase++)
        if (conf->authorizer[phase] != NULL &&
            !was_asked(r, conf->authorizer[phase], phase))
            break;
    if (phase == FCGID_PHASE_COUNT || ap_satisfies(r) == SATISFY_ANY)
        return DECLINED;
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "mod_fcgid: %s was not asked about %s, as no Require "
                  "directive asks for a user: access refused (add 'Require "
                  "valid-user')" FCGID_ID(403),
                  conf->authorizer[phase]->line, r->uri);
    return HTTP_FORBIDDEN;
}

void
fcgid_auth_register(void)
{
    /* Before the module that would refuse for want of a provider. */
    static const char *const before[] = {"mod_auth_basic.c", NULL};

    ap_hook_check_access(check_access, NULL, NULL, APR_HOOK_MIDDLE,
                         AP_AUTH_INTERNAL_PER_URI);
    ap_hook_check_authn(check_authn, NULL, before, APR_HOOK_MIDDLE,
                        AP_AUTH_INTERNAL_PER_URI);
    ap_hook_check_authz(check_authz, NULL, NULL, APR_HOOK_MIDDLE,
                        AP_AUTH_INTERNAL_PER_URI);
    ap_hook_fixups(check_asked, NULL, NULL, APR_HOOK_REALLY_FIRST);
    fcgid_refusal_register();
}
