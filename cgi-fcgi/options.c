/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "options.h"

#include <ctype.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "argfile.h"
#include "say.h"
#include "wire/wire.h"

enum kind {
    KIND_FLAG,    /* bool at offset becomes true */
    KIND_TEXT,    /* const char * at offset */
    KIND_SECONDS, /* int64_t milliseconds at offset, from decimal seconds */
    KIND_NUMBER,  /* unsigned at offset, 1 to max */
    KIND_CALL     /* set(options, value) */
};

struct row {
    const char *name;
    char letter;          /* or 0 */
    const char *argument; /* as --help shows it; NULL: takes none */
    enum kind kind;
    size_t offset;
    unsigned max;
    void (*set)(struct options *options, const char *value);
    const char *help;
};

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

static const struct row rows[] = {
    {"connect", 0, "NAME", KIND_TEXT, AT(connect),
     "where the application listens: a path, HOST:PORT, [IPV6]:PORT;\n"
     "also unix:PATH, tcp:HOST:PORT, @ABSTRACT"},
    {"bind", 0, NULL, KIND_FLAG, AT(bind),
     "only connect, do not start the application"},
    {"start", 0, NULL, KIND_FLAG, AT(start), "only start the application"},
    {"file", 'f', "FILE", KIND_FLAG, CALL(NULL),
     "take the words of FILE for the command line"},
    {"processes", 0, "N", KIND_NUMBER, NUMBER(processes, 100000),
     "how many to start (1)"},
    {"backlog", 0, "N", KIND_NUMBER, NUMBER(backlog, INT_MAX),
     "connections that may wait to be accepted (1024)"},
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
    {"timeout", 0, "SECONDS", KIND_SECONDS, AT(timeout),
     "give up after that time, connecting included"},
    {"connect-timeout", 0, "SECONDS", KIND_SECONDS, AT(connect_timeout),
     "give up connecting after that time"},
    {"help", 'h', NULL, KIND_CALL, CALL(set_help), "print this"},
    {"version", 0, NULL, KIND_CALL, CALL(set_version), "print the version"},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const char synopsis[] =
    "Usage: cgi-fcgi -bind -connect NAME [OPTION]...\n"
    "       cgi-fcgi -connect NAME APP [N] [OPTION]... [-- ARGUMENT...]\n"
    "       cgi-fcgi -start -connect NAME APP [N] [OPTION]... "
    "[-- ARGUMENT...]\n"
    "       cgi-fcgi -f FILE\n"
    "Passes a CGI request on to a FastCGI application, or starts one.\n\n";

/* Prints an option: its spelling, then its help from column 26 on. */
static void
print_row(const struct row *row)
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
set_help(struct options *options, const char *value)
{
    size_t i;

    (void)options;
    (void)value;
    fputs(synopsis, stdout);
    for (i = 0; i < ROWS; i++)
        print_row(&rows[i]);
    fputs("\nOptions may have one dash or two.  Exit code: that of the "
          "application, else\n1 usage, 253 broken protocol, 254 wrong version "
          "of it, or the number of the\nsystem's error (2, 32, 104, 110, 111 "
          "...).  See cgi-fcgi(1).\n",
          stdout);
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

static int64_t
get_seconds(const char *name, const char *value)
{
    char *end;
    double seconds = strtod(value, &end);

    /* Written so that a NaN fails. */
    if (end == value || *end != '\0' || !(seconds >= 0.001) || seconds > 1e9)
        die("--%s %s: not a number of seconds above 0", name, value);
    return (int64_t)(seconds * 1000 + 0.5);
}

static unsigned
get_number(const struct row *row, const char *value)
{
    char *end;
    unsigned long number = strtoul(value, &end, 10);

    if (!isdigit((unsigned char)*value) || *end != '\0' || number < 1 ||
        number > row->max)
        die("--%s %s: not a number from 1 to %u", row->name, value, row->max);
    return (unsigned)number;
}

static void
set(struct options *options, const struct row *row, const char *value)
{
    void *place = (char *)options + row->offset;

    switch (row->kind) {
    case KIND_FLAG:
        *(bool *)place = true;
        break;
    case KIND_TEXT:
        *(const char **)place = value;
        break;
    case KIND_SECONDS:
        *(int64_t *)place = get_seconds(row->name, value);
        break;
    case KIND_NUMBER:
        *(unsigned *)place = get_number(row, value);
        break;
    case KIND_CALL:
        row->set(options, value);
        break;
    }
}

/* The row of "-name", "--name", "--name=VALUE" or "-l"; ends the program if
 * there is none. */
static const struct row *
find(const char *word, const char **value)
{
    const char *name = word + (word[1] == '-' ? 2 : 1);
    size_t size = strcspn(name, "=");
    size_t i;

    *value = name[size] == '=' ? name + size + 1 : NULL;
    for (i = 0; i < ROWS; i++)
        if ((strlen(rows[i].name) == size &&
             strncmp(rows[i].name, name, size) == 0) ||
            (size == 1 && rows[i].letter == name[0]))
            return &rows[i];
    die("unknown option %s (--help lists them)", word);
}

static void
set_operand(struct options *options, unsigned place, const char *word)
{
    char *end;
    unsigned long number;

    if (place == 0) {
        options->app = word;
        return;
    }
    if (place > 1 || !isdigit((unsigned char)*word))
        die("unknown argument %s", word);
    number = strtoul(word, &end, 10);
    if (number == 0)
        die("number of servers must be greater than 0");
    if (*end != '\0' || number > 100000)
        die("number of servers: %s", word);
    options->processes = (unsigned)number;
}

/* What follows "--": the application, unless it is known, and its arguments. */
static void
set_app_args(struct options *options, char **words)
{
    if (options->app == NULL && *words != NULL)
        options->app = *words++;
    options->app_args = words;
}

static void
parse(struct options *options, int argc, char **argv, bool in_file)
{
    unsigned operands = 0;
    int i;

    for (i = 1; i < argc; i++) {
        const struct row *row;
        const char *value;

        if (strcmp(argv[i], "--") == 0) {
            set_app_args(options, argv + i + 1);
            return;
        }
        if (argv[i][0] != '-' || argv[i][1] == '\0') {
            set_operand(options, operands++, argv[i]);
            continue;
        }
        row = find(argv[i], &value);
        if (row->argument == NULL && value != NULL)
            die("--%s takes no value", row->name);
        if (row->argument != NULL && value == NULL) {
            if (i + 1 >= argc)
                die("missing %s after %s", row->argument, argv[i]);
            value = argv[++i];
        }
        if (row->letter != 'f') {
            set(options, row, value);
        } else if (in_file) {
            die("a command file cannot name another: %s", value);
        } else {
            options_free(options);
            options->file_words = argfile_read(value, argv[0], &argc);
            parse(options, argc, options->file_words, true);
            return;
        }
    }
}

static void
check(const struct options *options)
{
    bool starts = options->start || (!options->bind && !options->ping);

    if (options->connect == NULL || *options->connect == '\0')
        die("missing -connect NAME (--help tells more)");
    if (starts && options->app == NULL)
        die("missing application pathname (or -bind: only connect)");
    if (options->headers && options->body)
        die("--headers and --body exclude each other");
    if (options->filter_file != NULL && options->role != FCGI_ROLE_FILTER)
        die("--filter-file needs --role filter");
}

void
options_parse(struct options *options, int argc, char **argv)
{
    memset(options, 0, sizeof(*options));
    options_free(options);
    parse(options, argc, argv, false);
    check(options);
}

/* Also the state in which parsing starts. */
void
options_free(struct options *options)
{
    static char *no_args[] = {NULL};

    env_free(&options->sets);
    argfile_free(options->file_words);
    memset(options, 0, sizeof(*options));
    options->app_args = no_args;
    options->processes = 1;
    options->backlog = 1024;
    options->role = FCGI_ROLE_RESPONDER;
}
