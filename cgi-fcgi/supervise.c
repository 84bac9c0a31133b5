/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "supervise.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "clock.h"
#include "notify.h"
#include "policy.h"
#include "process.h"
#include "say.h"
#include "signals.h"

enum { LOOK_AGAIN = 20 }; /* ms between looks at what tells nothing itself */

enum phase {
    PHASE_STARTING, /* not all seats have been ready yet */
    PHASE_RUNNING,
    PHASE_DRAINING, /* SIGTERM came; connections wait that shall be served */
    PHASE_LEAVING   /* the processes have been asked to leave */
};

/* One of the processes that are kept, and the one it has replaced. */
struct seat {
    int listener;
    enum {
        SEAT_EMPTY,    /* to be started when retry has come */
        SEAT_STARTING, /* not ready */
        SEAT_READY
    } state;
    int64_t retry;
    struct process now;
    struct process old;
};

struct supervisor {
    const struct supervise_setup *setup;
    struct spawn spawn;
    enum phase phase;
    int64_t now;      /* of this round */
    int64_t deadline; /* DRAINING: when SIGTERM goes out; else unused */
    int64_t killing;  /* DRAINING and LEAVING: when SIGKILL goes out */
    int code;         /* to leave with */

    unsigned count;
    struct seat *seats;
    struct policy_seat *views; /* the same, for the policy */

    /* A rolling restart: the seat whose process is being replaced, or -1, and
     * its new one. */
    bool is_rolling;
    unsigned generation;
    int seat;
    struct process next;
    struct policy_seat next_view;
};

static const int caught[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD};

static bool
is_ending(const struct supervisor *s)
{
    return s->phase == PHASE_DRAINING || s->phase == PHASE_LEAVING;
}

static unsigned
count_ready(const struct supervisor *s)
{
    unsigned ready = 0;
    unsigned i;

    for (i = 0; i < s->count; i++)
        ready += s->seats[i].state == SEAT_READY;
    return ready;
}

/* Tells the service manager; lines begin the message. */
static void
tell(const struct supervisor *s, const char *lines)
{
    notify_send(s->setup->notify,
                "%sMAINPID=%ld\nSTATUS=%u of %u processes run", lines,
                (long)getpid(), count_ready(s), s->count);
}

static void
open_log(struct supervisor *s)
{
    int fd;

    if (s->setup->log == NULL) {
        s->spawn.output = STDERR_FILENO;
        return;
    }
    fd = spawn_open_log(s->setup->log);
    if (fd < 0)
        return; /* The old one is better than none. */
    if (s->spawn.output >= 0)
        close(s->spawn.output);
    s->spawn.output = fd;
}

/* Starts a process.  Returns false after the message. */
static bool
start(struct supervisor *s, const struct seat *seat, struct process *process,
      struct policy_seat *view)
{
    s->spawn.listener = seat->listener;
    memset(process, 0, sizeof(*process));
    process->pid = spawn_one(&s->spawn);
    if (process->pid < 0)
        process->pid = 0;
    view->lives = process->pid > 0;
    view->since = clock_ms();
    view->generation = s->generation;
    return view->lives;
}

/* All processes shall leave.  is_hasty: connections that wait are not waited
 * for. */
static void
leave(struct supervisor *s, bool is_hasty)
{
    s->phase = is_hasty ? PHASE_LEAVING : PHASE_DRAINING;
    s->is_rolling = false;
    s->deadline = s->now + s->setup->grace / 2;
    s->killing = s->now + s->setup->grace;
    listeners_unlink(s->setup->listeners);
    notify_send(s->setup->notify, "STOPPING=1\nSTATUS=Leaving");
}

static void
give_up(struct supervisor *s, int code)
{
    s->code = code;
    leave(s, true);
}

/* A process of a seat has died, or could not be started. */
static void
empty_seat(struct supervisor *s, unsigned i, bool with_status_0)
{
    struct policy_seat *view = &s->views[i];
    int64_t delay;

    view->failures = policy_failures(view->failures, s->now - view->since,
                                     with_status_0, s->setup->ready_time);
    view->lives = false;
    delay = policy_delay(view->failures);
    s->seats[i].state = SEAT_EMPTY;
    s->seats[i].retry = s->now + delay;
    if (policy_is_crash_loop(s->views, s->count, s->setup->crash_limit,
                             s->now)) {
        say("%s does not stay alive: giving up", s->spawn.app);
        give_up(s, EXIT_CRASH_LOOP);
    } else if (delay > 0) {
        say("starting it again in %.1f s", (double)delay / 1000);
    }
}

static void
fill_seat(struct supervisor *s, unsigned i)
{
    struct seat *seat = &s->seats[i];

    if (start(s, seat, &seat->now, &s->views[i]))
        seat->state = SEAT_STARTING;
    else
        empty_seat(s, i, false);
}

static void
say_death(pid_t pid, const siginfo_t *info)
{
    if (info->si_code == CLD_EXITED)
        say("process %ld ended with status %d", (long)pid, info->si_status);
    else
        say("process %ld died of signal %d (%s)", (long)pid, info->si_status,
            strsignal(info->si_status));
}

/* ---- Rolling restart */

static void
end_rolling(struct supervisor *s)
{
    s->is_rolling = false;
    tell(s, "READY=1\n");
}

/* The new process takes the seat; the old one stays beside it for a while. */
static void
take_seat(struct supervisor *s)
{
    struct seat *seat = &s->seats[s->seat];

    if (seat->now.pid != 0)
        seat->old = seat->now;
    seat->now = s->next;
    seat->state = SEAT_STARTING;
    s->views[s->seat] = s->next_view;
    memset(&s->next, 0, sizeof(s->next));
}

static bool
is_ready(const struct supervisor *s, const struct process *process,
         const struct policy_seat *view)
{
    char state;

    if (!policy_is_ready(view, true, s->setup->ready_time, s->now))
        return false;
    state = process_state(process->pid);
    return policy_is_ready(view, state == 0 || state == 'S',
                           s->setup->ready_time, s->now);
}

/* Goes on with the rolling restart as far as it gets. */
static void
roll(struct supervisor *s)
{
    struct seat *seat;

    if (!s->is_rolling)
        return;
    if (s->seat >= 0) {
        seat = &s->seats[s->seat];
        if (s->next.pid != 0 && is_ready(s, &s->next, &s->next_view)) {
            take_seat(s);
            seat->state = SEAT_READY;
            process_leave(&seat->old, s->now + s->setup->grace);
        }
        if (s->next.pid != 0 || !process_is_gone(&seat->old) ||
            seat->state == SEAT_STARTING)
            return;
    }
    s->seat = policy_next(s->views, s->count, s->generation);
    if (s->seat < 0) {
        say("all processes have been replaced");
        end_rolling(s);
    } else if (!start(s, &s->seats[s->seat], &s->next, &s->next_view)) {
        say("the old processes stay");
        end_rolling(s);
    }
}

static void
begin_rolling(struct supervisor *s)
{
    struct timespec time;
    unsigned i;

    clock_gettime(CLOCK_MONOTONIC, &time);
    notify_send(s->setup->notify,
                "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=Replacing processes",
                (long long)time.tv_sec * 1000000 + time.tv_nsec / 1000);
    open_log(s);
    s->generation++;
    if (!s->is_rolling)
        s->seat = -1;
    s->is_rolling = true;
    /* What failed may be mended now. */
    for (i = 0; i < s->count; i++) {
        s->views[i].failures = 0;
        if (s->seats[i].state == SEAT_EMPTY)
            s->seats[i].retry = s->now;
    }
}

/* ---- Deaths */

/* A process of the seat has ended, and nobody wanted that. */
static void
lose(struct supervisor *s, unsigned i, const siginfo_t *info)
{
    struct seat *seat = &s->seats[i];

    say_death(seat->now.pid, info);
    process_kill(&seat->now);
    process_is_gone(&seat->now);
    if (s->is_rolling && s->seat == (int)i && s->next.pid != 0)
        take_seat(s);
    else
        empty_seat(s, i, info->si_code == CLD_EXITED && info->si_status == 0);
    if (s->phase == PHASE_RUNNING)
        tell(s, "");
}

/* The new process of a rolling restart has ended: better the old ones. */
static void
lose_next(struct supervisor *s, const siginfo_t *info)
{
    say_death(s->next.pid, info);
    say("%s does not stay alive: the old processes stay", s->spawn.app);
    process_kill(&s->next);
    process_is_gone(&s->next);
    end_rolling(s);
}

/* A process has ended, but was not waited for yet. */
static void
take_death(struct supervisor *s, const siginfo_t *info)
{
    pid_t pid = info->si_pid;
    bool is_end = is_ending(s);
    unsigned i;

    if (s->next.pid == pid) {
        process_ended(&s->next);
        if (!is_end)
            lose_next(s, info);
        return;
    }
    for (i = 0; i < s->count; i++) {
        if (s->seats[i].old.pid == pid) {
            process_ended(&s->seats[i].old);
        } else if (s->seats[i].now.pid == pid) {
            process_ended(&s->seats[i].now);
            s->views[i].lives = false;
            if (!is_end)
                lose(s, i, info);
        }
    }
}

/* Processes of no seat are what an application has left to us. */
static void
reap(struct supervisor *s)
{
    siginfo_t info;

    for (;;) {
        memset(&info, 0, sizeof(info));
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
            info.si_pid == 0)
            return;
        take_death(s, &info);
        waitpid(info.si_pid, NULL, 0);
    }
}

/* ---- The loop */

/* Calls the function for every process there is. */
static void
for_each(struct supervisor *s,
         void (*call)(struct supervisor *s, struct process *process))
{
    unsigned i;

    call(s, &s->next);
    for (i = 0; i < s->count; i++) {
        call(s, &s->seats[i].now);
        call(s, &s->seats[i].old);
    }
}

static void
ask_to_leave(struct supervisor *s, struct process *process)
{
    process_leave(process, s->killing);
}

static void
kill_if_late(struct supervisor *s, struct process *process)
{
    if (process->pid == 0 || !process->is_leaving || process->was_killed ||
        process->deadline > s->now)
        return;
    say("process %ld does not leave: killed", (long)process->pid);
    process_kill(process);
}

static void
kill_now(struct supervisor *s, struct process *process)
{
    (void)s;
    process_kill(process);
}

static void
take_signals(struct supervisor *s)
{
    unsigned ends = signals_take(SIGTERM) + signals_take(SIGINT);
    unsigned reloads = signals_take(SIGHUP) + signals_take(SIGUSR1);
    bool is_end = is_ending(s);

    if (signals_take(SIGCHLD) > 0)
        reap(s);
    if (ends > 0 && !is_end)
        leave(s, false);
    if (ends > (is_end ? 0 : 1)) {
        s->phase = PHASE_LEAVING;
        for_each(s, kill_now);
    }
    if (reloads > 0 && !is_end && ends == 0)
        begin_rolling(s);
}

static void
serve_seats(struct supervisor *s)
{
    unsigned i;

    for (i = 0; i < s->count; i++) {
        struct seat *seat = &s->seats[i];

        if (seat->state == SEAT_EMPTY && seat->retry <= s->now)
            fill_seat(s, i);
        else if (seat->state == SEAT_STARTING &&
                 is_ready(s, &seat->now, &s->views[i])) {
            seat->state = SEAT_READY;
            if (s->phase == PHASE_RUNNING && !s->is_rolling)
                tell(s, "");
        }
        if (s->phase == PHASE_LEAVING)
            return;
        process_is_gone(&seat->old);
    }
    if (s->phase == PHASE_STARTING && count_ready(s) == s->count) {
        s->phase = PHASE_RUNNING;
        tell(s, "READY=1\n");
    }
    roll(s);
}

/* Returns true when nothing is left. */
static bool
finish(struct supervisor *s)
{
    bool are_gone = true;
    unsigned i;

    if (s->phase == PHASE_DRAINING &&
        (s->deadline <= s->now || !listeners_have_queue(s->setup->listeners)))
        s->phase = PHASE_LEAVING;
    if (s->phase == PHASE_LEAVING)
        for_each(s, ask_to_leave);
    are_gone = process_is_gone(&s->next);
    for (i = 0; i < s->count; i++) {
        are_gone = process_is_gone(&s->seats[i].now) && are_gone;
        are_gone = process_is_gone(&s->seats[i].old) && are_gone;
    }
    return are_gone;
}

/* When a new process may be ready, or is worth another look. */
static int64_t
ready_at(const struct supervisor *s, const struct policy_seat *view)
{
    int64_t first = view->since + s->setup->ready_time;

    return first > s->now ? first : s->now + LOOK_AGAIN;
}

static int64_t
wake_for(const struct supervisor *s, const struct process *process)
{
    if (process->pid == 0)
        return NEVER;
    /* Nothing tells of the end of a group. */
    if (process->has_ended)
        return s->now + LOOK_AGAIN;
    return process->is_leaving && !process->was_killed ? process->deadline
                                                       : NEVER;
}

/* When the next thing is to be done that no signal tells of. */
static int64_t
wake_at(const struct supervisor *s)
{
    bool serves = !is_ending(s);
    int64_t wake = wake_for(s, &s->next);
    unsigned i;

    if (s->phase == PHASE_DRAINING)
        wake = clock_earlier(wake, s->now + LOOK_AGAIN);
    if (s->is_rolling && s->next.pid != 0)
        wake = clock_earlier(wake, ready_at(s, &s->next_view));
    for (i = 0; i < s->count; i++) {
        const struct seat *seat = &s->seats[i];

        wake = clock_earlier(wake, wake_for(s, &seat->now));
        wake = clock_earlier(wake, wake_for(s, &seat->old));
        if (serves && seat->state == SEAT_EMPTY)
            wake = clock_earlier(wake, seat->retry);
        if (serves && seat->state == SEAT_STARTING)
            wake = clock_earlier(wake, ready_at(s, &s->views[i]));
    }
    return wake;
}

/* One round.  Returns true when all is over. */
static bool
step(struct supervisor *s)
{
    s->now = clock_ms();
    take_signals(s);
    if (!is_ending(s))
        serve_seats(s);
    for_each(s, kill_if_late);
    return is_ending(s) && finish(s);
}

static void
init(struct supervisor *s, const struct supervise_setup *setup)
{
    unsigned i;

    memset(s, 0, sizeof(*s));
    s->setup = setup;
    s->spawn = setup->spawn;
    s->spawn.tied = true;
    s->spawn.output = -1;
    s->seat = -1;
    s->count = setup->listeners->count * setup->processes;
    s->seats = must_alloc(s->count * sizeof(s->seats[0]));
    s->views = must_alloc(s->count * sizeof(s->views[0]));
    memset(s->seats, 0, s->count * sizeof(s->seats[0]));
    memset(s->views, 0, s->count * sizeof(s->views[0]));
    for (i = 0; i < s->count; i++)
        s->seats[i].listener = setup->listeners->list[i / setup->processes].fd;
}

/* The first start: one that fails is the end. */
static void
start_all(struct supervisor *s)
{
    unsigned i;

    s->now = clock_ms();
    open_log(s);
    for (i = 0; i < s->count; i++) {
        if (!start(s, &s->seats[i], &s->seats[i].now, &s->views[i])) {
            give_up(s, EXIT_USAGE);
            return;
        }
        s->seats[i].state = SEAT_STARTING;
    }
}

int
supervise(const struct supervise_setup *setup)
{
    struct supervisor s;

    if (!signals_catch(caught, sizeof(caught) / sizeof(caught[0]))) {
        say("cannot supervise: %s", strerror(errno));
        return EXIT_USAGE;
    }
#ifdef __linux__
    /* What an application leaves behind comes to us. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
    init(&s, setup);
    start_all(&s);
    while (!step(&s))
        signals_wait(clock_poll_ms(wake_at(&s)));
    if (setup->log != NULL && s.spawn.output >= 0)
        close(s.spawn.output);
    free(s.seats);
    free(s.views);
    return s.code;
}
