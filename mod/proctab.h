/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared table: classes, slots with a lane each, and waiters.
 *
 * A slot stands for a process and its first lane.  Where a process serves
 * several requests at once, each further lane has a slot of its own, which
 * names that of the process (leader); what there is to know of the process is
 * in the leader's.
 *
 * It lies in memory that the manager and all httpd children map; it holds
 * indexes, never pointers, and knows nothing of httpd, sockets or processes,
 * so that a unit test can run it on any memory.
 *
 * Who may change what:
 *   - the manager alone makes and frees classes and slots;
 *   - a lane is owned through its word: whoever moves it from FREE to BUSY by
 *     compare-and-swap has exclusive use of the slot's connection until it
 *     stores another state.  The bitmap of free lanes is only a hint where to
 *     look;
 *   - the list of waiters belongs to the holder of the class's lock.
 *
 * No waiter sleeps beside a free lane: who frees a lane looks for waiters
 * after that, who waits looks for a free lane after it has said so, both
 * sequentially consistent.
 */
#ifndef FCGID_PROCTAB_H
#define FCGID_PROCTAB_H

#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>

#include "class.h"

enum {
    FCGID_TABLE_VERSION = 12,
    FCGID_CLASS_COUNT = 1024,
    FCGID_SLOT_COUNT = 4096, /* lanes at the same time, and so processes: a
                                multiple of 64 */
    FCGID_SLOT_SPARE = 512,  /* of these are for processes alone */
    FCGID_WAITER_COUNT = 16384,
    FCGID_SOCKET_PATH_SIZE = 108, /* of sun_path */
    FCGID_COMMAND_SIZE = 512,     /* bytes kept for logs and status */
    FCGID_VHOST_SIZE = 128
};

/* The lane word: state in bits 0-7, generation in 8-31, owner's pid above. */
enum fcgid_lane_state {
    FCGID_LANE_NONE, /* no process behind it */
    FCGID_LANE_FREE,
    FCGID_LANE_BUSY, /* the pid in the word has it */
    FCGID_LANE_RESET /* the manager has it: to be opened anew */
};

struct fcgid_lane_word {
    enum fcgid_lane_state state;
    uint32_t generation; /* of the connection, 24 bits */
    int32_t owner;       /* pid */
};

enum fcgid_slot_state {
    FCGID_SLOT_UNUSED,
    FCGID_SLOT_STARTING, /* forked, exec not known to have succeeded */
    FCGID_SLOT_READY,
    FCGID_SLOT_EXITING, /* told to end */
    FCGID_SLOT_LANE     /* a further lane of another slot's process */
};

/* Whether a process is to go, as httpd's children see it. */
enum fcgid_retire {
    FCGID_RETIRE_NO,
    FCGID_RETIRE_NOW,   /* when its request has ended */
    FCGID_RETIRE_AHEAD, /* the manager knows that its number is nearly served */
    FCGID_RETIRE_SPARED /* its number is served, its successor not ready yet */
};

struct fcgid_slot {
    /* Of the lane. */
    uint64_t lane; /* word, atomic */
    int32_t class_index;
    int32_t leader;     /* slot of the process; its own: this one */
    int64_t last_used;  /* apr_time_t of the last acquire or release */
    uint32_t carried;   /* requests of the present connection */
    uint32_t connected; /* the manager has a connection that is to be used,
                           whatever the mode; atomic */
    /* Of the process, in the leader's slot only. */
    uint32_t state;      /* enum fcgid_slot_state; atomic */
    int32_t pid;    /* of the process; 0: none */
    int32_t last_pid;    /* of the process before: its end is known; atomic */
    int32_t last_status; /* of last_pid, as waitpid gave it */
    int32_t last_told;   /* last_pid was told to end by the manager */
    int64_t started;     /* apr_time_t */
    uint64_t requests;   /* carried by this process; atomic */
    uint32_t retire;     /* enum fcgid_retire; atomic */
    uint64_t answered;   /* requests of this process that got an answer */
    char path[FCGID_SOCKET_PATH_SIZE]; /* of its listening socket */
};

enum fcgid_waiter_state {
    FCGID_WAITER_IDLE,
    FCGID_WAITER_WAITING,
    FCGID_WAITER_GRANTED, /* slot is its own, already BUSY for its pid */
    FCGID_WAITER_DENIED   /* reason and error_number tell why */
};

struct fcgid_waiter {
    sem_t wake;
    int32_t pid; /* of the waiting httpd child; 0: entry is free; atomic */
    uint32_t state;
    int32_t class_index;
    int32_t slot;
    int32_t next, previous; /* in the class's list; -1: none */
    int32_t reason;         /* enum fcgid_denial_reason */
    int32_t error_number;
    uint64_t ticket; /* order of arrival */
    int64_t since;   /* microseconds of a clock that is never set */
};

/* How requests reach the processes of a class. */
enum fcgid_class_mode {
    FCGID_MODE_KEPT,   /* by a connection that stays */
    FCGID_MODE_CONNECT /* by a new one each time: the application closes */
};

/* What has happened since the class was made; each one atomic. */
struct fcgid_counts {
    uint64_t requests;  /* carried by its processes */
    uint64_t starts;    /* of processes */
    uint64_t crashes;   /* processes that ended, not told to, with a signal or
                           an exit code */
    uint64_t waits;     /* requests that waited for a lane */
    uint64_t wait_time; /* of all of these, microseconds */
    uint64_t denials;   /* requests that got none; not those that left */
};

/* What the manager wants in order to ask (FCGI_GET_VALUES) how many requests a
 * process can serve at once. */
enum fcgid_ask {
    FCGID_ASK_NOTHING,
    FCGID_ASK_SERVED, /* to be told when a process has served a request */
    FCGID_ASK_LANE    /* the next lane that is clean and done with */
};

struct fcgid_class {
    struct fcgid_key key;
    uint32_t in_use;     /* atomic; written last */
    uint32_t generation; /* of the entry: it may be used for another class */
    pthread_mutex_t lock;
    uint64_t free_map[FCGID_SLOT_COUNT / 64]; /* atomic words */
    uint32_t waiting;                         /* in the list; atomic */
    int32_t first_waiter, last_waiter;
    uint64_t next_ticket;
    uint32_t mode;   /* enum fcgid_class_mode; atomic */
    uint32_t closes; /* answers in a row after which the application closed */
    uint32_t gives_way; /* the first of its processes that is done is to end;
                           atomic */
    uint32_t ask;       /* enum fcgid_ask; atomic */
    uint32_t full;      /* no further process or lane can be had: who waits need
                           not tell the manager; atomic */
    uint32_t lanes;     /* of a process, as its programs say; 0: unknown */
    struct fcgid_limits limits; /* the manager's copy */
    int32_t processes;          /* that are not ending; atomic */
    int32_t starting;
    int32_t start_failures; /* processes in a row that died unanswered */
    int32_t end_status;     /* of the last of these, as waitpid gave it */
    int32_t exec_errno;     /* of the last failed exec; 0: none */
    int64_t last_failure;   /* apr_time_t of the last of start_failures */
    int64_t last_used;      /* apr_time_t */
    int64_t start_took;     /* microseconds from fork to accept, as last seen;
                               0: never seen; atomic */
    int32_t parent;         /* pid of the one that its processes are forked
                               from; 0: none; atomic */
    struct fcgid_counts counts;
    char command[FCGID_COMMAND_SIZE];
    char vhost[FCGID_VHOST_SIZE];
};

struct fcgid_table {
    uint32_t version;
    uint32_t size; /* sizeof(struct fcgid_table) */
    uint32_t waiter_hint;
    uint32_t generation; /* of the server's configuration; atomic */
    uint32_t stopping;   /* httpd is told to stop, not gracefully; atomic */
    int32_t room_wanted; /* a class without processes that wants one when
                            FcgidMaxProcesses is reached, + 1; 0: none.  Who
                            frees a lane tells the manager; atomic */
    struct fcgid_class classes[FCGID_CLASS_COUNT];
    struct fcgid_slot slots[FCGID_SLOT_COUNT];
    struct fcgid_waiter waiters[FCGID_WAITER_COUNT];
};

/* Prepares zeroed memory of sizeof(struct fcgid_table).  0 or an errno. */
int fcgid_table_init(struct fcgid_table *table);

/* Lane words. */
struct fcgid_lane_word fcgid_lane_load(const struct fcgid_slot *slot);
void fcgid_lane_store(struct fcgid_slot *slot, enum fcgid_lane_state state,
                      uint32_t generation, int32_t owner);
/* Moves the lane from one state to another; 0 if it was not in the first, or
 * of another generation: then it is not the one the caller has looked at. */
int fcgid_lane_move(struct fcgid_slot *slot, enum fcgid_lane_state from,
                    enum fcgid_lane_state to, uint32_t generation,
                    int32_t owner);

/* Index of the class with this key, or -1.  Any process, no lock. */
int fcgid_class_find(const struct fcgid_table *table,
                     const struct fcgid_key *key);
/* Makes an entry for the key (manager only), or returns the one that there
 * is.  -1: the table is full. */
int fcgid_class_add(struct fcgid_table *table, const struct fcgid_key *key);
/* Frees an entry without processes and waiters (manager only). */
void fcgid_class_remove(struct fcgid_table *table, int class_index);

/* Takes an unused slot for the class (manager only), for the first lane of a
 * process, or for another of the process of a leader; -1: none left. */
int fcgid_slot_add(struct fcgid_table *table, int class_index);
int fcgid_slot_add_lane(struct fcgid_table *table, int leader);
/* Gives it back (manager only).  Its lane becomes NONE.  A leader's goes after
 * those of its other lanes. */
void fcgid_slot_remove(struct fcgid_table *table, int slot);

/* The slot of the process to which this one's lane leads. */
static inline struct fcgid_slot *
fcgid_process_of(struct fcgid_table *table, int slot)
{
    return &table->slots[table->slots[slot].leader];
}

/* For the manager: a child only turns NO into AHEAD. */
static inline void
fcgid_set_retire(struct fcgid_slot *process, enum fcgid_retire retire)
{
    __atomic_store_n(&process->retire, retire, __ATOMIC_SEQ_CST);
}

static inline int
fcgid_is_retired(const struct fcgid_slot *process)
{
    return __atomic_load_n(&process->retire, __ATOMIC_SEQ_CST) ==
           FCGID_RETIRE_NOW;
}

/*
 * Writes down how the slot's process ended (status of waitpid, -1: unknown;
 * told: the manager told it to) and wakes those who want to know; waits for
 * the end of another process than old[0] and old[1], at most timeout
 * microseconds.  await returns its pid, of which slot->last_status and
 * last_told tell then, or 0.
 */
void fcgid_slot_set_end(struct fcgid_slot *slot, int32_t pid, int status,
                        int told);
int32_t fcgid_slot_await_end(struct fcgid_slot *slot, const int32_t old[2],
                             apr_interval_time_t timeout);

/* Requests that wait for the class. */
static inline uint32_t
fcgid_waiting(const struct fcgid_class *class)
{
    return __atomic_load_n(&class->waiting, __ATOMIC_SEQ_CST);
}

static inline void
fcgid_count(uint64_t *counter, uint64_t more)
{
    __atomic_add_fetch(counter, more, __ATOMIC_RELAXED);
}

/*
 * Takes a free lane of the class for pid without waiting, unless others wait
 * already.  Returns the slot or -1.  No lock, no system call.
 */
int fcgid_lane_take(struct fcgid_table *table, int class_index, int32_t pid);

/*
 * Makes a lane free, with this generation, and gives it to the first waiter
 * if there is one.  By its owner (BUSY), or by the manager (RESET, NONE).
 */
void fcgid_lane_free(struct fcgid_table *table, int slot, uint32_t generation);

enum fcgid_wait_error {
    FCGID_WAIT_FULL = -1,   /* queue_length requests wait already */
    FCGID_WAIT_BROKEN = -2, /* the class's lock fails */
    FCGID_WAIT_NO_ROOM = -3 /* the table has no entry left */
};

/*
 * Enters the queue of the class for pid.  Returns the index of the waiter
 * (which may have been granted a lane at once), or an enum fcgid_wait_error.
 */
int fcgid_wait_begin(struct fcgid_table *table, int class_index, int32_t pid,
                     int queue_length);
/*
 * Sleeps until the waiter is granted a lane or denied, or until timeout
 * microseconds have passed.  Returns the state; WAITING: time is over.
 */
enum fcgid_waiter_state fcgid_wait_sleep(struct fcgid_table *table, int waiter,
                                         apr_interval_time_t timeout);
/*
 * Leaves the queue.  Returns the slot that was granted, then owned by pid, or
 * -1.  The waiter's entry is free afterwards.
 */
int fcgid_wait_end(struct fcgid_table *table, int waiter);

/*
 * How many waiters of the class have waited for that many microseconds; not
 * counted beyond most.  *next: microseconds until one more has; 0: none will
 * (manager).
 */
int fcgid_waiting_for(struct fcgid_table *table, int class_index,
                      apr_interval_time_t age, int most,
                      apr_interval_time_t *next);

/* Denies waiters of the class, the first ones, at most that many (manager). */
void fcgid_deny_waiters(struct fcgid_table *table, int class_index, int reason,
                        int error_number, int most);

/*
 * Cleans up behind an httpd child that is gone: its waiters leave, its lanes
 * become RESET; on_lane is called for each of them (manager only).
 */
void fcgid_forget_child(struct fcgid_table *table, int32_t pid,
                        void (*on_lane)(void *context, int slot),
                        void *context);

#endif
