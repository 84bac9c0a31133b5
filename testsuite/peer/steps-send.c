/* SPDX-License-Identifier: BSD-2-Clause */
/* Steps that send. */
#include "steps.h"

#include <string.h>

/* A multiple of the period of fill_byte. */
enum { FILL_PIECE = 64 * 26 * 600 };

/* Sends and clears what was made; CLOSE if the other side is gone. */
static enum verdict
send_text(struct conn *conn, struct text *text)
{
    bool sent = net_send(&conn->out, text->data, text->size);

    text_free(text);
    if (!sent)
        conn_log(conn, "GONE");
    return sent ? NEXT : CLOSE;
}

static enum verdict
send_stream(struct conn *conn, unsigned type, const void *data, size_t size)
{
    struct text out = {NULL, 0, 0};
    bool management = type >= FCGI_TYPE_GET_VALUES;

    records_add(&out, &conn->shape, type,
                management && !conn->id_is_fixed ? 0 : conn->id, data, size);
    return send_text(conn, &out);
}

static enum verdict
send_fill(struct conn *conn, unsigned type, size_t size)
{
    struct text fill = {NULL, 0, 0};
    enum verdict verdict = NEXT;

    text_add_fill(&fill, size < FILL_PIECE ? size : FILL_PIECE);
    while (size > 0 && verdict == NEXT) {
        size_t n = size < FILL_PIECE ? size : FILL_PIECE;

        verdict = send_stream(conn, type, fill.data, n);
        size -= n;
    }
    text_free(&fill);
    return verdict;
}

static enum verdict
send_expanded(struct conn *conn, unsigned type, const struct text *in)
{
    struct text out = step_expand(conn, in);
    enum verdict verdict = send_stream(conn, type, out.data, out.size);

    text_free(&out);
    return verdict;
}

/* Sending as an application */

static enum verdict
step_stdout(struct conn *conn, const struct step *step)
{
    return send_expanded(conn, FCGI_TYPE_STDOUT, &step->words[1]);
}

static enum verdict
step_stderr(struct conn *conn, const struct step *step)
{
    return send_expanded(conn, FCGI_TYPE_STDERR, &step->words[1]);
}

static enum verdict
step_echo(struct conn *conn, const struct step *step)
{
    (void)step;
    if (conn->input.size == 0)
        return NEXT;
    return send_stream(conn, FCGI_TYPE_STDOUT, conn->input.data,
                       conn->input.size);
}

static enum verdict
step_end(struct conn *conn, const struct step *step)
{
    struct text out = {NULL, 0, 0};
    size_t status =
        step->count > 1 ? number(step_word(step, 1), 0xffffffffu) : 0;
    unsigned protocol = step->count > 2 ? status_number(step_word(step, 2)) : 0;

    records_add_end(&out, &conn->shape, conn->id, (uint32_t)status, protocol);
    conn->ended = true;
    return send_text(conn, &out);
}

static enum verdict
step_values(struct conn *conn, const struct step *step)
{
    struct text pairs = {NULL, 0, 0};
    enum verdict verdict;
    int i;

    for (i = 1; i < step->count; i++)
        pairs_add(&pairs, step_word(step, i));
    verdict =
        send_stream(conn, FCGI_TYPE_GET_VALUES_RESULT, pairs.data, pairs.size);
    text_free(&pairs);
    return verdict;
}

/* Sending as a server */

static enum verdict
step_begin(struct conn *conn, const struct step *step)
{
    struct text out = {NULL, 0, 0};
    unsigned flags = step->count > 2 ? FCGI_WIRE_FLAG_KEEP_CONN : 0;

    if (step->count > 2 && strcmp(step_word(step, 2), "keep") != 0)
        die(EXIT_USAGE, "begin: not \"keep\": %s", step_word(step, 2));
    conn->role = role_number(step_word(step, 1));
    records_add_begin(&out, &conn->shape, conn->id, conn->role, flags);
    return send_text(conn, &out);
}

static enum verdict
send_pairs(struct conn *conn, const struct step *step, unsigned type)
{
    struct text pairs = {NULL, 0, 0};
    enum verdict verdict;
    int i;

    for (i = 1; i < step->count; i++)
        pairs_add(&pairs, step_word(step, i));
    verdict = send_stream(conn, type, pairs.data, pairs.size);
    text_free(&pairs);
    return verdict;
}

static enum verdict
step_params(struct conn *conn, const struct step *step)
{
    return send_pairs(conn, step, FCGI_TYPE_PARAMS);
}

static enum verdict
step_get_values(struct conn *conn, const struct step *step)
{
    return send_pairs(conn, step, FCGI_TYPE_GET_VALUES);
}

static enum verdict
step_stdin(struct conn *conn, const struct step *step)
{
    return send_expanded(conn, FCGI_TYPE_STDIN, &step->words[1]);
}

/* Sending anything */

static enum verdict
step_record(struct conn *conn, const struct step *step)
{
    return send_expanded(conn, type_number(step_word(step, 1)),
                         &step->words[2]);
}

static enum verdict
step_fill(struct conn *conn, const struct step *step)
{
    return send_fill(conn, type_number(step_word(step, 1)),
                     number(step_word(step, 2), STEP_MAX_SIZE));
}

static enum verdict
step_file(struct conn *conn, const struct step *step)
{
    struct text data = {NULL, 0, 0};
    enum verdict verdict;

    text_add_file(&data, step_word(step, 2));
    verdict = send_stream(conn, type_number(step_word(step, 1)), data.data,
                          data.size);
    text_free(&data);
    return verdict;
}

static enum verdict
step_raw(struct conn *conn, const struct step *step)
{
    struct text out = {NULL, 0, 0};
    int i;

    for (i = 1; i < step->count; i++)
        text_add_hex(&out, step_word(step, i));
    return send_text(conn, &out);
}

static enum verdict
step_text(struct conn *conn, const struct step *step)
{
    struct text out = step_expand(conn, &step->words[1]);

    return send_text(conn, &out);
}

const struct step_kind steps_send[] = {
    {"stdout", 1, 1, step_stdout, "TEXT: STDOUT; \"\" ends the stream"},
    {"stderr", 1, 1, step_stderr, "TEXT: STDERR; \"\" ends the stream"},
    {"echo", 0, 0, step_echo, "send what STDIN brought as STDOUT"},
    {"end", 0, 2, step_end,
     "[STATUS [PROTOCOL_STATUS]]: END_REQUEST; the second by name or number"},
    {"values", 0, STEP_WORDS - 1, step_values,
     "NAME=VALUE...: GET_VALUES_RESULT"},
    {"begin", 1, 2, step_begin, "ROLE [keep]: BEGIN_REQUEST"},
    {"params", 0, STEP_WORDS - 1, step_params,
     "NAME=VALUE...: PARAMS; none ends the stream"},
    {"stdin", 1, 1, step_stdin, "TEXT: STDIN; \"\" ends the stream"},
    {"get-values", 0, STEP_WORDS - 1, step_get_values, "NAME...: GET_VALUES"},
    {"record", 2, 2, step_record,
     "TYPE TEXT: any type, by name or number; management types have id 0\n"
     "unless the id was set"},
    {"fill", 2, 2, step_fill,
     "TYPE N: N bytes, lines of 63 letters (sizes may end in k, m, g)"},
    {"file", 2, 2, step_file, "TYPE FILE: the content of a file"},
    {"raw", 1, STEP_WORDS - 1, step_raw, "HEX...: bytes as they are"},
    {"text", 1, 1, step_text, "TEXT: bytes as they are, in no record"},
    {NULL, 0, 0, NULL, NULL},
};
