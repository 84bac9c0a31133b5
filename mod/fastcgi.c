/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directives of mod_fastcgi: applications that are set up by name
 * (FastCgiServer), that somebody else runs (FastCgiExternalServer), or that
 * come by themselves (FastCgiConfig).  Their options become settings of ours;
 * those that mean nothing here are taken, with a notice.
 */
#include "apr_strings.h"
#include "conf.h"
#include "external.h"
#include "http_core.h"
#include "log.h"

enum { SERVER = 1, EXTERNAL = 2, CONFIG = 4, ANY = 7 };

/* One line, as far as it was read. */
struct reading {
    cmd_parms *cmd;
    void *dir;          /* the main server's directory configuration */
    apr_int64_t *value; /* settings to fill */
    apr_table_t *env;
    struct fcgid_cmd_options *options; /* NULL: FastCgiConfig */
};

typedef const char *take_option(struct reading *reading, const char *value);

struct option {
    const char *name;
    int where;
    int setting; /* -1: none */
    take_option *take;
};

static const char *
take_env(struct reading *reading, const char *value)
{
    char *name = apr_pstrdup(reading->cmd->pool, value);
    char *equals = strchr(name, '=');
    const char *inherited;

    if (equals != NULL) {
        *equals = '\0';
        apr_table_setn(reading->env, name, equals + 1);
        return NULL;
    }
    inherited = getenv(name);
    if (inherited != NULL)
        apr_table_set(reading->env, name, inherited);
    return NULL;
}

static const char *
take_header(struct reading *reading, const char *value)
{
    apr_array_header_t **to;

    if (reading->options == NULL)
        return fcgid_set_pass_header(reading->cmd, reading->dir, value);
    to = &reading->options->pass_headers;
    if (*to == NULL)
        *to = apr_array_make(reading->cmd->pool, 2, sizeof(char *));
    APR_ARRAY_PUSH(*to, const char *) = apr_pstrdup(reading->cmd->pool, value);
    return NULL;
}

static const char *
take_processes(struct reading *reading, const char *value)
{
    const char *message = fcgid_parse_setting(
        reading->cmd->pool, "-processes", FCGID_MAX_PROCESSES_PER_CLASS, value,
        &reading->value[FCGID_MAX_PROCESSES_PER_CLASS]);

    reading->value[FCGID_MIN_PROCESSES_PER_CLASS] =
        reading->value[FCGID_MAX_PROCESSES_PER_CLASS];
    return message;
}

/* 0: as long as it takes, which we never wait. */
static const char *
take_connect_timeout(struct reading *reading, const char *value)
{
    return strcmp(value, "0") == 0
               ? NULL
               : fcgid_parse_setting(reading->cmd->pool, "-appConnTimeout",
                                     FCGID_CONNECT_TIMEOUT, value,
                                     &reading->value[FCGID_CONNECT_TIMEOUT]);
}

static const char *
take_host(struct reading *reading, const char *value)
{
    return *value == '/' ? apr_psprintf(reading->cmd->pool,
                                        "'%s' is not HOST:PORT", value)
                         : fcgid_external_parse(reading->cmd->pool, value,
                                                &reading->options->external);
}

/* A path; below the directory of the sockets unless it is absolute. */
static const char *
take_socket(struct reading *reading, const char *value)
{
    apr_pool_t *pool = reading->cmd->pool;

    if (*value != '/')
        value = apr_pstrcat(
            pool, fcgid_ipc_dir(pool, fcgid_server_conf(reading->cmd->server)),
            "/", value, NULL);
    return fcgid_external_parse(pool, value, &reading->options->external);
}

static const char *
take_flush(struct reading *reading, const char *value)
{
    (void)value;
    reading->value[FCGID_OUTPUT_BUFFER_SIZE] = 0;
    return NULL;
}

static const char *
take_auto_update(struct reading *reading, const char *value)
{
    (void)value;
    fcgid_server_conf(reading->cmd->server)->reload = FCGID_RELOAD_ON;
    return NULL;
}

static const char *
take_nph(struct reading *reading, const char *value)
{
    (void)value;
    reading->options->nph = 1;
    return NULL;
}

/* Without take and setting: means nothing here.  A flag is one whose take is
 * take_flush or take_nph, or which stands in flags[]. */
static const struct option options[] = {
    {"-appConnTimeout", ANY, -1, take_connect_timeout},
    {"-flush", ANY, -1, take_flush},
    {"-idle-timeout", ANY, FCGID_IO_TIMEOUT, NULL},
    {"-initial-env", SERVER | CONFIG, -1, take_env},
    {"-nph", SERVER | EXTERNAL, -1, take_nph},
    {"-pass-header", ANY, -1, take_header},
    {"-processes", SERVER, -1, take_processes},
    {"-host", EXTERNAL, -1, take_host},
    {"-socket", EXTERNAL, -1, take_socket},
    {"-killInterval", CONFIG, FCGID_IDLE_SCAN_INTERVAL, NULL},
    {"-maxProcesses", CONFIG, FCGID_MAX_PROCESSES, NULL},
    {"-maxClassProcesses", CONFIG, FCGID_MAX_PROCESSES_PER_CLASS, NULL},
    {"-autoUpdate", CONFIG, -1, take_auto_update},
    {"-gainValue", CONFIG, -1, NULL},
    {"-group", SERVER | EXTERNAL, -1, NULL},
    {"-init-start-delay", SERVER, -1, NULL},
    {"-listen-queue-depth", SERVER | CONFIG, -1, NULL},
    {"-min-server-life", SERVER | CONFIG, -1, NULL},
    {"-minProcesses", CONFIG, -1, NULL},
    {"-multiThreshold", CONFIG, -1, NULL},
    {"-port", SERVER, -1, NULL},
    {"-priority", SERVER | CONFIG, -1, NULL},
    {"-processSlack", CONFIG, -1, NULL},
    {"-restart", CONFIG, -1, NULL},
    {"-restart-delay", SERVER | CONFIG, -1, NULL},
    {"-singleThreshold", CONFIG, -1, NULL},
    {"-socket", SERVER, -1, NULL},
    {"-startDelay", CONFIG, -1, NULL},
    {"-updateInterval", CONFIG, -1, NULL},
    {"-user", SERVER | EXTERNAL, -1, NULL},
};

#define OPTION_COUNT (sizeof options / sizeof options[0])

static int
is_flag(const struct option *option)
{
    static const char *const flags[] = {"-autoUpdate", "-restart"};
    size_t i;

    for (i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (strcmp(option->name, flags[i]) == 0)
            return 1;
    return option->take == take_flush || option->take == take_nph;
}

static const struct option *
find_option(const char *name, int where)
{
    size_t i;

    for (i = 0; i < OPTION_COUNT; i++)
        if ((options[i].where & where) != 0 &&
            strcasecmp(options[i].name, name) == 0)
            return &options[i];
    return NULL;
}

static const char *
take(struct reading *reading, const struct option *option, const char *value)
{
    cmd_parms *cmd = reading->cmd;

    if (option->take != NULL)
        return option->take(reading, value);
    if (option->setting >= 0)
        return fcgid_parse_setting(cmd->pool, option->name,
                                   (enum fcgid_setting_id)option->setting,
                                   value, &reading->value[option->setting]);
    ap_log_perror(APLOG_MARK, APLOG_NOTICE, 0, cmd->temp_pool,
                  "mod_fcgid: %s line %u: %s of %s means nothing here and is "
                  "left out" FCGID_ID(102),
                  cmd->directive->filename, (unsigned)cmd->directive->line_num,
                  option->name, cmd->cmd->name);
    return NULL;
}

static const char *
read_options(struct reading *reading, int where, const char *args)
{
    cmd_parms *cmd = reading->cmd;
    const struct option *option;
    const char *name, *value, *message;

    while (*args != '\0') {
        name = ap_getword_conf(cmd->pool, &args);
        option = find_option(name, where);
        if (option == NULL)
            return apr_psprintf(cmd->pool, "%s: invalid option: %s",
                                cmd->cmd->name, name);
        if (!is_flag(option) && *args == '\0')
            return apr_psprintf(cmd->pool, "%s: %s must have an argument",
                                cmd->cmd->name, name);
        value = is_flag(option) ? NULL : ap_getword_conf(cmd->pool, &args);
        message = take(reading, option, value);
        if (message != NULL)
            return apr_psprintf(cmd->pool, "%s: %s", cmd->cmd->name, message);
    }
    return NULL;
}

/* FastCgiServer and FastCgiExternalServer: cmd->info is which. */
const char *
fcgid_set_fastcgi_server(cmd_parms *cmd, void *dir, const char *args)
{
    struct fcgid_server_conf *conf = fcgid_server_conf(cmd->server);
    int where = cmd->info != NULL ? EXTERNAL : SERVER;
    struct fcgid_command command;
    struct reading reading;
    const char *path = ap_getword_conf(cmd->pool, &args), *message;

    if (*path == '\0')
        return apr_psprintf(cmd->pool, "%s: a file is needed", cmd->cmd->name);
    reading.cmd = cmd;
    reading.dir = dir;
    reading.options = fcgid_make_cmd_options(cmd->pool);
    reading.options->by_name = 1;
    reading.value = reading.options->value;
    reading.env = reading.options->initial_env;
    if (where == SERVER) {
        message =
            fcgid_parse_program(cmd->pool, cmd->cmd->name, path, &command);
        if (message != NULL)
            return message;
        path = command.argv[0];
        fcgid_add_prespawn(conf, &command, 0);
        reading.value[FCGID_MIN_PROCESSES_PER_CLASS] = 1;
        reading.value[FCGID_MAX_PROCESSES_PER_CLASS] = 1;
        reading.value[FCGID_IDLE_TIMEOUT] = 0;
        reading.value[FCGID_PROCESS_LIFE_TIME] = 0;
    } else {
        path = ap_server_root_relative(cmd->pool, path);
    }
    message = read_options(&reading, where, args);
    if (message == NULL && where == EXTERNAL &&
        reading.options->external == NULL)
        return apr_psprintf(cmd->pool, "%s: -host or -socket is needed",
                            cmd->cmd->name);
    apr_hash_set(conf->cmd_options, path, APR_HASH_KEY_STRING, reading.options);
    return message;
}

const char *
fcgid_set_fastcgi_config(cmd_parms *cmd, void *dir, const char *args)
{
    struct fcgid_server_conf *conf = fcgid_server_conf(cmd->server);
    const char *message = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    struct reading reading;

    reading.cmd = cmd;
    reading.dir = dir;
    reading.options = NULL;
    reading.value = conf->value;
    reading.env = conf->initial_env;
    return message != NULL ? message : read_options(&reading, CONFIG, args);
}

/* On, Off, or the path of a program that is called as suexec is. */
const char *
fcgid_set_fastcgi_wrapper(cmd_parms *cmd, void *dummy, const char *arg)
{
    struct fcgid_server_conf *conf = fcgid_server_conf(cmd->server);
    const char *message = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    struct fcgid_command command;

    (void)dummy;
    if (message != NULL)
        return message;
    conf->suexec_path = NULL;
    conf->suexec_off = strcasecmp(arg, "Off") == 0;
    if (conf->suexec_off || strcasecmp(arg, "On") == 0)
        return NULL;
    message = fcgid_parse_program(cmd->pool, cmd->cmd->name, arg, &command);
    if (message == NULL)
        conf->suexec_path = command.argv[0];
    return message;
}
