/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process class: the set of application processes that are interchangeable
 * for a request, and what the manager needs to know to start one.
 *
 * A definition is plain data.  Two definitions with equal start-up data (all
 * fields but the limits) have the same key and so share their processes,
 * across httpd children and across graceful restarts: a class whose
 * configuration did not change keeps its warm processes.
 */
#ifndef FCGID_CLASS_H
#define FCGID_CLASS_H

#include "apr.h"
#include "apr_pools.h"
#include "apr_time.h"
#include "apr_user.h"

#define FCGID_KEY_SIZE 16 /* bytes */

struct fcgid_key {
    unsigned char bytes[FCGID_KEY_SIZE];
};

/* Limits of a class; they may change while its processes run. */
struct fcgid_limits {
    int min_processes; /* kept when idle */
    int max_processes; /* per class, >= 1 */
    int max_requests;  /* per process; 0: no limit */
    int max_lanes;     /* requests at once per process, >= 1 */
    int preload;       /* its processes are forked from one of them */
    int spawn_score;   /* FcgidSpawnScore ... the four below */
    int spawn_score_up_limit;
    int termination_score;
    int time_score;
    apr_interval_time_t idle_timeout;     /* microseconds; 0: none */
    apr_interval_time_t process_lifetime; /* 0: none */
    apr_int64_t max_memory;               /* resident bytes; 0: no limit */
    apr_interval_time_t busy_timeout;     /* 0: none */
    apr_interval_time_t connect_timeout;
    apr_interval_time_t io_timeout;    /* > 0 */
    apr_interval_time_t queue_timeout; /* longest wait for a lane, > 0 */
    int queue_length;                  /* waiting requests at most, > 0 */
};

struct fcgid_external;

/* One resource limit for setrlimit; unset when set is 0. */
struct fcgid_rlimit {
    int set;
    apr_uint64_t soft;
    apr_uint64_t hard;
};

#define FCGID_RELOAD_ON "On"

struct fcgid_class_def {
    const char *command;     /* command line as configured, for logs */
    const char *const *argv; /* NULL-terminated; argv[0] an absolute path */
    const char *directory;   /* working directory, absolute */
    const char *const *env;  /* "NAME=value", NULL-terminated: all of the
                                application's environment at its start */
    const char *vhost;       /* identity of the virtual host, for the key and
                                for logs */
    apr_uint64_t device;     /* of the executable, for the key */
    apr_uint64_t inode;
    int use_suexec;          /* then the four below hold */
    const char *suexec_user; /* its argument: a number, or "~" and a number */
    const char *suexec_group;
    apr_uid_t uid; /* (apr_uid_t)-1 without suexec: the server's User */
    apr_gid_t gid;
    struct fcgid_rlimit cpu;               /* seconds */
    struct fcgid_rlimit mem;               /* bytes */
    struct fcgid_rlimit nproc;             /* processes */
    int nice;                              /* added to httpd's own, 0 to 19 */
    int umask;                             /* -1: httpd's */
    const char *reload; /* FcgidReload: the file whose change replaces the
                           processes; FCGID_RELOAD_ON: those that argv names.
                           Then the executable may change within the class.
                           NULL or empty: none */
    struct fcgid_limits limits;            /* not part of the key */
    const struct fcgid_external *external; /* NULL: processes of ours; else no
                                              class of the manager's at all */
};

/* Computes the key of the start-up data.  Never fails. */
void fcgid_class_key(struct fcgid_key *key, const struct fcgid_class_def *def);

/*
 * Flattens a definition for the way to the manager, and back.  pack returns
 * pool memory and its size; unpack returns NULL if the bytes are not a
 * definition, and points into data, which must outlive the result.
 */
void *fcgid_class_pack(apr_pool_t *pool, const struct fcgid_class_def *def,
                       apr_size_t *size);
struct fcgid_class_def *fcgid_class_unpack(apr_pool_t *pool, const void *data,
                                           apr_size_t size);

#endif
