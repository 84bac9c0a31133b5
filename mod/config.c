/* SPDX-License-Identifier: BSD-2-Clause */
/* The directives: one row each, their setters, defaults and merging. */
#include <string.h>

#include "apr_strings.h"
#include "http_core.h"
#include "auth.h"
#include "conf.h"
#include "ipc.h"
#include "log.h"
#include "proctab.h"
#include "sendfile.h"

#define SECONDS(n) ((apr_int64_t)(n)*APR_USEC_PER_SEC)
#define KIB(n) ((apr_int64_t)(n)*1024)
#define ANY_TIME (APR_INT64_MAX / 2)
#define ANY_SIZE (APR_INT64_MAX / 2)

/*
 * The directives that set one number: id, name, old name, scope (MAIN: main
 * server only, HOST: per virtual host), kind, least and greatest value,
 * default, usage.  NEW: a row without an old name.
 */
#define SETTINGS(ROW, NEW)                                                     \
    ROW(BUSY_SCAN_INTERVAL, "FcgidBusyScanInterval", "BusyScanInterval", MAIN, \
        TIME, 1, ANY_TIME, SECONDS(120),                                       \
        "time between two looks for requests that take too long")              \
    ROW(BUSY_TIMEOUT, "FcgidBusyTimeout", "BusyTimeout", HOST, TIME, 0,        \
        ANY_TIME, SECONDS(300),                                                \
        "a process whose request takes longer is ended; 0: never")             \
    ROW(CONNECT_TIMEOUT, "FcgidConnectTimeout", "IPCConnectTimeout", HOST,     \
        TIME, 0, ANY_TIME, SECONDS(3),                                         \
        "time allowed for connecting to an application")                       \
    ROW(ERROR_SCAN_INTERVAL, "FcgidErrorScanInterval", "ErrorScanInterval",    \
        MAIN, TIME, 1, ANY_TIME, SECONDS(3),                                   \
        "time between two steps of ending a process")                          \
    ROW(FIX_PATHINFO, "FcgidFixPathinfo", "PHP_Fix_Pathinfo_Enable", MAIN,     \
        SWITCH, 0, 1, 0, "1: as PHP's cgi.fix_pathinfo=1 wants it")            \
    ROW(IDLE_SCAN_INTERVAL, "FcgidIdleScanInterval", "IdleScanInterval", MAIN, \
        TIME, 1, ANY_TIME, SECONDS(120),                                       \
        "time between two looks for idle processes")                           \
    ROW(IDLE_TIMEOUT, "FcgidIdleTimeout", "IdleTimeout", HOST, TIME, 0,        \
        ANY_TIME, SECONDS(300), "an idle process is ended after; 0: never")    \
    ROW(IO_TIMEOUT, "FcgidIOTimeout", "IPCCommTimeout", HOST, TIME, 1,         \
        ANY_TIME, SECONDS(40), "longest silence of an application")            \
    NEW(MAX_CONNECTIONS_PER_PROCESS, "FcgidMaxConnectionsPerProcess", HOST,    \
        NUMBER, 1, 1024, 64,                                                   \
        "requests that a process serves at once, if it says that it can")      \
    NEW(MAX_HEADER_BLOCK, "FcgidMaxHeaderBlock", HOST, SIZE, 1, ANY_SIZE,      \
        KIB(256), "longest header of an answer")                               \
    NEW(MAX_HEADER_LINE, "FcgidMaxHeaderLine", HOST, SIZE, 1, ANY_SIZE,        \
        KIB(64), "longest line in the header of an answer")                    \
    NEW(MAX_PROCESS_MEMORY, "FcgidMaxProcessMemory", HOST, SIZE, 0, ANY_SIZE,  \
        0, "a process that has more memory is replaced; 0: never")             \
    ROW(MAX_PROCESSES, "FcgidMaxProcesses", "MaxProcessCount", MAIN, NUMBER,   \
        1, APR_INT32_MAX, 1000, "greatest number of processes")                \
    ROW(MAX_PROCESSES_PER_CLASS, "FcgidMaxProcessesPerClass",                  \
        "DefaultMaxClassProcessCount", HOST, NUMBER, 1, APR_INT32_MAX, 100,    \
        "greatest number of processes of one application")                     \
    ROW(MAX_REQUEST_IN_MEM, "FcgidMaxRequestInMem", "MaxRequestInMem", HOST,   \
        SIZE, 0, ANY_SIZE, KIB(64), "a longer request body goes to a file")    \
    ROW(MAX_REQUEST_LEN, "FcgidMaxRequestLen", "MaxRequestLen", HOST, SIZE, 0, \
        ANY_SIZE, KIB(1024 * 1024), "longest request body")                    \
    ROW(MAX_REQUESTS_PER_PROCESS, "FcgidMaxRequestsPerProcess",                \
        "MaxRequestsPerProcess", HOST, NUMBER, -1, APR_INT32_MAX, 0,           \
        "a process is replaced after this many requests; 0 or -1: never")      \
    ROW(MIN_PROCESSES_PER_CLASS, "FcgidMinProcessesPerClass",                  \
        "DefaultMinClassProcessCount", HOST, NUMBER, 0, APR_INT32_MAX, 3,      \
        "processes of one application that are kept when idle")                \
    NEW(NICE, "FcgidNice", HOST, NUMBER, 0, 19, 0,                             \
        "how much an application gives way to other processes")                \
    ROW(OUTPUT_BUFFER_SIZE, "FcgidOutputBufferSize", "OutputBufferSize", HOST, \
        SIZE, 0, ANY_SIZE, KIB(64), "most of an answer that is held back")     \
    NEW(PRELOAD, "FcgidPreload", HOST, SWITCH, 0, 1, 0,                        \
        "On: an application starts once, its processes are forked from it")    \
    ROW(PROCESS_LIFE_TIME, "FcgidProcessLifeTime", "ProcessLifeTime", HOST,    \
        TIME, 0, ANY_TIME, SECONDS(3600),                                      \
        "an older process is ended when idle; 0: never")                       \
    NEW(QUEUE_LENGTH, "FcgidQueueLength", HOST, NUMBER, 1, APR_INT32_MAX,      \
        1000, "requests that may wait for one application")                    \
    NEW(QUEUE_TIMEOUT, "FcgidQueueTimeout", HOST, TIME, 1, ANY_TIME,           \
        SECONDS(60), "longest wait of a request for an application")           \
    ROW(SPAWN_SCORE, "FcgidSpawnScore", "SpawnScore", MAIN, NUMBER, 0,         \
        APR_INT32_MAX, 0, "weight of a start in the spawn score")              \
    ROW(SPAWN_SCORE_UP_LIMIT, "FcgidSpawnScoreUpLimit", "SpawnScoreUpLimit",   \
        MAIN, NUMBER, 0, APR_INT32_MAX, 10,                                    \
        "no further process is started at this spawn score")                   \
    NEW(STDERR_RATE, "FcgidStderrRate", HOST, NUMBER, 0, APR_INT32_MAX, 1000,  \
        "lines of STDERR in a second that a request may log; 0: any number")   \
    ROW(TERMINATION_SCORE, "FcgidTerminationScore", "TerminationScore", MAIN,  \
        NUMBER, APR_INT32_MIN, APR_INT32_MAX, 2,                               \
        "weight of an abnormal end in the spawn score")                        \
    ROW(TIME_SCORE, "FcgidTimeScore", "TimeScore", MAIN, NUMBER, 0,            \
        APR_INT32_MAX, 1, "what the spawn score loses in a second")            \
    NEW(UMASK, "FcgidUmask", HOST, MODE, 0, 0777, -1,                          \
        "bits that files of an application do not get, if not httpd's")        \
    ROW(ZOMBIE_SCAN_INTERVAL, "FcgidZombieScanInterval", "ZombieScanInterval", \
        MAIN, TIME, 1, ANY_TIME, SECONDS(3),                                   \
        "time between two looks for ended processes")

#define SETTING_ROW(id, name, old, scope, kind, min, max, fallback, help)      \
    [FCGID_##id] = {name, FCGID_##kind, min, max, fallback},
#define NEW_SETTING_ROW(id, name, scope, kind, min, max, fallback, help)       \
    [FCGID_##id] = {name, FCGID_##kind, min, max, fallback},

const struct fcgid_setting_row fcgid_settings[FCGID_SETTING_COUNT] = {
    SETTINGS(SETTING_ROW, NEW_SETTING_ROW)};

/* Creation and merging. */

void
fcgid_unset_settings(apr_int64_t value[FCGID_SETTING_COUNT])
{
    int i;

    for (i = 0; i < FCGID_SETTING_COUNT; i++)
        value[i] = FCGID_UNSET;
}

void *
fcgid_create_server_conf(apr_pool_t *pool, server_rec *server)
{
    struct fcgid_server_conf *conf = apr_pcalloc(pool, sizeof *conf);
    int i;

    conf->owner = server;
    fcgid_unset_settings(conf->value);
    conf->initial_env = apr_table_make(pool, 4);
    conf->cmd_options = apr_hash_make(pool);
    conf->prespawn = apr_array_make(pool, 0, sizeof(struct fcgid_prespawn));
    for (i = 0; i < FCGID_PHASE_COUNT; i++)
        conf->providers[i] = apr_hash_make(pool);
    return conf;
}

/* Called for the virtual hosts that have directives of their own only: the
 * others share the main server's. */
void *
fcgid_merge_server_conf(apr_pool_t *pool, void *base_conf, void *add_conf)
{
    const struct fcgid_server_conf *base = base_conf, *add = add_conf;
    struct fcgid_server_conf *conf = apr_pcalloc(pool, sizeof *conf);
    int i;

    conf->owner = add->owner;
    conf->prespawn = add->prespawn;
    conf->reload = add->reload != NULL ? add->reload : base->reload;
    for (i = 0; i < FCGID_SETTING_COUNT; i++)
        conf->value[i] =
            add->value[i] != FCGID_UNSET ? add->value[i] : base->value[i];
    /* The main server's only. */
    for (i = 0; i < FCGID_PHASE_COUNT; i++)
        conf->providers[i] = base->providers[i];
    conf->ipc_dir = base->ipc_dir;
    conf->suexec_off = base->suexec_off;
    conf->suexec_path = base->suexec_path;
    conf->initial_env = apr_table_copy(pool, base->initial_env);
    apr_table_overlap(conf->initial_env, add->initial_env,
                      APR_OVERLAP_TABLES_SET);
    conf->cmd_options =
        apr_hash_overlay(pool, add->cmd_options, base->cmd_options);
    return conf;
}

/* Setters. */

static const char *
set_host(cmd_parms *cmd, void *dummy, const char *arg)
{
    struct fcgid_server_conf *conf = fcgid_server_conf(cmd->server);
    int id = (int)(apr_uintptr_t)cmd->info;

    (void)dummy;
    return fcgid_parse_setting(cmd->pool, cmd->cmd->name,
                               (enum fcgid_setting_id)id, arg,
                               &conf->value[id]);
}

static void
tell_if_too_many(const cmd_parms *cmd)
{
    if (fcgid_server_conf(cmd->server)->value[FCGID_MAX_PROCESSES] <=
        FCGID_SLOT_COUNT)
        return;
    ap_log_perror(APLOG_MARK, APLOG_WARNING, 0, cmd->temp_pool,
                  "mod_fcgid: %s line %u: %s: more than %d are not "
                  "possible" FCGID_ID(103),
                  cmd->directive->filename, (unsigned)cmd->directive->line_num,
                  cmd->cmd->name, FCGID_SLOT_COUNT);
}

static const char *
set_main(cmd_parms *cmd, void *dummy, const char *arg)
{
    const char *message = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    if (message == NULL)
        message = set_host(cmd, dummy, arg);
    if (message == NULL &&
        (int)(apr_uintptr_t)cmd->info == FCGID_MAX_PROCESSES)
        tell_if_too_many(cmd);
    return message;
}

/* Directories are kept without a slash at their end. */
static const char *
set_path(cmd_parms *cmd, const char **path, const char *arg)
{
    const char *message = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    char *absolute;
    apr_size_t size;

    if (message != NULL)
        return message;
    absolute = *arg != '\0' ? ap_server_root_relative(cmd->pool, arg) : NULL;
    if (absolute == NULL)
        return apr_psprintf(cmd->pool, "%s: '%s' is not a path", cmd->cmd->name,
                            arg);
    for (size = strlen(absolute); size > 1 && absolute[size - 1] == '/';)
        absolute[--size] = '\0';
    *path = absolute;
    return NULL;
}

static const char *
set_ipc_dir(cmd_parms *cmd, void *dummy, const char *arg)
{
    const char **dir = &fcgid_server_conf(cmd->server)->ipc_dir;
    const char *message = set_path(cmd, dir, arg);
    apr_finfo_t info;

    (void)dummy;
    if (message == NULL && strlen(*dir) > FCGID_IPC_DIR_MAX)
        return apr_psprintf(cmd->pool,
                            "%s: '%s' is too long for the sockets in it: give "
                            "a path of at most %d bytes",
                            cmd->cmd->name, *dir, FCGID_IPC_DIR_MAX);
    if (message == NULL &&
        apr_stat(&info, *dir, APR_FINFO_TYPE, cmd->temp_pool) == APR_SUCCESS &&
        info.filetype != APR_DIR)
        return apr_psprintf(cmd->pool, "%s: %s is not a directory",
                            cmd->cmd->name, *dir);
    return message;
}

/* The table needs no name, but a wrong one is a mistake as ever. */
static const char *
check_shm_path(cmd_parms *cmd, void *dummy, const char *arg)
{
    const char *unused;

    (void)dummy;
    return set_path(cmd, &unused, arg);
}

static const char *
set_initial_env(cmd_parms *cmd, void *dummy, const char *name,
                const char *value)
{
    struct fcgid_server_conf *conf = fcgid_server_conf(cmd->server);

    (void)dummy;
    if (*name == '\0' || strchr(name, '=') != NULL)
        return apr_psprintf(cmd->pool,
                            "%s: '%s' is not a name of a variable: it must "
                            "not be empty nor hold '='",
                            cmd->cmd->name, name);
    apr_table_set(conf->initial_env, name, value != NULL ? value : "");
    return NULL;
}

/* On, Off, or a file. */
static const char *
set_reload(cmd_parms *cmd, void *dummy, const char *arg)
{
    struct fcgid_server_conf *conf = fcgid_server_conf(cmd->server);

    (void)dummy;
    if (strcasecmp(arg, "Off") == 0)
        conf->reload = "";
    else if (strcasecmp(arg, "On") == 0)
        conf->reload = FCGID_RELOAD_ON;
    else
        conf->reload = ap_server_root_relative(cmd->pool, arg);
    if (conf->reload == NULL)
        return apr_psprintf(cmd->pool, "%s: invalid path '%s'", cmd->cmd->name,
                            arg);
    return NULL;
}

/* The table. */

#define DATA(number) ((void *)(apr_uintptr_t)(number))
#define BOTH(init, setter, data, scope, name, old, help)                       \
    init(name, setter, data, scope, help),                                     \
        init(old, setter, data, scope, "Deprecated - Use '" name "' instead")
#define SETTING_COMMAND(id, name, old, scope, kind, min, max, fallback, help)  \
    BOTH(AP_INIT_TAKE1, SETTER_##scope, DATA(FCGID_##id), RSRC_CONF, name,     \
         old, help),
#define NEW_SETTING_COMMAND(id, name, scope, kind, min, max, fallback, help)   \
    AP_INIT_TAKE1(name, SETTER_##scope, DATA(FCGID_##id), RSRC_CONF, help),
#define SETTER_MAIN set_main
#define SETTER_HOST set_host

const command_rec fcgid_directives[] = {
    SETTINGS(SETTING_COMMAND, NEW_SETTING_COMMAND)
        BOTH(AP_INIT_TAKE1, set_ipc_dir, NULL, RSRC_CONF, "FcgidIPCDir",
             "SocketPath", "directory of the sockets"),
    BOTH(AP_INIT_TAKE1, check_shm_path, NULL, RSRC_CONF,
         "FcgidProcessTableFile", "SharememPath", "name of the shared memory"),
    BOTH(AP_INIT_TAKE12, set_initial_env, NULL, RSRC_CONF, "FcgidInitialEnv",
         "DefaultInitEnv",
         "a variable of the environment in which applications start, and its "
         "value"),
    BOTH(AP_INIT_ITERATE, fcgid_set_pass_header, NULL, RSRC_CONF | OR_FILEINFO,
         "FcgidPassHeader", "PassHeader",
         "a request header that applications are to see"),
    AP_INIT_TAKE1("FcgidRequestBuffering", fcgid_set_buffering, NULL,
                  RSRC_CONF | OR_FILEINFO,
                  "On: a request's body is read before an application is "
                  "occupied; Off: the application gets it as it comes; Auto: "
                  "as it comes if it is longer than FcgidMaxRequestInMem and "
                  "its length is known"),
    AP_INIT_ITERATE("FcgidErrorOverride", fcgid_set_override, NULL,
                    RSRC_CONF | OR_FILEINFO,
                    "On: httpd's ErrorDocument replaces an application's "
                    "error page; or only for the status codes given"),
    AP_INIT_ITERATE("FcgidXSendfileRoot", fcgid_set_sendfile, NULL,
                    RSRC_CONF | ACCESS_CONF,
                    "directories of the files that applications may have sent "
                    "by X-Sendfile"),
    AP_INIT_TAKE2("FcgidXAccelRedirect", fcgid_set_accel, NULL,
                  RSRC_CONF | ACCESS_CONF,
                  "the begin of a path that applications may give in "
                  "X-Accel-Redirect, and the directory that it stands for"),
    AP_INIT_TAKE1("FcgidReload", set_reload, NULL, RSRC_CONF,
                  "On: an application's processes are replaced when its "
                  "program changes; or when this file does"),
    AP_INIT_TAKE12("FcgidPrespawn", fcgid_set_prespawn, NULL, RSRC_CONF,
                   "a command whose processes are started with the server and "
                   "kept, and how many, if not FcgidMinProcessesPerClass"),
    AP_INIT_RAW_ARGS("FcgidCmdOptions", fcgid_set_cmd_options, NULL, RSRC_CONF,
                     "a command and options for it"),
    BOTH(AP_INIT_TAKE123, fcgid_set_wrapper, NULL, RSRC_CONF | OR_FILEINFO,
         "FcgidWrapper", "FCGIWrapper",
         "a command that serves the files of a suffix, the suffix, 'virtual' "
         "if the files need not exist"),
    BOTH(AP_INIT_TAKE1, fcgid_set_authorizer, DATA(FCGID_PHASE_ACCESS),
         RSRC_CONF | OR_FILEINFO, "FcgidAccessChecker", "FastCgiAccessChecker",
         "application that decides on access"),
    BOTH(AP_INIT_FLAG, fcgid_set_authoritative, DATA(FCGID_PHASE_ACCESS),
         RSRC_CONF | OR_FILEINFO, "FcgidAccessCheckerAuthoritative",
         "FastCgiAccessCheckerAuthoritative",
         "Off: its refusal leaves the decision to other modules"),
    BOTH(AP_INIT_TAKE1, fcgid_set_authorizer, DATA(FCGID_PHASE_AUTHN),
         RSRC_CONF | OR_FILEINFO, "FcgidAuthenticator", "FastCgiAuthenticator",
         "application that checks the password"),
    BOTH(AP_INIT_FLAG, fcgid_set_authoritative, DATA(FCGID_PHASE_AUTHN),
         RSRC_CONF | OR_FILEINFO, "FcgidAuthenticatorAuthoritative",
         "FastCgiAuthenticatorAuthoritative",
         "Off: its refusal leaves the decision to other modules"),
    BOTH(AP_INIT_TAKE1, fcgid_set_authorizer, DATA(FCGID_PHASE_AUTHZ),
         RSRC_CONF | OR_FILEINFO, "FcgidAuthorizer", "FastCgiAuthorizer",
         "application that decides on a known user's access"),
    BOTH(AP_INIT_FLAG, fcgid_set_authoritative, DATA(FCGID_PHASE_AUTHZ),
         RSRC_CONF | OR_FILEINFO, "FcgidAuthorizerAuthoritative",
         "FastCgiAuthorizerAuthoritative",
         "Off: its refusal leaves the decision to other modules"),
    AP_INIT_TAKE1("FcgidFilter", fcgid_set_filter, NULL,
                  RSRC_CONF | ACCESS_CONF,
                  "application that SetOutputFilter FCGID_FILTER gives the "
                  "content to"),
    AP_INIT_TAKE3("FcgidAuthProvider", fcgid_set_provider, NULL, RSRC_CONF,
                  "an application as a provider: authenticator, authorizer or "
                  "access-checker; a name for AuthBasicProvider or Require; "
                  "its command"),
    AP_INIT_TAKE1("FcgidAuthorizerCache", fcgid_set_auth_cache, NULL,
                  RSRC_CONF | OR_FILEINFO,
                  "how long the consent of an authorizer holds for the same "
                  "question; 0: not at all"),
    AP_INIT_TAKE1("FastCgiIpcDir", set_ipc_dir, NULL, RSRC_CONF,
                  "Deprecated - Use 'FcgidIPCDir' instead"),
    BOTH(AP_INIT_TAKE1, fcgid_set_fastcgi_wrapper, NULL, RSRC_CONF,
         "FastCgiWrapper", "FastCgiSuexec",
         "whether applications run by suexec, or a program in its place"),
    BOTH(AP_INIT_RAW_ARGS, fcgid_set_fastcgi_config, NULL, RSRC_CONF,
         "FastCgiConfig", "FCGIConfig", "options for all applications"),
    BOTH(AP_INIT_RAW_ARGS, fcgid_set_fastcgi_server, NULL, RSRC_CONF,
         "FastCgiServer", "AppClass", "an application and options for it"),
    BOTH(AP_INIT_RAW_ARGS, fcgid_set_fastcgi_server, DATA(1), RSRC_CONF,
         "FastCgiExternalServer", "ExternalAppClass",
         "an application that others have started, and its address: -host or "
         "-socket"),
    {.name = NULL}};

/* Questions. */

apr_int64_t
fcgid_setting(const struct fcgid_server_conf *conf,
              const struct fcgid_cmd_options *cmd_options,
              enum fcgid_setting_id id)
{
    if (cmd_options != NULL && cmd_options->value[id] != FCGID_UNSET)
        return cmd_options->value[id];
    if (conf->value[id] != FCGID_UNSET)
        return conf->value[id];
    return fcgid_settings[id].fallback;
}

void
fcgid_fill_limits(struct fcgid_limits *limits,
                  const struct fcgid_server_conf *conf,
                  const struct fcgid_cmd_options *options)
{
#define VALUE(id) fcgid_setting(conf, options, FCGID_##id)
    limits->min_processes = (int)VALUE(MIN_PROCESSES_PER_CLASS);
    limits->max_processes = (int)VALUE(MAX_PROCESSES_PER_CLASS);
    limits->max_requests = (int)VALUE(MAX_REQUESTS_PER_PROCESS);
    if (limits->max_requests < 0)
        limits->max_requests = 0;
    limits->max_lanes = (int)VALUE(MAX_CONNECTIONS_PER_PROCESS);
    limits->max_memory = VALUE(MAX_PROCESS_MEMORY);
    limits->preload = VALUE(PRELOAD) != 0;
    limits->spawn_score = (int)VALUE(SPAWN_SCORE);
    limits->spawn_score_up_limit = (int)VALUE(SPAWN_SCORE_UP_LIMIT);
    limits->termination_score = (int)VALUE(TERMINATION_SCORE);
    limits->time_score = (int)VALUE(TIME_SCORE);
    limits->idle_timeout = VALUE(IDLE_TIMEOUT);
    limits->process_lifetime = VALUE(PROCESS_LIFE_TIME);
    limits->busy_timeout = VALUE(BUSY_TIMEOUT);
    limits->connect_timeout = VALUE(CONNECT_TIMEOUT);
    limits->io_timeout = VALUE(IO_TIMEOUT);
    limits->queue_timeout = VALUE(QUEUE_TIMEOUT);
    limits->queue_length = (int)VALUE(QUEUE_LENGTH);
#undef VALUE
}
