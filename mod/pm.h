/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process manager: one process, one event loop, no blocking call but
 * poll.  It alone makes and ends application processes and opens their lanes.
 */
#ifndef FCGID_PM_H
#define FCGID_PM_H

#include "httpd.h"
#include "apr_hash.h"
#include "apr_poll.h"
#include "pm_ipc.h"
#include "policy.h"
#include "proctab.h"

#define FCGID_TERM_GRACE apr_time_from_sec(8) /* from SIGTERM to SIGKILL */

/*
 * From SIGTERM to the end of an idle connection.  Some programs leave by a
 * signal that interrupts their wait (Perl's handlers run only then), others
 * wait on for the end of the connection (PHP).  Both at once would wake the
 * former by an event, which hides the signal: they would go on to accept and
 * never leave.  So the signal comes first, alone.
 */
#define FCGID_TERM_ALONE apr_time_from_msec(100)

/* What the parent tells the manager at the start and at each restart. */
struct fcgid_pm_conf {
    apr_uint32_t generation; /* of the configuration */
    int fresh; /* end all processes: httpd was told to start anew */
    int max_processes;
    apr_interval_time_t idle_scan_interval;
    apr_interval_time_t busy_scan_interval;
    char ipc_dir[FCGID_SOCKET_PATH_SIZE];
};

/* Descriptors that the manager inherits from the parent. */
struct fcgid_pm_links {
    int rendezvous; /* messages come in here */
    int lifeline;   /* end of file: httpd is gone */
    int output[2];  /* what applications write to the error log */
};

/* In the manager's own process: runs until it is told to stop; does not
 * return. */
void fcgid_pm_run(struct fcgid_table *table, const struct fcgid_pm_links *links,
                  const struct fcgid_pm_conf *conf, server_rec *main_server);

/* The rest is for the manager's own files. */

struct fcgid_pm;

/* A descriptor in the event loop. */
struct fcgid_watch {
    void (*on_event)(struct fcgid_pm *pm, struct fcgid_watch *watch);
    int fd;    /* not owned */
    int index; /* the handler's: slot, pid ... */
    int active;
    apr_pool_t *pool;
    apr_pollfd_t descriptor;
    struct fcgid_watch *next_dead;
};

/* What the manager alone knows of a slot.  That of a further lane of a process
 * has the first part only. */
struct fcgid_pm_slot {
    int lane; /* its copy of the connection; -1: none */
    struct fcgid_watch *lane_watch;
    int next; /* slot of the process's next lane; -1: none */
    int kept; /* the lane is RESET and its connection whole: it was done with,
                 and is free again only if the process is to serve on */
    int excused; /* that its connection is closed tells nothing of others: it
                    was asked over it, or the process has ended */
    apr_time_t offered; /* a further lane, whose connection is to be accepted
                           before anybody gets it: since then; 0: it is not */
    int lost; /* its request has taken too long: it is not waited for */
    apr_time_t overdue;  /* last_used when its request was seen to take too
                            long; -1: not seen */
    apr_time_t overdue_seen; /* when that was */
    apr_time_t rest_end;  /* it has until then, if nobody waits */
    apr_uint64_t rest;    /* bytes of that request's answer read so far */
    apr_time_t kill_at; /* SIGKILL if the process is ending, else SIGTERM as
                           it does not end an aborted request; 0: neither */
    /* Of the process. */
    int listener;  /* -1: none */
    int exec_fd;   /* -1: exec is over */
    struct fcgid_watch *exec_watch;
    int exec_failed;
    int apart; /* nobody gets its lane before it has accepted */
    int took; /* the process is known to have accepted a connection */
    int closed; /* a connection over which it was asked; see pm_ask.c */
    int adopted; /* started by the manager before this one */
    struct fcgid_watch *tie; /* its process is asked for; see pm_fork.c */
    apr_time_t ordered;      /* since when */
    const char *end_reason; /* why it was told to end; NULL: it was not */
    const char *leaves; /* why it is to end once nobody uses it; NULL: it is
                           not */
    apr_time_t next_step; /* of its end: see FCGID_TERM_ALONE; 0: none */
    apr_time_t queued;    /* since when its listening socket's queue was never
                             seen empty; 0: it was */
    /* see pm_recycle.c */
    const char *due;     /* why it is to be replaced; NULL: it is not */
    int reached;         /* as soon as its successor is ready */
    int replaced;        /* its successor is at work */
    apr_time_t held;     /* its lane waits for the successor until then; 0: it
                            does not */
    apr_uint64_t weighed; /* its requests when its memory was looked at */
};

/*
 * An application that goes on with a request whose client has left may do so
 * for FCGID_TERM_GRACE, but only for FCGID_REST_PATIENCE while others wait,
 * and until it has written FCGID_REST_MAX.
 */
#define FCGID_REST_PATIENCE apr_time_from_sec(1)
#define FCGID_REST_MAX (16 * 1024 * 1024) /* bytes */

/* FcgidPreload, see pm_preload.h */
enum fcgid_parent_state {
    FCGID_PARENT_NONE,   /* the next process is tried */
    FCGID_PARENT_TRIED,  /* that of slot may become the parent */
    FCGID_PARENT_READY,  /* pid is the parent */
    FCGID_PARENT_REFUSED /* the class can have none */
};

struct fcgid_pm_parent {
    enum fcgid_parent_state state;
    struct fcgid_watch *watch; /* of the control socket; NULL: closed */
    int slot;
    int32_t pid;
    int queued; /* a connection has stood in the queue of slot's socket, which
                   it accepts if it is no parent */
    int unable; /* it is not to be asked just now */
    int deaths; /* parents in a row that brought no worker */
    apr_time_t last_used;
};

struct fcgid_pm_leaver;

struct fcgid_pm_class {
    apr_pool_t *pool; /* holds def */
    struct fcgid_class_def *def;
    struct fcgid_score score;
    apr_time_t last_failure;
    int kept; /* processes to have at any time */
    int due;  /* the same, until they are started */
    int futile; /* processes in a row that ended without an answer */
    int extra;  /* lanes beyond the first of its processes, without those that
                   are ending */
    int offered; /* of these wait to be accepted */
    /* FCGI_GET_VALUES, see pm_ask.c */
    struct fcgid_asking *asking; /* NULL: nobody is asked */
    apr_time_t ask_at; /* not before, and then if need be; 0: no process has
                          served a request yet */
    apr_interval_time_t ask_wait; /* from the last time to ask_at */
    int silent; /* times that there was no answer; see pm_ask.c */
    struct fcgid_pm_parent parent;
    /* FcgidReload, see pm_reload.c */
    apr_uint64_t program;  /* the files as they were when its processes started;
                              0: there were none */
    apr_uint64_t changed;  /* as they were at the last look, if they differ */
    apr_time_t old_before; /* processes from before are to go; 0: none */
    apr_time_t asked;      /* when a process at work was last told to */
    int shy;               /* the next to start is to be apart */
    int spare;             /* one is there in place of the next to go */
    /* pm_recycle.c */
    int recycling;     /* a process may be due */
    int heir;          /* slot + 1 of the successor that starts; 0: none */
    int32_t heir_pid;
    apr_time_t ready;  /* when the heir was seen to have accepted; 0: not */
    apr_uint32_t used_by; /* newest configuration whose children use it */
};

struct fcgid_pm {
    struct fcgid_table *table;
    struct fcgid_pm_conf conf;
    server_rec *server;
    apr_pool_t *pool;
    apr_pollset_t *pollset;
    struct fcgid_watch *dead_watches; /* freed after the events at hand */
    int rendezvous;
    int output[2];
    int streams;  /* to httpd's children */
    int orphaned; /* httpd's parent is gone */
    int all_processes;
    int parents; /* preloaded ones, those that are leaving too */
    struct fcgid_pm_leaver *leavers;
    int slots_used;
    apr_time_t full_told; /* when it was last told that all are */
    int room_for; /* class + 1 for which room was asked for; 0: none */
    int stopping;
    apr_time_t next_scan, next_retry, next_kill, next_adopted, next_reload,
        next_roll, next_recycle, next_weigh, next_ask, next_offer,
        next_preload; /* 0: none */
    char payload[FCGID_PAYLOAD_MAX + 1];
    struct fcgid_pm_class classes[FCGID_CLASS_COUNT];
    struct fcgid_pm_slot slots[FCGID_SLOT_COUNT];
};

static inline int
fcgid_pm_leader(const struct fcgid_pm *pm, int slot)
{
    return pm->table->slots[slot].leader;
}

/* What the table has of a slot and of its class. */
static inline struct fcgid_slot *
entry_of(const struct fcgid_pm *pm, int slot)
{
    return &pm->table->slots[slot];
}

static inline struct fcgid_class *
class_of(const struct fcgid_pm *pm, int slot)
{
    return &pm->table->classes[entry_of(pm, slot)->class_index];
}

/* pm.c */
struct fcgid_watch *
fcgid_pm_watch(struct fcgid_pm *pm, int fd, apr_int16_t events, int index,
               void (*on_event)(struct fcgid_pm *, struct fcgid_watch *));
/* Before the descriptor is closed: a process that was just forked has it until
 * its exec, and as long its events would come, for a watch that is gone. */
void fcgid_pm_unwatch(struct fcgid_pm *pm, struct fcgid_watch **watch);
/* The same, and closes it. */
void fcgid_pm_close_watched(struct fcgid_pm *pm, struct fcgid_watch **watch);
/* The slot of the process, or -1. */
int fcgid_pm_find(const struct fcgid_pm *pm, pid_t pid);
/* Ends all applications; the loop ends with the last of them. */
void fcgid_pm_stop(struct fcgid_pm *pm);
/* Lets the loop wake at that time at the latest. */
void fcgid_pm_wake_at(apr_time_t *timer, apr_time_t when);

/* pm_need.c: what a class needs. */
/* Opens lanes and starts processes for a class as its waiters and the limits
 * ask. */
void fcgid_pm_consider(struct fcgid_pm *pm, int class_index);
void fcgid_pm_consider_all(struct fcgid_pm *pm);
/* Tells a process to end, and starts another in its place at once. */
void fcgid_pm_replace(struct fcgid_pm *pm, int slot, const char *reason);
/* Starts processes until there are that many, if the limits allow it; whether
 * there are. */
int fcgid_pm_have(struct fcgid_pm *pm, int class_index, int count);
/* Starts one that is apart, beyond FcgidMaxProcessesPerClass too.  Its slot, or
 * -1: FcgidMaxProcesses is reached, or the class is backed off: *when. */
int fcgid_pm_start_apart(struct fcgid_pm *pm, int class_index,
                         apr_time_t *when);

/* process.c: the life of a process. */
/* Puts a process behind a slot.  0, or -1: the slot is gone. */
int fcgid_pm_start(struct fcgid_pm *pm, int slot);
/* A process was started for the slot, or forked from the preloaded parent. */
struct fcgid_spawned;
void fcgid_pm_set_process(struct fcgid_pm *pm, int slot,
                          const struct fcgid_spawned *spawned);
/* Its exec is over, if that was not seen yet. */
void fcgid_pm_see_exec(struct fcgid_pm *pm, int slot);
/* Nobody wants to know. */
void fcgid_pm_close_exec(struct fcgid_pm *pm, int slot);
/* A process has ended with this status (of waitpid; -1: unknown). */
void fcgid_pm_on_exit(struct fcgid_pm *pm, int slot, int status);
/* Tells it to end; the reason is for the log. */
void fcgid_pm_terminate(struct fcgid_pm *pm, int slot, const char *reason);
void fcgid_pm_terminate_all(struct fcgid_pm *pm, const char *reason);
/* Ends one that nobody uses; 0 if somebody does now. */
int fcgid_pm_end_idle(struct fcgid_pm *pm, int slot, const char *reason);
/* Ends it once nobody uses it, which may be now: no request begins on it any
 * more. */
void fcgid_pm_leave(struct fcgid_pm *pm, int slot, const char *reason);
/* Whether that is so now, or it was told by its retire: then it is ended. */
void fcgid_pm_retire(struct fcgid_pm *pm, int slot);

/* pm_lanes.c: a process's lanes; slot: that of the process. */
int fcgid_pm_is_at_work(const struct fcgid_pm *pm, int slot);
int fcgid_pm_is_idle(const struct fcgid_pm *pm, int slot);
apr_time_t fcgid_pm_last_used(const struct fcgid_pm *pm, int slot);
/* Takes all of them if all are free, else none; whether they were. */
int fcgid_pm_take_idle(struct fcgid_pm *pm, int slot);
/* Takes those that are free; whether nobody is at work on the others. */
int fcgid_pm_gather(struct fcgid_pm *pm, int slot);
/* Gives those back that were taken or given up so. */
void fcgid_pm_reopen_kept(struct fcgid_pm *pm, int slot);
/* Closes the connections that nobody uses, and that are the manager's. */
void fcgid_pm_hang_up(struct fcgid_pm *pm, int slot);
/* A process that is counted begins (1) or ceases (-1) to be so. */
void fcgid_pm_count_lanes(struct fcgid_pm *pm, int slot, int sign);
/* A further lane's slot comes to that of its process, or leaves it. */
void fcgid_pm_link_lane(struct fcgid_pm *pm, int slot);
void fcgid_pm_unlink_lane(struct fcgid_pm *pm, int slot);
/* Removes the further lanes that nobody uses; and the slot, if it has no
 * process and nobody uses any. */
void fcgid_pm_bury(struct fcgid_pm *pm, int slot);
/* Lanes that a process of the class may have. */
int fcgid_pm_lanes_of(const struct fcgid_pm *pm, int class_index);
int fcgid_pm_has_all_lanes(const struct fcgid_pm *pm, int class_index);
/* Opens one more to a process of the class; 0: that cannot be. */
int fcgid_pm_add_lane(struct fcgid_pm *pm, int class_index);
/* Gives one up that nobody uses, of any process; 0: there is none. */
int fcgid_pm_drop_lane(struct fcgid_pm *pm);
/* Nobody gets the lane before its connection is accepted: a program may say
 * that it serves more requests than it does. */
void fcgid_pm_offer(struct fcgid_pm *pm, int slot);
/* That is no matter any more. */
void fcgid_pm_end_offer(struct fcgid_pm *pm, int slot);
/* By the timer next_offer. */
void fcgid_pm_look_at_offers(struct fcgid_pm *pm, apr_time_t now);
/* Who waits from now on is to tell the manager. */
void fcgid_pm_has_room(struct fcgid_pm *pm, int class_index);

/* pm_ask.c: how many requests a process can serve at once. */
/* A process of the class has served a request. */
void fcgid_pm_served_one(struct fcgid_pm *pm, int class_index);
/* Requests wait, and there is nothing to be had for them. */
void fcgid_pm_want_lanes(struct fcgid_pm *pm, int class_index);
/* The lane is the manager's: asks, then frees it. */
void fcgid_pm_ask(struct fcgid_pm *pm, int slot);
/* The lane is about to be closed. */
void fcgid_pm_stop_asking(struct fcgid_pm *pm, int slot);
/* The process has ended, as waitpid says, and was not told to: perhaps the
 * question did it. */
void fcgid_pm_ended_asked(struct fcgid_pm *pm, int slot, int status);
void fcgid_pm_look_at_asked(struct fcgid_pm *pm, apr_time_t now);

/* pm_scan.c: which processes are to go. */
/* Idle and overdue processes; processes that do not heed SIGTERM. */
void fcgid_pm_scan(struct fcgid_pm *pm, apr_time_t now);
void fcgid_pm_kill_stubborn(struct fcgid_pm *pm, apr_time_t now);
/* For a class that needs a process when FcgidMaxProcesses is reached: an idle
 * one of another class is ended, or the next of them that is done. */
#define FCGID_MAKING_ROOM "making room for another application"
void fcgid_pm_make_room(struct fcgid_pm *pm, int class_index);
/* Nobody is to end for that any more. */
void fcgid_pm_ask_no_room(struct fcgid_pm *pm);

/* pm_lane.c: connections. */
/* Opens the lane anew and frees it for use; 0: that failed, a further lane is
 * gone, a process is told to end. */
int fcgid_pm_open_lane(struct fcgid_pm *pm, int slot);
/* Frees it for use as it is. */
void fcgid_pm_free_lane(struct fcgid_pm *pm, int slot);
/* Watches its connection for the end. */
void fcgid_pm_watch_lane(struct fcgid_pm *pm, int slot);
/* Whether the process, which has ended, had accepted it. */
int fcgid_pm_is_accepted(const struct fcgid_pm *pm, int slot);
/* Cuts the connection for all who share it. */
void fcgid_pm_close_lane(struct fcgid_pm *pm, int slot);
/* A connection that an httpd child had for itself becomes the lane's. */
void fcgid_pm_take_connection(struct fcgid_pm *pm, int slot, int descriptor);
/* A lane has come to the manager (RESET): its process is ended, or the
 * connection opened anew. */
void fcgid_pm_reset_lane(struct fcgid_pm *pm, int slot, enum fcgid_reset how);
/* Before its first use. */
void fcgid_pm_clear_slot(struct fcgid_pm *pm, int slot);
/* Closes the slot's descriptors, removes its socket, gives the slot back; that
 * of a process with those of its further lanes. */
void fcgid_pm_remove_slot(struct fcgid_pm *pm, int slot);

/* pm_reload.c: programs that change. */
#define FCGID_RELOADING "its program has changed"
/* A process of the class is about to start. */
void fcgid_pm_watch_program(struct fcgid_pm *pm, int class_index);
/* Looks at the programs; replaces processes, one after the other. */
void fcgid_pm_reload(struct fcgid_pm *pm, apr_time_t now);
void fcgid_pm_roll(struct fcgid_pm *pm, apr_time_t now);

/* Whether a process of ours has accepted its lane, or has had long enough. */
int fcgid_pm_has_accepted(const struct fcgid_pm *pm, int slot, apr_time_t now,
                          apr_interval_time_t patience);
/* It need not be apart any more: others may use it. */
void fcgid_pm_let_in(struct fcgid_pm *pm, int slot);

/* pm_recycle.c: processes that have served, lived or grown enough. */
#define FCGID_OUTLIVED "lifetime expired"
#define FCGID_OUTGROWN "memory limit exceeded"
/* The process is to be replaced: now (reached), or soon. */
void fcgid_pm_due(struct fcgid_pm *pm, int slot, const char *reason,
                  int reached);
/* It has served its number; nobody has its lane. */
void fcgid_pm_served(struct fcgid_pm *pm, int slot);
void fcgid_pm_recycle(struct fcgid_pm *pm, apr_time_t now);
/* Looks at the memory of processes, that often. */
#define FCGID_WEIGH_INTERVAL apr_time_from_sec(1)
void fcgid_pm_weigh(struct fcgid_pm *pm, apr_time_t now);

/* pm_adopt.c: what a manager that died has left. */
/* Takes over the table: requests in flight end on their lanes, processes that
 * are idle are ended, those who wait are told to ask again. */
void fcgid_pm_adopt(struct fcgid_pm *pm);
void fcgid_pm_watch_adopted(struct fcgid_pm *pm, apr_time_t now);

/* pm_child.c: httpd's processes. */
/* Ends all when the parent is gone and no child of it has a stream. */
void fcgid_pm_leave_if_alone(struct fcgid_pm *pm);
/* What an httpd child that is gone had: its lanes, its places in queues. */
void fcgid_pm_forget(struct fcgid_pm *pm, int32_t pid);
void fcgid_pm_on_rendezvous(struct fcgid_pm *pm, struct fcgid_watch *watch);

#endif
