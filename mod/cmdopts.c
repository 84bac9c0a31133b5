/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FcgidCmdOptions: settings for one command.  What it does not name keeps the
 * value of the virtual host.
 */
#include "apr_strings.h"
#include "conf.h"

static const struct {
    const char *name;
    enum fcgid_setting_id id;
} options[] = {
    {"ConnectTimeout", FCGID_CONNECT_TIMEOUT},
    {"IdleTimeout", FCGID_IDLE_TIMEOUT},
    {"IOTimeout", FCGID_IO_TIMEOUT},
    {"MaxConnectionsPerProcess", FCGID_MAX_CONNECTIONS_PER_PROCESS},
    {"MaxProcesses", FCGID_MAX_PROCESSES_PER_CLASS},
    {"MaxProcessLifetime", FCGID_PROCESS_LIFE_TIME},
    {"MaxProcessMemory", FCGID_MAX_PROCESS_MEMORY},
    {"MaxRequestsPerProcess", FCGID_MAX_REQUESTS_PER_PROCESS},
    {"MinProcesses", FCGID_MIN_PROCESSES_PER_CLASS},
    {"Nice", FCGID_NICE},
    {"Preload", FCGID_PRELOAD},
    {"Umask", FCGID_UMASK},
};

#define OPTION_COUNT (sizeof options / sizeof options[0])

static const char *
set_initial_env(cmd_parms *cmd, apr_table_t *env, const char *text)
{
    char *name = apr_pstrdup(cmd->pool, text);
    char *equals = strchr(name, '=');

    if (equals != NULL)
        *equals++ = '\0';
    if (*name == '\0')
        return apr_psprintf(
            cmd->pool, "InitialEnv '%s': a name is needed before '='", text);
    apr_table_setn(env, name, equals != NULL ? equals : "");
    return NULL;
}

/* Reads one option and its argument off *args. */
static const char *
set_option(cmd_parms *cmd, struct fcgid_cmd_options *to, const char **args)
{
    const char *name = ap_getword_conf(cmd->pool, args);
    const char *argument;
    size_t i;

    for (i = 0; i < OPTION_COUNT; i++)
        if (strcasecmp(name, options[i].name) == 0)
            break;
    if (i == OPTION_COUNT && strcasecmp(name, "InitialEnv") != 0)
        return apr_psprintf(cmd->pool, "Invalid option for %s: %s",
                            cmd->cmd->name, name);
    if (**args == '\0')
        return apr_psprintf(cmd->pool, "%s must have an argument", name);
    argument = ap_getword_conf(cmd->pool, args);
    if (i == OPTION_COUNT)
        return set_initial_env(cmd, to->initial_env, argument);
    return fcgid_parse_setting(cmd->pool, options[i].name, options[i].id,
                               argument, &to->value[options[i].id]);
}

struct fcgid_cmd_options *
fcgid_make_cmd_options(apr_pool_t *pool)
{
    struct fcgid_cmd_options *made = apr_pcalloc(pool, sizeof *made);

    fcgid_unset_settings(made->value);
    made->initial_env = apr_table_make(pool, 4);
    return made;
}

const char *
fcgid_set_cmd_options(cmd_parms *cmd, void *dummy, const char *args)
{
    struct fcgid_server_conf *conf = fcgid_server_conf(cmd->server);
    struct fcgid_cmd_options *to;
    struct fcgid_command command;
    const char *program, *message;

    (void)dummy;
    program = ap_getword_conf(cmd->pool, &args);
    if (*program == '\0')
        return apr_psprintf(cmd->pool, "A command must be specified for %s",
                            cmd->cmd->name);
    if (*args == '\0')
        return apr_psprintf(cmd->pool,
                            "At least one option must be specified for %s",
                            cmd->cmd->name);
    message = fcgid_parse_program(cmd->pool, "Command", program, &command);
    if (message != NULL)
        return message;

    to = fcgid_make_cmd_options(cmd->pool);
    while (*args != '\0') {
        message = set_option(cmd, to, &args);
        if (message != NULL)
            return message;
    }
    apr_hash_set(conf->cmd_options, command.argv[0], APR_HASH_KEY_STRING, to);
    return NULL;
}

const struct fcgid_cmd_options *
fcgid_find_cmd_options(const struct fcgid_server_conf *conf, const char *path)
{
    if (apr_hash_count(conf->cmd_options) == 0)
        return NULL;
    return apr_hash_get(conf->cmd_options, path, APR_HASH_KEY_STRING);
}
