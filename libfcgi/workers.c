/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The supervisor waits for signals that are blocked, by sigtimedwait(2): no
 * handler of the application is replaced, and none runs while it waits.
 */
#include "config.h"

#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#include "capacity.h"
#include "fastcgi.h"
#include "fcgiext.h"
#include "io.h"
#include "listen.h"
#include "sig.h"
#include "sock.h"
#include "zygote.h"

enum {
    ON_DEMAND = -1, /* as a number of workers: see zygote.h */
    MAX_WORKERS = 1024,
    SHORT_LIFE = 1000, /* milliseconds; one that ends sooner is a failure */
    FIRST_PAUSE = 100, /* milliseconds before it is started again: doubled... */
    LONGEST_PAUSE = 30000 /* ...up to here */
};

/* The number that FCGI_WORKERS wants, or ON_DEMAND, until it is acted on. */
static int wanted;
/* This process is a worker, or was a supervisor. */
static bool is_done;

struct worker {
    pid_t pid;     /* 0: none */
    bool is_told;  /* was sent a signal: its end is no failure */
    long long due; /* when it was started, or is to be (fcgi_io_now) */
    int pause;     /* milliseconds; 0: it did not fail */
};

/* What becomes of a signal. */
enum action { LEAVE_ALONE, STOP, PASS_ON, REPLACE };

struct rule {
    int signal_number;
    enum action handled; /* if the application has a handler */
    enum action otherwise;
    int instead; /* what is sent if it has none */
};

static const struct rule rules[] = {
    {SIGTERM, STOP, STOP, SIGTERM},      {SIGUSR1, STOP, STOP, SIGUSR1},
    {SIGINT, STOP, STOP, SIGTERM},       {SIGQUIT, STOP, STOP, SIGTERM},
    {SIGHUP, PASS_ON, REPLACE, SIGTERM}, {SIGUSR2, PASS_ON, LEAVE_ALONE, 0},
};

enum { RULES = sizeof(rules) / sizeof(rules[0]) };

struct supervisor {
    struct worker *workers;
    int count;
    pid_t pid;
    sigset_t signals;          /* that it waits for */
    sigset_t mask;             /* of the application */
    struct sigaction on_child; /* of the application */
    enum action actions[RULES];
    int sends[RULES];
    int stopped_by; /* signal number, or 0 */
};

#ifdef HAVE_SIGTIMEDWAIT

static void
choose_actions(struct supervisor *supervisor)
{
    int i;

    sigemptyset(&supervisor->signals);
    sigaddset(&supervisor->signals, SIGCHLD);
    for (i = 0; i < RULES; i++) {
        struct sigaction action;
        bool is_handled;

        supervisor->actions[i] = LEAVE_ALONE;
        if (sigaction(rules[i].signal_number, NULL, &action) != 0)
            continue;
        is_handled =
            (action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler != SIG_DFL;
        if (is_handled && action.sa_handler == SIG_IGN)
            continue;
        supervisor->actions[i] =
            is_handled ? rules[i].handled : rules[i].otherwise;
        supervisor->sends[i] =
            is_handled ? rules[i].signal_number : rules[i].instead;
        if (supervisor->actions[i] != LEAVE_ALONE)
            sigaddset(&supervisor->signals, rules[i].signal_number);
    }
}

/* An application may ignore SIGCHLD: then no child could be waited for. */
static int
take_signals(struct supervisor *supervisor)
{
    struct sigaction action;

    choose_actions(supervisor);
    memset(&action, 0, sizeof(action));
    sigemptyset(&action.sa_mask);
    action.sa_handler = SIG_DFL;
    if (sigaction(SIGCHLD, &action, &supervisor->on_child) != 0)
        return -errno;
    return -pthread_sigmask(SIG_BLOCK, &supervisor->signals, &supervisor->mask);
}

static void
give_signals_back(const struct supervisor *supervisor)
{
    sigaction(SIGCHLD, &supervisor->on_child, NULL);
    pthread_sigmask(SIG_SETMASK, &supervisor->mask, NULL);
}

/* A worker does not outlive its supervisor. */
static void
tie_to(pid_t supervisor)
{
#ifdef PR_SET_PDEATHSIG
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != supervisor)
        raise(SIGTERM);
#else
    (void)supervisor;
#endif
}

static void
put_off(struct worker *worker)
{
    if (worker->pause == 0)
        worker->pause = FIRST_PAUSE;
    else if (worker->pause <= LONGEST_PAUSE / 2)
        worker->pause *= 2;
    else
        worker->pause = LONGEST_PAUSE;
    worker->due = fcgi_io_now() + worker->pause;
}

/* Returns true in the worker. */
static bool
start(struct worker *worker)
{
    pid_t pid = fork();

    if (pid == 0)
        return true;
    if (pid < 0) {
        put_off(worker);
        return false;
    }
    worker->pid = pid;
    worker->is_told = false;
    worker->due = fcgi_io_now();
    return false;
}

/*
 * Starts those that are due.  Returns true in a worker; else *timeout is how
 * long to wait for the next one: milliseconds, -1 for ever.
 */
static bool
start_due(struct supervisor *supervisor, long long *timeout)
{
    long long now = fcgi_io_now();
    int i;

    *timeout = -1;
    for (i = 0; i < supervisor->count; i++) {
        struct worker *worker = &supervisor->workers[i];

        if (worker->pid == 0 && worker->due <= now && start(worker))
            return true;
        if (worker->pid == 0 && (*timeout < 0 || worker->due - now < *timeout))
            *timeout = worker->due > now ? worker->due - now : 0;
    }
    return false;
}

static void
note_end(struct worker *worker)
{
    long long life = fcgi_io_now() - worker->due;

    worker->pid = 0;
    if (worker->is_told || life >= SHORT_LIFE) {
        worker->pause = 0;
        worker->due = 0;
    } else {
        put_off(worker);
    }
}

/* Other children are the application's. */
static int
reap(struct supervisor *supervisor)
{
    int living = 0;
    int i;

    for (i = 0; i < supervisor->count; i++) {
        struct worker *worker = &supervisor->workers[i];
        pid_t pid = 0;

        if (worker->pid != 0)
            pid = waitpid(worker->pid, NULL, WNOHANG);
        if (pid > 0 || (pid < 0 && errno != EINTR))
            note_end(worker);
        living += worker->pid != 0;
    }
    return living;
}

static void
tell_workers(struct supervisor *supervisor, int signal_number)
{
    int i;

    for (i = 0; i < supervisor->count; i++) {
        struct worker *worker = &supervisor->workers[i];

        worker->is_told = true;
        if (worker->pid != 0)
            kill(worker->pid, signal_number);
    }
}

static void
act_on(struct supervisor *supervisor, int signal_number)
{
    int i;

    for (i = 0; i < RULES; i++) {
        if (rules[i].signal_number != signal_number)
            continue;
        if (supervisor->actions[i] == STOP && supervisor->stopped_by == 0) {
            supervisor->stopped_by = signal_number;
            fcgi_listen_end_all();
        }
        tell_workers(supervisor, supervisor->sends[i]);
    }
}

static void
await_signal(struct supervisor *supervisor, long long timeout)
{
    struct timespec t = {.tv_sec = (time_t)(timeout / 1000),
                         .tv_nsec = (long)(timeout % 1000) * 1000000};
    int number = timeout < 0 ? sigwaitinfo(&supervisor->signals, NULL)
                             : sigtimedwait(&supervisor->signals, NULL, &t);

    if (number > 0 && number != SIGCHLD)
        act_on(supervisor, number);
}

/* Returns true in a worker, false in the supervisor when all is over. */
static bool
supervise(struct supervisor *supervisor)
{
    long long timeout = -1;

    for (;;) {
        int living = reap(supervisor);

        if (supervisor->stopped_by != 0 && living == 0)
            return false;
        if (supervisor->stopped_by != 0)
            timeout = -1;
        else if (start_due(supervisor, &timeout))
            return true;
        await_signal(supervisor, timeout);
    }
}

static int
run(int count)
{
    struct supervisor supervisor = {.count = count, .pid = getpid()};
    bool is_worker;
    int error;

    supervisor.workers = calloc((size_t)count, sizeof(struct worker));
    if (supervisor.workers == NULL)
        return -ENOMEM;
    error = take_signals(&supervisor);
    if (error != 0) {
        free(supervisor.workers);
        return error;
    }
    fflush(NULL); /* else each worker would write it once more */
    is_worker = supervise(&supervisor);
    free(supervisor.workers);
    if (is_worker) {
        give_signals_back(&supervisor);
        tie_to(supervisor.pid);
        fcgi_capacity_set_workers((unsigned)count);
        return 0;
    }
    fcgi_sig_shutdown();
    raise(supervisor.stopped_by);
    give_signals_back(&supervisor);
    return -EINTR;
}

#else

static int
run(int count)
{
    (void)count;
    return -ENOSYS;
}

#endif

/* fork(2) takes the calling thread only. */
static bool
has_threads(void)
{
    struct stat s;

    /* Linux: a directory for each, besides "." and "..". */
    return stat("/proc/self/task", &s) == 0 && s.st_nlink > 3;
}

int
fcgi_workers_init(void)
{
    const char *text = getenv("FCGI_WORKERS");
    char *end;
    long count;

    if (text == NULL || *text == '\0') {
        wanted = fcgi_zygote_find() ? ON_DEMAND : 0;
        return 0;
    }
    if (strncmp(text, "fd:", 3) == 0) {
        int found = fcgi_zygote_init(text + 3);

        if (found < 0)
            return found;
        wanted = found > 0 ? ON_DEMAND : 0;
        unsetenv("FCGI_WORKERS");
        return 0;
    }
    count = strtol(text, &end, 10);
    if (*end != '\0' || count < 1 || count > MAX_WORKERS)
        return -EINVAL;
    wanted = (int)count;
    return 0;
}

int
fcgi_workers_enter(const FCGX_Request *request)
{
    int count;

    if (__atomic_load_n(&wanted, __ATOMIC_RELAXED) == 0 ||
        request->ipcFd >= 0 || !fcgi_sock_is_listening(request->listen_sock))
        return 0;
    count = __atomic_exchange_n(&wanted, 0, __ATOMIC_ACQ_REL);
    if (count == 0)
        return 0;
    unsetenv("FCGI_WORKERS");
    if (has_threads() || is_done ||
        (count == ON_DEMAND &&
         request->listen_sock != FCGI_LISTENSOCK_FILENO)) {
        fcgi_zygote_decline();
        return 0;
    }
    is_done = true;
    return count == ON_DEMAND ? fcgi_zygote_run() : run(count);
}

int
FCGX_Prefork(int count, int flags)
{
    int error = -FCGX_Init();
    int from_environment;

    if (error != 0)
        return error;
    if (count < 1 || count > MAX_WORKERS || flags != 0)
        return -EINVAL;
    if (is_done)
        return -EALREADY;
    if (has_threads())
        return -EBUSY;
    from_environment = __atomic_exchange_n(&wanted, 0, __ATOMIC_ACQ_REL);
    unsetenv("FCGI_WORKERS");
    is_done = true;
    if (from_environment == ON_DEMAND)
        return fcgi_zygote_run();
    return run(from_environment > 0 ? from_environment : count);
}
