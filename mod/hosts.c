/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can be told of the hosts only after all directives were read: their
 * identities, the environments in which their applications start, and the
 * settings of the engine.
 */
#include "apr_strings.h"
#include "conf.h"
#include "util_script.h"

static const char *
host_identity(apr_pool_t *pool, const server_rec *server)
{
    const server_addr_rec *addr;
    const char *text;

    if (!server->is_virtual)
        return "";
    text = apr_psprintf(pool, "%s:%u",
                        server->server_hostname ? server->server_hostname : "",
                        (unsigned)server->port);
    for (addr = server->addrs; addr != NULL; addr = addr->next)
        text = apr_psprintf(pool, "%s %s:%u", text, addr->virthost,
                            (unsigned)addr->host_port);
    return text;
}

/* Hosts of the same name and addresses are told apart by their order. */
static const char *
unique_identity(apr_pool_t *pool, apr_hash_t *seen, const char *text)
{
    apr_uintptr_t count =
        (apr_uintptr_t)apr_hash_get(seen, text, APR_HASH_KEY_STRING) + 1;

    apr_hash_set(seen, text, APR_HASH_KEY_STRING, (void *)count);
    if (count == 1)
        return text;
    return apr_psprintf(pool, "%s #%" APR_UINT64_T_FMT, text,
                        (apr_uint64_t)count);
}

/* Everything that an application finds in its environment when it starts. */
static const char *const *
start_environment(apr_pool_t *pool, const apr_table_t *first,
                  const apr_table_t *second)
{
    static const char *const inherited[] = {"PATH", "LD_LIBRARY_PATH", "TZ"};
    apr_table_t *all = apr_table_make(pool, 8);
    const char *value;
    size_t i;

    for (i = 0; i < sizeof inherited / sizeof inherited[0]; i++) {
        value = getenv(inherited[i]);
        if (value == NULL && i == 0)
            value = DEFAULT_PATH;
        if (value != NULL)
            apr_table_setn(all, inherited[i], value);
    }
    apr_table_overlap(all, first, APR_OVERLAP_TABLES_SET);
    if (second != NULL)
        apr_table_overlap(all, second, APR_OVERLAP_TABLES_SET);
    return (const char *const *)ap_create_environment(pool, all);
}

const char *
fcgid_ipc_dir(apr_pool_t *pool, const struct fcgid_server_conf *conf)
{
    return conf->ipc_dir != NULL ? conf->ipc_dir
                                 : ap_runtime_dir_relative(pool, "fcgidsock");
}

static const struct fcgid_engine_conf *
make_engine_conf(apr_pool_t *pool, const struct fcgid_server_conf *conf)
{
    struct fcgid_engine_conf *engine = apr_pcalloc(pool, sizeof *engine);

    engine->ipc_dir = fcgid_ipc_dir(pool, conf);
    engine->max_processes = (int)fcgid_setting(conf, NULL, FCGID_MAX_PROCESSES);
    engine->idle_scan_interval =
        fcgid_setting(conf, NULL, FCGID_IDLE_SCAN_INTERVAL);
    engine->busy_scan_interval =
        fcgid_setting(conf, NULL, FCGID_BUSY_SCAN_INTERVAL);
    return engine;
}

const struct fcgid_engine_conf *
fcgid_engine_conf(server_rec *main_server)
{
    return fcgid_server_conf(main_server)->engine;
}

static void
finish_host(apr_pool_t *pool, struct fcgid_server_conf *conf)
{
    struct fcgid_cmd_options *options;
    apr_hash_index_t *index;
    const void *key;
    void *value;

    conf->env = start_environment(pool, conf->initial_env, NULL);
    for (index = apr_hash_first(pool, conf->cmd_options); index != NULL;
         index = apr_hash_next(index)) {
        apr_hash_this(index, &key, NULL, &value);
        /* Hosts may share the options, but not the environment. */
        options = apr_pmemdup(pool, value, sizeof *options);
        options->env =
            start_environment(pool, conf->initial_env, options->initial_env);
        apr_hash_set(conf->cmd_options, key, APR_HASH_KEY_STRING, options);
    }
}

void
fcgid_conf_finish(apr_pool_t *pconf, server_rec *main_server)
{
    apr_hash_t *seen = apr_hash_make(pconf);
    struct fcgid_server_conf *conf;
    server_rec *server;

    for (server = main_server; server != NULL; server = server->next) {
        conf = fcgid_server_conf(server);
        if (conf->vhost != NULL)
            continue;
        conf->vhost =
            unique_identity(pconf, seen, host_identity(pconf, conf->owner));
        finish_host(pconf, conf);
    }
    conf = fcgid_server_conf(main_server);
    conf->engine = make_engine_conf(pconf, conf);
}
