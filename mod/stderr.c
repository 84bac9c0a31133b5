/* SPDX-License-Identifier: BSD-2-Clause */
#include "stderr.h"
#include "log.h"

static void
tell_missed(struct fcgid_stderr *from)
{
    if (from->missed == 0)
        return;
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, from->r,
                  "mod_fcgid: stderr: %" APR_INT64_T_FMT
                  " lines left out, more than %" APR_INT64_T_FMT
                  " in a second (FcgidStderrRate)" FCGID_ID(307),
                  from->missed, from->rate);
    from->missed = 0;
}

/* Whether one more line may be logged now. */
static int
may_log(struct fcgid_stderr *from)
{
    apr_time_t now;

    if (from->rate == 0)
        return 1;
    if (from->lines >= from->rate) {
        now = apr_time_now();
        if (now - from->second < APR_USEC_PER_SEC) {
            from->missed++;
            return 0;
        }
        tell_missed(from);
        from->lines = 0;
    }
    if (from->lines++ == 0)
        from->second = apr_time_now();
    return 1;
}

static void
log_line(struct fcgid_stderr *from)
{
    apr_size_t size = from->size, i;
    char *line = from->line;

    from->size = 0;
    if (size > 0 && line[size - 1] == '\r')
        size--;
    if (size == 0 || !may_log(from))
        return;
    for (i = 0; i < size; i++)
        if (line[i] == '\0')
            line[i] = ' ';
    line[size] = '\0';
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, from->r,
                  "mod_fcgid: stderr: %s", line);
}

void
fcgid_stderr_init(struct fcgid_stderr *from, request_rec *r)
{
    memset(from, 0, sizeof *from);
    from->r = r;
    from->rate =
        fcgid_setting(fcgid_server_conf(r->server), NULL, FCGID_STDERR_RATE);
}

void
fcgid_stderr_take(struct fcgid_stderr *from, const char *data, apr_size_t size)
{
    const char *newline;
    apr_size_t part;

    if (from->line == NULL)
        from->line = apr_palloc(from->r->pool, FCGID_ERROR_LINE_LIMIT + 1);
    while (size > 0) {
        newline = memchr(data, '\n', size);
        part = newline != NULL ? (apr_size_t)(newline - data) : size;
        if (part > FCGID_ERROR_LINE_LIMIT - from->size) {
            part = FCGID_ERROR_LINE_LIMIT - from->size;
            newline = NULL;
        }
        memcpy(from->line + from->size, data, part);
        from->size += part;
        if (newline != NULL || from->size == FCGID_ERROR_LINE_LIMIT)
            log_line(from);
        if (newline != NULL)
            part++;
        data += part;
        size -= part;
    }
}

void
fcgid_stderr_finish(struct fcgid_stderr *from)
{
    if (from->size > 0)
        log_line(from);
    tell_missed(from);
}
