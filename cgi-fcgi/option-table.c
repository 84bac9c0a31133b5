/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "option-table.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "say.h"
#include "wire/wire.h"

static void
set_connect(struct options *options, const char *value)
{
    if (*value == '\0')
        die("missing -connect NAME (--help tells more)");
    if (options->connect_count == OPTIONS_MAX_ADDRESSES)
        die("%s: no more than %d addresses", value, OPTIONS_MAX_ADDRESSES);
    options->connects[options->connect_count++] = value;
    options->connect = options->connects[0];
}

static void
set_user(struct options *options, const char *value)
{
    identity_set_user(&options->user, "--user", value);
}

static void
set_group(struct options *options, const char *value)
{
    identity_set_group(&options->user, "--group", value);
}

static void
set_socket_owner(struct options *options, const char *value)
{
    identity_set_user(&options->socket_owner, "--socket-owner", value);
}

static void
set_socket_group(struct options *options, const char *value)
{
    identity_set_group(&options->socket_owner, "--socket-group", value);
}

static int
get_mode(const char *name, const char *value)
{
    char *end;
    unsigned long mode = strtoul(value, &end, 8);

    if (!isdigit((unsigned char)*value) || *end != '\0' || mode > 0777)
        die("--%s %s: not an octal number up to 777", name, value);
    return (int)mode;
}

static void
set_umask(struct options *options, const char *value)
{
    options->umask = get_mode("umask", value);
}

static void
set_socket_mode(struct options *options, const char *value)
{
    options->socket_mode = get_mode("socket-mode", value);
}

static void
set_env(struct options *options, const char *value)
{
    const char *fault = env_fault(value);

    if (fault != NULL)
        die("the entry \"%s\" %s", value, fault);
    env_put(&options->sets, value);
}

static void
set_env_file(struct options *options, const char *value)
{
    env_put_file(&options->sets, value);
}

static void
set_method(struct options *options, const char *value)
{
    env_set(&options->sets, "REQUEST_METHOD", value);
    options->is_probe = true;
}

static void
set_script(struct options *options, const char *value)
{
    env_set(&options->sets, "SCRIPT_FILENAME", value);
    env_default(&options->sets, "SCRIPT_NAME", value);
    options->is_probe = true;
}

static void
set_query(struct options *options, const char *value)
{
    env_set(&options->sets, "QUERY_STRING", value);
    options->is_probe = true;
}

static void
set_url(struct options *options, const char *value)
{
    char *path = must_copy(value);
    char *query = strchr(path, '?');

    env_set(&options->sets, "REQUEST_URI", value);
    if (query != NULL)
        *query++ = '\0';
    env_set(&options->sets, "SCRIPT_NAME", path);
    env_default(&options->sets, "SCRIPT_FILENAME", path);
    env_set(&options->sets, "QUERY_STRING", query != NULL ? query : "");
    options->is_probe = true;
    free(path);
}

static void
set_data(struct options *options, const char *value)
{
    options->data = value;
    options->data_file = NULL;
    options->is_probe = true;
}

static void
set_data_file(struct options *options, const char *value)
{
    options->data_file = value;
    options->data = NULL;
    options->is_probe = true;
}

static void
set_role(struct options *options, const char *value)
{
    static const char *const names[] = {
        [FCGI_ROLE_RESPONDER] = "responder",
        [FCGI_ROLE_AUTHORIZER] = "authorizer",
        [FCGI_ROLE_FILTER] = "filter",
    };
    char *end;
    unsigned long number;
    unsigned i;

    for (i = FCGI_ROLE_RESPONDER; i <= FCGI_ROLE_FILTER; i++)
        if (strcmp(value, names[i]) == 0) {
            options->role = i;
            return;
        }
    number = strtoul(value, &end, 10);
    if (!isdigit((unsigned char)*value) || *end != '\0' || number > 65535)
        die("--role %s: it is responder, authorizer, filter or a number up to "
            "65535",
            value);
    options->role = (unsigned)number;
}

static void set_help(struct options *options, const char *value)
    __attribute__((noreturn));
static void set_version(struct options *options, const char *value)
    __attribute__((noreturn));

#define AT(member) offsetof(struct options, member), 0, NULL
#define NUMBER(member, max) offsetof(struct options, member), max, NULL
#define CALL(function) 0, 0, function

const struct option_row option_rows[] = {
    {"connect", 0, "NAME", KIND_CALL, CALL(set_connect),
     "where the application listens: a path, HOST:PORT, [IPV6]:PORT;\n"
     "also unix:PATH, tcp:HOST:PORT, @ABSTRACT"},
    {"bind", 0, NULL, KIND_FLAG, AT(bind),
     "only connect, do not start the application"},
    {"start", 0, NULL, KIND_FLAG, AT(start), "only start the application"},
    {"supervise", 0, NULL, KIND_FLAG, AT(supervise),
     "start the application and keep it alive; do not leave"},
    {"file", 'f', "FILE", KIND_FLAG, CALL(NULL),
     "take the words of FILE for the command line"},
    {"processes", 0, "N", KIND_NUMBER, NUMBER(processes, 100000),
     "how many to start (1)"},
    {"backlog", 0, "N", KIND_NUMBER, NUMBER(backlog, INT_MAX),
     "connections that may wait to be accepted (1024)"},
    {"user", 0, "USER[:GROUP]", KIND_CALL, CALL(set_user),
     "run the application as that user"},
    {"group", 0, "GROUP", KIND_CALL, CALL(set_group), "and as that group"},
    {"umask", 0, "MODE", KIND_CALL, CALL(set_umask),
     "what new files, the socket too, shall not allow (octal)"},
    {"socket-mode", 0, "MODE", KIND_CALL, CALL(set_socket_mode),
     "who may connect to the socket file (octal, such as 660)"},
    {"socket-owner", 0, "USER[:GROUP]", KIND_CALL, CALL(set_socket_owner),
     "the owner of the socket file"},
    {"socket-group", 0, "GROUP", KIND_CALL, CALL(set_socket_group),
     "the group of the socket file"},
    {"chdir", 0, "DIRECTORY", KIND_TEXT, AT(chdir),
     "go there first; files named here are meant from there"},
    {"log", 0, "FILE", KIND_TEXT, AT(log),
     "add to it what the application prints"},
    {"pidfile", 0, "FILE", KIND_TEXT, AT(pidfile),
     "a file for the process ids"},
    {"grace", 0, "SECONDS", KIND_SECONDS, AT(grace),
     "how long a process may take to leave (30)"},
    {"ready-time", 0, "SECONDS", KIND_SECONDS, AT(ready_time),
     "how long a new process must live to be relied on (1)"},
    {"crash-limit", 0, "N", KIND_NUMBER, NUMBER(crash_limit, 1000000),
     "early deaths in a row of each process that end it all (8)"},
    {"env", 'e', "NAME=VALUE", KIND_CALL, CALL(set_env),
     "add to, or replace in, what is sent"},
    {"env-file", 0, "FILE", KIND_CALL, CALL(set_env_file),
     "the same with each line of FILE"},
    {"env-clear", 0, NULL, KIND_FLAG, AT(env_clear),
     "do not send the environment"},
    {"url", 0, "PATH[?QUERY]", KIND_CALL, CALL(set_url),
     "REQUEST_URI, SCRIPT_NAME, SCRIPT_FILENAME, QUERY_STRING"},
    {"script", 0, "PATH", KIND_CALL, CALL(set_script),
     "SCRIPT_FILENAME and, if not set, SCRIPT_NAME"},
    {"query", 0, "TEXT", KIND_CALL, CALL(set_query), "QUERY_STRING"},
    {"method", 0, "NAME", KIND_CALL, CALL(set_method), "REQUEST_METHOD"},
    {"data", 0, "TEXT", KIND_CALL, CALL(set_data), "the body of the request"},
    {"data-file", 0, "FILE", KIND_CALL, CALL(set_data_file),
     "the same from a file; - is standard input"},
    {"role", 0, "ROLE", KIND_CALL, CALL(set_role),
     "responder, authorizer or filter"},
    {"filter-file", 0, "FILE", KIND_TEXT, AT(filter_file),
     "what a filter is to filter"},
    {"keep-conn", 0, NULL, KIND_FLAG, AT(keep_conn),
     "ask the application to keep the connection"},
    {"ping", 0, NULL, KIND_FLAG, AT(ping),
     "ask for FCGI_MAX_CONNS, FCGI_MAX_REQS, FCGI_MPXS_CONNS"},
    {"headers", 0, NULL, KIND_FLAG, AT(headers),
     "print the header of the answer only"},
    {"body", 0, NULL, KIND_FLAG, AT(body), "print the body of the answer only"},
    {"status", 0, NULL, KIND_FLAG, AT(status),
     "exit with 22 if the answer's status is 400 or above"},
    {"trace", 0, NULL, KIND_FLAG, AT(trace),
     "print every record on standard error"},
    {"json", 0, NULL, KIND_FLAG, AT(json),
     "print what came of it as JSON; with --body the body, too"},
    {"count", 0, "N", KIND_NUMBER, NUMBER(count, UINT_MAX),
     "load test: send the request N times, print figures"},
    {"duration", 0, "SECONDS", KIND_SECONDS, AT(duration),
     "load test: send it for that time"},
    {"concurrency", 0, "N", KIND_NUMBER,
     NUMBER(concurrency, LOAD_MAX_CONCURRENCY),
     "load test: so many requests at a time (1)"},
    {"timeout", 0, "SECONDS", KIND_SECONDS, AT(timeout),
     "give up after that time, connecting included"},
    {"connect-timeout", 0, "SECONDS", KIND_SECONDS, AT(connect_timeout),
     "give up connecting after that time"},
    {"help", 'h', NULL, KIND_CALL, CALL(set_help), "print this"},
    {"version", 0, NULL, KIND_CALL, CALL(set_version), "print the version"},
    {NULL, 0, NULL, KIND_FLAG, CALL(NULL), NULL},
};

static const char synopsis[] =
    "Usage: cgi-fcgi -bind -connect NAME [OPTION]...\n"
    "       cgi-fcgi -connect NAME APP [N] [OPTION]... [-- ARGUMENT...]\n"
    "       cgi-fcgi -start -connect NAME APP [N] [OPTION]... "
    "[-- ARGUMENT...]\n"
    "       cgi-fcgi -supervise -connect NAME APP [N] [OPTION]... "
    "[-- ARGUMENT...]\n"
    "       cgi-fcgi -f FILE\n"
    "Passes a CGI request on to a FastCGI application, or starts one.\n\n";

/* Prints an option: its spelling, then its help from column 26 on. */
static void
print_row(const struct option_row *row)
{
    const char *help = row->help;
    int width;

    width = row->letter != 0 ? printf("  -%c, ", row->letter) : printf("  ");
    width += printf("--%s", row->name);
    if (row->argument != NULL)
        width += printf(" %s", row->argument);
    if (width > 25) {
        putchar('\n');
        width = 0;
    }
    for (;;) {
        size_t size = strcspn(help, "\n");

        printf("%*s%.*s\n", 26 - width, "", (int)size, help);
        if (help[size] == '\0')
            return;
        help += size + 1;
        width = 0;
    }
}

static void
print_help(void)
{
    const struct option_row *row;

    fputs(synopsis, stdout);
    for (row = option_rows; row->name != NULL; row++)
        print_row(row);
    fputs("\nOptions may have one dash or two.  Exit code: that of the "
          "application, else\n1 usage, 253 broken protocol, 254 wrong version "
          "of it, or the number of the\nsystem's error (2, 32, 104, 110, 111 "
          "...).  See cgi-fcgi(1).\n",
          stdout);
}

static void
set_help(struct options *options, const char *value)
{
    (void)options;
    (void)value;
    print_help();
    exit(fflush(stdout) == 0 ? 0 : EXIT_USAGE);
}

static void
set_version(struct options *options, const char *value)
{
    (void)options;
    (void)value;
    puts("cgi-fcgi (" PACKAGE_NAME ") " PACKAGE_VERSION "\n"
         "License BSD-2-Clause.  There is no warranty.");
    exit(fflush(stdout) == 0 ? 0 : EXIT_USAGE);
}
