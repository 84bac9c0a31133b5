/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "argfile.h"
#include "listeners.h"
#include "option-table.h"
#include "say.h"
#include "wire/wire.h"

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
get_number(const struct option_row *row, const char *value)
{
    char *end;
    unsigned long number = strtoul(value, &end, 10);

    if (!isdigit((unsigned char)*value) || *end != '\0' || number < 1 ||
        number > row->max)
        die("--%s %s: not a number from 1 to %u", row->name, value, row->max);
    return (unsigned)number;
}

static void
set(struct options *options, const struct option_row *row, const char *value)
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
static const struct option_row *
find(const char *word, const char **value)
{
    const char *name = word + (word[1] == '-' ? 2 : 1);
    const struct option_row *row;
    size_t size = strcspn(name, "=");

    *value = name[size] == '=' ? name + size + 1 : NULL;
    for (row = option_rows; row->name != NULL; row++)
        if ((strlen(row->name) == size &&
             strncmp(row->name, name, size) == 0) ||
            (size == 1 && row->letter == name[0]))
            return row;
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
set_defaults(struct options *options)
{
    static char *no_args[] = {NULL};

    memset(options, 0, sizeof(*options));
    options->app_args = no_args;
    options->processes = 1;
    options->backlog = 1024;
    options->umask = -1;
    options->socket_mode = -1;
    options->crash_limit = 8;
    options->grace = 30000;
    options->ready_time = 1000;
    options->role = FCGI_ROLE_RESPONDER;
}

static void
parse(struct options *options, int argc, char **argv, bool in_file)
{
    unsigned operands = 0;
    int i;

    for (i = 1; i < argc; i++) {
        const struct option_row *row;
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
            set_defaults(options);
            options->file_words = argfile_read(value, argv[0], &argc);
            parse(options, argc, options->file_words, true);
            return;
        }
    }
}

/* What cannot be done at the same time. */
static void
check_uses(const struct options *options)
{
    if (options->start && options->bind)
        die("-bind and -start exclude each other");
    if (options->ping && (options->start || options->status ||
                          options->headers || options->body))
        die("--ping excludes -start, --status, --headers and --body");
    if (options->headers && options->body)
        die("--headers and --body exclude each other");
    if (options->headers && options->json)
        die("--headers and --json exclude each other");
}

static void
check_load(const struct options *options)
{
    bool loads = options->count > 0 || options->duration > 0;

    if (options->start && options->json)
        die("--json has nothing to tell of -start");
    if (loads && (options->start || options->ping))
        die("--count and --duration need a request to send: no --%s",
            options->start ? "start" : "ping");
    if (loads && (options->headers || options->body || options->trace))
        die("--count and --duration show no answers: no --headers, --body, "
            "--trace");
    if (!loads && options->concurrency > 0)
        die("--concurrency needs --count or --duration");
}

static void
check(const struct options *options)
{
    bool starts = options->start || (!options->bind && !options->ping);

    if (options->connect_count == 0 &&
        !(options->start && listeners_offered() > 0))
        die("missing -connect NAME (--help tells more)");
    if (options->connect_count > 1 && !options->start)
        die("%s: a second -connect needs -start", options->connects[1]);
    identity_check(&options->user, "--user");
    if (starts && options->app == NULL)
        die("missing application pathname (or -bind: only connect)");
    check_uses(options);
    check_load(options);
    if (options->filter_file != NULL && options->role != FCGI_ROLE_FILTER)
        die("--filter-file needs --role filter");
}

void
options_parse(struct options *options, int argc, char **argv)
{
    set_defaults(options);
    parse(options, argc, argv, false);
    options->start |= options->supervise;
    check(options);
}

void
options_free(struct options *options)
{
    env_free(&options->sets);
    argfile_free(options->file_words);
    options->file_words = NULL;
}
