/* SPDX-License-Identifier: BSD-2-Clause */
/* The parent's part: shared memory, start, restart and end of the manager. */
#include "pm_start.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ap_mpm.h"
#include "apr_portable.h"
#include "apr_strings.h"
#include "apr_thread_proc.h"
#include "http_core.h"
#include "ipc.h"
#include "ipc_dir.h"
#include "log.h"
#include "pm.h"
#include "prespawn.h"
#include "spawn.h"
#include "unixd.h"

#define HELLO_SECONDS 10
#define RETAINED "mod_fcgid engine"
/* The manager ends all applications within FCGID_TERM_GRACE. */
#define STOP_WAIT_MS ((int)apr_time_as_msec(FCGID_TERM_GRACE) + 2000)

static struct fcgid_engine *engine;
static apr_proc_t manager_proc; /* for apr_proc_other_child_register */
static bool watched;            /* it is registered */

struct fcgid_engine *
fcgid_engine(void)
{
    return engine;
}

/* Set-up that is done once in the server's life. */

static int
failed(server_rec *s, int error, const char *what)
{
    ap_log_error(APLOG_MARK, APLOG_EMERG, error, s,
                 "mod_fcgid: Can't initialize shared memory or mutex: "
                 "%s" FCGID_ID(541),
                 what);
    return error;
}

/* Nobody is to wait for ever to say hello to a manager that hangs. */
static int
bound_sends(int fd)
{
    struct timeval limit = {HELLO_SECONDS, 0};

    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

static int
make_engine(server_rec *s)
{
    struct fcgid_engine *made =
        ap_retained_data_create(RETAINED, sizeof *made);
    void *memory = mmap(NULL, sizeof(struct fcgid_table),
                        PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                        0);
    int rc;

    if (memory == MAP_FAILED)
        return failed(s, errno, "the process table");
    rc = fcgid_table_init(memory);
    if (rc != 0)
        return failed(s, rc, "the process table's locks");
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, made->rendezvous) ==
            -1 ||
        bound_sends(made->rendezvous[1]) == -1 ||
        pipe2(made->lifeline, O_CLOEXEC) == -1 ||
        pipe2(made->output, O_CLOEXEC) == -1 ||
        fcntl(made->output[0], F_SETFL, O_NONBLOCK) == -1)
        return failed(s, errno, "the way to the process manager");
    made->version = FCGID_TABLE_VERSION;
    made->obituary = -1;
    made->table = memory;
    engine = made;
    return 0;
}

/* SIGHUP, as opposed to a graceful restart. */
static int
is_hard_restart(void)
{
#if AP_MODULE_MAGIC_AT_LEAST(20120211, 66)
    return !ap_unixd_mpm_get_retained_data()->was_graceful;
#else
    return 0;
#endif
}

static void
fill_conf(struct fcgid_pm_conf *conf, server_rec *s)
{
    const struct fcgid_engine_conf *from = fcgid_engine_conf(s);

    memset(conf, 0, sizeof *conf);
    conf->generation = engine->generation;
    conf->fresh = is_hard_restart();
    conf->max_processes = from->max_processes < FCGID_SLOT_COUNT
                              ? from->max_processes
                              : FCGID_SLOT_COUNT;
    conf->idle_scan_interval = from->idle_scan_interval;
    conf->busy_scan_interval = from->busy_scan_interval;
    apr_cpystrn(conf->ipc_dir, from->ipc_dir, sizeof conf->ipc_dir);
}

/* Start and end. */

static int
start_manager(server_rec *s)
{
    struct fcgid_pm_links links;
    struct fcgid_pm_conf conf;
    int obituary[2], error;
    pid_t pid;

    fill_conf(&conf, s);
    /* Made anew each time, so that nobody but the manager holds its end. */
    if (pipe2(obituary, O_CLOEXEC) == -1)
        return failed(s, errno, "the way to the process manager");
    pid = fcgid_fork();
    if (pid == -1) {
        error = errno;
        close(obituary[0]);
        close(obituary[1]);
        ap_log_error(APLOG_MARK, APLOG_EMERG, error, s,
                     "mod_fcgid: fcgid process manager failed to "
                     "initialize; stopping httpd" FCGID_ID(543));
        return error;
    }
    if (pid == 0) {
        close(engine->lifeline[1]);
        close(obituary[0]);
        links.rendezvous = engine->rendezvous[0];
        links.lifeline = engine->lifeline[0];
        links.output[0] = engine->output[0];
        links.output[1] = engine->output[1];
        fcgid_pm_run(engine->table, &links, &conf, s);
    }
    close(obituary[1]);
    if (engine->obituary != -1)
        close(engine->obituary);
    engine->obituary = obituary[0];
    engine->manager = pid;
    fcgid_send_prespawns(engine->rendezvous[1], engine->generation, s);
    return 0;
}

/* At the end of the server, while the module is still loaded. */
static apr_status_t
stop_manager(void *data)
{
    server_rec *s = data;
    struct pollfd end;
    int status;

    if (engine->manager == 0 || kill(engine->manager, SIGTERM) == -1)
        return APR_SUCCESS;
    end.fd = engine->obituary;
    end.events = POLLIN;
    if (poll(&end, 1, STOP_WAIT_MS) != 1) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     "mod_fcgid: process manager %" APR_PID_T_FMT
                     " still did not exit, terminating forcefully" FCGID_ID(
                         544),
                     engine->manager);
        kill(engine->manager, SIGKILL);
    }
    while (waitpid(engine->manager, &status, 0) == -1 && errno == EINTR)
        ;
    engine->manager = 0;
    return APR_SUCCESS;
}

/* httpd waits for its children, which wait for applications. */
static int
is_shutdown(void)
{
#if AP_MODULE_MAGIC_AT_LEAST(20120211, 66)
    return ap_unixd_mpm_get_retained_data()->shutdown_pending;
#else
    return 0;
#endif
}

static void watch_manager(server_rec *s);

/* apr_proc_other_child_unregister does not survive what it does not know. */
static void
unwatch_manager(server_rec *s)
{
    if (watched)
        apr_proc_other_child_unregister(s);
    watched = false;
}

static void
on_manager_end(int reason, void *data, int status)
{
    server_rec *s = data;
    int state;

    (void)status;
    if (reason == APR_OC_REASON_RESTART) {
        if (is_shutdown()) {
            __atomic_store_n(&engine->table->stopping, 1, __ATOMIC_SEQ_CST);
            (void)kill(engine->manager, SIGTERM);
        }
        unwatch_manager(s);
        return;
    }
    if (reason != APR_OC_REASON_DEATH && reason != APR_OC_REASON_LOST)
        return;
    unwatch_manager(s);
    engine->manager = 0;
    if (ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS &&
        state == AP_MPMQ_STOPPING)
        return;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                 "mod_fcgid: fcgid process manager died, starting "
                 "another" FCGID_ID(545));
    if (start_manager(s) == 0)
        watch_manager(s);
}

static void
watch_manager(server_rec *s)
{
    watched = true;
    manager_proc.pid = engine->manager;
    manager_proc.in = manager_proc.out = manager_proc.err = NULL;
    apr_proc_other_child_register(&manager_proc, on_manager_end, s, NULL,
                                  s->process->pool);
}

/* The module is about to be unloaded: nothing may point into it. */
static apr_status_t
let_go(void *data)
{
    server_rec *s = data;

    unwatch_manager(s);
    apr_pool_cleanup_kill(s->process->pool, s, stop_manager);
    return APR_SUCCESS;
}

/*
 * Another version of this module made it.  httpd's children of before serve on
 * by it until they have done their work.  They hold the lifeline, too, and
 * when the last of them leaves, that manager ends its applications and itself.
 */
static void
leave_engine(void)
{
    int i;

    for (i = 0; i < 2; i++) {
        close(engine->rendezvous[i]);
        close(engine->lifeline[i]);
        close(engine->output[i]);
    }
    if (engine->obituary != -1)
        close(engine->obituary);
    engine = NULL;
}

static void
tell_manager(server_rec *s)
{
    struct fcgid_message message = {FCGID_MSG_RECONFIGURE, 0, 0, 0};
    struct fcgid_pm_conf conf;
    apr_os_file_t error_log = 2;
    int rc;

    fill_conf(&conf, s);
    if (s->error_log != NULL)
        apr_os_file_get(&error_log, s->error_log);
    rc = fcgid_msg_send(engine->rendezvous[1], &message, &conf, sizeof conf,
                        error_log, 0);
    if (rc != 0)
        ap_log_error(APLOG_MARK, APLOG_ERR, rc, s,
                     "mod_fcgid: can't tell the process manager of the "
                     "restart" FCGID_ID(546));
    else
        fcgid_send_prespawns(engine->rendezvous[1], engine->generation, s);
}

/* The manager learns of it by the end of the child's stream, if the child had
 * one; this is for those that had not got to it since the manager started. */
void
fcgid_ipc_child_gone(pid_t pid)
{
    struct fcgid_message message = {FCGID_MSG_GONE, (int32_t)pid, 0, 0};

    if (engine != NULL && engine->manager != 0)
        (void)fcgid_msg_send(engine->rendezvous[1], &message, NULL, 0, -1,
                             MSG_DONTWAIT);
}

apr_status_t
fcgid_ipc_post_config(apr_pool_t *pconf, server_rec *main_server)
{
    const struct fcgid_engine_conf *conf = fcgid_engine_conf(main_server);
    int rc = 0;

    engine = ap_retained_data_get(RETAINED);
    if (engine != NULL && engine->version != FCGID_TABLE_VERSION)
        leave_engine();
    if (engine == NULL)
        rc = make_engine(main_server);
    /* A server that runs is not ended for it. */
    if (rc != 0 ||
        (fcgid_prepare_ipc_dir(conf->ipc_dir, pconf, main_server) != 0 &&
         engine->generation == 0))
        return APR_EGENERAL;
    engine->generation++;
    if (engine->manager != 0 && kill(engine->manager, 0) == 0)
        tell_manager(main_server);
    else if (start_manager(main_server) != 0)
        return APR_EGENERAL;
    watch_manager(main_server);
    apr_pool_pre_cleanup_register(main_server->process->pool, main_server,
                                  stop_manager);
    apr_pool_cleanup_register(pconf, main_server, let_go,
                              apr_pool_cleanup_null);
    return APR_SUCCESS;
}
