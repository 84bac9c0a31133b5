/* SPDX-License-Identifier: BSD-2-Clause */
/* Small calls of fcgiext.h: options, and what there is to know of a request. */
#include "config.h"

#include "ext.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fcgiext.h"
#include "options.h"
#include "report.h"
#include "stats.h"
#include "stream.h"

/* Two lists, so that either may change by itself. */
static const struct option {
    int number; /* enum FCGX_Option */
    enum fcgi_option which;
    const char *name;
} options[] = {
    {FCGX_IDLE_TIMEOUT, FCGI_OPTION_IDLE_TIMEOUT, "idle-timeout"},
    {FCGX_HEAD_TIMEOUT, FCGI_OPTION_HEAD_TIMEOUT, "head-timeout"},
    {FCGX_READ_TIMEOUT, FCGI_OPTION_READ_TIMEOUT, "read-timeout"},
    {FCGX_WRITE_TIMEOUT, FCGI_OPTION_WRITE_TIMEOUT, "write-timeout"},
    {FCGX_LINGER, FCGI_OPTION_LINGER, "linger"},
    {FCGX_PARAMS_LIMIT, FCGI_OPTION_PARAMS_LIMIT, "params-limit"},
    {FCGX_BODY_LIMIT, FCGI_OPTION_BODY_LIMIT, "body-limit"},
    {FCGX_OUT_BUFFER, FCGI_OPTION_OUT_BUFFER, "out-buffer"},
    {FCGX_LOG, FCGI_OPTION_LOG, "log"},
};

enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

static const struct option *
find_number(int number)
{
    int i;

    for (i = 0; i < OPTIONS; i++)
        if (options[i].number == number)
            return &options[i];
    return NULL;
}

static const struct option *
find_name(const char *name, size_t size)
{
    int i;

    for (i = 0; i < OPTIONS; i++)
        if (strncmp(options[i].name, name, size) == 0 &&
            options[i].name[size] == '\0')
            return &options[i];
    return NULL;
}

int
FCGX_SetOption(int option, long value)
{
    const struct option *found = find_number(option);

    return found == NULL ? -EINVAL : fcgi_option_set(found->which, value);
}

long
FCGX_GetOption(int option)
{
    const struct option *found = find_number(option);

    return found == NULL ? -EINVAL : fcgi_option(found->which);
}

/* Takes a word for the value of FCGX_LOG. */
static int
take_place(const char **text)
{
    static const char *const places[] = {[FCGI_REPORT_NOWHERE] = "none",
                                         [FCGI_REPORT_STDERR] = "stderr",
                                         [FCGI_REPORT_SYSLOG] = "syslog"};
    size_t size = strcspn(*text, ", \t");
    int i;

    for (i = FCGI_REPORT_NOWHERE; i <= FCGI_REPORT_SYSLOG; i++)
        if (strncmp(places[i], *text, size) == 0 && places[i][size] == '\0') {
            *text += size;
            return fcgi_option_set(FCGI_OPTION_LOG, i);
        }
    return -EINVAL;
}

/* Takes name=value at *text, and moves that to what follows the value. */
static int
take_option(const char **text)
{
    size_t size = strcspn(*text, "=, \t");
    const struct option *found = find_name(*text, size);
    const char *value = *text + size + 1;
    char *end;
    long number;

    if (found == NULL || (*text)[size] != '=')
        return -EINVAL;
    if (found->which == FCGI_OPTION_LOG) {
        *text = value;
        return take_place(text);
    }
    if (*value < '0' || *value > '9')
        return -EINVAL;
    errno = 0;
    number = strtol(value, &end, 10);
    *text = end;
    if (errno != 0 || strchr(", \t", *end) == NULL) /* or it is the NUL */
        return -EINVAL;
    return fcgi_option_set(found->which, number);
}

int
fcgi_ext_init(void)
{
    const char *text = getenv("LIBFCGI_OPTIONS");
    int error = 0;

    if (text == NULL)
        return 0;
    text += strspn(text, ", \t");
    while (error == 0 && *text != '\0') {
        error = take_option(&text);
        text += strspn(text, ", \t");
    }
    return error;
}

/* Whether the web server has closed the connection.  A Unix socket tells that
 * from a mere end of its sending, TCP does not. */
static bool
is_hung_up(int fd, bool is_tcp)
{
    struct pollfd p = {.fd = fd};
    short gone = POLLHUP | POLLERR | POLLNVAL;

#ifdef POLLRDHUP
    if (is_tcp)
        p.events = POLLRDHUP;
    gone |= p.events;
#else
    (void)is_tcp;
#endif
    return fd >= 0 && poll(&p, 1, 0) > 0 && (p.revents & gone) != 0;
}

int
FCGX_IsAborted(FCGX_Request *request)
{
    struct Params *state;

    if (request == NULL || !request->isBeginProcessed ||
        request->paramsPtr == NULL)
        return 0;
    state = request->paramsPtr;
    return state->write_error != 0 || !fcgi_reader_look(state, request) ||
           is_hung_up(request->ipcFd, state->conn.is_tcp);
}

int
FCGX_GetStats(struct FCGX_Statistics *stats, size_t size)
{
    struct FCGX_Statistics s;
    size_t finished = fcgi_stats_get(FCGI_STAT_FINISHED);

    if (size > sizeof(s))
        memset(stats, 0, size);
    s.connections = fcgi_stats_get(FCGI_STAT_CONNECTIONS);
    s.requests = fcgi_stats_get(FCGI_STAT_REQUESTS);
    s.active = (size_t)s.requests - finished;
    s.aborted = fcgi_stats_get(FCGI_STAT_ABORTED);
    s.refused = fcgi_stats_get(FCGI_STAT_REFUSED);
    s.errors = fcgi_stats_get(FCGI_STAT_ERRORS);
    s.probes = fcgi_stats_get(FCGI_STAT_PROBES);
    s.bytes_in = fcgi_stats_get(FCGI_STAT_BYTES_IN);
    s.bytes_out = fcgi_stats_get(FCGI_STAT_BYTES_OUT);
    memcpy(stats, &s, size < sizeof(s) ? size : sizeof(s));
    return 0;
}
