/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lanes: connections to application processes, shared by all httpd children.
 *
 * A lane carries one request at a time.  fcgid_lane_acquire() gives exclusive
 * use of a free lane of a class, waiting first come first served when there
 * is none; fcgid_lane_release() ends the use.  A lane belongs to the thread
 * that acquired it until then.
 */
#ifndef FCGID_IPC_H
#define FCGID_IPC_H

#include "httpd.h"
#include "apr_poll.h"
#include "class.h"

#define FCGID_REQUEST_ID 1 /* of each: see above */

struct iovec;
struct fcgid_lane;

/* Why no lane could be had. */
enum fcgid_denial_reason {
    FCGID_DENIED_NONE,
    FCGID_DENIED_QUEUE_FULL,    /* limits.queue_length requests wait already, or
                                   as many as the table has room for */
    FCGID_DENIED_NO_SLOT,       /* no room for a process in the table */
    FCGID_DENIED_QUEUE_TIMEOUT, /* limits.queue_timeout passed */
    FCGID_DENIED_EXEC,          /* exec failed: exec_errno tells why */
    FCGID_DENIED_START,         /* processes of the class die before they serve
                                   a request: end_status tells how */
    FCGID_DENIED_MANAGER,       /* no manager, or no room in its table */
    FCGID_DENIED_ABORTED,       /* the client went away while waiting */
    FCGID_DENIED_STOP           /* the server is being stopped */
};

#define FCGID_RETRY_AFTER 5 /* seconds told to a client that is turned away */

struct fcgid_denial {
    enum fcgid_denial_reason reason;
    int http_status;    /* to answer: 500, 503... */
    int retry_after;    /* seconds for Retry-After; 0: no such header */
    int exec_errno;     /* FCGID_DENIED_EXEC */
    int end_status;     /* FCGID_DENIED_START: wait status of the last process,
                           -1: not known */
    const char *text;   /* one line for the log, in r->pool, names the limit
                           that was hit and its directive */
};

/*
 * Gets a lane of the class, starting a process if the limits allow it.  May
 * block up to limits.queue_timeout.  Returns APR_SUCCESS and *lane (from
 * r->pool), or an error and *denial filled.
 */
apr_status_t fcgid_lane_acquire(request_rec *r,
                                const struct fcgid_class_def *def,
                                struct fcgid_lane **lane,
                                struct fcgid_denial *denial);

/*
 * Whether the client has closed its side of the connection.  One that closes
 * the half it sends on looks the same, so it is asked only when it has waited
 * for FCGID_CLIENT_INTERVAL, again and again.  So is one whose server is told
 * to stop now.  Sets c->aborted.
 */
#define FCGID_CLIENT_INTERVAL apr_time_from_sec(1)
int fcgid_client_left(request_rec *r);

/* The client's socket, or -1 where it is not this request's alone. */
int fcgid_client_socket(request_rec *r);

/*
 * Whether the other side can be expected to keep the connection (then the
 * request goes out with FCGI_KEEP_CONN), and whether this lane has carried a
 * request before (then an end of file before the first answer byte may just
 * mean that the application had left, see fcgid_lane_reopen).
 */
int fcgid_lane_keeps(const struct fcgid_lane *lane);
int fcgid_lane_reused(const struct fcgid_lane *lane);

/* Whether the process has answered a request before: one that ends without is
 * one that does not start. */
int fcgid_lane_served(const struct fcgid_lane *lane);

/*
 * Sends from / receives into memory without blocking.  *size (in: what is
 * there; out: what was done, bytes).  APR_EAGAIN: poll first.  recv returns
 * APR_EOF at the end of the connection.  Never SIGPIPE: EPIPE.
 */
apr_status_t fcgid_lane_sendv(struct fcgid_lane *lane, const struct iovec *vec,
                              int count, apr_size_t *size);
apr_status_t fcgid_lane_recv(struct fcgid_lane *lane, char *buffer,
                             apr_size_t *size);

/*
 * Whether the application has taken all that was sent so far.  Where the
 * system cannot tell, it is said to have.
 */
int fcgid_lane_is_taken(const struct fcgid_lane *lane);

/*
 * Waits until it has, or there is something to receive (APR_POLLIN in *got);
 * may return early without either.  APR_TIMEUP after timeout microseconds.
 */
apr_status_t fcgid_lane_await_taken(struct fcgid_lane *lane, apr_int16_t *got,
                                    apr_interval_time_t timeout);

/*
 * Waits until one of the wanted events (APR_POLLIN, APR_POLLOUT) holds, or an
 * error or hang-up, which counts as all of them; *got receives them.
 * timeout in microseconds, < 0: none.  APR_TIMEUP when it passed.  client: a
 * descriptor, or -1; that it can be read ends the wait too, *got may then be
 * empty.
 */
apr_status_t fcgid_lane_poll(struct fcgid_lane *lane, apr_int16_t wanted,
                             apr_int16_t *got, apr_interval_time_t timeout,
                             int client);

/*
 * For a lane whose connection broke before the first byte of an answer:
 * opens it anew (or takes another lane of the class), so that the caller may
 * send the same request once more.  May block as acquire does.
 */
apr_status_t fcgid_lane_reopen(request_rec *r, struct fcgid_lane **lane,
                               struct fcgid_denial *denial);

/* How a use ended. */
enum fcgid_outcome {
    FCGID_OUTCOME_KEPT,    /* END_REQUEST seen, nothing left unread: the
                              connection is clean and stays */
    FCGID_OUTCOME_CLOSED,  /* answer complete, the application closed or will
                              close the connection */
    FCGID_OUTCOME_BROKEN,  /* connection lost, rule broken or time-out: the
                              connection is reset */
    FCGID_OUTCOME_HUNG     /* as BROKEN, and the process is to be ended: it
                              does not answer */
};

/*
 * Ends the use; also done by r->pool's cleanup (as BROKEN) if the caller does
 * not.  Safe to call twice.  Wakes the first waiter of the class, if any.
 */
void fcgid_lane_release(struct fcgid_lane *lane, enum fcgid_outcome outcome);

/* The first byte of an answer has come: counts for the process's health. */
void fcgid_lane_answered(struct fcgid_lane *lane);

/* pid of the application process, for logs; 0 if unknown. */
apr_int64_t fcgid_lane_pid(const struct fcgid_lane *lane);

/* How the lane's process has ended. */
struct fcgid_end {
    int known;    /* 0: it is not known that it has */
    int status;   /* as waitpid gave it; -1: unknown */
    int told;     /* the manager told it to end */
};

/*
 * When the connection broke: whether the process has ended, and how.  Waits at
 * most wait microseconds for the manager to learn of it.  Before release.
 */
void fcgid_lane_await_end(struct fcgid_lane *lane, apr_interval_time_t wait,
                          struct fcgid_end *end);
/* Whether somebody else has ended it, rather than the request it was at. */
int fcgid_end_by_others(const struct fcgid_end *end);
/* For logs: "exited with code 3", "was killed by signal 11", or NULL. */
const char *fcgid_end_text(const struct fcgid_end *end, apr_pool_t *pool);

/* It has read the request, answered or not: it is one that starts well. */
void fcgid_lane_taken(struct fcgid_lane *lane);

/*
 * Process-wide set-up: post_config in the parent (starts the manager, or tells
 * it of the restart), child_init in each child.
 */
apr_status_t fcgid_ipc_post_config(apr_pool_t *pconf, server_rec *main_server);
void fcgid_ipc_child_init(apr_pool_t *pchild, server_rec *main_server);
/* In the parent, when it has seen a child's end.  Does not block. */
void fcgid_ipc_child_gone(pid_t pid);

/* Bytes of the socket directory's path: with '/' and the name of a socket (32
 * bytes) it has to fit into sun_path (108 with its NUL). */
enum { FCGID_IPC_DIR_MAX = 74 };

/* Server-wide settings of the engine. */
struct fcgid_engine_conf {
    const char *ipc_dir;         /* absolute: socket directory */
    int max_processes;           /* FcgidMaxProcesses */
    apr_interval_time_t idle_scan_interval;
    apr_interval_time_t busy_scan_interval;
};

/* Provided by hosts.c. */
const struct fcgid_engine_conf *fcgid_engine_conf(server_rec *main_server);

/*
 * A snapshot of the table for status pages, in the given pool: one entry per
 * process, sorted by class.
 */
struct fcgid_process_info {
    const char *command;       /* of the class */
    const char *vhost;
    struct fcgid_key key;      /* of the class */
    int class_index;           /* in the table */
    apr_int64_t pid;
    apr_time_t started;
    apr_time_t last_used;      /* 0: never */
    apr_uint64_t requests;
    const char *state;         /* "Ready", "Working", "Starting", "Exiting" */
    int lanes;                 /* connections to it */
    int working;               /* of these, at a request */
    int class_waiting;         /* requests that wait for the class */
    apr_int64_t parent;        /* preloaded, that it is forked from; 0: none */
};

apr_array_header_t *fcgid_ipc_snapshot(apr_pool_t *pool);

/* The classes, with what has happened since each of them was made. */
struct fcgid_class_info {
    const char *command;
    const char *vhost;
    struct fcgid_key key;
    int ready, working, starting, exiting; /* processes */
    int preloaded; /* the processes are forked from one that is none of these */
    int waiting;                           /* requests */
    int failures;           /* processes in a row that did not start */
    apr_uint64_t requests;  /* the rest as in struct fcgid_counts */
    apr_uint64_t starts;
    apr_uint64_t crashes;
    apr_uint64_t waits;
    apr_uint64_t wait_time;
    apr_uint64_t denials;
};

apr_array_header_t *fcgid_ipc_classes(apr_pool_t *pool);

/* The classes whose program does not run, or whose processes end before they
 * serve, one after the other: struct fcgid_trouble. */
struct fcgid_trouble {
    const char *command;
    const char *vhost;
    int failures;      /* in a row */
    const char *text;  /* "exited with code 3", or why it can't be run */
    apr_time_t until;  /* no process is started before; 0: one may be */
};

apr_array_header_t *fcgid_ipc_troubles(apr_pool_t *pool);

#endif
