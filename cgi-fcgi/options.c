/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "options.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_BACKLOG = 128,
    FILE_SIZE_MAX = 1 << 20 /* bytes of a -f file */
};

const char options_usage[] =
    "Usage: cgi-fcgi -f FILE\n"
    "       cgi-fcgi -bind -connect ADDRESS\n"
    "       cgi-fcgi -start -connect ADDRESS PROGRAM [COUNT]\n"
    "       cgi-fcgi -connect ADDRESS PROGRAM [COUNT]\n"
    "\n"
    "Passes a CGI request, as given by the environment and standard input, to\n"
    "a FastCGI application, and its answer to standard output.\n"
    "\n"
    "  -connect, --connect ADDRESS    path of a Unix socket, HOST:PORT,\n"
    "                                 [IPV6]:PORT, unix:PATH or tcp:HOST:PORT\n"
    "  -bind, --bind                  only connect, never start PROGRAM\n"
    "  -start, --start                only start COUNT processes of PROGRAM\n"
    "                                 (default 1) that serve ADDRESS\n"
    "  -f, --file FILE                read the command line from FILE\n"
    "      --connect-timeout SECONDS  give up connecting after that time\n"
    "      --timeout SECONDS          give up after that time without a word\n"
    "                                 from the application\n"
    "      --backlog NUMBER           of connections that may wait (-start)\n"
    "      --help                     print this and exit\n"
    "      --version                  print the version and exit\n"
    "\n"
    "Exit status: the application's; 1 for a wrong command line; the error\n"
    "number if no connection can be made (2, 111...); 253 for a broken\n"
    "protocol, 254 for a wrong protocol version.  See cgi-fcgi(1).\n";

enum kind { FLAG, TEXT, SECONDS, NUMBER };

struct option_row {
    const char *name; /* without dashes: one or two are accepted */
    enum kind kind;
    size_t offset; /* in struct options */
};

#define ROW(name, kind, field) {name, kind, offsetof(struct options, field)}

static const struct option_row rows[] = {
    ROW("bind", FLAG, bind),
    ROW("start", FLAG, start),
    ROW("help", FLAG, help),
    ROW("version", FLAG, version),
    ROW("connect", TEXT, connect),
    ROW("connect-timeout", SECONDS, connect_timeout),
    ROW("timeout", SECONDS, timeout),
    ROW("backlog", NUMBER, backlog),
};

static bool
refuse(struct options *options, const char *what, const char *word)
{
    (void)snprintf(options->problem_text, sizeof(options->problem_text),
                   "%s%s", what, word);
    options->problem = options->problem_text;
    return false;
}

static const struct option_row *
find_row(const char *word)
{
    const char *name = word + (word[1] == '-' ? 2 : 1);
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

/* A number from least to most, with nothing behind it. */
static bool
read_number(const char *word, double least, double most, double *value)
{
    char *end;

    errno = 0;
    *value = strtod(word, &end);
    return errno == 0 && end != word && *end == '\0' && *value >= least &&
           *value <= most;
}

static bool
set_value(struct options *options, const struct option_row *row,
          const char *value)
{
    char *field = (char *)options + row->offset;
    double number;

    switch (row->kind) {
    case FLAG:
        *(bool *)(void *)field = true;
        return true;
    case TEXT:
        *(const char **)(void *)field = value;
        return true;
    case SECONDS:
        if (!read_number(value, 0.001, INT_MAX / 1000, &number))
            return refuse(options, "not a time in seconds above 0: ", value);
        *(int *)(void *)field = (int)(number * 1000);
        return true;
    case NUMBER:
        if (!read_number(value, 1, INT_MAX, &number))
            return refuse(options, "not a number above 0: ", value);
        *(int *)(void *)field = (int)number;
        return true;
    }
    return false;
}

/* The words that are no options: PROGRAM, COUNT. */
static bool
take_operand(struct options *options, const char *word, int position)
{
    char *end;
    long count;

    if (position == 0) {
        options->app = word;
        return true;
    }
    if (position > 1)
        return refuse(options, "one word too many: ", word);
    errno = 0;
    count = word[0] >= '0' && word[0] <= '9' ? strtol(word, &end, 10) : 0;
    if (count <= 0 || count > INT_MAX || errno != 0 || *end != '\0')
        return refuse(options, "not a number of processes: ", word);
    options->count = (int)count;
    return true;
}

static bool
parse_words(struct options *options, int argc, char **argv)
{
    const struct option_row *row;
    int operands = 0, i;

    for (i = 0; i < argc; i++) {
        if (argv[i][0] != '-' || argv[i][1] == '\0') {
            if (!take_operand(options, argv[i], operands++))
                return false;
            continue;
        }
        row = find_row(argv[i]);
        if (row == NULL)
            return refuse(options, "unknown option: ", argv[i]);
        if (row->kind != FLAG && i + 1 == argc)
            return refuse(options, "a value is missing behind ", argv[i]);
        if (!set_value(options, row, row->kind != FLAG ? argv[++i] : NULL))
            return false;
    }
    return true;
}

/* The -f file. */

static bool
read_file(struct options *options, const char *path)
{
    FILE *file = fopen(path, "r");
    size_t size;

    options->file_text = calloc(1, FILE_SIZE_MAX + 1);
    if (file == NULL || options->file_text == NULL) {
        refuse(options, "can't read ", path);
        (void)snprintf(options->problem_text, sizeof(options->problem_text),
                       "can't read %s: %s", path, strerror(errno));
        if (file != NULL)
            (void)fclose(file);
        return false;
    }
    size = fread(options->file_text, 1, FILE_SIZE_MAX + 1, file);
    if (ferror(file) || size > FILE_SIZE_MAX) {
        (void)fclose(file);
        return refuse(options, "can't read all of ", path);
    }
    (void)fclose(file);
    options->file_text[size] = '\0';
    if (size > 0 && options->file_text[size - 1] != '\n')
        return refuse(options, "the last line has no newline: ", path);
    return true;
}

/* Splits the lines that do not begin with '#' at blanks.  Returns the number
 * of words, or -1. */
static int
split_file(struct options *options)
{
    char *text = options->file_text, *line, *word, *rest;
    int count = 0;

    options->file_words = calloc(strlen(text) / 2 + 2, sizeof(char *));
    if (options->file_words == NULL)
        return -1;
    while ((line = strsep(&text, "\n")) != NULL) {
        if (line[0] == '#')
            continue;
        for (word = strtok_r(line, " \t\r", &rest); word != NULL;
             word = strtok_r(NULL, " \t\r", &rest))
            options->file_words[count++] = word;
    }
    return count;
}

static bool
parse_file(struct options *options, const char *path)
{
    int count;

    if (!read_file(options, path))
        return false;
    count = split_file(options);
    if (count < 0)
        return refuse(options, "out of memory for ", path);
    return parse_words(options, count, options->file_words);
}

static bool
check(struct options *options)
{
    if (options->help || options->version)
        return true;
    if (options->connect == NULL)
        return refuse(options, "-connect ADDRESS is missing", "");
    if (options->bind && options->start)
        return refuse(options, "-bind and -start exclude each other", "");
    if (!options->bind && options->app == NULL)
        return refuse(options, "the PROGRAM to start is missing", "");
    return true;
}

bool
options_parse(struct options *options, int argc, char **argv)
{
    bool ok;

    memset(options, 0, sizeof(*options));
    options->count = 1;
    options->connect_timeout = options->timeout = -1;
    options->backlog = DEFAULT_BACKLOG;
    if (argc > 1 &&
        (strcmp(argv[1], "-f") == 0 || strcmp(argv[1], "--file") == 0)) {
        if (argc == 2)
            return refuse(options, "a value is missing behind ", argv[1]);
        ok = parse_file(options, argv[2]);
    } else {
        ok = parse_words(options, argc - 1, argv + 1);
    }
    return ok && check(options);
}

void
options_free(struct options *options)
{
    free(options->file_words);
    free(options->file_text);
    options->file_words = NULL;
    options->file_text = NULL;
}
