/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many requests a process can serve at once: it is asked with
 * FCGI_GET_VALUES (4.1).  That is done once for a class, over a lane that
 * nobody uses, when a process of it has served a request, so that it costs
 * nothing; and again if what it said is too little for those who wait: a
 * program may start threads as it goes.  Who does not answer is asked three
 * times at most, who leaves once, and nobody takes that amiss.  A program that
 * keeps no connection is asked only when requests wait: there are libraries of
 * that kind which the question ends (Ruby's fcgi.rb).
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "pm.h"
#include "spawn.h"
#include "wire/pairs.h"
#include "wire/parser.h"

/* A process has so long to answer, or if nobody waits meanwhile so long. */
#define ANSWER_PATIENCE apr_time_from_msec(50)
#define LAST_PATIENCE apr_time_from_sec(1)
/* From the first request to the question: the next one may come at once. */
#define QUIET apr_time_from_msec(20)
/* From one question to the next, doubled as long as the answer is the same. */
#define FIRST_WAIT apr_time_from_sec(1)
#define LAST_WAIT apr_time_from_sec(300)
/* The same when there was no answer: a busy machine may have delayed it. */
#define SILENCE_WAIT apr_time_from_sec(10)

enum { SILENCES = 3, NAME_SIZE = 16, VALUE_SIZE = 16, ANSWER_MAX = 1024 };

/* Of all that an application may tell. */
enum value { MAX_CONNS, MAX_REQS, MPXS_CONNS, VALUE_COUNT };

static const char *const names[VALUE_COUNT] = {
    "FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS"};

struct fcgid_asking {
    int slot;
    int apart; /* the connection is for the question alone */
    int kept;  /* it was seen to be kept after a request */
    apr_time_t since, until;
    struct fcgi_parser parser;
    struct fcgi_pairs pairs;
    size_t received;
    /* The pair at hand; a size above that of the array: too long. */
    size_t name_size, value_size;
    char name[NAME_SIZE], value[VALUE_SIZE + 1];
    long told[VALUE_COUNT]; /* -1: not told */
};

/* Bytes. */

static int
send_question(int fd)
{
    uint8_t record[FCGI_WIRE_HEADER_SIZE + 64];
    size_t pos = FCGI_WIRE_HEADER_SIZE, size;
    int i;

    for (i = 0; i < VALUE_COUNT; i++)
        (void)fcgi_pair_put(record, sizeof record, &pos, names[i],
                            strlen(names[i]), "", 0);
    /* 48 bytes: some libraries answer only if nothing is to follow. */
    size = pos - FCGI_WIRE_HEADER_SIZE;
    fcgi_header_put(record, FCGI_TYPE_GET_VALUES, 0, size, 0);
    return send(fd, record, pos, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)pos;
}

static void
append(char *to, size_t limit, size_t *have,
       const struct fcgi_pair_event *event)
{
    if (*have > limit || event->size > limit - *have) {
        *have = limit + 1;
        return;
    }
    memcpy(to + *have, event->data, event->size);
    *have += event->size;
}

static void
take_pair(struct fcgid_asking *asking)
{
    long number;
    char *end;
    int i;

    if (asking->value_size == 0 || asking->value_size > VALUE_SIZE)
        return;
    asking->value[asking->value_size] = '\0';
    number = strtol(asking->value, &end, 10);
    if (*end != '\0' || number < 0)
        return;
    for (i = 0; i < VALUE_COUNT; i++)
        if (asking->name_size == strlen(names[i]) &&
            memcmp(asking->name, names[i], asking->name_size) == 0)
            asking->told[i] = number;
}

/* 0: it is no list of pairs. */
static int
take_pairs(struct fcgid_asking *asking, const uint8_t *data, size_t size)
{
    struct fcgi_pair_event event;
    size_t pos = 0;

    do {
        if (fcgi_pairs_feed(&asking->pairs, data, size, &pos, &event) !=
            FCGI_WIRE_OK)
            return 0;
        if (event.kind == FCGI_PAIR_HEAD)
            asking->name_size = asking->value_size = 0;
        else if (event.kind == FCGI_PAIR_NAME)
            append(asking->name, NAME_SIZE, &asking->name_size, &event);
        else if (event.kind == FCGI_PAIR_VALUE)
            append(asking->value, VALUE_SIZE, &asking->value_size, &event);
        else if (event.kind == FCGI_PAIR_END)
            take_pair(asking);
    } while (event.kind != FCGI_PAIR_MORE);
    return 1;
}

enum progress { UNFINISHED, ANSWERED, FAULT, SILENCE };

/* An answer is one record; nothing else is due on an idle connection. */
static enum progress
take_bytes(struct fcgid_asking *asking, const uint8_t *data, size_t size)
{
    struct fcgi_event event;
    size_t pos = 0;

    for (;;) {
        if (fcgi_parser_feed(&asking->parser, data, size, &pos, &event) !=
            FCGI_WIRE_OK)
            return FAULT;
        if (event.kind == FCGI_EVENT_MORE)
            return UNFINISHED;
        if (event.header.type != FCGI_TYPE_GET_VALUES_RESULT)
            return FAULT;
        if (event.kind == FCGI_EVENT_DATA &&
            !take_pairs(asking, event.data, event.size))
            return FAULT;
        if (event.kind == FCGI_EVENT_END)
            return pos == size &&
                           fcgi_pairs_finish(&asking->pairs) == FCGI_WIRE_OK
                       ? ANSWERED
                       : FAULT;
    }
}

/* What it comes to.  Some tell only that they multiplex: these count on many
 * requests at once. */
static uint32_t
count_told(const struct fcgid_asking *asking)
{
    long conns = asking->told[MAX_CONNS], reqs = asking->told[MAX_REQS];
    long least = conns == -1 || (reqs != -1 && reqs < conns) ? reqs : conns;

    if (least == -1)
        return asking->told[MPXS_CONNS] == 1 ? FCGID_SLOT_COUNT : 1;
    if (least < 1)
        return 1;
    return least < FCGID_SLOT_COUNT ? (uint32_t)least : FCGID_SLOT_COUNT;
}

/* The end of a question. */

static void
forget(struct fcgid_pm_class *mine)
{
    free(mine->asking);
    mine->asking = NULL;
}

static void
note_answer(struct fcgid_pm *pm, int class_index, uint32_t lanes)
{
    struct fcgid_pm_class *mine = &pm->classes[class_index];
    struct fcgid_class *class = &pm->table->classes[class_index];

    if (lanes > class->lanes)
        mine->ask_wait = FIRST_WAIT;
    else if (mine->ask_wait < LAST_WAIT / 2)
        mine->ask_wait *= 2;
    else
        mine->ask_wait = LAST_WAIT;
    mine->ask_at = apr_time_now() + mine->ask_wait;
    if (class->lanes != lanes)
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, pm->server,
                     "mod_fcgid: a process of %s can serve %u requests at "
                     "once",
                     class->command, lanes);
    class->lanes = lanes;
}

/* It is asked again, after a while. */
static void
note_silence(struct fcgid_pm_class *mine, int times)
{
    mine->silent += times;
    mine->ask_wait = SILENCE_WAIT;
    mine->ask_at = apr_time_now() + mine->ask_wait;
}

/* The next one is asked, when it has served. */
static void
ask_the_next(struct fcgid_pm *pm, int class_index)
{
    pm->classes[class_index].ask_at = apr_time_now() + FIRST_WAIT;
    if (pm->table->classes[class_index].lanes == 0)
        __atomic_store_n(&pm->table->classes[class_index].ask, FCGID_ASK_SERVED,
                         __ATOMIC_SEQ_CST);
}

/* By others, as it was asked: the question has no part in it. */
static int
was_killed(int status)
{
    return status == SIGKILL || status == SIGTERM;
}

/* The lane serves again: as it is, or by a new connection. */
static void
give_back(struct fcgid_pm *pm, int slot, int whole)
{
    struct fcgid_slot *process = fcgid_process_of(pm->table, slot);

    if (process->state != FCGID_SLOT_READY)
        return; /* it stays with the manager */
    if (fcgid_is_retired(process)) {
        fcgid_pm_retire(pm, fcgid_pm_leader(pm, slot));
    } else if (whole) {
        fcgid_pm_watch_lane(pm, slot);
        fcgid_pm_free_lane(pm, slot);
    } else {
        (void)fcgid_pm_open_lane(pm, slot);
    }
}

static int
is_connected(const struct fcgid_pm *pm, int slot)
{
    return pm->slots[slot].lane != -1 &&
           __atomic_load_n(&pm->table->slots[slot].connected, __ATOMIC_SEQ_CST);
}

/* Some close when they have answered. */
static int
is_closed(int fd)
{
    char byte;

    return recv(fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void
end_question(struct fcgid_pm *pm, int class_index, enum progress how)
{
    struct fcgid_pm_class *mine = &pm->classes[class_index];
    int slot = mine->asking->slot;
    /* An answer that comes late does no harm. */
    int whole = !mine->asking->apart && how != FAULT &&
                !is_closed(pm->slots[slot].lane);

    if (how == ANSWERED)
        note_answer(pm, class_index, count_told(mine->asking));
    else
        note_silence(mine, how == SILENCE ? 1 : SILENCES);
    forget(mine);
    fcgid_pm_unwatch(pm, &pm->slots[slot].lane_watch);
    give_back(pm, slot, whole);
    fcgid_pm_has_room(pm, class_index);
    /* Another class may wait for this process to be idle. */
    if (!pm->stopping)
        fcgid_pm_consider_all(pm);
}

void
fcgid_pm_stop_asking(struct fcgid_pm *pm, int slot)
{
    int class_index = pm->table->slots[slot].class_index;
    const struct fcgid_slot *process;
    struct fcgid_pm_class *mine;

    if (class_index < 0)
        return;
    process = fcgid_process_of(pm->table, slot);
    mine = &pm->classes[class_index];
    if (mine->asking == NULL || mine->asking->slot != slot)
        return;
    forget(mine);
    /* It may have ended of the question. */
    if (process->state == FCGID_SLOT_UNUSED &&
        !was_killed(process->last_status))
        note_silence(mine, SILENCES);
    else
        ask_the_next(pm, class_index);
}

/* Whether the lane's connection was kept after a request, or else requests
 * wait. */
static int
is_to_be_asked(const struct fcgid_pm *pm, int slot)
{
    const struct fcgid_slot *entry = &pm->table->slots[slot];

    return fcgid_waiting(&pm->table->classes[entry->class_index]) != 0 ||
           (is_connected(pm, slot) && entry->carried > 0 &&
            !is_closed(pm->slots[slot].lane));
}

/* It is not asked.  Who waits next tells the manager, who then wants a lane
 * again. */
static void
decline(struct fcgid_pm *pm, int slot)
{
    int class_index = pm->table->slots[slot].class_index;

    give_back(pm, slot, 0);
    fcgid_pm_has_room(pm, class_index);
    if (fcgid_waiting(&pm->table->classes[class_index]) != 0)
        fcgid_pm_consider(pm, class_index);
}

/* The connection was closed, because of its last request or of the question:
 * the next one will tell, unless this is the process's end. */
static void
put_off(struct fcgid_pm *pm, int slot)
{
    pm->slots[fcgid_pm_leader(pm, slot)].closed = 1;
    fcgid_pm_unwatch(pm, &pm->slots[slot].lane_watch);
    forget(&pm->classes[pm->table->slots[slot].class_index]);
    decline(pm, slot);
}

void
fcgid_pm_ended_asked(struct fcgid_pm *pm, int slot, int status)
{
    int class_index = pm->table->slots[slot].class_index;

    if (!pm->slots[slot].closed)
        return;
    if (was_killed(status)) {
        pm->classes[class_index].silent = 0;
        ask_the_next(pm, class_index);
    } else {
        note_silence(&pm->classes[class_index], SILENCES);
    }
}

static void
on_answer(struct fcgid_pm *pm, struct fcgid_watch *watch)
{
    int class_index = pm->table->slots[watch->index].class_index;
    struct fcgid_asking *asking = pm->classes[class_index].asking;
    uint8_t bytes[ANSWER_MAX];
    ssize_t n = recv(watch->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    enum progress progress;

    if (n == -1 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 && asking->received == 0 && !asking->apart && !asking->kept) {
        put_off(pm, watch->index);
        return;
    }
    if (n <= 0) /* perhaps it ends */
        pm->slots[fcgid_pm_leader(pm, watch->index)].closed = 1;
    asking->received += n > 0 ? (size_t)n : 0;
    progress = n > 0 && asking->received <= ANSWER_MAX
                   ? take_bytes(asking, bytes, (size_t)n)
                   : FAULT;
    if (progress != UNFINISHED)
        end_question(pm, class_index, progress);
}

/* Its beginning. */

/* A connection for the question alone; 0: there is none. */
static int
open_apart(struct fcgid_pm *pm, int slot)
{
    struct fcgid_pm_slot *mine = &pm->slots[slot];

    fcgid_pm_close_lane(pm, slot);
    mine->lane = fcgid_connect(fcgid_process_of(pm->table, slot)->path);
    return mine->lane != -1;
}

static void
ask(struct fcgid_pm *pm, int slot)
{
    const struct fcgid_slot *entry = &pm->table->slots[slot];
    int class_index = entry->class_index;
    struct fcgid_pm_class *mine = &pm->classes[class_index];
    int apart = !is_connected(pm, slot) || !send_question(pm->slots[slot].lane);
    struct fcgid_asking *made;

    if (apart &&
        (!open_apart(pm, slot) || !send_question(pm->slots[slot].lane))) {
        decline(pm, slot);
        return;
    }
    forget(mine);
    made = mine->asking = calloc(1, sizeof *made);
    if (made == NULL) {
        decline(pm, slot);
        return;
    }
    pm->slots[slot].kept = 0;
    pm->slots[slot].excused = 1;
    made->slot = slot;
    made->apart = apart;
    made->kept = entry->carried > 1 ||
                 fcgid_waiting(&pm->table->classes[class_index]) == 0;
    made->since = apr_time_now();
    made->until = made->since + ANSWER_PATIENCE;
    made->told[MAX_CONNS] = made->told[MAX_REQS] = made->told[MPXS_CONNS] = -1;
    fcgi_parser_init(&made->parser, FCGI_SENDER_APPLICATION);
    fcgi_pairs_init(&made->pairs, ANSWER_MAX);
    fcgid_pm_unwatch(pm, &pm->slots[slot].lane_watch);
    pm->slots[slot].lane_watch =
        fcgid_pm_watch(pm, pm->slots[slot].lane, APR_POLLIN, slot, on_answer);
    fcgid_pm_wake_at(&pm->next_ask, made->until);
}

void
fcgid_pm_ask(struct fcgid_pm *pm, int slot)
{
    if (pm->classes[pm->table->slots[slot].class_index].asking != NULL ||
        !is_to_be_asked(pm, slot))
        decline(pm, slot);
    else
        ask(pm, slot);
}

static int
may_ask(const struct fcgid_pm *pm, int class_index)
{
    const struct fcgid_class *class = &pm->table->classes[class_index];
    const struct fcgid_pm_class *mine = &pm->classes[class_index];
    uint32_t most = (uint32_t)class->limits.max_lanes;

    return class->in_use && mine->def != NULL && mine->asking == NULL &&
           mine->silent < SILENCES && most > 1 && class->lanes < most;
}

void
fcgid_pm_served_one(struct fcgid_pm *pm, int class_index)
{
    if (!may_ask(pm, class_index))
        return;
    pm->classes[class_index].ask_at = apr_time_now() + QUIET;
    fcgid_pm_wake_at(&pm->next_ask, pm->classes[class_index].ask_at);
}

void
fcgid_pm_want_lanes(struct fcgid_pm *pm, int class_index)
{
    struct fcgid_pm_class *mine = &pm->classes[class_index];
    apr_time_t now = apr_time_now();

    /* ask_at 0: no process has served yet. */
    if (!may_ask(pm, class_index) || mine->ask_at == 0)
        return;
    if (now < mine->ask_at)
        fcgid_pm_wake_at(&pm->next_ask, mine->ask_at);
    else
        __atomic_store_n(&pm->table->classes[class_index].ask, FCGID_ASK_LANE,
                         __ATOMIC_SEQ_CST);
}

/* One of the class that nobody uses, and that has served; -1: none. */
static int
find_idle(const struct fcgid_pm *pm, int class_index)
{
    const struct fcgid_slot *entry;
    int i;

    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        entry = &pm->table->slots[i];
        if (entry->class_index == class_index &&
            entry->state == FCGID_SLOT_READY && entry->answered > 0 &&
            fcgid_pm_is_idle(pm, i))
            return i;
    }
    return -1;
}

/* It is time to ask: for the first time whoever waits, then only if somebody
 * does. */
static void
look_at_class(struct fcgid_pm *pm, int class_index)
{
    struct fcgid_class *class = &pm->table->classes[class_index];
    int slot;

    fcgid_pm_has_room(pm, class_index);
    if (fcgid_waiting(class) != 0) {
        fcgid_pm_consider(pm, class_index);
        return;
    }
    if (class->lanes != 0)
        return;
    slot = find_idle(pm, class_index);
    if (slot != -1 && !is_to_be_asked(pm, slot))
        return;
    if (slot != -1 && fcgid_pm_take_idle(pm, slot))
        fcgid_pm_ask(pm, slot);
    else
        __atomic_store_n(&class->ask, FCGID_ASK_LANE, __ATOMIC_SEQ_CST);
}

/* Time is over, unless nobody would have the lane anyway. */
static void
look_at_silent(struct fcgid_pm *pm, int class_index, apr_time_t now)
{
    struct fcgid_asking *asking = pm->classes[class_index].asking;
    const struct fcgid_class *class = &pm->table->classes[class_index];

    if (now - asking->since >= LAST_PATIENCE || fcgid_waiting(class) != 0 ||
        __atomic_load_n(&pm->table->room_wanted, __ATOMIC_SEQ_CST) != 0) {
        end_question(pm, class_index, SILENCE);
        return;
    }
    asking->until = now + ANSWER_PATIENCE;
    fcgid_pm_wake_at(&pm->next_ask, asking->until);
}

void
fcgid_pm_look_at_asked(struct fcgid_pm *pm, apr_time_t now)
{
    struct fcgid_pm_class *mine;
    int i;

    for (i = 0; i < FCGID_CLASS_COUNT; i++) {
        mine = &pm->classes[i];
        if (mine->asking != NULL && now >= mine->asking->until)
            look_at_silent(pm, i, now);
        else if (mine->asking != NULL)
            fcgid_pm_wake_at(&pm->next_ask, mine->asking->until);
        else if (mine->ask_at != 0 && now < mine->ask_at && may_ask(pm, i))
            fcgid_pm_wake_at(&pm->next_ask, mine->ask_at);
        else if (mine->ask_at != 0 && may_ask(pm, i))
            look_at_class(pm, i);
    }
}
