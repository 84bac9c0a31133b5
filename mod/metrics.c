/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What monitoring collects: OpenMetrics 1.0 text, which Prometheus reads. A
 * class is known by a number of its own, as the same command may be several
 * classes (users, environments).
 */
#include "apr_strings.h"
#include "http_protocol.h"
#include "ipc.h"
#include "status.h"

#define TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define SHOWN_OF_KEY 8 /* bytes; as hexadecimal digits */

typedef struct fcgid_class_info info;

/* A text within the quotes of a label. */
static const char *
escaped(apr_pool_t *pool, const char *text)
{
    char *result = apr_palloc(pool, 2 * strlen(text) + 1), *to = result;

    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\' || *text == '\n')
            *to++ = '\\';
        *to++ = *text == '\n' ? 'n' : *text;
    }
    *to = '\0';
    return result;
}

/* class="...",command="...",host="..." */
static const char *
labels(apr_pool_t *pool, const info *class)
{
    char id[2 * SHOWN_OF_KEY + 1];
    const char *host = class->vhost != NULL ? class->vhost : "";
    int i;

    for (i = 0; i < SHOWN_OF_KEY; i++)
        apr_snprintf(id + 2 * i, 3, "%02x", class->key.bytes[i]);
    /* The name of the host; its addresses stand behind it. */
    return apr_psprintf(
        pool, "class=\"%s\",command=\"%s\",host=\"%s\"", id,
        escaped(pool, class->command),
        escaped(pool, apr_pstrndup(pool, host, strcspn(host, ":"))));
}

struct counter {
    const char *name; /* of the family; that of its samples ends in _total */
    const char *help;
    apr_size_t offset; /* of an apr_uint64_t in info */
    int micros;        /* that is microseconds, the metric seconds */
};

static const struct counter counters[] = {
    {"fcgid_requests", "Requests carried by processes.",
     APR_OFFSETOF(info, requests), 0},
    {"fcgid_starts", "Processes started.", APR_OFFSETOF(info, starts), 0},
    {"fcgid_crashes", "Processes that ended by a signal or with an exit code.",
     APR_OFFSETOF(info, crashes), 0},
    {"fcgid_denials", "Requests for which there was no process.",
     APR_OFFSETOF(info, denials), 0},
    {"fcgid_waits", "Requests that waited for a process.",
     APR_OFFSETOF(info, waits), 0},
    {"fcgid_wait_seconds", "Time that requests waited.",
     APR_OFFSETOF(info, wait_time), 1},
};

static void
begin_family(request_rec *r, const char *name, const char *type,
             const char *help)
{
    ap_rprintf(r, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void
write_counter(request_rec *r, const struct counter *counter, const info *class)
{
    apr_uint64_t value = *(const apr_uint64_t *)(const void *)(
        (const char *)class + counter->offset);

    ap_rprintf(r, "%s_total{%s} ", counter->name, labels(r->pool, class));
    if (counter->micros)
        ap_rprintf(r, "%" APR_UINT64_T_FMT ".%06" APR_UINT64_T_FMT "\n",
                   value / APR_USEC_PER_SEC, value % APR_USEC_PER_SEC);
    else
        ap_rprintf(r, "%" APR_UINT64_T_FMT "\n", value);
}

static void
write_state(request_rec *r, const info *class, const char *state, int count)
{
    ap_rprintf(r, "fcgid_processes{%s,state=\"%s\"} %d\n",
               labels(r->pool, class), state, count);
}

static void
write_gauges(request_rec *r, const apr_array_header_t *all)
{
    const info *class;
    int i;

    begin_family(r, "fcgid_processes", "gauge", "Processes by state.");
    for (i = 0; i < all->nelts; i++) {
        class = &APR_ARRAY_IDX(all, i, info);
        write_state(r, class, "ready", class->ready);
        write_state(r, class, "working", class->working);
        write_state(r, class, "starting", class->starting);
        write_state(r, class, "exiting", class->exiting);
    }
    begin_family(r, "fcgid_preloaded", "gauge",
                 "Processes that others are forked from.");
    for (i = 0; i < all->nelts; i++) {
        class = &APR_ARRAY_IDX(all, i, info);
        ap_rprintf(r, "fcgid_preloaded{%s} %d\n", labels(r->pool, class),
                   class->preloaded);
    }
    begin_family(r, "fcgid_waiting", "gauge", "Requests that wait now.");
    for (i = 0; i < all->nelts; i++) {
        class = &APR_ARRAY_IDX(all, i, info);
        ap_rprintf(r, "fcgid_waiting{%s} %d\n", labels(r->pool, class),
                   class->waiting);
    }
    begin_family(r, "fcgid_start_failures", "gauge",
                 "Processes in a row that did not start.");
    for (i = 0; i < all->nelts; i++) {
        class = &APR_ARRAY_IDX(all, i, info);
        ap_rprintf(r, "fcgid_start_failures{%s} %d\n", labels(r->pool, class),
                   class->failures);
    }
}

int
fcgid_metrics(request_rec *r)
{
    const apr_array_header_t *all = fcgid_ipc_classes(r->pool);
    apr_size_t c;
    int i;

    ap_set_content_type(r, TYPE);
    if (r->header_only)
        return OK;
    write_gauges(r, all);
    for (c = 0; c < sizeof counters / sizeof counters[0]; c++) {
        begin_family(r, counters[c].name, "counter", counters[c].help);
        for (i = 0; i < all->nelts; i++)
            write_counter(r, &counters[c], &APR_ARRAY_IDX(all, i, info));
    }
    ap_rputs("# EOF\n", r);
    return OK;
}
