/* SPDX-License-Identifier: BSD-2-Clause */
#include "apr_file_io.h"
#include "apr_strings.h"
#include "conf.h"
#include "external.h"

static const char *
value_text(apr_pool_t *pool, enum fcgid_kind kind, apr_int64_t value)
{
    if (kind == FCGID_TIME && value % APR_USEC_PER_SEC == 0)
        return apr_psprintf(pool, "%" APR_INT64_T_FMT "s",
                            value / APR_USEC_PER_SEC);
    if (kind == FCGID_TIME)
        return apr_psprintf(pool, "%" APR_INT64_T_FMT "ms", value / 1000);
    if (kind == FCGID_SWITCH)
        return value ? "On" : "Off";
    if (kind == FCGID_MODE)
        return value < 0 ? "as httpd's"
                         : apr_psprintf(pool, "%03o", (unsigned)value);
    return apr_psprintf(pool, "%" APR_INT64_T_FMT, value);
}

static void
dump_settings(apr_file_t *out, apr_pool_t *pool,
              const struct fcgid_server_conf *conf)
{
    const struct fcgid_setting_row *row;
    int i;

    for (i = 0; i < FCGID_SETTING_COUNT; i++) {
        row = &fcgid_settings[i];
        apr_file_printf(
            out, "  %s %s%s\n", row->name,
            value_text(pool, row->kind, fcgid_setting(conf, NULL, i)),
            conf->value[i] == FCGID_UNSET ? " (default)" : "");
    }
}

static void
dump_env(apr_file_t *out, const char *const *env)
{
    for (; *env != NULL; env++)
        apr_file_printf(out, "  environment: %s\n", *env);
}

static void
dump_cmd_options(apr_file_t *out, apr_pool_t *pool,
                 const struct fcgid_server_conf *conf)
{
    const struct fcgid_cmd_options *options;
    apr_hash_index_t *index;
    const void *path;
    void *value;
    int i;

    for (index = apr_hash_first(pool, conf->cmd_options); index != NULL;
         index = apr_hash_next(index)) {
        apr_hash_this(index, &path, NULL, &value);
        options = value;
        apr_file_printf(out, " command %s\n", (const char *)path);
        for (i = 0; i < FCGID_SETTING_COUNT; i++)
            if (options->value[i] != FCGID_UNSET)
                apr_file_printf(out, "  %s %s\n", fcgid_settings[i].name,
                                value_text(pool, fcgid_settings[i].kind,
                                           options->value[i]));
        if (options->external != NULL)
            apr_file_printf(out, "  listens at %s\n", options->external->name);
        else
            dump_env(out, options->env);
    }
}

static void
dump_prespawn(apr_file_t *out, const struct fcgid_server_conf *conf)
{
    const struct fcgid_prespawn *prespawn;
    int i;

    for (i = 0; i < conf->prespawn->nelts; i++) {
        prespawn = &APR_ARRAY_IDX(conf->prespawn, i, struct fcgid_prespawn);
        apr_file_printf(out, "  FcgidPrespawn \"%s\" %d\n",
                        prespawn->command.line,
                        fcgid_prespawn_count(conf, prespawn));
    }
}

static void
dump_providers(apr_file_t *out, apr_pool_t *pool,
               const struct fcgid_server_conf *conf)
{
    static const char *const kinds[FCGID_PHASE_COUNT] = {
        "access-checker", "authenticator", "authorizer"};
    apr_hash_index_t *index;
    const void *name;
    void *command;
    int i;

    for (i = 0; i < FCGID_PHASE_COUNT; i++)
        for (index = apr_hash_first(pool, conf->providers[i]); index != NULL;
             index = apr_hash_next(index)) {
            apr_hash_this(index, &name, NULL, &command);
            apr_file_printf(out, " FcgidAuthProvider %s %s %s\n", kinds[i],
                            (const char *)name,
                            ((const struct fcgid_command *)command)->line);
        }
}

void
fcgid_conf_dump(apr_pool_t *pool, server_rec *main_server)
{
    const struct fcgid_server_conf *conf;
    const server_rec *server;
    apr_file_t *out;

    if (apr_file_open_stdout(&out, pool) != APR_SUCCESS)
        return;
    conf = fcgid_server_conf(main_server);
    apr_file_printf(out, "FastCGI configuration:\n FcgidIPCDir %s\n",
                    conf->engine->ipc_dir);
    dump_providers(out, pool, conf);
    for (server = main_server; server != NULL; server = server->next) {
        conf = fcgid_server_conf(server);
        if (conf->owner != server)
            continue; /* shares the main server's */
        apr_file_printf(out, " %s\n",
                        server->is_virtual ? conf->vhost : "main server");
        dump_settings(out, pool, conf);
        dump_env(out, conf->env);
        if (conf->reload != NULL)
            apr_file_printf(out, "  FcgidReload %s\n",
                            *conf->reload != '\0' ? conf->reload : "Off");
        dump_prespawn(out, conf);
        dump_cmd_options(out, pool, conf);
    }
}
