/* SPDX-License-Identifier: BSD-2-Clause */
#include "pm_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "apr_hash.h"
#include "apr_strings.h"
#include "apr_thread_mutex.h"
#include "ipc.h"
#include "log.h"
#include "pm_start.h"

enum { REPLY_SECONDS = 10 }; /* the manager never blocks: more is too long */

struct known_class {
    struct fcgid_key key;
    struct fcgid_limits limits; /* as the manager was told */
    int index;
    uint32_t generation;
};

/*
 * A definition as it was seen last, and its class: the key is a digest that
 * takes longer than all else that is done to find the class.
 */
struct recent_def {
    struct known_class *known; /* NULL: none */
    void *packed;              /* malloc's */
    apr_size_t size;           /* bytes */
};

enum { RECENT_DEFS = 64 };

struct known_lane {
    int fd; /* + 1; 0: none */
    uint32_t generation;
};

static struct {
    struct fcgid_engine *engine;
    server_rec *server;
    apr_pool_t *pool;
    apr_thread_mutex_t *lock; /* of stream and classes */
    apr_hash_t *classes;
    struct recent_def recent[RECENT_DEFS];
    int stream;         /* -1: none */
    uint32_t questions; /* asked so far */
    int32_t pid;
    /* Each entry belongs to the owner of the slot; fd is atomic. */
    struct known_lane lanes[FCGID_SLOT_COUNT];
    int open;      /* of these have an fd; atomic */
    int most;      /* that many may */
    uint32_t next; /* to be looked at when there are more; atomic */
} client = {.stream = -1};

/* The stream. */

static int
connect_stream(void)
{
    struct fcgid_message hello = {FCGID_MSG_HELLO, client.pid,
                                  client.engine->generation, 0};
    struct timeval limit = {REPLY_SECONDS, 0};
    int pair[2], rc = 0;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
        return errno;
    if (setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) ==
            -1 ||
        setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) ==
            -1)
        rc = errno;
    if (rc == 0)
        rc = fcgid_msg_send(client.engine->rendezvous[1], &hello, NULL, 0,
                            pair[1], 0);
    close(pair[1]);
    if (rc != 0) {
        close(pair[0]);
        return rc;
    }
    client.stream = pair[0];
    return 0;
}

/* Only when the manager is gone: it takes the end of a stream for the end of
 * this process. */
static void
drop_stream(int error)
{
    if (client.stream == -1)
        return;
    ap_log_error(APLOG_MARK, APLOG_WARNING, error, client.server,
                 "mod_fcgid: lost the process manager" FCGID_ID(551));
    close(client.stream);
    client.stream = -1;
}

/* Sends; a manager that was replaced is found anew, once. */
static int
send_message(const struct fcgid_message *message, const void *payload,
             size_t size, int descriptor)
{
    int tries, rc = 0;

    for (tries = 0; tries < 2; tries++) {
        if (client.stream == -1 && (rc = connect_stream()) != 0)
            return rc;
        rc = fcgid_msg_send(client.stream, message, payload, size, descriptor,
                            0);
        if (rc != EPIPE && rc != ECONNRESET)
            return rc;
        drop_stream(rc);
    }
    return rc;
}

/* The answer to this question; those to others, which came too late for who
 * asked, are passed over.  A manager that is slow is waited for twice. */
static int
await_reply(const struct fcgid_message *question, struct fcgid_message *reply,
            int *descriptor)
{
    size_t none;
    int pauses = 0, rc;

    for (;;) {
        none = 0;
        rc =
            fcgid_msg_receive(client.stream, reply, NULL, &none, descriptor, 0);
        if (rc == EAGAIN && ++pauses < 2)
            continue;
        if (rc == 0 && reply->kind != FCGID_MSG_REPLY)
            rc = EPROTO;
        if (rc != 0 || reply->value == question->value)
            return rc;
        if (*descriptor != -1)
            close(*descriptor);
        *descriptor = -1;
    }
}

/* One question, one answer.  Lock held. */
static int
ask(struct fcgid_message *message, const void *payload, size_t size,
    int *descriptor)
{
    struct fcgid_message question = *message;
    int tries, rc = 0;

    *descriptor = -1;
    question.value = (int32_t)(++client.questions & INT32_MAX);
    for (tries = 0; tries < 2; tries++) {
        rc = send_message(&question, payload, size, -1);
        if (rc == 0)
            rc = await_reply(&question, message, descriptor);
        if (rc != EPIPE && rc != ECONNRESET)
            return rc;
        drop_stream(rc);
    }
    return rc;
}

static void
tell(const struct fcgid_message *message, int descriptor)
{
    int rc;

    apr_thread_mutex_lock(client.lock);
    rc = send_message(message, NULL, 0, descriptor);
    apr_thread_mutex_unlock(client.lock);
    if (rc != 0)
        ap_log_error(
            APLOG_MARK, APLOG_ERR, rc, client.server,
            "mod_fcgid: can't reach the process manager" FCGID_ID(552));
}

int32_t
fcgid_client_pid(void)
{
    return client.pid;
}

/* Classes. */

static int
is_current(const struct known_class *known, const struct fcgid_limits *limits)
{
    const struct fcgid_class *class =
        &client.engine->table->classes[known->index];

    return class->in_use && class->generation == known->generation &&
           memcmp(&known->limits, limits, sizeof *limits) == 0;
}

/* A definition in its flat form, which lives as long as the request. */
struct packed_def {
    const struct fcgid_class_def *def;
    void *data;
    apr_size_t size; /* bytes */
};

static int
define(const struct packed_def *packed, const struct fcgid_key *key,
       struct known_class **known_class)
{
    struct known_class *known = *known_class;
    struct fcgid_message message = {FCGID_MSG_DEFINE, 0,
                                    client.engine->generation, 0};
    int rc, descriptor;

    rc = ask(&message, packed->data, packed->size, &descriptor);
    if (descriptor != -1)
        close(descriptor);
    if (rc != 0 || message.index == -1)
        return -1;
    if (known == NULL) {
        known = apr_pcalloc(client.pool, sizeof *known);
        known->key = *key;
        apr_hash_set(client.classes, &known->key, FCGID_KEY_SIZE, known);
    }
    known->index = message.index;
    known->generation = message.generation;
    memcpy(&known->limits, &packed->def->limits, sizeof known->limits);
    *known_class = known;
    return known->index;
}

/* Its place among those that were seen lately. */
static struct recent_def *
recent_place(const struct packed_def *packed)
{
    const char *data = packed->data;
    apr_uint64_t hash = packed->size, word;
    apr_size_t i;

    for (i = 0; i + sizeof word <= packed->size; i += sizeof word) {
        memcpy(&word, data + i, sizeof word);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    }
    return &client.recent[hash >> 32 & (RECENT_DEFS - 1)];
}

static int
is_recent(const struct recent_def *recent, const struct packed_def *packed)
{
    return recent->known != NULL && recent->size == packed->size &&
           memcmp(recent->packed, packed->data, packed->size) == 0;
}

static void
remember(struct recent_def *recent, const struct packed_def *packed,
         struct known_class *known)
{
    void *copy = malloc(packed->size);

    if (copy == NULL)
        return;
    memcpy(copy, packed->data, packed->size);
    free(recent->packed);
    recent->packed = copy;
    recent->size = packed->size;
    recent->known = known;
}

/* Lock held. */
static int
class_of_packed(const struct packed_def *packed, uint32_t *generation)
{
    struct recent_def *recent = recent_place(packed);
    int seen = is_recent(recent, packed);
    struct known_class *known = seen ? recent->known : NULL;
    struct fcgid_key key;
    int index;

    if (!seen) {
        fcgid_class_key(&key, packed->def);
        known = apr_hash_get(client.classes, &key, FCGID_KEY_SIZE);
    }
    if (known != NULL && is_current(known, &packed->def->limits))
        index = known->index;
    else
        index = define(packed, &key, &known);
    if (index != -1 && !seen)
        remember(recent, packed, known);
    *generation = index != -1 ? known->generation : 0;
    return index;
}

int
fcgid_client_class(request_rec *r, const struct fcgid_class_def *def,
                   uint32_t *generation)
{
    struct packed_def packed = {def, NULL, 0};
    int index;

    packed.data = fcgid_class_pack(r->pool, def, &packed.size);
    apr_thread_mutex_lock(client.lock);
    index = class_of_packed(&packed, generation);
    apr_thread_mutex_unlock(client.lock);
    return index;
}

void
fcgid_client_spawn(int class_index)
{
    struct fcgid_message message = {FCGID_MSG_SPAWN, class_index, 0, 0};

    tell(&message, -1);
}

void
fcgid_client_reset(int slot, uint32_t generation, enum fcgid_reset how,
                   int descriptor)
{
    struct fcgid_message message = {FCGID_MSG_RESET, slot, generation, how};

    tell(&message, descriptor);
}

void
fcgid_client_due(int slot, uint32_t generation)
{
    struct fcgid_message message = {FCGID_MSG_DUE, slot, generation, 0};

    tell(&message, -1);
}

void
fcgid_client_served(int class_index)
{
    struct fcgid_message message = {FCGID_MSG_SERVED, class_index, 0, 0};

    tell(&message, -1);
}

static int
load_fd(struct known_lane *known)
{
    return __atomic_load_n(&known->fd, __ATOMIC_RELAXED);
}

void
fcgid_client_close_lane(int slot)
{
    struct known_lane *known = &client.lanes[slot];
    int fd = load_fd(known);

    if (fd == 0)
        return;
    __atomic_store_n(&known->fd, 0, __ATOMIC_RELAXED);
    close(fd - 1);
    __atomic_sub_fetch(&client.open, 1, __ATOMIC_RELAXED);
}

int
fcgid_client_lane(int slot, uint32_t generation)
{
    struct known_lane *known = &client.lanes[slot];
    struct fcgid_message message = {FCGID_MSG_LANE, slot, generation, 0};
    int descriptor, rc;

    if (load_fd(known) != 0 && known->generation == generation)
        return load_fd(known) - 1;
    fcgid_client_close_lane(slot);
    apr_thread_mutex_lock(client.lock);
    rc = ask(&message, NULL, 0, &descriptor);
    apr_thread_mutex_unlock(client.lock);
    if (rc != 0 || descriptor == -1) {
        /* One that was sent, but found no room, is missing. */
        errno = rc != 0 ? rc : message.index != -1 ? EMFILE : ECONNRESET;
        return -1;
    }
    known->generation = generation;
    __atomic_store_n(&known->fd, descriptor + 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&client.open, 1, __ATOMIC_RELAXED);
    return descriptor;
}

int
fcgid_client_surplus_lane(int is_short)
{
    uint32_t slot;
    int i;

    if (!is_short &&
        __atomic_load_n(&client.open, __ATOMIC_RELAXED) <= client.most)
        return -1;
    for (i = 0; i < FCGID_SLOT_COUNT; i++) {
        slot = __atomic_fetch_add(&client.next, 1, __ATOMIC_RELAXED) %
               FCGID_SLOT_COUNT;
        if (load_fd(&client.lanes[slot]) != 0)
            return (int)slot;
    }
    return -1;
}

/* The rest is for the clients' connections, files, and other modules. */
static int
quarter_of_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
        limit.rlim_cur / 4 > FCGID_SLOT_COUNT)
        return FCGID_SLOT_COUNT;
    return (int)(limit.rlim_cur / 4);
}

void
fcgid_ipc_child_init(apr_pool_t *pchild, server_rec *main_server)
{
    client.engine = fcgid_engine();
    client.server = main_server;
    /* Not from pchild: the MPM takes from it, without our lock, while it
     * starts threads, and destroys it, when it is told to stop at once, while
     * they may still be at work. */
    if (apr_pool_create_unmanaged_ex(&client.pool, NULL, NULL) != APR_SUCCESS)
        client.pool = pchild;
    apr_pool_tag(client.pool, "fcgid_client");
    client.classes = apr_hash_make(client.pool);
    client.stream = -1;
    client.pid = (int32_t)getpid();
    client.most = quarter_of_descriptors();
    if (client.engine == NULL ||
        apr_thread_mutex_create(&client.lock, APR_THREAD_MUTEX_DEFAULT,
                                client.pool) != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_EMERG, 0, main_server,
                     "mod_fcgid: can't set up an httpd child" FCGID_ID(553));
        client.engine = NULL;
    }
}
