/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments of directives: numbers, sizes, times, command lines. */
#include "apr_file_info.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "conf.h"

/* Parses the digits; *end is behind them. */
static int
parse_integer(const char *text, apr_int64_t *value, char **end)
{
    errno = 0;
    *value = apr_strtoi64(text, end, 10);
    return *end != text && errno == 0;
}

static int
parse_number(const char *text, apr_int64_t *value)
{
    char *end;

    return parse_integer(text, value, &end) && *end == '\0';
}

static int
parse_mode(const char *text, apr_int64_t *value)
{
    char *end;

    errno = 0;
    *value = apr_strtoi64(text, &end, 8);
    return end != text && *end == '\0' && errno == 0;
}

static int
parse_size(const char *text, apr_int64_t *value)
{
    char *end;
    int shift = 0;

    if (!parse_integer(text, value, &end))
        return 0;
    switch (apr_toupper(*end)) {
    case 'K':
        shift = 10;
        break;
    case 'M':
        shift = 20;
        break;
    case 'G':
        shift = 30;
        break;
    }
    if (shift != 0)
        end++;
    if (apr_toupper(*end) == 'B')
        end++;
    if (*end != '\0' || *value > (APR_INT64_MAX >> shift) || *value < 0)
        return 0;
    *value <<= shift;
    return 1;
}

int
fcgid_parse_time(const char *text, apr_int64_t *value)
{
    apr_interval_time_t time;
    apr_int64_t digits;
    char *end;

    if (!parse_integer(text, &digits, &end) || digits < 0 ||
        digits > APR_INT64_MAX / apr_time_from_sec(3600) ||
        ap_timeout_parameter_parse(text, &time, "s") != APR_SUCCESS)
        return 0;
    *value = time;
    return 1;
}

static int
parse_switch(const char *text, apr_int64_t *value)
{
    if (strcasecmp(text, "On") == 0)
        *value = 1;
    else if (strcasecmp(text, "Off") == 0)
        *value = 0;
    else
        return parse_number(text, value);
    return 1;
}

static const char *
allowed(apr_pool_t *pool, const struct fcgid_setting_row *row)
{
    switch (row->kind) {
    case FCGID_SIZE:
        return "a number of bytes, or with a unit: K, M or G";
    case FCGID_TIME:
        return "a number of seconds, or with a unit: ms, s, min or h";
    case FCGID_SWITCH:
        return "0, 1, On or Off";
    case FCGID_MODE:
        return "octal digits, from 000 to 777";
    default:
        return apr_psprintf(
            pool, "a number from %" APR_INT64_T_FMT " to %" APR_INT64_T_FMT,
            row->min, row->max);
    }
}

const char *
fcgid_parse_setting(apr_pool_t *pool, const char *name,
                    enum fcgid_setting_id id, const char *text,
                    apr_int64_t *value)
{
    const struct fcgid_setting_row *row = &fcgid_settings[id];
    const char *rule;
    int ok;

    switch (row->kind) {
    case FCGID_SIZE:
        ok = parse_size(text, value);
        break;
    case FCGID_TIME:
        ok = fcgid_parse_time(text, value);
        break;
    case FCGID_SWITCH:
        ok = parse_switch(text, value);
        break;
    case FCGID_MODE:
        ok = parse_mode(text, value);
        break;
    default:
        ok = parse_number(text, value);
        break;
    }
    if (ok && *value >= row->min && *value <= row->max)
        return NULL;
    if (row->min == 1)
        rule = "must be greater than 0.";
    else if (row->min == 0)
        rule = "requires a non-negative integer.";
    else
        rule = "requires an integer.";
    return apr_psprintf(pool, "%s %s '%s' is not allowed: give %s", name, rule,
                        text, allowed(pool, row));
}

const char *
fcgid_parse_program(apr_pool_t *pool, const char *what, const char *path,
                    struct fcgid_command *command)
{
    const char **argv = apr_pcalloc(pool, 2 * sizeof *argv);
    apr_finfo_t info;
    apr_status_t rv;

    argv[0] = ap_server_root_relative(pool, path);
    if (argv[0] == NULL)
        return apr_psprintf(pool, "%s %s is not a path", what, path);
    rv = apr_stat(&info, argv[0], APR_FINFO_NORM, pool);
    if (rv != APR_SUCCESS && rv != APR_INCOMPLETE)
        return apr_psprintf(pool, "%s %s cannot be accessed: (%d)%pm", what,
                            argv[0], rv, &rv);
    if (info.filetype == APR_DIR)
        return apr_psprintf(pool, "%s %s is a directory", what, argv[0]);

    command->line = argv[0];
    command->argv = argv;
    command->device = (apr_uint64_t)info.device;
    command->inode = (apr_uint64_t)info.inode;
    return NULL;
}

const char *
fcgid_parse_command(apr_pool_t *pool, const char *what, const char *line,
                    struct fcgid_command *command)
{
    apr_array_header_t *words = apr_array_make(pool, 4, sizeof(char *));
    const char *rest = line;
    const char *message;
    const char **argv;

    while (apr_isspace(*rest))
        rest++;
    while (*rest != '\0')
        APR_ARRAY_PUSH(words, const char *) = ap_getword_conf(pool, &rest);
    if (words->nelts == 0 || *APR_ARRAY_IDX(words, 0, const char *) == '\0')
        return apr_psprintf(pool, "%s: a command is needed", what);
    APR_ARRAY_PUSH(words, const char *) = NULL;

    argv = (const char **)words->elts;
    message = fcgid_parse_program(pool, what, argv[0], command);
    if (message != NULL)
        return message;
    argv[0] = command->argv[0];
    command->argv = argv;
    command->line = apr_pstrdup(pool, line);
    return NULL;
}
