/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FcgidPrespawn: applications that are started before anybody asks for them.
 * There is no request yet that could tell the class: it is that of a request
 * to which no directory's own limits or identities apply.
 */
#include "prespawn.h"

#include "apr_strings.h"
#include "conf.h"
#include "log.h"
#include "pm_ipc.h"
#include "target.h"

const char *
fcgid_set_prespawn(cmd_parms *cmd, void *dummy, const char *line,
                   const char *count)
{
    struct fcgid_command command;
    apr_int64_t number = 0;
    const char *message =
        fcgid_parse_command(cmd->pool, cmd->cmd->name, line, &command);

    (void)dummy;
    if (message == NULL && count != NULL)
        message = fcgid_parse_setting(cmd->pool, cmd->cmd->name,
                                      FCGID_MAX_PROCESSES_PER_CLASS, count,
                                      &number);
    if (message == NULL)
        fcgid_add_prespawn(fcgid_server_conf(cmd->server), &command,
                           (int)number);
    return message;
}

void
fcgid_add_prespawn(struct fcgid_server_conf *conf,
                   const struct fcgid_command *command, int count)
{
    struct fcgid_prespawn *prespawn = apr_array_push(conf->prespawn);

    prespawn->command = *command;
    prespawn->count = count;
}

int
fcgid_prespawn_count(const struct fcgid_server_conf *conf,
                     const struct fcgid_prespawn *prespawn)
{
    const struct fcgid_cmd_options *options =
        fcgid_find_cmd_options(conf, prespawn->command.argv[0]);

    if (prespawn->count > 0)
        return prespawn->count;
    return (int)fcgid_setting(conf, options, FCGID_MIN_PROCESSES_PER_CLASS);
}

static void
send_one(int to, apr_uint32_t generation, server_rec *s,
         const struct fcgid_prespawn *prespawn)
{
    struct fcgid_message message = {FCGID_MSG_PRESPAWN, 0, generation, 0};
    struct fcgid_class_def def;
    request_rec *r;
    apr_pool_t *pool;
    apr_size_t size;
    void *packed;
    int rc;

    if (apr_pool_create(&pool, s->process->pool) != APR_SUCCESS)
        return;
    r = apr_pcalloc(pool, sizeof *r);
    r->pool = pool;
    r->server = s;
    r->per_dir_config = s->lookup_defaults;
    r->notes = apr_table_make(pool, 1);
    r->filename = apr_pstrdup(pool, prespawn->command.argv[0]);
    fcgid_target_fill(r, &prespawn->command, &def);
    packed = fcgid_class_pack(pool, &def, &size);
    message.value = fcgid_prespawn_count(fcgid_server_conf(s), prespawn);
    rc = fcgid_msg_send(to, &message, packed, size, -1, 0);
    if (rc != 0)
        ap_log_error(APLOG_MARK, APLOG_ERR, rc, s,
                     "mod_fcgid: can't have %s started before it is asked for "
                     "(FcgidPrespawn)" FCGID_ID(548),
                     def.command);
    apr_pool_destroy(pool);
}

void
fcgid_send_prespawns(int to, apr_uint32_t generation, server_rec *main_server)
{
    const struct fcgid_server_conf *conf;
    server_rec *s;
    int i;

    for (s = main_server; s != NULL; s = s->next) {
        conf = fcgid_server_conf(s);
        if (conf->owner != s)
            continue; /* shares the main server's */
        for (i = 0; i < conf->prespawn->nelts; i++)
            send_one(to, generation, s,
                     &APR_ARRAY_IDX(conf->prespawn, i, struct fcgid_prespawn));
    }
}
