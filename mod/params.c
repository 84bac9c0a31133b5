/* SPDX-License-Identifier: BSD-2-Clause */
/* From a request to the name-value pairs of PARAMS, and to records. */
#include "apr_lib.h"
#include "apr_strings.h"
#include "conf.h"
#include "params.h"
#include "http_protocol.h"
#include "util_script.h"
#include "wire/pairs.h"
#include "wire/record.h"

#define BEGIN_SIZE (FCGI_WIRE_HEADER_SIZE + FCGI_WIRE_BODY_SIZE)

/* A name, and its size: most comparisons end there. */
struct name {
    const char *text;
    apr_size_t size;
};

#define NAME(text)                                                             \
    {                                                                          \
        text, sizeof text - 1                                                  \
    }

/*
 * Never passed on from the request's own table: those that concern one hop
 * only, the one that programs take for their proxy, and those that are set
 * below.
 */
static const struct name never[] = {NAME("CONTENT_LENGTH"),
                                    NAME("FCGI_DATA_LAST_MOD"),
                                    NAME("FCGI_DATA_LENGTH"),
                                    NAME("HTTP_CONNECTION"),
                                    NAME("HTTP_KEEP_ALIVE"),
                                    NAME("HTTP_PROXY"),
                                    NAME("HTTP_TE"),
                                    NAME("HTTP_TRAILER"),
                                    NAME("HTTP_UPGRADE"),
                                    NAME("HTTP_TRANSFER_ENCODING"),
                                    {NULL, 0}};

/* What an authorizer is not told besides (section 6.3). */
static const struct name never_authorizer[] = {
    NAME("PATH_INFO"), NAME("PATH_TRANSLATED"), NAME("SCRIPT_NAME"), {NULL, 0}};

static int
is_listed(const struct name *list, const char *name, apr_size_t size)
{
    for (; list->text != NULL; list++)
        if (list->size == size && memcmp(list->text, name, size) == 0)
            return 1;
    return 0;
}

/* ASCII, whatever the locale. */
static int
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int
is_name_char(char c)
{
    return (c >= 'A' && c <= 'Z') || c == '_' || (c >= 'a' && c <= 'z') ||
           is_digit(c);
}

/* A name as programs can have it in their environment; of the same size. */
static const char *
variable_name(apr_pool_t *pool, const char *name, apr_size_t size)
{
    apr_size_t i = 0;
    char *copy;

    if (!is_digit(*name))
        while (i < size && is_name_char(name[i]))
            i++;
    if (i == size)
        return name;
    copy = apr_pstrmemdup(pool, name, size);
    for (i = 0; i < size; i++)
        if (!is_name_char(copy[i]))
            copy[i] = '_';
    if (is_digit(*copy))
        *copy = '_';
    return copy;
}

static void
add_sized(apr_array_header_t *pairs, const char *name, apr_size_t size,
          const char *value)
{
    struct fcgid_pair *pair = apr_array_push(pairs);

    pair->name = variable_name(pairs->pool, name, size);
    pair->value = value != NULL ? value : "";
    pair->name_size = size;
    pair->value_size = strlen(pair->value);
}

static void
add(apr_array_header_t *pairs, const char *name, const char *value)
{
    add_sized(pairs, name, strlen(name), value);
}

static void
add_table(apr_array_header_t *pairs, const apr_table_t *table,
          const struct name *also_never)
{
    const apr_array_header_t *entries = apr_table_elts(table);
    const apr_table_entry_t *entry = (const apr_table_entry_t *)entries->elts;
    apr_size_t size;
    int i;

    for (i = 0; i < entries->nelts; i++, entry++) {
        size = entry->key != NULL ? strlen(entry->key) : 0;
        if (size == 0 || is_listed(never, entry->key, size) ||
            (also_never != NULL && is_listed(also_never, entry->key, size)))
            continue;
        add_sized(pairs, entry->key, size, entry->val);
    }
}

/* FcgidPassHeader: under the header's own name and as HTTP_NAME. */
static void
add_pass_header(apr_array_header_t *pairs, request_rec *r, const char *name)
{
    const char *value = apr_table_get(r->headers_in, name);
    char *http_name, *p;

    if (value == NULL || strcasecmp(name, "Proxy") == 0)
        return;
    http_name = apr_pstrcat(r->pool, "HTTP_", name, NULL);
    for (p = http_name; *p != '\0'; p++)
        *p = apr_isalnum(*p) ? (char)apr_toupper(*p) : '_';
    add(pairs, name, value);
    if (apr_table_get(r->subprocess_env, http_name) == NULL)
        add(pairs, http_name, value);
}

static void
add_headers(apr_array_header_t *pairs, request_rec *r,
            const apr_array_header_t *names)
{
    int i;

    for (i = 0; names != NULL && i < names->nelts; i++)
        add_pass_header(pairs, r, APR_ARRAY_IDX(names, i, const char *));
}

static void
add_pass_headers(apr_array_header_t *pairs, request_rec *r)
{
    const struct fcgid_cmd_options *options =
        fcgid_find_cmd_options(fcgid_server_conf(r->server), r->filename);

    add_headers(pairs, r, fcgid_dir_conf(r)->pass_headers);
    if (options != NULL)
        add_headers(pairs, r, options->pass_headers);
}

static void
add_zone(apr_array_header_t *pairs, request_rec *r)
{
    const char *zone = getenv("TZ");

    if (zone != NULL && apr_table_get(r->subprocess_env, "TZ") == NULL)
        add(pairs, "TZ", zone);
}

/* FcgidFixPathinfo: what PHP expects with cgi.fix_pathinfo=1. */
static void
fix_pathinfo(request_rec *r)
{
    const char *root = apr_table_get(r->subprocess_env, "DOCUMENT_ROOT");
    const char *name = apr_table_get(r->subprocess_env, "SCRIPT_NAME");
    char *joined;

    if (root == NULL || name == NULL)
        return;
    joined = apr_pstrcat(r->pool, root, "/", name, NULL);
    ap_no2slash(joined);
    apr_table_setn(r->subprocess_env, "SCRIPT_NAME", joined);
}

static int
length_is_told(request_rec *r, apr_off_t length)
{
    return length > 0 ||
           apr_table_get(r->headers_in, "Content-Length") != NULL ||
           apr_table_get(r->headers_in, "Transfer-Encoding") != NULL;
}

apr_array_header_t *
fcgid_params_responder(request_rec *r, apr_off_t length)
{
    apr_array_header_t *pairs =
        apr_array_make(r->pool, 48, sizeof(struct fcgid_pair));

    ap_add_common_vars(r);
    ap_add_cgi_vars(r);
    if (fcgid_setting(fcgid_server_conf(r->server), NULL, FCGID_FIX_PATHINFO))
        fix_pathinfo(r);
    add_table(pairs, r->subprocess_env, NULL);
    if (length >= 0 && length_is_told(r, length))
        add(pairs, "CONTENT_LENGTH", apr_off_t_toa(r->pool, length));
    add_pass_headers(pairs, r);
    add(pairs, "HTTP_CONNECTION", "close");
    add_zone(pairs, r);
    return pairs;
}

apr_array_header_t *
fcgid_params_filter(request_rec *r, apr_off_t length)
{
    apr_array_header_t *pairs = fcgid_params_responder(r, -1);
    apr_time_t modified =
        r->finfo.filetype != APR_NOFILE ? r->finfo.mtime : r->request_time;

    add(pairs, "FCGI_DATA_LAST_MOD",
        apr_psprintf(r->pool, "%" APR_TIME_T_FMT, apr_time_sec(modified)));
    add(pairs, "FCGI_DATA_LENGTH", apr_off_t_toa(r->pool, length));
    return pairs;
}

apr_array_header_t *
fcgid_params_authorizer(request_rec *r, const struct fcgid_question *question)
{
    static const char *const roles[FCGID_PHASE_COUNT] = {
        "ACCESS_CHECKER", "AUTHENTICATOR", "AUTHORIZER"};
    apr_array_header_t *pairs =
        apr_array_make(r->pool, 48, sizeof(struct fcgid_pair));
    apr_table_t *saved = r->subprocess_env;

    r->subprocess_env = apr_table_copy(r->pool, saved);
    ap_add_common_vars(r);
    ap_add_cgi_vars(r);
    apr_table_unset(r->subprocess_env, "FCGI_APACHE_ROLE");
    apr_table_unset(r->subprocess_env, "FCGI_APACHE_REQUIRE");
    if (question->phase == FCGID_PHASE_AUTHN) {
        apr_table_unset(r->subprocess_env, "REMOTE_USER");
        apr_table_unset(r->subprocess_env, "REMOTE_PASSWD");
    }
    add_table(pairs, r->subprocess_env, never_authorizer);
    add_pass_headers(pairs, r);
    add_zone(pairs, r);
    r->subprocess_env = saved;

    add(pairs, "FCGI_APACHE_ROLE", roles[question->phase]);
    if (question->require != NULL && *question->require != '\0')
        add(pairs, "FCGI_APACHE_REQUIRE", question->require);
    if (question->phase == FCGID_PHASE_AUTHN) {
        add(pairs, "REMOTE_USER", question->user);
        add(pairs, "REMOTE_PASSWD", question->password);
    }
    return pairs;
}

/*
 * Writes records one behind the other.  start is where the header of the
 * record at hand will be put.
 */
struct writer {
    unsigned char *out;
    apr_size_t position;
    apr_size_t start;
    apr_size_t content; /* bytes in the record at hand */
    apr_size_t limit;   /* bytes that it may have */
};

static void
close_record(struct writer *writer)
{
    unsigned padding = fcgi_padding(writer->content);

    if (writer->content == 0)
        return;
    fcgi_header_put(writer->out + writer->start, FCGI_TYPE_PARAMS,
                    FCGID_REQUEST_ID, writer->content, padding);
    memset(writer->out + writer->position, 0, padding);
    writer->start = writer->position + padding;
    writer->position = writer->start + FCGI_WIRE_HEADER_SIZE;
    writer->content = 0;
}

/* Within one record. */
static void
put_part(struct writer *writer, const void *data, apr_size_t size)
{
    memcpy(writer->out + writer->position, data, size);
    writer->position += size;
    writer->content += size;
}

static void
put_bytes(struct writer *writer, const void *data, apr_size_t size)
{
    const unsigned char *from = data;
    apr_size_t room, part;

    while (size > 0) {
        room = writer->limit - writer->content;
        part = size < room ? size : room;
        put_part(writer, from, part);
        from += part;
        size -= part;
        if (writer->content == writer->limit)
            close_record(writer);
    }
}

static void
put_pair(struct writer *writer, const struct fcgid_pair *pair)
{
    uint8_t lengths[8];
    apr_size_t size = fcgi_pair_size(pair->name_size, pair->value_size);
    size_t lengths_size;

    if (size == 0)
        return; /* longer than the protocol can tell */
    if (size > FCGI_WIRE_BEST_CONTENT - writer->content)
        close_record(writer);
    lengths_size =
        fcgi_pair_put_lengths(lengths, pair->name_size, pair->value_size);
    if (size <= FCGI_WIRE_BEST_CONTENT - writer->content) {
        put_part(writer, lengths, lengths_size);
        put_part(writer, pair->name, pair->name_size);
        put_part(writer, pair->value, pair->value_size);
        return;
    }
    writer->limit = size <= FCGI_WIRE_MAX_CONTENT ? FCGI_WIRE_MAX_CONTENT
                                                  : FCGI_WIRE_BEST_CONTENT;
    put_bytes(writer, lengths, lengths_size);
    put_bytes(writer, pair->name, pair->name_size);
    put_bytes(writer, pair->value, pair->value_size);
    close_record(writer);
}

/*
 * Bytes that are enough for all records.  Of two neighbours that hold whole
 * pairs one is half full at least; a pair of more than a record has a last one
 * that may not be, nor that before it: three for each full one are enough.
 */
static apr_size_t
room_for(const apr_array_header_t *pairs)
{
    apr_size_t total = 0, records;
    int i;

    for (i = 0; i < pairs->nelts; i++) {
        const struct fcgid_pair *pair =
            &APR_ARRAY_IDX(pairs, i, struct fcgid_pair);

        total += fcgi_pair_size(pair->name_size, pair->value_size);
    }
    records = 3 * (total / FCGI_WIRE_BEST_CONTENT + 1);
    return BEGIN_SIZE + total +
           records * (FCGI_WIRE_HEADER_SIZE + FCGI_WIRE_ALIGN) +
           FCGI_WIRE_HEADER_SIZE;
}

void
fcgid_head_build(apr_pool_t *pool, struct fcgid_head *head, unsigned role,
                 const apr_array_header_t *pairs)
{
    struct writer writer = {NULL, BEGIN_SIZE + FCGI_WIRE_HEADER_SIZE,
                            BEGIN_SIZE, 0, FCGI_WIRE_BEST_CONTENT};
    int i;

    head->data = writer.out = apr_palloc(pool, room_for(pairs));
    fcgi_begin_put(writer.out, FCGID_REQUEST_ID, role, 0);
    for (i = 0; i < pairs->nelts; i++)
        put_pair(&writer, &APR_ARRAY_IDX(pairs, i, struct fcgid_pair));
    close_record(&writer);
    fcgi_header_put(writer.out + writer.start, FCGI_TYPE_PARAMS,
                    FCGID_REQUEST_ID, 0, 0);
    head->size = writer.start + FCGI_WIRE_HEADER_SIZE;
}

void
fcgid_head_set_keep(struct fcgid_head *head, int keep)
{
    /* flags follow the two bytes of the role (section 5.1) */
    head->data[FCGI_WIRE_HEADER_SIZE + 2] = keep ? FCGI_WIRE_FLAG_KEEP_CONN : 0;
}
