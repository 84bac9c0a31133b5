/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module's configuration: what the directives set, and how the rest of
 * the module asks for it.
 */
#ifndef FCGID_CONF_H
#define FCGID_CONF_H

#include "apr_hash.h"
#include "apr_tables.h"
#include "httpd.h"
#include "http_config.h"
#include "class.h"
#include "ipc.h"

#define FCGID_NAME "mod_fcgid"
#define FCGID_VERSION "3.0.0"
#define FCGID_HANDLER "fcgid-script"
#define FCGID_OLD_HANDLER "fastcgi-script" /* mod_fastcgi's */
#define FCGID_STATUS_HANDLER "fcgid-status"

extern module AP_MODULE_DECLARE_DATA fcgid_module;

/* The settings that are one number.  Times are kept in microseconds, sizes in
 * bytes. */
enum fcgid_setting_id {
    FCGID_BUSY_SCAN_INTERVAL,
    FCGID_BUSY_TIMEOUT,
    FCGID_CONNECT_TIMEOUT,
    FCGID_ERROR_SCAN_INTERVAL,
    FCGID_FIX_PATHINFO,
    FCGID_IDLE_SCAN_INTERVAL,
    FCGID_IDLE_TIMEOUT,
    FCGID_IO_TIMEOUT,
    FCGID_MAX_CONNECTIONS_PER_PROCESS,
    FCGID_MAX_HEADER_BLOCK,
    FCGID_MAX_HEADER_LINE,
    FCGID_MAX_PROCESS_MEMORY,
    FCGID_MAX_PROCESSES,
    FCGID_MAX_PROCESSES_PER_CLASS,
    FCGID_MAX_REQUEST_IN_MEM,
    FCGID_MAX_REQUEST_LEN,
    FCGID_MAX_REQUESTS_PER_PROCESS,
    FCGID_MIN_PROCESSES_PER_CLASS,
    FCGID_NICE,
    FCGID_OUTPUT_BUFFER_SIZE,
    FCGID_PRELOAD,
    FCGID_PROCESS_LIFE_TIME,
    FCGID_QUEUE_LENGTH,
    FCGID_QUEUE_TIMEOUT,
    FCGID_SPAWN_SCORE,
    FCGID_SPAWN_SCORE_UP_LIMIT,
    FCGID_STDERR_RATE,
    FCGID_TERMINATION_SCORE,
    FCGID_TIME_SCORE,
    FCGID_UMASK,
    FCGID_ZOMBIE_SCAN_INTERVAL,
    FCGID_SETTING_COUNT
};

#define FCGID_UNSET APR_INT64_MIN

/* A program that a directive names: looked up when the directive is read. */
struct fcgid_command {
    const char *line;        /* as configured */
    const char *const *argv; /* NULL-terminated; argv[0] absolute */
    apr_uint64_t device;     /* of argv[0] */
    apr_uint64_t inode;
};

struct fcgid_wrapper {
    struct fcgid_command command;
    const char *suffix; /* with its dot; NULL: for every suffix */
    int is_virtual;     /* the requested file need not exist */
};

/* What FcgidCmdOptions says of one command. */
struct fcgid_cmd_options {
    apr_int64_t value[FCGID_SETTING_COUNT]; /* FCGID_UNSET: the host's */
    apr_table_t *initial_env;
    const char *const *env; /* start environment, by fcgid_conf_finish */
    apr_array_header_t *pass_headers;      /* const char *; NULL: none */
    const struct fcgid_external *external; /* NULL: processes of ours */
    int nph;     /* answers begin with a status line */
    int by_name; /* the file needs no handler to be an application */
};

/* The three phases in which an authorizer can be asked. */
enum fcgid_phase {
    FCGID_PHASE_ACCESS,
    FCGID_PHASE_AUTHN,
    FCGID_PHASE_AUTHZ,
    FCGID_PHASE_COUNT
};

/* FcgidPrespawn */
struct fcgid_prespawn {
    struct fcgid_command command;
    int count; /* processes; 0: as many as are kept when idle */
};

/* Per server and virtual host. */
struct fcgid_server_conf {
    server_rec *owner; /* whose directives made this */
    const char *vhost; /* its identity, the same across restarts */
    apr_int64_t value[FCGID_SETTING_COUNT];
    const char *ipc_dir;     /* NULL: default */
    int suexec_off;          /* FastCgiWrapper: the main server's holds */
    const char *suexec_path; /* NULL: httpd's suexec */
    apr_table_t *initial_env;
    apr_hash_t *providers[FCGID_PHASE_COUNT]; /* name -> fcgid_command */
    apr_hash_t *cmd_options; /* path of a program -> fcgid_cmd_options */
    const char *reload;           /* FcgidReload; NULL: not set; "": Off */
    apr_array_header_t *prespawn; /* struct fcgid_prespawn */
    /* Made by fcgid_conf_finish: */
    const char *const *env;                 /* start environment */
    const struct fcgid_engine_conf *engine; /* main server's only */
};

/* FcgidRequestBuffering */
enum fcgid_buffering {
    FCGID_BUFFERING_UNSET, /* which means On */
    FCGID_BUFFERING_ON,
    FCGID_BUFFERING_OFF,
    FCGID_BUFFERING_AUTO
};

/* Per directory. */
struct fcgid_dir_conf {
    apr_array_header_t *wrappers;     /* struct fcgid_wrapper; last wins */
    apr_array_header_t *pass_headers; /* const char * */
    const struct fcgid_command *authorizer[FCGID_PHASE_COUNT];
    int authoritative[FCGID_PHASE_COUNT]; /* -1: not set, which means On */
    const struct fcgid_command *filter;   /* NULL: none */
    apr_array_header_t *sendfile_roots;   /* const char *; NULL: none */
    apr_array_header_t *accels;           /* struct fcgid_accel; NULL: none */
    apr_interval_time_t auth_cache;       /* life of a consent; -1: not set */
    enum fcgid_buffering buffering;
    int override; /* FcgidErrorOverride: -1 not set, 0 Off, 1 On */
    apr_array_header_t *override_codes; /* int; NULL: all from 400 */
};

extern const command_rec fcgid_directives[];

void *fcgid_create_server_conf(apr_pool_t *pool, server_rec *server);
void *fcgid_merge_server_conf(apr_pool_t *pool, void *base, void *add);
void *fcgid_create_dir_conf(apr_pool_t *pool, char *path);
void *fcgid_merge_dir_conf(apr_pool_t *pool, void *base, void *add);

/* After all directives are read: identities and start environments. */
void fcgid_conf_finish(apr_pool_t *pconf, server_rec *main_server);

/* FcgidIPCDir, or where the sockets are without it. */
const char *fcgid_ipc_dir(apr_pool_t *pool,
                          const struct fcgid_server_conf *conf);

/* httpd -t -D DUMP_FCGID: prints what the directives have come to. */
void fcgid_conf_dump(apr_pool_t *pool, server_rec *main_server);

/* None of them is set. */
void fcgid_unset_settings(apr_int64_t value[FCGID_SETTING_COUNT]);

/* Value of a setting, its default if it was not set.  options may be NULL. */
apr_int64_t fcgid_setting(const struct fcgid_server_conf *conf,
                          const struct fcgid_cmd_options *options,
                          enum fcgid_setting_id id);

/* Options of the program at this path, or NULL. */
const struct fcgid_cmd_options *
fcgid_find_cmd_options(const struct fcgid_server_conf *conf, const char *path);

/* Fills the limits of a class.  options may be NULL. */
void fcgid_fill_limits(struct fcgid_limits *limits,
                       const struct fcgid_server_conf *conf,
                       const struct fcgid_cmd_options *options);

/* The wrapper for a file of this name, or NULL. */
const struct fcgid_wrapper *
fcgid_find_wrapper(const struct fcgid_dir_conf *conf, const char *filename);

/* Whether FcgidErrorOverride names this status. */
int fcgid_overrides(const struct fcgid_dir_conf *conf, int status);

static inline struct fcgid_server_conf *
fcgid_server_conf(const server_rec *server)
{
    return ap_get_module_config(server->module_config, &fcgid_module);
}

static inline struct fcgid_dir_conf *
fcgid_dir_conf(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &fcgid_module);
}

/* parse.c: what the setters share.  All return NULL, or a message. */

enum fcgid_kind {
    FCGID_NUMBER,
    FCGID_SIZE,
    FCGID_TIME,
    FCGID_SWITCH,
    FCGID_MODE /* octal */
};

/* How the text of one setting is read. */
struct fcgid_setting_row {
    const char *name; /* of the directive */
    enum fcgid_kind kind;
    apr_int64_t min, max, fallback; /* in the unit of the directive */
};

extern const struct fcgid_setting_row fcgid_settings[FCGID_SETTING_COUNT];

/* A time in seconds or with a unit; false if it is none. */
int fcgid_parse_time(const char *text, apr_int64_t *value);

/* name: of the directive or option, for the message. */
const char *fcgid_parse_setting(apr_pool_t *pool, const char *name,
                                enum fcgid_setting_id id, const char *text,
                                apr_int64_t *value);

/*
 * Looks at a program, or at that of a command line, which is split by httpd's
 * rules of quoting.  what: as the message calls it ("Wrapper").
 */
const char *fcgid_parse_program(apr_pool_t *pool, const char *what,
                                const char *path,
                                struct fcgid_command *command);
const char *fcgid_parse_command(apr_pool_t *pool, const char *what,
                                const char *line,
                                struct fcgid_command *command);

/* dirconf.c: the setters of directives that hold per directory. */
const char *fcgid_set_pass_header(cmd_parms *cmd, void *dir, const char *name);
const char *fcgid_set_wrapper(cmd_parms *cmd, void *dir, const char *line,
                              const char *suffix, const char *flag);
const char *fcgid_set_authorizer(cmd_parms *cmd, void *dir, const char *line);
const char *fcgid_set_filter(cmd_parms *cmd, void *dir, const char *line);
const char *fcgid_set_authoritative(cmd_parms *cmd, void *dir, int flag);
const char *fcgid_set_auth_cache(cmd_parms *cmd, void *dir, const char *arg);
const char *fcgid_set_buffering(cmd_parms *cmd, void *dir, const char *arg);
const char *fcgid_set_override(cmd_parms *cmd, void *dir, const char *arg);

/* fastcgi.c */
const char *fcgid_set_fastcgi_server(cmd_parms *cmd, void *dir,
                                     const char *args);
const char *fcgid_set_fastcgi_config(cmd_parms *cmd, void *dir,
                                     const char *args);
const char *fcgid_set_fastcgi_wrapper(cmd_parms *cmd, void *dummy,
                                      const char *arg);

/* prespawn.c */
const char *fcgid_set_prespawn(cmd_parms *cmd, void *dummy, const char *line,
                               const char *count);
void fcgid_add_prespawn(struct fcgid_server_conf *conf,
                        const struct fcgid_command *command, int count);
/* Processes to be kept of it. */
int fcgid_prespawn_count(const struct fcgid_server_conf *conf,
                         const struct fcgid_prespawn *prespawn);

/* cmdopts.c */
struct fcgid_cmd_options *fcgid_make_cmd_options(apr_pool_t *pool);
const char *fcgid_set_cmd_options(cmd_parms *cmd, void *dummy,
                                  const char *args);

#endif
