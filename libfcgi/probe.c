/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "probe.h"

#include <string.h>

enum state {
    METHOD, /* its bytes, and the blank after them */
    PATH,
    AFTER_PATH, /* the byte that ends the path has come, or the query goes on */
    REQUEST_LINE, /* the rest of a line with a version */
    HEADER,       /* inside a line */
    LINE,         /* at a line's start */
    END_CR,       /* after a CR at a line's start */
    SIMPLE_CR,    /* after the CR of a line without version */
    OTHER
};

enum method { GET, HEAD, OPTIONS };

static const char *const methods[] = {"GET ", "HEAD ", "OPTIONS "};

static enum state
in_method(struct fcgi_probe *probe, uint8_t c)
{
    const char *name;

    if (probe->pos == 0)
        probe->method = c == 'H' ? HEAD : c == 'O' ? OPTIONS : GET;
    name = methods[probe->method];
    if (c != (uint8_t)name[probe->pos])
        return OTHER;
    probe->pos++;
    if (name[probe->pos] != '\0')
        return METHOD;
    probe->pos = 0;
    return PATH;
}

/* After a part of the path, or in the query. */
static enum state
after_path(uint8_t c)
{
    switch (c) {
    case ' ':
        return REQUEST_LINE;
    case '\r':
        return SIMPLE_CR;
    default:
        return AFTER_PATH;
    }
}

static enum state
in_path(struct fcgi_probe *probe, const char *path, uint8_t c)
{
    if (path[probe->pos] == '\0')
        return c == '?' || c == ' ' || c == '\r' || c == '\n' ? after_path(c)
                                                              : OTHER;
    return c == (uint8_t)path[probe->pos++] ? PATH : OTHER;
}

static enum state
next(struct fcgi_probe *probe, const char *path, uint8_t c)
{
    switch ((enum state)probe->state) {
    case METHOD:
        return in_method(probe, c);
    case PATH:
        return in_path(probe, path, c);
    case AFTER_PATH:
        return after_path(c);
    case REQUEST_LINE:
    case HEADER:
        return c == '\n' ? LINE : (enum state)probe->state;
    case LINE:
        return c == '\r' ? END_CR : HEADER;
    case END_CR:
    case SIMPLE_CR:
    case OTHER:
        break;
    }
    return OTHER;
}

/* Whether this byte ends the request. */
static bool
is_last(const struct fcgi_probe *probe, const char *path, uint8_t c)
{
    if (c != '\n')
        return false;
    return probe->state == LINE || probe->state == END_CR ||
           probe->state == SIMPLE_CR || probe->state == AFTER_PATH ||
           (probe->state == PATH && path[probe->pos] == '\0');
}

enum fcgi_probe_result
fcgi_probe_feed(struct fcgi_probe *probe, const char *path, const uint8_t *data,
                size_t size)
{
    size_t i;

    for (i = 0; i < size && probe->state != OTHER; i++) {
        if (is_last(probe, path, data[i]))
            return FCGI_PROBE_MATCH;
        if (probe->size++ == FCGI_PROBE_HEAD)
            probe->state = OTHER;
        else
            probe->state = (uint8_t)next(probe, path, data[i]);
    }
    return probe->state == OTHER ? FCGI_PROBE_OTHER : FCGI_PROBE_MORE;
}

bool
fcgi_probe_has_begun(const struct fcgi_probe *probe)
{
    return probe->size > 0;
}

#define COMMON "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
#define OK                                                                     \
    "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "          \
    "3\r\n" COMMON
#define LEAVING                                                                \
    "HTTP/1.0 503 Service Unavailable\r\nContent-Type: text/plain\r\n"         \
    "Content-Length: 8\r\n" COMMON

const char *
fcgi_probe_answer(const struct fcgi_probe *probe, bool is_leaving)
{
    static const char *const answers[2][3] = {
        {[GET] = OK "ok\n",
         [HEAD] = OK,
         [OPTIONS] = "HTTP/1.0 200 OK\r\nAllow: GET, HEAD, OPTIONS\r\n"
                     "Content-Length: 0\r\n" COMMON},
        {[GET] = LEAVING "leaving\n",
         [HEAD] = LEAVING,
         [OPTIONS] = "HTTP/1.0 503 Service Unavailable\r\n"
                     "Content-Length: 0\r\n" COMMON},
    };

    return answers[is_leaving][probe->method];
}

bool
fcgi_probe_is_path(const char *path)
{
    size_t size = strlen(path);
    size_t i;

    if (size == 0 || size > FCGI_PROBE_PATH || path[0] != '/')
        return false;
    for (i = 0; i < size; i++)
        if (path[i] <= ' ' || path[i] > '~' || path[i] == '?' || path[i] == '#')
            return false;
    return true;
}
