/* SPDX-License-Identifier: BSD-2-Clause */
#include "status.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "conf.h"
#include "http_core.h"
#include "http_protocol.h"
#include "mod_status.h"
#include "util_script.h"

typedef struct fcgid_process_info info;

static const info *
entry(const apr_array_header_t *all, int i)
{
    return &APR_ARRAY_IDX(all, i, info);
}

/* Whether process i is the first of its class. */
static int
begins_class(const apr_array_header_t *all, int i)
{
    return i == 0 || memcmp(&entry(all, i)->key, &entry(all, i - 1)->key,
                            sizeof entry(all, i)->key) != 0;
}

/* Seconds since then; 0 if never. */
static apr_int64_t
age(apr_time_t now, apr_time_t then)
{
    return then == 0 || then > now ? 0 : apr_time_sec(now - then);
}

/* The name of the program without its directory. */
static const char *
base_name(apr_pool_t *pool, const char *command)
{
    const char *word = ap_getword_conf(pool, &command);

    return apr_filepath_name_get(word);
}

static void
page_class(request_rec *r, const info *first)
{
    ap_rprintf(r, "<hr />\n<b>Process: %s</b>&nbsp;&nbsp;(%s)",
               ap_escape_html(r->pool, base_name(r->pool, first->command)),
               ap_escape_html(r->pool, first->command));
    if (first->vhost != NULL && *first->vhost != '\0')
        ap_rprintf(r, "&nbsp;&nbsp;<i>%s</i>",
                   ap_escape_html(r->pool, first->vhost));
    if (first->class_waiting > 0)
        ap_rprintf(r, "&nbsp;&nbsp;%d waiting", first->class_waiting);
    if (first->parent != 0)
        ap_rprintf(r, "&nbsp;&nbsp;preloaded as %" APR_INT64_T_FMT,
                   first->parent);
    ap_rputs("<br />\n<table><tr><th>Pid</th><th>Active</th><th>Idle</th>"
             "<th>Accesses</th><th>State</th></tr>\n",
             r);
}

/* "Working", and on how many of its connections if it has several. */
static const char *
state_of(apr_pool_t *pool, const info *p)
{
    if (p->lanes < 2)
        return p->state;
    return apr_psprintf(pool, "%s (%d of %d)", p->state, p->working, p->lanes);
}

static void
page_processes(request_rec *r, const apr_array_header_t *all)
{
    apr_time_t now = apr_time_now();
    const info *p;
    int i;

    for (i = 0; i < all->nelts; i++) {
        p = entry(all, i);
        if (begins_class(all, i)) {
            if (i > 0)
                ap_rputs("</table>\n", r);
            page_class(r, p);
        }
        ap_rprintf(r,
                   "<tr><td>%" APR_INT64_T_FMT "</td><td>%" APR_INT64_T_FMT
                   "</td><td>%" APR_INT64_T_FMT "</td><td>%" APR_UINT64_T_FMT
                   "</td><td>%s</td></tr>\n",
                   p->pid, age(now, p->started),
                   age(now, p->last_used != 0 ? p->last_used : p->started),
                   p->requests, state_of(r->pool, p));
    }
    if (all->nelts > 0)
        ap_rputs("</table>\n<hr />\n<b>Active</b> and <b>Idle</b> are times "
                 "in seconds.\n",
                 r);
}

static const struct fcgid_trouble *
trouble(const apr_array_header_t *all, int i)
{
    return &APR_ARRAY_IDX(all, i, struct fcgid_trouble);
}

static void
page_troubles(request_rec *r, const apr_array_header_t *all)
{
    apr_time_t now = apr_time_now();
    const struct fcgid_trouble *t;
    int i;

    if (all->nelts == 0)
        return;
    ap_rputs("<hr />\n<b>Applications that do not start</b><br />\n<table>"
             "<tr><th>Command</th><th>Host</th><th>Failures</th>"
             "<th>Last</th><th>Held back</th></tr>\n",
             r);
    for (i = 0; i < all->nelts; i++) {
        t = trouble(all, i);
        ap_rprintf(r, "<tr><td>%s</td><td>%s</td><td>%d</td><td>%s</td>",
                   ap_escape_html(r->pool, t->command),
                   ap_escape_html(r->pool, t->vhost), t->failures,
                   ap_escape_html(r->pool, t->text));
        ap_rprintf(r, "<td>%" APR_INT64_T_FMT " ms</td></tr>\n",
                   t->until != 0 ? apr_time_as_msec(t->until - now) : 0);
    }
    ap_rputs("</table>\n", r);
}

/* Lines for programs: one line of sums, then one per process. */
static void
auto_lines(request_rec *r, const apr_array_header_t *all)
{
    int i, working = 0, waiting = 0;
    apr_uint64_t requests = 0;

    for (i = 0; i < all->nelts; i++) {
        working += strcmp(entry(all, i)->state, "Working") == 0;
        requests += entry(all, i)->requests;
        if (begins_class(all, i))
            waiting += entry(all, i)->class_waiting;
    }
    ap_rprintf(r,
               "FcgidProcesses: %d\nFcgidWorking: %d\nFcgidWaiting: %d\n"
               "FcgidRequests: %" APR_UINT64_T_FMT "\n",
               all->nelts, working, waiting, requests);
    ap_rprintf(r, "FcgidNotStarting: %d\n",
               fcgid_ipc_troubles(r->pool)->nelts);
}

static int
status_hook(request_rec *r, int flags)
{
    apr_array_header_t *all = fcgid_ipc_snapshot(r->pool);

    if ((flags & AP_STATUS_SHORT) != 0) {
        auto_lines(r, all);
        return OK;
    }
    ap_rprintf(r,
               "<hr />\n<h1>mod_fcgid status:</h1>\n"
               "Total FastCGI processes: %d\n",
               all->nelts);
    page_processes(r, all);
    page_troubles(r, fcgid_ipc_troubles(r->pool));
    return OK;
}

/* A text as a JSON string. */
static void
json_string(request_rec *r, const char *text)
{
    ap_rputc('"', r);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            ap_rprintf(r, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            ap_rprintf(r, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            ap_rputc(*text, r);
    }
    ap_rputc('"', r);
}

static void
json_process(request_rec *r, const info *p, apr_time_t now)
{
    ap_rputs("  {\"command\": ", r);
    json_string(r, p->command);
    ap_rputs(", \"vhost\": ", r);
    json_string(r, p->vhost != NULL ? p->vhost : "");
    ap_rprintf(r,
               ", \"pid\": %" APR_INT64_T_FMT ", \"active\": %" APR_INT64_T_FMT
               ", \"idle\": %" APR_INT64_T_FMT
               ", \"requests\": %" APR_UINT64_T_FMT
               ", \"state\": \"%s\", \"connections\": %d, "
               "\"working\": %d, \"waiting\": %d"
               ", \"preloaded\": %" APR_INT64_T_FMT "}",
               p->pid, age(now, p->started),
               age(now, p->last_used != 0 ? p->last_used : p->started),
               p->requests, p->state, p->lanes, p->working, p->class_waiting,
               p->parent);
}

static void
json_trouble(request_rec *r, const struct fcgid_trouble *t, apr_time_t now)
{
    ap_rputs("  {\"command\": ", r);
    json_string(r, t->command);
    ap_rputs(", \"vhost\": ", r);
    json_string(r, t->vhost);
    ap_rprintf(r, ", \"failures\": %d, \"last\": ", t->failures);
    json_string(r, t->text);
    ap_rprintf(r, ", \"held_back\": %" APR_INT64_T_FMT "}",
               t->until != 0 ? apr_time_as_msec(t->until - now) : 0);
}

static int
json(request_rec *r, const apr_array_header_t *all)
{
    const apr_array_header_t *troubles = fcgid_ipc_troubles(r->pool);
    apr_time_t now = apr_time_now();
    int i;

    ap_set_content_type(r, "application/json");
    if (r->header_only)
        return OK;
    ap_rprintf(r, "{\"version\": \"%s\", \"processes\": [\n", FCGID_VERSION);
    for (i = 0; i < all->nelts; i++) {
        json_process(r, entry(all, i), now);
        ap_rputs(i + 1 < all->nelts ? ",\n" : "\n", r);
    }
    ap_rputs("], \"troubles\": [\n", r);
    for (i = 0; i < troubles->nelts; i++) {
        json_trouble(r, trouble(troubles, i), now);
        ap_rputs(i + 1 < troubles->nelts ? ",\n" : "\n", r);
    }
    ap_rputs("]}\n", r);
    return OK;
}

static int
page(request_rec *r, const apr_array_header_t *all)
{
    ap_set_content_type(r, "text/html; charset=utf-8");
    if (r->header_only)
        return OK;
    ap_rprintf(r,
               "<!DOCTYPE html>\n<html lang=\"en\"><head><meta "
               "charset=\"utf-8\">\n"
               "<meta name=\"viewport\" content=\"width=device-width\">\n"
               "<meta http-equiv=\"refresh\" content=\"2\">\n"
               "<title>FastCGI processes</title>\n"
               "<link rel=\"icon\" href=\"data:,\">\n"
               "<style>body{font-family:sans-serif;margin:2em 4%%;"
               "overflow-wrap:break-word}table{border-collapse:collapse}"
               "td,th{padding:.2em .7em;text-align:right;"
               "border-bottom:1px solid #ccc}</style>\n"
               "</head><body>\n<h1>FastCGI processes</h1>\n"
               "<p>%s: %d process%s</p>\n",
               ap_get_server_banner(), all->nelts,
               all->nelts == 1 ? "" : "es");
    page_processes(r, all);
    page_troubles(r, fcgid_ipc_troubles(r->pool));
    ap_rputs("<p>For programs: <a href=\"?json\">JSON</a>, "
             "<a href=\"?openmetrics\">OpenMetrics</a></p>\n</body></html>\n",
             r);
    return OK;
}

static int
handler(request_rec *r)
{
    apr_array_header_t *all;

    if (r->handler == NULL || strcmp(r->handler, FCGID_STATUS_HANDLER) != 0)
        return DECLINED;
    r->allowed |= AP_METHOD_BIT << M_GET;
    if (r->method_number != M_GET)
        return HTTP_METHOD_NOT_ALLOWED;
    all = fcgid_ipc_snapshot(r->pool);
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    if (r->args != NULL && strcmp(r->args, "json") == 0)
        return json(r, all);
    if (r->args != NULL && strcmp(r->args, "openmetrics") == 0)
        return fcgid_metrics(r);
    return page(r, all);
}

void
fcgid_status_register(void)
{
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(ap, status_hook, status_hook, NULL, NULL,
                      APR_HOOK_MIDDLE);
}
