/* SPDX-License-Identifier: BSD-2-Clause */
/* Steps that wait for the other side and judge what came. */
#include "steps.h"

#include <errno.h>
#include <string.h>

/* Reading */

static enum verdict
step_read(struct conn *conn, const struct step *step)
{
    (void)step;
    while (!conn_is_complete(conn))
        if (!conn_read_record(conn))
            return CLOSE;
    return NEXT;
}

/* Reads until the flag is set. */
static enum verdict
read_until(struct conn *conn, const bool *flag)
{
    while (!*flag)
        if (!conn_read_record(conn))
            return CLOSE;
    return NEXT;
}

static enum verdict
step_read_begin(struct conn *conn, const struct step *step)
{
    (void)step;
    return read_until(conn, &conn->begun);
}

static enum verdict
step_read_params(struct conn *conn, const struct step *step)
{
    (void)step;
    return read_until(conn, &conn->params_done);
}

static enum verdict
step_read_abort(struct conn *conn, const struct step *step)
{
    (void)step;
    return read_until(conn, &conn->aborted);
}

static enum verdict
step_read_values(struct conn *conn, const struct step *step)
{
    (void)step;
    return read_until(conn, &conn->values_asked);
}

static enum verdict
step_read_input(struct conn *conn, const struct step *step)
{
    size_t size = number(step_word(step, 1), STEP_MAX_SIZE);

    while (conn->input.size < size && !conn->stdin_done)
        if (!conn_read_record(conn))
            return CLOSE;
    return NEXT;
}

static enum verdict
step_read_records(struct conn *conn, const struct step *step)
{
    unsigned long last = conn->records + number(step_word(step, 1), 1000000);

    while (conn->records < last)
        if (!conn_read_record(conn))
            return CLOSE;
    return NEXT;
}

static enum verdict
step_read_eof(struct conn *conn, const struct step *step)
{
    (void)step;
    while (conn_read_record(conn))
        continue;
    return conn->broken ? CLOSE : NEXT;
}

static enum verdict
step_drain(struct conn *conn, const struct step *step)
{
    (void)step;
    conn_log(conn, "DRAINED %zu", conn_drain(conn));
    return NEXT;
}

static enum verdict
fail_expectation(struct conn *conn, const struct step *step)
{
    conn_log(conn, "FAILED %s %s", step_word(step, 0),
             step->count > 1 ? step_word(step, 1) : "");
    if (conn->peer->exit_code == 0)
        conn->peer->exit_code = EXIT_PROTOCOL;
    return NEXT;
}

/* Expectations */

static enum verdict
step_expect_param(struct conn *conn, const struct step *step)
{
    struct text value = {NULL, 0, 0};
    bool same = pairs_find(&conn->params, step_word(step, 1), &value) &&
                value.size == step->words[2].size &&
                memcmp(value.data, step_word(step, 2), value.size) == 0;

    text_free(&value);
    return same ? NEXT : fail_expectation(conn, step);
}

static enum verdict
step_expect_input(struct conn *conn, const struct step *step)
{
    if (conn->input.size == step->words[1].size &&
        (conn->input.size == 0 ||
         memcmp(conn->input.data, step_word(step, 1), conn->input.size) == 0))
        return NEXT;
    return fail_expectation(conn, step);
}

static enum verdict
step_expect_fill(struct conn *conn, const struct step *step)
{
    size_t size = number(step_word(step, 1), STEP_MAX_SIZE);
    size_t i = 0;

    if (conn->input.size == size)
        while (i < size && (unsigned char)conn->input.data[i] == fill_byte(i))
            i++;
    return conn->input.size == size && i == size ? NEXT
                                                 : fail_expectation(conn, step);
}

static enum verdict
step_save_input(struct conn *conn, const struct step *step)
{
    FILE *file = fopen(step_word(step, 1), "wb");

    if (file == NULL)
        die(EXIT_SYSTEM, "%s: %s", step_word(step, 1), strerror(errno));
    fwrite(conn->input.data, 1, conn->input.size, file);
    if (fclose(file) != 0)
        die(EXIT_SYSTEM, "%s: %s", step_word(step, 1), strerror(errno));
    return NEXT;
}

const struct step_kind steps_receive[] = {
    {"read", 0, 0, step_read,
     "wait for the whole request (as a server: for END_REQUEST)"},
    {"read-begin", 0, 0, step_read_begin, "wait for BEGIN_REQUEST"},
    {"read-params", 0, 0, step_read_params, "wait for the end of PARAMS"},
    {"read-input", 1, 1, step_read_input,
     "N: wait for N bytes of STDIN (as a server: STDOUT), or its end"},
    {"read-records", 1, 1, step_read_records, "N: wait for N more records"},
    {"read-abort", 0, 0, step_read_abort, "wait for ABORT_REQUEST"},
    {"read-values", 0, 0, step_read_values,
     "wait for GET_VALUES (as a server: its result)"},
    {"read-eof", 0, 0, step_read_eof,
     "wait for the end of input, parsing what comes"},
    {"drain", 0, 0, step_drain,
     "wait for the end of input, whatever comes; logs \"DRAINED bytes\""},
    {"expect-param", 2, 2, step_expect_param,
     "NAME VALUE: log FAILED and exit with 3 at last, if it is not so"},
    {"expect-input", 1, 1, step_expect_input,
     "TEXT: the same for all of STDIN (as a server: STDOUT) so far"},
    {"expect-fill", 1, 1, step_expect_fill,
     "N: the same; it must be the N bytes that fill makes"},
    {"save-input", 1, 1, step_save_input, "FILE: write it to a file"},
    {NULL, 0, 0, NULL, NULL},
};
