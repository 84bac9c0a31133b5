/* SPDX-License-Identifier: BSD-2-Clause */
#include "headers.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "http_protocol.h"
#include "log.h"
#include "sendfile.h"
#include "util_script.h"

/* httpd's scanner takes lines below this size; longer ones are read here. */
#define SCANNER_LIMIT (MAX_STRING_LEN - 2)

#define LARGEST_STATUS 999

struct scan {
    request_rec *r;
    apr_off_t line_limit; /* bytes */
    char *rest;           /* the block without the long lines */
    apr_size_t rest_size;
    apr_off_t length;    /* Content-Length; -1: none */
    int lengths;         /* how often it was there */
    apr_table_t *longer; /* the long lines */
    int sends;           /* a file is to be sent in the place of content */
    int strict;          /* httpd does not look at the lines by itself */
    const char *fault;
};

static int
malformed(request_rec *r, const char *why)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "mod_fcgid: malformed header from script '%s': "
                  "%s" FCGID_ID(301),
                  apr_filepath_name_get(r->filename), why);
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* Joins folded lines: a line break before a blank becomes blanks. */
static void
unfold(char *block, apr_size_t size)
{
    apr_size_t i;

    for (i = 1; i + 1 < size; i++) {
        if (block[i] != '\n' || (block[i + 1] != ' ' && block[i + 1] != '\t'))
            continue;
        block[i] = ' ';
        if (block[i - 1] == '\r')
            block[i - 1] = ' ';
    }
}

/* What -nph of FastCgiServer allows: "HTTP/1.1 200 OK" becomes a Status of the
 * same size. */
static void
take_status_line(request_rec *r, char *block, apr_size_t size)
{
    const struct fcgid_cmd_options *options =
        fcgid_find_cmd_options(fcgid_server_conf(r->server), r->filename);

    if (options != NULL && options->nph && size > 9 && block[8] == ' ' &&
        memcmp(block, "HTTP/", 5) == 0)
        memcpy(block, "Status: ", 8);
}

static int
is_name(const char *name, apr_size_t size, const char *wanted)
{
    return size == strlen(wanted) && strncasecmp(name, wanted, size) == 0;
}

/* Digits only: neither sign nor list. */
static apr_off_t
parse_length(const char *value, const char *end)
{
    apr_off_t number = 0;

    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && apr_isspace(end[-1]))
        end--;
    if (value == end)
        return -1;
    for (; value < end; value++) {
        if (!apr_isdigit(*value) || number > (APR_INT64_MAX - 9) / 10)
            return -1;
        number = number * 10 + (*value - '0');
    }
    return number;
}

static void
take_length(struct scan *scan, const char *value, const char *end)
{
    apr_off_t length = parse_length(value, end);

    /* Two that differ tell nothing. */
    scan->length = scan->lengths == 0 || length == scan->length ? length : -1;
    scan->lengths++;
}

/* The value of a line that is not malformed. */
static const char *
check_line(struct scan *scan, const char *line, apr_size_t name_size,
           const char *end)
{
    const char *value = line + name_size + 1;
    apr_size_t i;

    if (name_size == 0)
        scan->fault = "a header line without a name";
    for (i = 0; i < name_size; i++)
        if (!apr_isalnum(line[i]) && strchr("!#$%&'*+-.^_`|~", line[i]) == NULL)
            scan->fault = "a header name holds a wrong character";
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    for (i = 0; value + i < end; i++)
        if (apr_iscntrl(value[i]) && value[i] != '\t')
            scan->fault = "a header value holds a control character";
    return value;
}

/* A line that httpd's scanner cannot take. */
static void
take_long_line(struct scan *scan, const char *line, apr_size_t name_size,
               const char *end)
{
    static const char *const short_ones[] = {"Status", "Content-Type",
                                             "Last-Modified", "Location", NULL};
    const char *value = check_line(scan, line, name_size, end);
    const char *const *special;

    for (special = short_ones; *special != NULL; special++)
        if (is_name(line, name_size, *special))
            scan->fault =
                apr_psprintf(scan->r->pool, "%s is too long", *special);
    if (scan->fault != NULL)
        return;
    if (scan->longer == NULL)
        scan->longer = apr_table_make(scan->r->pool, 2);
    apr_table_addn(
        scan->longer, apr_pstrmemdup(scan->r->pool, line, name_size),
        apr_pstrmemdup(scan->r->pool, value, (apr_size_t)(end - value)));
}

static void
take_line(struct scan *scan, const char *line, apr_size_t size)
{
    const char *end = line + size, *colon;
    apr_size_t name_size;

    while (end > line && (end[-1] == '\n' || end[-1] == '\r'))
        end--;
    if (end - line > scan->line_limit) {
        scan->fault =
            apr_psprintf(scan->r->pool,
                         "a line of %" APR_SIZE_T_FMT " bytes exceeds "
                         "FcgidMaxHeaderLine (%" APR_OFF_T_FMT ")",
                         (apr_size_t)(end - line), scan->line_limit);
        return;
    }
    colon = memchr(line, ':', (apr_size_t)(end - line));
    name_size = colon != NULL ? (apr_size_t)(colon - line) : 0;
    if (is_name(line, name_size, "Content-Length")) {
        take_length(scan, colon + 1, end);
        return;
    }
    if (fcgid_sendfile_is_header(fcgid_dir_conf(scan->r), line, name_size))
        scan->sends = 1;
    if (colon != NULL && scan->strict)
        check_line(scan, line, name_size, end);
    if (size < SCANNER_LIMIT) {
        memmove(scan->rest + scan->rest_size, line, size);
        scan->rest_size += size;
    } else if (name_size > 0) {
        take_long_line(scan, line, name_size, end);
    } else {
        scan->fault = "a long line without a name";
    }
}

/* Nothing that the application says decides how the message is framed. */
static void
drop_framing(request_rec *r)
{
    static const char *const names[] = {
        "Content-Length", "Transfer-Encoding", "Keep-Alive",
        "Trailer",        "TE",                "Proxy-Connection"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        apr_table_unset(r->headers_out, names[i]);
        apr_table_unset(r->err_headers_out, names[i]);
    }
}

/*
 * Gives httpd's scanner all but the long lines.  It looks at conditional
 * requests as well, which is too early where a file is to be sent.
 */
static int
scan_rest(const struct scan *scan)
{
    request_rec *r = scan->r;
    int method_number = r->method_number;
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, alloc);
    char bad_line[MAX_STRING_LEN];
    int status;

    APR_BRIGADE_INSERT_TAIL(
        bb, apr_bucket_transient_create(scan->rest, scan->rest_size, alloc));
    if (scan->sends)
        r->method_number = M_INVALID;
    status = ap_scan_script_header_err_brigade_ex(r, bb, bad_line,
                                                  APLOG_MODULE_INDEX);
    r->method_number = method_number;
    apr_brigade_destroy(bb);
    return status;
}

static int
add_header(void *baton, const char *name, const char *value)
{
    request_rec *r = baton;

    apr_table_addn(r->err_headers_out, name, value);
    return 1;
}

static int
scan_block(struct scan *scan, const char *block, apr_size_t size)
{
    request_rec *r = scan->r;
    const char *line, *newline, *end;
    int status;

    scan->length = -1;
    if (memchr(block, '\0', size) != NULL)
        return malformed(r, "NUL byte");
    /* What is kept is never behind what is read. */
    scan->rest = apr_pmemdup(r->pool, block, size);
    unfold(scan->rest, size);
    take_status_line(r, scan->rest, size);
    end = scan->rest + size;
    for (line = scan->rest; line < end && scan->fault == NULL; line = newline) {
        newline = memchr(line, '\n', (apr_size_t)(end - line));
        newline = newline != NULL ? newline + 1 : end;
        take_line(scan, line, (apr_size_t)(newline - line));
    }
    if (scan->fault != NULL)
        return malformed(r, scan->fault);
    status = scan_rest(scan);
    drop_framing(r);
    if (scan->longer != NULL)
        apr_table_do(add_header, r, scan->longer, NULL);
    return status;
}

static int
wrong_status(const request_rec *r)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "mod_fcgid: script '%s' answered with status "
                  "%d" FCGID_ID(302),
                  apr_filepath_name_get(r->filename), r->status);
    return HTTP_INTERNAL_SERVER_ERROR;
}

int
fcgid_headers_scan(request_rec *r, const char *block, apr_size_t size,
                   apr_off_t line_limit, apr_off_t *length)
{
    struct scan scan = {.r = r, .line_limit = line_limit};
    int status;

    /* HTTP/1 looks at the lines by itself; HTTP/2 would reset the stream. */
    scan.strict = r->proto_num >= HTTP_VERSION(2, 0);
    status = scan_block(&scan, block, size);
    *length = scan.length;
    if (status == OK && (r->status < HTTP_OK || r->status > LARGEST_STATUS))
        return wrong_status(r);
    return status;
}

/* What follows the first "Status:", or the status line's version; NULL: there
 * is neither. */
static const char *
find_status(const char *block, const char *end)
{
    const char *line = block;

    if (end - block > 9 && memcmp(block, "HTTP/", 5) == 0)
        return block + 8;
    while (line != NULL && end - line > 7) {
        if (strncasecmp(line, "Status:", 7) == 0)
            return line + 7;
        line = memchr(line, '\n', (apr_size_t)(end - line));
        if (line != NULL)
            line++;
    }
    return NULL;
}

/* Whether that is a number from 100 to 199. */
static int
says_interim(const char *block, apr_size_t size)
{
    const char *end = block + size;
    const char *value = find_status(block, end);

    if (value == NULL)
        return 0;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    return end - value > 3 && value[0] == '1' && apr_isdigit(value[1]) &&
           apr_isdigit(value[2]) && !apr_isdigit(value[3]);
}

int
fcgid_headers_interim(request_rec *r, const char *block, apr_size_t size,
                      apr_off_t line_limit, request_rec **interim)
{
    struct scan scan = {.line_limit = line_limit, .strict = 1};
    request_rec *copy;
    int status;

    if (!says_interim(block, size))
        return DECLINED;
    scan.r = copy = apr_pmemdup(r->pool, r, sizeof *r);
    copy->headers_out = apr_table_make(r->pool, 8);
    copy->err_headers_out = apr_table_make(r->pool, 2);
    copy->status = HTTP_OK;
    status = scan_block(&scan, block, size);
    if (status != OK)
        return status;
    if (!ap_is_HTTP_INFO(copy->status))
        return DECLINED; /* another Status came behind it */
    if (copy->status == HTTP_SWITCHING_PROTOCOLS)
        return wrong_status(copy);
    copy->headers_out = apr_table_overlay(r->pool, copy->err_headers_out,
                                          copy->headers_out);
    /* httpd writes them as they are. */
    apr_table_unset(copy->headers_out, "Connection");
    apr_table_unset(copy->headers_out, "Upgrade");
    *interim = copy;
    return OK;
}

int
fcgid_headers_overridden(request_rec *r, int *status)
{
    static const char *const kept[] = {"WWW-Authenticate", "Retry-After",
                                       "Allow"};
    const struct fcgid_dir_conf *conf = fcgid_dir_conf(r);
    const char *value;
    size_t i;

    if (!fcgid_overrides(conf, r->status))
        return 0;
    /* The document that explains an error is not explained by another one. */
    if (r->prev != NULL && r->prev->status != HTTP_OK)
        return 0;
    for (i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        value = apr_table_get(r->headers_out, kept[i]);
        if (value != NULL)
            apr_table_setn(r->err_headers_out, kept[i], value);
    }
    *status = r->status;
    r->status = HTTP_OK;
    r->status_line = NULL;
    return 1;
}
