/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Apache module fcgid_module: hooks.  The name of this file is what
 * <IfModule mod_fcgid.c> of existing configurations asks for.
 */
#include "aliases.h"
#include "auth.h"
#include "authcache.h"
#include "conf.h"
#include "filter.h"
#include "ipc.h"
#include "log.h"
#include "request.h"
#include "status.h"
#include "target.h"
#include "ap_mpm.h"
#include "http_core.h"
#include "http_request.h"
#include "mpm_common.h"
#include "util_mutex.h"

/* Names that existing Mutex directives may hold. */
static const char *const mutex_names[] = {"fcgid-pipe", "fcgid-proctbl"};

static int
pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    size_t i;

    (void)plog;
    (void)ptemp;
    for (i = 0; i < sizeof mutex_names / sizeof mutex_names[0]; i++)
        if (ap_mutex_register(pconf, mutex_names[i], NULL, APR_LOCK_DEFAULT,
                              0) != APR_SUCCESS)
            return HTTP_INTERNAL_SERVER_ERROR;
    return OK;
}

static int
post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
            server_rec *main_server)
{
    (void)plog;
    ap_add_version_component(pconf, FCGID_NAME "/" FCGID_VERSION);
    fcgid_conf_finish(pconf, main_server);
    /* The configuration is read twice at the start; the first time is a
     * rehearsal. */
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG)
        return OK;
    fcgid_aliases_report(ptemp, main_server);
    if (fcgid_ipc_post_config(pconf, main_server) != APR_SUCCESS)
        return HTTP_INTERNAL_SERVER_ERROR;
    return OK;
}

static void
test_config(apr_pool_t *pconf, server_rec *main_server)
{
    if (!ap_exists_config_define("DUMP_FCGID"))
        return;
    fcgid_conf_finish(pconf, main_server);
    fcgid_conf_dump(pconf, main_server);
}

static void
child_init(apr_pool_t *pchild, server_rec *main_server)
{
    fcgid_ipc_child_init(pchild, main_server);
    fcgid_authcache_init(pchild);
}

static void
child_status(server_rec *s, pid_t pid, ap_generation_t generation, int slot,
             mpm_child_status state)
{
    (void)s;
    (void)generation;
    (void)slot;
    if (state == MPM_CHILD_EXITED)
        fcgid_ipc_child_gone(pid);
}

static void
register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_pre_config(pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_test_config(test_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_status(child_status, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_fixups(fcgid_target_name_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(fcgid_handler, NULL, NULL, APR_HOOK_MIDDLE);
    fcgid_auth_register();
    fcgid_filter_register();
    fcgid_status_register();
}

module AP_MODULE_DECLARE_DATA fcgid_module = {
    STANDARD20_MODULE_STUFF,  fcgid_create_dir_conf,   fcgid_merge_dir_conf,
    fcgid_create_server_conf, fcgid_merge_server_conf, fcgid_directives,
    register_hooks,           AP_MODULE_FLAG_NONE};
