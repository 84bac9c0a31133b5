/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Applications as providers of httpd's authentication and authorization:
 *
 *     FcgidAuthProvider authenticator NAME COMMAND     AuthBasicProvider NAME
 *     FcgidAuthProvider authorizer NAME COMMAND        Require NAME ...
 *     FcgidAuthProvider access-checker NAME COMMAND    Require NAME ...
 *
 * An authenticator that answers with status 404 does not know the user.
 */
#include "auth.h"
#include "ap_provider.h"
#include "apr_strings.h"
#include "http_request.h"
#include "log.h"
#include "mod_auth.h"

/* Providers by name; httpd says which one it means by a note. */
static const struct fcgid_command *
command_of(request_rec *r, enum fcgid_phase phase, const char *note)
{
    const struct fcgid_server_conf *conf = fcgid_server_conf(r->server);
    const char *name = apr_table_get(r->notes, note);
    const struct fcgid_command *command =
        name != NULL
            ? apr_hash_get(conf->providers[phase], name, APR_HASH_KEY_STRING)
            : NULL;

    if (command == NULL)
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "mod_fcgid: no provider of the name %s" FCGID_ID(404),
                      name != NULL ? name : "");
    return command;
}

static void
log_refusal(request_rec *r, const struct fcgid_command *command,
            const struct fcgid_verdict *verdict)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  "mod_fcgid: %s refuses user %s access to %s: status "
                  "%d" FCGID_ID(405),
                  command->line, r->user != NULL ? r->user : "", r->uri,
                  verdict->status);
}

static authn_status
check_password(request_rec *r, const char *user, const char *password)
{
    struct fcgid_question question = {NULL, FCGID_PHASE_AUTHN, user, password,
                                      NULL};
    struct fcgid_verdict verdict;

    question.command =
        command_of(r, FCGID_PHASE_AUTHN, AUTHN_PROVIDER_NAME_NOTE);
    if (question.command == NULL ||
        fcgid_auth_ask(r, &question, &verdict) != OK)
        return AUTH_GENERAL_ERROR;
    if (verdict.status == HTTP_OK)
        return AUTH_GRANTED;
    log_refusal(r, question.command, &verdict);
    /* Then httpd asks the next provider. */
    return verdict.status == HTTP_NOT_FOUND ? AUTH_USER_NOT_FOUND : AUTH_DENIED;
}

static authz_status
check(request_rec *r, enum fcgid_phase phase, const char *require)
{
    struct fcgid_question question = {NULL, phase, NULL, NULL, require};
    struct fcgid_verdict verdict;

    question.command = command_of(r, phase, AUTHZ_PROVIDER_NAME_NOTE);
    if (question.command == NULL ||
        fcgid_auth_ask(r, &question, &verdict) != OK)
        return AUTHZ_GENERAL_ERROR;
    if (verdict.status == HTTP_OK)
        return AUTHZ_GRANTED;
    log_refusal(r, question.command, &verdict);
    return AUTHZ_DENIED;
}

static authz_status
check_user(request_rec *r, const char *require, const void *parsed)
{
    (void)parsed;
    return r->user != NULL ? check(r, FCGID_PHASE_AUTHZ, require)
                           : AUTHZ_DENIED_NO_USER;
}

static authz_status
check_anybody(request_rec *r, const char *require, const void *parsed)
{
    (void)parsed;
    return check(r, FCGID_PHASE_ACCESS, require);
}

static const authn_provider authenticator = {check_password, NULL};
static const authz_provider authorizer = {check_user, NULL};
static const authz_provider access_checker = {check_anybody, NULL};

static const struct {
    const char *kind;
    enum fcgid_phase phase;
    const char *group;
    const char *version;
    const void *provider;
    const char *what; /* for messages */
} kinds[] = {
    {"authenticator", FCGID_PHASE_AUTHN, AUTHN_PROVIDER_GROUP,
     AUTHN_PROVIDER_VERSION, &authenticator, "Authenticator"},
    {"authorizer", FCGID_PHASE_AUTHZ, AUTHZ_PROVIDER_GROUP,
     AUTHZ_PROVIDER_VERSION, &authorizer, "Authorizer"},
    {"access-checker", FCGID_PHASE_ACCESS, AUTHZ_PROVIDER_GROUP,
     AUTHZ_PROVIDER_VERSION, &access_checker, "Access checker"},
};

#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

const char *
fcgid_set_provider(cmd_parms *cmd, void *dummy, const char *kind,
                   const char *name, const char *line)
{
    struct fcgid_server_conf *conf = fcgid_server_conf(cmd->server);
    struct fcgid_command *command = apr_palloc(cmd->pool, sizeof *command);
    const char *message = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    size_t i;

    (void)dummy;
    if (message != NULL)
        return message;
    for (i = 0; i < KIND_COUNT && strcasecmp(kinds[i].kind, kind) != 0; i++)
        ;
    if (i == KIND_COUNT)
        return apr_psprintf(cmd->pool,
                            "%s: '%s' is not allowed: give authenticator, "
                            "authorizer or access-checker",
                            cmd->cmd->name, kind);
    if (ap_lookup_provider(kinds[i].group, name, kinds[i].version) != NULL)
        return apr_psprintf(cmd->pool, "%s: there is a provider '%s' already",
                            cmd->cmd->name, name);
    message = fcgid_parse_command(cmd->pool, kinds[i].what, line, command);
    if (message != NULL)
        return message;
    apr_hash_set(conf->providers[kinds[i].phase], name, APR_HASH_KEY_STRING,
                 command);
    ap_register_auth_provider(cmd->pool, kinds[i].group, name, kinds[i].version,
                              kinds[i].provider, AP_AUTH_INTERNAL_PER_URI);
    return NULL;
}
