/* SPDX-License-Identifier: BSD-2-Clause */
/* The directives that hold per directory: their setters and merging. */
#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"
#include "http_core.h"
#include "conf.h"

void *
fcgid_create_dir_conf(apr_pool_t *pool, char *path)
{
    struct fcgid_dir_conf *conf = apr_pcalloc(pool, sizeof *conf);
    int i;

    (void)path;
    for (i = 0; i < FCGID_PHASE_COUNT; i++)
        conf->authoritative[i] = -1;
    conf->override = -1;
    conf->auth_cache = -1;
    return conf;
}

static apr_array_header_t *
merge_arrays(apr_pool_t *pool, apr_array_header_t *base,
             apr_array_header_t *add)
{
    if (base == NULL)
        return add;
    if (add == NULL)
        return base;
    return apr_array_append(pool, base, add);
}

void *
fcgid_merge_dir_conf(apr_pool_t *pool, void *base_conf, void *add_conf)
{
    const struct fcgid_dir_conf *base = base_conf, *add = add_conf;
    struct fcgid_dir_conf *conf = apr_palloc(pool, sizeof *conf);
    int i;

    conf->wrappers = merge_arrays(pool, base->wrappers, add->wrappers);
    conf->pass_headers =
        merge_arrays(pool, base->pass_headers, add->pass_headers);
    for (i = 0; i < FCGID_PHASE_COUNT; i++) {
        conf->authorizer[i] = add->authorizer[i] != NULL ? add->authorizer[i]
                                                         : base->authorizer[i];
        conf->authoritative[i] = add->authoritative[i] >= 0
                                     ? add->authoritative[i]
                                     : base->authoritative[i];
    }
    conf->auth_cache =
        add->auth_cache >= 0 ? add->auth_cache : base->auth_cache;
    conf->buffering = add->buffering != FCGID_BUFFERING_UNSET ? add->buffering
                                                              : base->buffering;
    conf->filter = add->filter != NULL ? add->filter : base->filter;
    conf->sendfile_roots =
        merge_arrays(pool, base->sendfile_roots, add->sendfile_roots);
    conf->accels = merge_arrays(pool, base->accels, add->accels);
    conf->override = add->override >= 0 ? add->override : base->override;
    conf->override_codes =
        add->override >= 0 ? add->override_codes : base->override_codes;
    return conf;
}

const char *
fcgid_set_pass_header(cmd_parms *cmd, void *dir, const char *name)
{
    struct fcgid_dir_conf *conf = dir;

    if (*name == '\0')
        return apr_psprintf(cmd->pool, "%s: a name is needed", cmd->cmd->name);
    if (conf->pass_headers == NULL)
        conf->pass_headers = apr_array_make(cmd->pool, 2, sizeof(char *));
    APR_ARRAY_PUSH(conf->pass_headers, const char *) =
        apr_pstrdup(cmd->pool, name);
    return NULL;
}

const char *
fcgid_set_wrapper(cmd_parms *cmd, void *dir, const char *line,
                  const char *suffix, const char *flag)
{
    struct fcgid_dir_conf *conf = dir;
    struct fcgid_wrapper wrapper = {{NULL, NULL, 0, 0}, NULL, 0};
    const char *message;

    if (suffix != NULL && flag == NULL && strcasecmp(suffix, "virtual") == 0) {
        flag = suffix;
        suffix = NULL;
    }
    if (flag != NULL && strcasecmp(flag, "virtual") != 0)
        return apr_psprintf(cmd->pool,
                            "Invalid wrapper flag '%s': only 'virtual' is "
                            "known",
                            flag);
    if (suffix != NULL && (suffix[0] != '.' || suffix[1] == '\0' ||
                           strpbrk(suffix, "/\\") != NULL))
        return apr_psprintf(cmd->pool,
                            "Invalid wrapper file extension '%s': it must "
                            "begin with a dot and hold no slash",
                            suffix);
    message = fcgid_parse_command(cmd->pool, "Wrapper", line, &wrapper.command);
    if (message != NULL)
        return message;
    wrapper.suffix = suffix != NULL ? apr_pstrdup(cmd->pool, suffix) : NULL;
    wrapper.is_virtual = flag != NULL;
    if (conf->wrappers == NULL)
        conf->wrappers = apr_array_make(cmd->pool, 2, sizeof wrapper);
    APR_ARRAY_PUSH(conf->wrappers, struct fcgid_wrapper) = wrapper;
    return NULL;
}

const char *
fcgid_set_authorizer(cmd_parms *cmd, void *dir, const char *line)
{
    static const char *const what[FCGID_PHASE_COUNT] = {
        "Access checker", "Authenticator", "Authorizer"};
    struct fcgid_dir_conf *conf = dir;
    int phase = (int)(apr_uintptr_t)cmd->info;
    struct fcgid_command *command = apr_pcalloc(cmd->pool, sizeof *command);

    conf->authorizer[phase] = command;
    return fcgid_parse_command(cmd->pool, what[phase], line, command);
}

const char *
fcgid_set_filter(cmd_parms *cmd, void *dir, const char *line)
{
    struct fcgid_dir_conf *conf = dir;
    struct fcgid_command *command = apr_pcalloc(cmd->pool, sizeof *command);

    conf->filter = command;
    return fcgid_parse_command(cmd->pool, "Filter", line, command);
}

const char *
fcgid_set_authoritative(cmd_parms *cmd, void *dir, int flag)
{
    struct fcgid_dir_conf *conf = dir;

    conf->authoritative[(apr_uintptr_t)cmd->info] = flag;
    return NULL;
}

const char *
fcgid_set_auth_cache(cmd_parms *cmd, void *dir, const char *arg)
{
    struct fcgid_dir_conf *conf = dir;

    return fcgid_parse_time(arg, &conf->auth_cache)
               ? NULL
               : apr_psprintf(cmd->pool,
                              "%s: '%s' is not allowed: give a number of "
                              "seconds, or with a unit: ms, s, min or h",
                              cmd->cmd->name, arg);
}

const char *
fcgid_set_buffering(cmd_parms *cmd, void *dir, const char *arg)
{
    struct fcgid_dir_conf *conf = dir;

    if (strcasecmp(arg, "On") == 0)
        conf->buffering = FCGID_BUFFERING_ON;
    else if (strcasecmp(arg, "Off") == 0)
        conf->buffering = FCGID_BUFFERING_OFF;
    else if (strcasecmp(arg, "Auto") == 0)
        conf->buffering = FCGID_BUFFERING_AUTO;
    else
        return apr_psprintf(cmd->pool,
                            "%s: '%s' is not allowed: give On, Off or Auto",
                            cmd->cmd->name, arg);
    return NULL;
}

/* On, Off, or status codes; called for each of them. */
const char *
fcgid_set_override(cmd_parms *cmd, void *dir, const char *arg)
{
    struct fcgid_dir_conf *conf = dir;
    apr_int64_t code;
    char *end;

    if (strcasecmp(arg, "On") == 0 || strcasecmp(arg, "Off") == 0) {
        conf->override = strcasecmp(arg, "On") == 0;
        conf->override_codes = NULL;
        return NULL;
    }
    code = apr_strtoi64(arg, &end, 10);
    if (*end != '\0' || !ap_is_HTTP_ERROR(code))
        return apr_psprintf(cmd->pool,
                            "%s: '%s' is not allowed: give On, Off or status "
                            "codes from 400 to 599",
                            cmd->cmd->name, arg);
    if (conf->override_codes == NULL)
        conf->override_codes = apr_array_make(cmd->pool, 4, sizeof(int));
    APR_ARRAY_PUSH(conf->override_codes, int) = (int)code;
    conf->override = 1;
    return NULL;
}

int
fcgid_overrides(const struct fcgid_dir_conf *conf, int status)
{
    int i;

    if (conf->override <= 0 || !ap_is_HTTP_ERROR(status))
        return 0;
    if (conf->override_codes == NULL)
        return 1;
    for (i = 0; i < conf->override_codes->nelts; i++)
        if (APR_ARRAY_IDX(conf->override_codes, i, int) == status)
            return 1;
    return 0;
}

const struct fcgid_wrapper *
fcgid_find_wrapper(const struct fcgid_dir_conf *conf, const char *filename)
{
    const struct fcgid_wrapper *any = NULL, *wrapper;
    const char *suffix = ap_strrchr_c(filename, '.');
    int i;

    if (conf->wrappers == NULL)
        return NULL;
    for (i = conf->wrappers->nelts; i-- > 0;) {
        wrapper = &APR_ARRAY_IDX(conf->wrappers, i, struct fcgid_wrapper);
        if (wrapper->suffix == NULL) {
            if (any == NULL)
                any = wrapper;
        } else if (suffix != NULL && strcmp(wrapper->suffix, suffix) == 0) {
            return wrapper;
        }
    }
    return any;
}
