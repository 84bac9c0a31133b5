/* SPDX-License-Identifier: BSD-2-Clause */
#include "pm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ap_listen.h"
#include "apr_portable.h"
#include "ipc.h"
#include "log.h"
#include "pm_preload.h"
#include "spawn.h"
#include "sweep.h"

enum { EVENTS_AT_ONCE = 256 };

/* Signals only write here; the loop reads. */
static int signal_pipe[2] = {-1, -1};

static void
on_signal(int number)
{
    unsigned char byte = (unsigned char)number;
    int error = errno;

    if (write(signal_pipe[1], &byte, 1) == -1) {
        /* Full: the loop will wake anyway. */
    }
    errno = error;
}

/* The event loop. */

struct fcgid_watch *
fcgid_pm_watch(struct fcgid_pm *pm, int fd, apr_int16_t events, int index,
               void (*on_event)(struct fcgid_pm *, struct fcgid_watch *))
{
    struct fcgid_watch *watch;
    apr_os_file_t os_file = fd;
    apr_pool_t *pool;

    if (apr_pool_create(&pool, pm->pool) != APR_SUCCESS)
        return NULL;
    watch = apr_pcalloc(pool, sizeof *watch);
    watch->pool = pool;
    watch->fd = fd;
    watch->index = index;
    watch->on_event = on_event;
    watch->descriptor.p = pool;
    watch->descriptor.desc_type = APR_POLL_FILE;
    watch->descriptor.reqevents = events;
    watch->descriptor.client_data = watch;
    if (apr_os_file_put(&watch->descriptor.desc.f, &os_file, 0, pool) !=
            APR_SUCCESS ||
        apr_pollset_add(pm->pollset, &watch->descriptor) != APR_SUCCESS) {
        apr_pool_destroy(pool);
        return NULL;
    }
    watch->active = 1;
    return watch;
}

void
fcgid_pm_unwatch(struct fcgid_pm *pm, struct fcgid_watch **watch)
{
    apr_status_t rv;

    if (*watch == NULL)
        return;
    rv = apr_pollset_remove(pm->pollset, &(*watch)->descriptor);
    if (rv != APR_SUCCESS)
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, pm->server,
                     "mod_fcgid: the process manager can't stop watching "
                     "descriptor %d" FCGID_ID(562),
                     (*watch)->fd);
    (*watch)->active = 0;
    (*watch)->next_dead = pm->dead_watches;
    pm->dead_watches = *watch;
    *watch = NULL;
}

void
fcgid_pm_close_watched(struct fcgid_pm *pm, struct fcgid_watch **watch)
{
    int fd;

    if (*watch == NULL)
        return;
    fd = (*watch)->fd;
    fcgid_pm_unwatch(pm, watch);
    close(fd);
}

static void
bury_watches(struct fcgid_pm *pm)
{
    struct fcgid_watch *watch;

    while ((watch = pm->dead_watches) != NULL) {
        pm->dead_watches = watch->next_dead;
        apr_pool_destroy(watch->pool);
    }
}

void
fcgid_pm_wake_at(apr_time_t *timer, apr_time_t when)
{
    if (*timer == 0 || when < *timer)
        *timer = when;
}

/* Idle and busy processes are looked at together. */
static apr_interval_time_t
scan_interval(const struct fcgid_pm_conf *conf)
{
    return conf->idle_scan_interval < conf->busy_scan_interval
               ? conf->idle_scan_interval
               : conf->busy_scan_interval;
}

static void
scan(struct fcgid_pm *pm, apr_time_t now)
{
    fcgid_pm_wake_at(&pm->next_scan, now + scan_interval(&pm->conf));
    fcgid_pm_scan(pm, now);
}

static void
retry(struct fcgid_pm *pm, apr_time_t now)
{
    (void)now;
    fcgid_pm_consider_all(pm);
}

#define TIMER(name, run)                                                       \
    {                                                                          \
        APR_OFFSETOF(struct fcgid_pm, name), run                               \
    }

/* In the order in which they run if several are due. */
static const struct {
    apr_size_t offset; /* of an apr_time_t; 0 there: the timer is not set */
    void (*run)(struct fcgid_pm *, apr_time_t);
} timers[] = {
    TIMER(next_kill, fcgid_pm_kill_stubborn),
    TIMER(next_adopted, fcgid_pm_watch_adopted),
    TIMER(next_reload, fcgid_pm_reload),
    TIMER(next_roll, fcgid_pm_roll),
    TIMER(next_recycle, fcgid_pm_recycle),
    TIMER(next_weigh, fcgid_pm_weigh),
    TIMER(next_offer, fcgid_pm_look_at_offers),
    TIMER(next_ask, fcgid_pm_look_at_asked),
    TIMER(next_preload, fcgid_pm_preload),
    TIMER(next_retry, retry),
    TIMER(next_scan, scan),
};

#define TIMER_COUNT (sizeof timers / sizeof timers[0])

static apr_time_t *
timer_of(struct fcgid_pm *pm, size_t i)
{
    return (apr_time_t *)(void *)((char *)pm + timers[i].offset);
}

static apr_interval_time_t
time_left(struct fcgid_pm *pm, apr_time_t now)
{
    apr_time_t end = 0;
    size_t i;

    for (i = 0; i < TIMER_COUNT; i++)
        if (*timer_of(pm, i) != 0)
            fcgid_pm_wake_at(&end, *timer_of(pm, i));
    if (end == 0)
        return -1;
    return end > now ? end - now : 0;
}

static void
run_timers(struct fcgid_pm *pm, apr_time_t now)
{
    apr_time_t *timer;
    size_t i;

    for (i = 0; i < TIMER_COUNT; i++) {
        timer = timer_of(pm, i);
        if (*timer == 0 || now < *timer)
            continue;
        *timer = 0;
        timers[i].run(pm, now);
    }
}

/* Deaths. */

int
fcgid_pm_find(const struct fcgid_pm *pm, pid_t pid)
{
    int i;

    for (i = 0; i < FCGID_SLOT_COUNT; i++)
        if (pm->table->slots[i].class_index >= 0 &&
            pm->table->slots[i].pid == pid)
            return i;
    return -1;
}

static void
reap(struct fcgid_pm *pm)
{
    int status, slot;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (fcgid_pm_reap_parent(pm, pid))
            continue;
        slot = fcgid_pm_find(pm, pid);
        if (slot >= 0)
            fcgid_pm_on_exit(pm, slot, status);
    }
    if (!pm->stopping)
        fcgid_pm_consider_all(pm);
}

static void
deny_all(struct fcgid_pm *pm)
{
    int i;

    for (i = 0; i < FCGID_CLASS_COUNT; i++)
        if (fcgid_waiting(&pm->table->classes[i]))
            fcgid_deny_waiters(pm->table, i, FCGID_DENIED_STOP, 0, INT_MAX);
}

/* Who begins to wait from now on finds that there are too few processes, and
 * asks for one. */
void
fcgid_pm_stop(struct fcgid_pm *pm)
{
    if (pm->stopping)
        return;
    pm->stopping = 1;
    fcgid_pm_terminate_all(pm, "shutting down");
    deny_all(pm);
}

static void
on_signal_pipe(struct fcgid_pm *pm, struct fcgid_watch *watch)
{
    unsigned char bytes[64];
    ssize_t n, i;
    int child = 0;

    while ((n = read(watch->fd, bytes, sizeof bytes)) > 0)
        for (i = 0; i < n; i++) {
            if (bytes[i] == SIGCHLD)
                child = 1;
            else
                fcgid_pm_stop(pm);
        }
    if (child)
        reap(pm);
}

/* httpd is gone, all of it: so go its applications. */
static void
on_lifeline(struct fcgid_pm *pm, struct fcgid_watch *watch)
{
    struct fcgid_watch *self = watch;

    fcgid_pm_unwatch(pm, &self);
    fcgid_pm_stop(pm);
}

/* The parent was killed.  Its children may serve on for a while; but a daemon
 * of another module that it has left would hold the lifeline for ever. */
static void
on_parent_end(struct fcgid_pm *pm, struct fcgid_watch *watch)
{
    struct fcgid_watch *self = watch;

    fcgid_pm_close_watched(pm, &self);
    pm->orphaned = 1;
    fcgid_pm_leave_if_alone(pm);
}

static void
watch_parent(struct fcgid_pm *pm)
{
#ifdef SYS_pidfd_open
    int fd = (int)syscall(SYS_pidfd_open, getppid(), 0);

    if (fd != -1 &&
        fcgid_pm_watch(pm, fd, APR_POLLIN, 0, on_parent_end) == NULL)
        close(fd);
#else
    (void)pm;
#endif
}

/*
 * What applications write to their descriptors 1 and 2 comes here first, so
 * that it goes to the error log as it is now: theirs would be that of their
 * start, which a restart may have moved away, or ended if it is a program.
 */
static int
relay_output(struct fcgid_pm *pm)
{
    ssize_t n = read(pm->output[0], pm->payload, sizeof pm->payload), done = 0,
            written;

    while (done < n) {
        written = write(2, pm->payload + done, (size_t)(n - done));
        if (written == -1 && errno != EINTR)
            break; /* the log is gone, and so is what there was to say */
        done += written > 0 ? written : 0;
    }
    return n > 0;
}

static void
on_output(struct fcgid_pm *pm, struct fcgid_watch *watch)
{
    (void)watch;
    (void)relay_output(pm);
}

/* Start. */

static int
catch_signals(void)
{
    static const int caught[] = {SIGCHLD, SIGTERM, SIGINT};
    static const int ignored[] = {SIGPIPE, SIGHUP, SIGUSR1, SIGWINCH};
    struct sigaction action;
    sigset_t none;
    size_t i;

    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) == -1)
        return -1;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    action.sa_handler = on_signal;
    for (i = 0; i < sizeof caught / sizeof caught[0]; i++)
        sigaction(caught[i], &action, NULL);
    action.sa_handler = SIG_IGN;
    for (i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        sigaction(ignored[i], &action, NULL);
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

static struct fcgid_pm *
new_pm(struct fcgid_table *table, const struct fcgid_pm_links *links,
       const struct fcgid_pm_conf *conf, server_rec *main_server)
{
    struct fcgid_pm *pm = calloc(1, sizeof *pm);
    int i;

    if (pm == NULL || apr_pool_create(&pm->pool, NULL) != APR_SUCCESS ||
        apr_pollset_create(&pm->pollset, EVENTS_AT_ONCE, pm->pool, 0) !=
            APR_SUCCESS)
        return NULL;
    pm->table = table;
    pm->conf = *conf;
    pm->server = main_server;
    pm->rendezvous = links->rendezvous;
    memcpy(pm->output, links->output, sizeof pm->output);
    pm->next_scan = apr_time_now() + scan_interval(conf);
    for (i = 0; i < FCGID_SLOT_COUNT; i++)
        fcgid_pm_clear_slot(pm, i);
    if (catch_signals() == -1 ||
        fcgid_pm_watch(pm, signal_pipe[0], APR_POLLIN, 0, on_signal_pipe) ==
            NULL ||
        fcgid_pm_watch(pm, links->rendezvous, APR_POLLIN, 0,
                       fcgid_pm_on_rendezvous) == NULL ||
        fcgid_pm_watch(pm, links->lifeline, APR_POLLIN, 0, on_lifeline) ==
            NULL ||
        fcgid_pm_watch(pm, links->output[0], APR_POLLIN, 0, on_output) == NULL)
        return NULL;
    return pm;
}

static void
loop(struct fcgid_pm *pm)
{
    const apr_pollfd_t *events;
    struct fcgid_watch *watch;
    apr_int32_t count, i;
    apr_status_t rv;

    while (!pm->stopping || pm->all_processes > 0 || pm->parents > 0) {
        rv = apr_pollset_poll(pm->pollset, time_left(pm, apr_time_now()),
                              &count, &events);
        if (rv != APR_SUCCESS)
            count = 0;
        for (i = 0; i < count; i++) {
            watch = events[i].client_data;
            if (watch->active)
                watch->on_event(pm, watch);
        }
        bury_watches(pm);
        run_timers(pm, apr_time_now());
    }
}

/* Behind one that was killed with all its processes. */
static void
sweep(const struct fcgid_pm *pm)
{
    int count = fcgid_sweep_sockets(pm->conf.ipc_dir);

    if (count > 0)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, pm->server,
                     "mod_fcgid: removed %d sockets that a server had left in "
                     "%s",
                     count, pm->conf.ipc_dir);
}

void
fcgid_pm_run(struct fcgid_table *table, const struct fcgid_pm_links *links,
             const struct fcgid_pm_conf *conf, server_rec *main_server)
{
    struct fcgid_pm *pm;
    int i, rc;

    ap_close_listeners();
    fcgid_raise_descriptor_limit();
    rc = fcgid_enter_identity();
    pm = rc == 0 ? new_pm(table, links, conf, main_server) : NULL;
    if (pm == NULL) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, rc != 0 ? rc : errno, main_server,
                     "mod_fcgid: process manager can't start" FCGID_ID(501));
        _exit(1);
    }
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, main_server,
                 "mod_fcgid: Process manager %" APR_PID_T_FMT " started",
                 getpid());
    watch_parent(pm);
    sweep(pm);
    fcgid_pm_adopt(pm);
    loop(pm);
    deny_all(pm);
    for (i = 0; i < FCGID_SLOT_COUNT; i++)
        if (table->slots[i].class_index >= 0)
            fcgid_pm_remove_slot(pm, i);
    while (relay_output(pm))
        ;
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, main_server,
                 "mod_fcgid: Process manager %" APR_PID_T_FMT " stopped",
                 getpid());
    _exit(0);
}
