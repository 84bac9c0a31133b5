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

enum kind {
    GAUGE,   /* an int in info */
    COUNTER, /* an apr_uint64_t; the name of its samples ends in _total */
    SECONDS  /* the same, of microseconds */
};

struct family {
    const char *name;
    enum kind kind;
    const char *help;
    apr_size_t offset; /* in info */
};

static const struct family families[] = {
    {"fcgid_preloaded", GAUGE, "Processes that others are forked from.",
     APR_OFFSETOF(info, preloaded)},
    {"fcgid_waiting", GAUGE, "Requests that wait now.",
     APR_OFFSETOF(info, waiting)},
    {"fcgid_start_failures", GAUGE, "Processes in a row that did not start.",
     APR_OFFSETOF(info, failures)},
    {"fcgid_requests", COUNTER, "Requests carried by processes.",
     APR_OFFSETOF(info, requests)},
    {"fcgid_starts", COUNTER, "Processes started.", APR_OFFSETOF(info, starts)},
    {"fcgid_crashes", COUNTER,
     "Processes that ended by a signal or with an exit code.",
     APR_OFFSETOF(info, crashes)},
    {"fcgid_denials", COUNTER, "Requests for which there was no process.",
     APR_OFFSETOF(info, denials)},
    {"fcgid_waits", COUNTER, "Requests that waited for a process.",
     APR_OFFSETOF(info, waits)},
    {"fcgid_wait_seconds", SECONDS, "Time that requests waited.",
     APR_OFFSETOF(info, wait_time)},
};

static void
begin_family(request_rec *r, const char *name, enum kind kind, const char *help)
{
    ap_rprintf(r, "# TYPE %s %s\n# HELP %s %s\n", name,
               kind == GAUGE ? "gauge" : "counter", name, help);
}

static void
write_sample(request_rec *r, const struct family *family, const info *class)
{
    const void *place = (const char *)class + family->offset;
    apr_uint64_t count;

    ap_rprintf(r, "%s%s{%s} ", family->name,
               family->kind == GAUGE ? "" : "_total", labels(r->pool, class));
    if (family->kind == GAUGE) {
        ap_rprintf(r, "%d\n", *(const int *)place);
        return;
    }
    count = *(const apr_uint64_t *)place;
    if (family->kind == SECONDS)
        ap_rprintf(r, "%" APR_UINT64_T_FMT ".%06" APR_UINT64_T_FMT "\n",
                   count / APR_USEC_PER_SEC, count % APR_USEC_PER_SEC);
    else
        ap_rprintf(r, "%" APR_UINT64_T_FMT "\n", count);
}

static void
write_state(request_rec *r, const info *class, const char *state, int count)
{
    ap_rprintf(r, "fcgid_processes{%s,state=\"%s\"} %d\n",
               labels(r->pool, class), state, count);
}

static void
write_states(request_rec *r, const apr_array_header_t *all)
{
    const info *class;
    int i;

    begin_family(r, "fcgid_processes", GAUGE, "Processes by state.");
    for (i = 0; i < all->nelts; i++) {
        class = &APR_ARRAY_IDX(all, i, info);
        write_state(r, class, "ready", class->ready);
        write_state(r, class, "working", class->working);
        write_state(r, class, "starting", class->starting);
        write_state(r, class, "exiting", class->exiting);
    }
}

int
fcgid_metrics(request_rec *r)
{
    const apr_array_header_t *all = fcgid_ipc_classes(r->pool);
    const struct family *family;
    apr_size_t f;
    int i;

    ap_set_content_type(r, TYPE);
    if (r->header_only)
        return OK;
    write_states(r, all);
    for (f = 0; f < sizeof families / sizeof families[0]; f++) {
        family = &families[f];
        begin_family(r, family->name, family->kind, family->help);
        for (i = 0; i < all->nelts; i++)
            write_sample(r, family, &APR_ARRAY_IDX(all, i, info));
    }
    ap_rputs("# EOF\n", r);
    return OK;
}
