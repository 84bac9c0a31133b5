/* SPDX-License-Identifier: BSD-2-Clause */
#include "target.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "http_core.h"
#include "http_request.h"
#include "log.h"
#include "unixd.h"

#ifdef HAVE_SYS_RESOURCE_H
#include <sys/resource.h>
#endif

static int
refuse(request_rec *r, int status, const char *why)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "mod_fcgid: %s: %s" FCGID_ID(211), why, r->filename);
    return status;
}

/* The requested file is the program. */
static int
use_file(request_rec *r, struct fcgid_command *command)
{
    const char **argv = apr_pcalloc(r->pool, 2 * sizeof *argv);
    apr_finfo_t info = r->finfo;
    apr_status_t rv;

    if ((info.valid & APR_FINFO_IDENT) != APR_FINFO_IDENT ||
        !(info.valid & APR_FINFO_PROT)) {
        rv = apr_stat(&info, r->filename, APR_FINFO_NORM, r->pool);
        if (rv != APR_SUCCESS && rv != APR_INCOMPLETE)
            return refuse(r, HTTP_NOT_FOUND, "script not found");
    }
    if (info.filetype != APR_REG)
        return refuse(r, HTTP_FORBIDDEN, "script is not a regular file");
    if (!(info.protection &
          (APR_FPROT_UEXECUTE | APR_FPROT_GEXECUTE | APR_FPROT_WEXECUTE)))
        return refuse(r, HTTP_FORBIDDEN,
                      "script is not executable (permission denied; set its "
                      "x bits)");
    argv[0] = r->filename;
    command->line = r->filename;
    command->argv = argv;
    command->device = (apr_uint64_t)info.device;
    command->inode = (apr_uint64_t)info.inode;
    return OK;
}

static int
is_script_alias(request_rec *r)
{
    const char *type = apr_table_get(r->notes, "alias-forced-type");

    return type != NULL && (strcasecmp(type, "cgi-script") == 0 ||
                            strcasecmp(type, FCGID_HANDLER) == 0 ||
                            strcasecmp(type, FCGID_OLD_HANDLER) == 0);
}

/* The command is known: nothing but its name is asked for. */
static void
use_name(request_rec *r, struct fcgid_command *command)
{
    const char **argv = apr_pcalloc(r->pool, 2 * sizeof *argv);

    memset(command, 0, sizeof *command);
    argv[0] = command->line = r->filename;
    command->argv = argv;
}

static int
check_file(request_rec *r)
{
    if (r->finfo.filetype == APR_NOFILE)
        return refuse(r, HTTP_NOT_FOUND, "script not found or unable to stat");
    if (r->finfo.filetype == APR_DIR)
        return refuse(r, HTTP_FORBIDDEN,
                      "attempt to invoke directory as script");
    return OK;
}

int
fcgid_target_find(request_rec *r, struct fcgid_command *command)
{
    const struct fcgid_cmd_options *options =
        fcgid_find_cmd_options(fcgid_server_conf(r->server), r->filename);
    /* Who wrote the server's configuration has named this very file. */
    int named = options != NULL && options->by_name;
    int external = options != NULL && options->external != NULL;
    const struct fcgid_wrapper *wrapper =
        fcgid_find_wrapper(fcgid_dir_conf(r), r->filename);
    int status;

    if (!named && !(ap_allow_options(r) & OPT_EXECCGI) && !is_script_alias(r))
        return refuse(r, HTTP_FORBIDDEN,
                      "Options ExecCGI is off in this directory");
    if (r->used_path_info == AP_REQ_REJECT_PATH_INFO && r->path_info != NULL &&
        *r->path_info != '\0')
        return refuse(r, HTTP_NOT_FOUND,
                      "AcceptPathInfo off disallows user's path");
    if (external) {
        use_name(r, command);
        return OK;
    }
    status = wrapper == NULL || !wrapper->is_virtual ? check_file(r) : OK;
    if (status != OK)
        return status;
    if (wrapper == NULL)
        return use_file(r, command);
    *command = wrapper->command;
    return OK;
}

int
fcgid_target_name_handler(request_rec *r)
{
    const struct fcgid_cmd_options *options;

    if (r->filename == NULL)
        return DECLINED;
    options = fcgid_find_cmd_options(fcgid_server_conf(r->server), r->filename);
    if (options == NULL || !options->by_name)
        return DECLINED;
    r->handler = FCGID_HANDLER;
    return OK;
}

/* FastCgiWrapper's own program gets what suexec gets. */
static void
use_other_suexec(request_rec *r, const char *path,
                 const ap_unix_identity_t *identity,
                 struct fcgid_class_def *def)
{
    long uid =
        (long)(identity != NULL ? identity->uid : ap_unixd_config.user_id);
    long gid =
        (long)(identity != NULL ? identity->gid : ap_unixd_config.group_id);
    const char **argv, *const *from;
    int n = 0;

    while (def->argv[n] != NULL)
        n++;
    argv = apr_pcalloc(r->pool, (apr_size_t)(n + 4) * sizeof *argv);
    argv[0] = path;
    argv[1] =
        apr_psprintf(r->pool, "%s%ld",
                     identity != NULL && identity->userdir ? "~" : "", uid);
    argv[2] = apr_psprintf(r->pool, "%ld", gid);
    argv[3] = apr_filepath_name_get(def->argv[0]);
    for (n = 4, from = def->argv + 1; *from != NULL; from++)
        argv[n++] = *from;
    def->argv = argv;
}

/* The one that suexec would take, if it is to be used. */
static void
fill_identity(request_rec *r, const struct fcgid_server_conf *conf,
              struct fcgid_class_def *def)
{
    const ap_unix_identity_t *identity = NULL;

    def->uid = (apr_uid_t)-1;
    def->gid = (apr_gid_t)-1;
    if (ap_unixd_config.suexec_enabled && !conf->suexec_off)
        identity = ap_run_get_suexec_identity(r);
    if (conf->suexec_path != NULL)
        use_other_suexec(r, conf->suexec_path, identity, def);
    if (identity == NULL || conf->suexec_path != NULL)
        return;
    def->use_suexec = 1;
    def->uid = identity->uid;
    def->gid = identity->gid;
    def->suexec_user = apr_psprintf(
        r->pool, "%s%ld", identity->userdir ? "~" : "", (long)identity->uid);
    def->suexec_group = apr_psprintf(r->pool, "%ld", (long)identity->gid);
}

#if defined(RLIMIT_CPU)
static void
fill_rlimit(struct fcgid_rlimit *to, const struct rlimit *from)
{
    if (from == NULL)
        return;
    to->set = 1;
    to->soft = (apr_uint64_t)from->rlim_cur;
    to->hard = (apr_uint64_t)from->rlim_max;
}

static void
fill_rlimits(request_rec *r, struct fcgid_class_def *def)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);

    fill_rlimit(&def->cpu, core->limit_cpu);
#if defined(RLIMIT_DATA) || defined(RLIMIT_VMEM) || defined(RLIMIT_AS)
    fill_rlimit(&def->mem, core->limit_mem);
#endif
#ifdef RLIMIT_NPROC
    fill_rlimit(&def->nproc, core->limit_nproc);
#endif
}
#endif

void
fcgid_target_fill(request_rec *r, const struct fcgid_command *command,
                  struct fcgid_class_def *def)
{
    const struct fcgid_server_conf *conf = fcgid_server_conf(r->server);
    const struct fcgid_cmd_options *options =
        fcgid_find_cmd_options(conf, command->argv[0]);
    const char *program = command->argv[0];
    const char *slash = ap_strrchr_c(program, '/');

    memset(def, 0, sizeof *def);
    def->command = command->line;
    def->argv = command->argv;
    def->directory =
        slash > program
            ? apr_pstrmemdup(r->pool, program, (apr_size_t)(slash - program))
            : "/";
    def->env = options != NULL ? options->env : conf->env;
    def->vhost = conf->vhost;
    def->device = command->device;
    def->inode = command->inode;
    fill_identity(r, conf, def);
    def->reload = conf->reload;
    def->nice = (int)fcgid_setting(conf, options, FCGID_NICE);
    def->umask = (int)fcgid_setting(conf, options, FCGID_UMASK);
    def->external = options != NULL ? options->external : NULL;
#if defined(RLIMIT_CPU)
    fill_rlimits(r, def);
#endif
    fcgid_fill_limits(&def->limits, conf, options);
}
