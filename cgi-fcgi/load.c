/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "say.h"
#include "verdict.h"

enum {
    PROGRESS_MS = 200,
    FULL_QUEUE_MS = 1,      /* until a connect to a full queue is tried again */
    FAILED_CONNECT_MS = 10, /* until a connect that failed is followed by one */
    SPARE_DESCRIPTORS = 16
};

enum slot_state {
    SLOT_PAUSE, /* starts a request when wake has come */
    SLOT_QUEUE, /* tries again to connect when wake has come */
    SLOT_CONNECTING,
    SLOT_RUNNING,
    SLOT_DONE /* no request is left for it */
};

/* One request at a time. */
struct slot {
    enum slot_state state;
    bool reused;      /* the connection has carried a request before */
    int fd;           /* or -1 */
    int64_t started;  /* clock_us */
    int64_t deadline; /* of the request; clock.h */
    int64_t connect_deadline;
    int64_t wake; /* clock.h */
    struct bridge bridge;
};

struct load {
    const struct load_setup *setup;
    struct load_result *result;
    struct slot *slots;
    struct pollfd *polls; /* one for each slot, one for the signal */
    struct sockaddr_storage peer;
    socklen_t peer_size;
    uint64_t started; /* requests */
    unsigned done;    /* slots */
    int64_t begin;    /* clock_us */
    int64_t end;      /* clock.h */
    int64_t next_progress;
};

static int signal_pipe[2] = {-1, -1};

static void
on_signal(int number)
{
    int error = errno;
    ssize_t written = write(signal_pipe[1], "", 1);

    (void)number;
    (void)written; /* full: it is known already */
    errno = error;
}

static void
catch_signals(void)
{
    struct sigaction action;

    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        die("pipe: %s", strerror(errno));
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_signal;
    /* The second one ends the program. */
    action.sa_flags = (int)SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void
provide_descriptors(unsigned count)
{
    rlim_t wanted = (rlim_t)count + SPARE_DESCRIPTORS;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (limit.rlim_cur < wanted || setrlimit(RLIMIT_NOFILE, &limit) != 0)
        die("--concurrency %u: the limit of open files is %llu", count,
            (unsigned long long)limit.rlim_max);
}

/* --- one request --- */

static void start_request(struct load *load, struct slot *slot);

static void
disconnect(struct slot *slot)
{
    if (slot->fd >= 0)
        close(slot->fd);
    slot->fd = -1;
}

static void
count_failure(struct load *load, const char *what, int code)
{
    load->result->failed++;
    if (load->result->code == 0)
        load->result->code = code;
    tally_add(&load->result->errors, what);
}

static void
start_exchange(struct load *load, struct slot *slot)
{
    static const struct pollfd nothing[BRIDGE_POLLS] = {
        {.fd = -1}, {.fd = -1}, {.fd = -1}};
    struct bridge_setup setup = load->setup->request;

    setup.peer = slot->fd;
    setup.output = setup.errors = -1;
    setup.deadline = slot->deadline;
    bridge_init(&slot->bridge, &setup);
    bridge_step(&slot->bridge, nothing); /* there is room in a new socket */
    slot->state = SLOT_RUNNING;
}

static void
fail_connect(struct load *load, struct slot *slot, int error)
{
    char text[TALLY_TEXT];

    disconnect(slot);
    load->result->requests++;
    snprintf(text, sizeof(text), "connect: %s",
             error == ETIMEDOUT ? "no answer in time" : strerror(error));
    count_failure(load, text, error & 255);
    slot->state = SLOT_PAUSE;
    slot->wake = clock_ms() + FAILED_CONNECT_MS;
}

static void
connected(struct load *load, struct slot *slot)
{
    load->result->connections++;
    start_exchange(load, slot);
}

static void
try_connect(struct load *load, struct slot *slot)
{
    const struct sockaddr *peer = (const struct sockaddr *)&load->peer;

    if (slot->fd < 0)
        slot->fd = socket(peer->sa_family,
                          SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (slot->fd < 0) {
        fail_connect(load, slot, errno);
    } else if (connect(slot->fd, peer, load->peer_size) == 0) {
        connected(load, slot);
    } else if (errno == EINPROGRESS || errno == EINTR) {
        slot->state = SLOT_CONNECTING;
    } else if (errno == EAGAIN) {
        /* The queue of a Unix socket is full; there is nothing to poll. */
        slot->state = SLOT_QUEUE;
        slot->wake = clock_ms() + FULL_QUEUE_MS;
    } else {
        fail_connect(load, slot, errno);
    }
}

static void
start_connect(struct load *load, struct slot *slot)
{
    slot->reused = false;
    slot->connect_deadline = clock_earlier(
        slot->deadline, clock_deadline(load->setup->connect_timeout));
    try_connect(load, slot);
}

static void
finish_connect(struct load *load, struct slot *slot)
{
    int error = 0;
    socklen_t size = sizeof(error);

    if (getsockopt(slot->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error == 0)
        connected(load, slot);
    else
        fail_connect(load, slot, error);
}

/* A failure that only the answer tells. */
static void
count_bad_answer(struct load *load, const struct bridge *bridge, int code)
{
    unsigned status = sink_status(&bridge->sink);
    char text[TALLY_TEXT];

    if ((bridge->result.app_status & 255) != 0)
        snprintf(text, sizeof(text), "exit status %d", code);
    else if (status != 0)
        snprintf(text, sizeof(text), "status %u", status);
    else
        snprintf(text, sizeof(text), "an answer without header");
    count_failure(load, text, code);
}

static void
count_answer(struct load *load, const struct slot *slot,
             const struct verdict *verdict)
{
    struct load_result *result = load->result;
    unsigned status = sink_status(&slot->bridge.sink);
    char text[16] = "none";

    result->requests++;
    result->bytes += slot->bridge.passed_on;
    if (verdict->what != NULL) {
        count_failure(load, verdict->what, verdict->code);
        return;
    }
    histogram_add(&result->latency, clock_us() - slot->started);
    if (status != 0)
        snprintf(text, sizeof(text), "%u", status);
    tally_add(&result->statuses, text);
    if (verdict->code != 0)
        count_bad_answer(load, &slot->bridge, verdict->code);
}

static void
end_request(struct load *load, struct slot *slot)
{
    const struct bridge *bridge = &slot->bridge;
    struct verdict verdict;

    if (bridge->end == BRIDGE_CLOSED && bridge->received == 0 && slot->reused) {
        /* It was closed when the request went out: that is no failure. */
        disconnect(slot);
        start_connect(load, slot);
        return;
    }
    verdict_init(&verdict, bridge, load->setup->by_status);
    count_answer(load, slot, &verdict);
    if (!load->setup->request.keep_conn || !bridge->clean)
        disconnect(slot);
    slot->reused = true;
    start_request(load, slot);
}

static void
start_request(struct load *load, struct slot *slot)
{
    if (load->setup->count > 0 && load->started >= load->setup->count) {
        disconnect(slot);
        slot->state = SLOT_DONE;
        load->done++;
        return;
    }
    load->started++;
    slot->started = clock_us();
    slot->deadline = clock_deadline(load->setup->timeout);
    if (slot->fd >= 0)
        start_exchange(load, slot);
    else
        start_connect(load, slot);
}

/* --- the loop --- */

static void
run_bridge(struct load *load, struct slot *slot, const struct pollfd *poll)
{
    struct pollfd polls[BRIDGE_POLLS] = {*poll, {.fd = -1}, {.fd = -1}};

    bridge_step(&slot->bridge, polls);
    if (slot->bridge.end != BRIDGE_RUNNING)
        end_request(load, slot);
}

static void
step(struct load *load, struct slot *slot, const struct pollfd *poll)
{
    int64_t now = clock_ms();

    switch (slot->state) {
    case SLOT_PAUSE:
        if (now >= slot->wake)
            start_request(load, slot);
        break;
    case SLOT_QUEUE:
        if (now >= slot->connect_deadline)
            fail_connect(load, slot, ETIMEDOUT);
        else if (now >= slot->wake)
            try_connect(load, slot);
        break;
    case SLOT_CONNECTING:
        if (poll->revents != 0)
            finish_connect(load, slot);
        else if (now >= slot->connect_deadline)
            fail_connect(load, slot, ETIMEDOUT);
        break;
    case SLOT_RUNNING:
        if (poll->revents != 0 || now >= slot->deadline)
            run_bridge(load, slot, poll);
        break;
    case SLOT_DONE:
        break;
    }
}

/* Fills what the slot waits for; returns the moment when it must be stepped
 * even if nothing is ready. */
static int64_t
want(const struct slot *slot, struct pollfd *poll)
{
    struct pollfd polls[BRIDGE_POLLS];

    *poll = (struct pollfd){.fd = -1};
    switch (slot->state) {
    case SLOT_PAUSE:
        return slot->wake;
    case SLOT_QUEUE:
        return clock_earlier(slot->wake, slot->connect_deadline);
    case SLOT_CONNECTING:
        poll->fd = slot->fd;
        poll->events = POLLOUT;
        return slot->connect_deadline;
    case SLOT_RUNNING:
        bridge_want(&slot->bridge, polls);
        *poll = polls[0];
        return slot->deadline;
    case SLOT_DONE:
        break;
    }
    return NEVER;
}

static void
show_progress(struct load *load)
{
    load->result->seconds = (double)(clock_us() - load->begin) / 1e6;
    load->setup->progress(load->setup, load->result);
    load->next_progress = clock_ms() + PROGRESS_MS;
}

/* One round.  Returns false when the test is over. */
static bool
run_round(struct load *load)
{
    unsigned count = load->setup->concurrency;
    int64_t until = clock_earlier(load->end, load->next_progress);
    unsigned i;

    for (i = 0; i < count; i++)
        until = clock_earlier(until, want(&load->slots[i], &load->polls[i]));
    load->polls[count] =
        (struct pollfd){.fd = signal_pipe[0], .events = POLLIN};
    if (poll(load->polls, count + 1, clock_poll_ms(until)) < 0)
        for (i = 0; i <= count; i++)
            load->polls[i].revents = 0;
    if (load->polls[count].revents != 0) {
        load->result->interrupted = true;
        return false;
    }
    for (i = 0; i < count; i++)
        step(load, &load->slots[i], &load->polls[i]);
    if (clock_ms() >= load->next_progress)
        show_progress(load);
    return load->done < count && clock_ms() < load->end;
}

/* Where all connections go: where the first one went, since a name may have
 * many addresses. */
static void
find_peer(struct load *load, int first)
{
    const struct address *address = load->setup->address;

    load->peer_size = sizeof(load->peer);
    if (!address->is_tcp) {
        memcpy(&load->peer, &address->path, sizeof(address->path));
        load->peer_size = address->path_size;
    } else if (getpeername(first, (struct sockaddr *)&load->peer,
                           &load->peer_size) != 0) {
        die("%s: %s", address->name, strerror(errno));
    }
}

static void
start_slots(struct load *load, int first)
{
    unsigned i;

    for (i = 0; i < load->setup->concurrency; i++) {
        load->slots[i].fd = i == 0 ? first : -1;
        start_request(load, &load->slots[i]);
    }
}

void
load_run(const struct load_setup *setup, int first, struct load_result *result)
{
    struct load load = {.setup = setup, .result = result};
    unsigned i;

    memset(result, 0, sizeof(*result));
    find_peer(&load, first);
    provide_descriptors(setup->concurrency);
    load.slots = calloc(setup->concurrency, sizeof(load.slots[0]));
    load.polls = calloc(setup->concurrency + 1, sizeof(load.polls[0]));
    if (load.slots == NULL || load.polls == NULL)
        die("out of memory");
    catch_signals();
    result->connections = 1;
    load.begin = clock_us();
    load.end = clock_deadline(setup->duration);
    load.next_progress =
        setup->progress != NULL ? clock_ms() + PROGRESS_MS : NEVER;
    start_slots(&load, first);
    while (run_round(&load))
        continue;
    result->seconds = (double)(clock_us() - load.begin) / 1e6;
    for (i = 0; i < setup->concurrency; i++) {
        enum slot_state state = load.slots[i].state;

        if (state != SLOT_DONE && state != SLOT_PAUSE)
            result->unfinished++;
        disconnect(&load.slots[i]);
    }
    free(load.slots);
    free(load.polls);
}
