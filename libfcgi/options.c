/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "report.h"

static long values[FCGI_OPTION_COUNT] = {
    [FCGI_OPTION_IDLE_TIMEOUT] = 0,
    [FCGI_OPTION_HEAD_TIMEOUT] = 60000,
    [FCGI_OPTION_READ_TIMEOUT] = 0,
    [FCGI_OPTION_WRITE_TIMEOUT] = 0,
    [FCGI_OPTION_LINGER] = FCGI_OPTION_LINGER_DEFAULT,
    [FCGI_OPTION_PARAMS_LIMIT] = 1L << 20,
    [FCGI_OPTION_BODY_LIMIT] = 0,
    [FCGI_OPTION_OUT_BUFFER] = 16384,
    [FCGI_OPTION_LOG] = FCGI_REPORT_NOWHERE,
};

/* 0 elsewhere. */
static const long least[FCGI_OPTION_COUNT] = {
    [FCGI_OPTION_OUT_BUFFER] = 64,
};

static const long most[FCGI_OPTION_COUNT] = {
    [FCGI_OPTION_IDLE_TIMEOUT] = INT_MAX,
    [FCGI_OPTION_HEAD_TIMEOUT] = INT_MAX,
    [FCGI_OPTION_READ_TIMEOUT] = INT_MAX,
    [FCGI_OPTION_WRITE_TIMEOUT] = INT_MAX,
    [FCGI_OPTION_LINGER] = INT_MAX,
    [FCGI_OPTION_PARAMS_LIMIT] = INT_MAX,
    [FCGI_OPTION_BODY_LIMIT] = LONG_MAX,
    [FCGI_OPTION_OUT_BUFFER] = 65536,
    [FCGI_OPTION_LOG] = FCGI_REPORT_SYSLOG,
};

long
fcgi_option(enum fcgi_option which)
{
    return __atomic_load_n(&values[which], __ATOMIC_RELAXED);
}

long
fcgi_option_linger(void)
{
    const char *text = getenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT");
    char *end;
    long value;

    if (text == NULL)
        return -1;
    errno = 0;
    value = strtol(text, &end, 10);
    return end != text && *end == '\0' && errno == 0 && value >= 0 &&
                   value <= most[FCGI_OPTION_LINGER]
               ? value
               : -1;
}

int
fcgi_option_set(enum fcgi_option which, long value)
{
    if ((unsigned)which >= FCGI_OPTION_COUNT || value < least[which] ||
        value > most[which])
        return -EINVAL;
    __atomic_store_n(&values[which], value, __ATOMIC_RELAXED);
    return 0;
}
