/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line as a struct, filled from one table of options. */
#ifndef CGI_FCGI_OPTIONS_H
#define CGI_FCGI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "env.h"
#include "identity.h"
#include "sink.h"

enum { OPTIONS_MAX_ADDRESSES = 64 };

struct options {
    char **file_words; /* of the command file, or NULL */

    /* Where, and what is to be done there */
    const char *connects[OPTIONS_MAX_ADDRESSES];
    unsigned connect_count;
    const char *connect; /* the first address, or NULL: sockets are offered */
    bool bind;           /* only connect */
    bool start;          /* only start */
    bool ping;           /* only ask for values */
    const char *app;     /* path of the application */
    char **app_args;     /* its argument list, NULL-terminated; never NULL */
    unsigned processes;
    unsigned backlog;

    /* How it is started */
    struct identity user;
    struct identity socket_owner;
    int umask;       /* -1: as it is */
    int socket_mode; /* -1: by the umask */
    const char *chdir;
    const char *log;
    const char *pidfile;

    /* How it is kept alive; milliseconds */
    bool supervise; /* then start is true as well */
    unsigned crash_limit;
    int64_t grace;
    int64_t ready_time;

    /* The request */
    unsigned role;
    bool keep_conn;
    bool env_clear;          /* the environment is not sent */
    struct env sets;         /* entries in addition */
    const char *data;        /* body, or NULL */
    const char *data_file;   /* body, or NULL; "-" is standard input */
    const char *filter_file; /* DATA, or NULL */
    bool is_probe; /* an option asks for a request of its own: it is to be
                      complete, whatever the environment has */

    /* The answer */
    bool headers;
    bool body;
    bool status; /* exit code by the status of the answer */
    bool trace;
    bool json;

    /* The load test, if count or duration is not 0 */
    unsigned count;
    unsigned concurrency;
    int64_t duration; /* milliseconds */

    /* Limits, milliseconds; 0: none */
    int64_t timeout;
    int64_t connect_timeout;
};

/*
 * Reads the command line; "-f FILE" replaces it by the words of the file.
 * Prints --help and --version and ends the program then; ends it with
 * EXIT_USAGE and one line if something is wrong.  The texts stay the
 * caller's, or the struct's.
 */
void options_parse(struct options *options, int argc, char **argv);

/* Frees what belongs to the struct. */
void options_free(struct options *options);

#endif
