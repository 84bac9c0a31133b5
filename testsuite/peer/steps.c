/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripts of fcgi-peer, run step by step. */
#include "steps.h"

#include <string.h>
#include <unistd.h>

static const struct step_kind *const tables[] = {steps_receive, steps_send,
                                                 steps_control};

const char *
step_word(const struct step *step, int i)
{
    return step->words[i].data;
}

/* What stands for ${name}. */
static void
expand_name(struct conn *conn, const char *name, struct text *out)
{
    struct text value = {NULL, 0, 0};

    if (strcmp(name, "pid") == 0)
        text_add_format(out, "%ld", (long)getpid());
    else if (strcmp(name, "requests") == 0)
        text_add_format(out, "%lu", conn->peer->requests);
    else if (strcmp(name, "connections") == 0)
        text_add_format(out, "%lu", conn->peer->connections);
    else if (strcmp(name, "id") == 0)
        text_add_format(out, "%u", conn->id);
    else if (strcmp(name, "input-size") == 0)
        text_add_format(out, "%zu", conn->input.size);
    else if (pairs_find(&conn->params, name, &value))
        text_add(out, value.data, value.size);
    text_free(&value);
}

struct text
step_expand(struct conn *conn, const struct text *in)
{
    struct text out = {NULL, 0, 0};
    size_t at = 0;

    text_add(&out, "", 0);
    while (at < in->size) {
        const char *end = NULL;
        char name[128];
        size_t n;

        if (in->data[at] == '$' && in->data[at + 1] == '{')
            end = strchr(in->data + at, '}');
        n = end != NULL ? (size_t)(end - (in->data + at)) - 2 : 0;
        if (end == NULL || n >= sizeof(name)) {
            text_add_byte(&out, (unsigned char)in->data[at++]);
            continue;
        }
        memcpy(name, in->data + at + 2, n);
        name[n] = '\0';
        expand_name(conn, name, &out);
        at += n + 3;
    }
    return out;
}

static const struct step_kind *
find_kind(const char *name)
{
    const struct step_kind *kind;
    size_t i;

    for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        for (kind = tables[i]; kind->name != NULL; kind++)
            if (strcmp(kind->name, name) == 0)
                return kind;
    die(EXIT_USAGE, "no such step: %s", name);
}

enum verdict
step_run(struct conn *conn, const struct step *step)
{
    const struct step_kind *kind = find_kind(step_word(step, 0));

    if (step->count - 1 < kind->min || step->count - 1 > kind->max)
        die(EXIT_USAGE, "%s: wrong number of words", kind->name);
    return kind->run(conn, step);
}

bool
steps_run(struct conn *conn, const struct script *script)
{
    size_t i;

    for (i = 0; i < script->count; i++)
        if (step_run(conn, script->steps[i]) == CLOSE)
            return false;
    if (conn->out.corked && !net_uncork(&conn->out))
        return false;
    if (conn->keep != KEEP_ASKED)
        return conn->keep == KEEP_YES;
    return (conn->flags & FCGI_WIRE_FLAG_KEEP_CONN) != 0;
}

static void
print_kind(FILE *out, const struct step_kind *kind)
{
    const char *p;

    fprintf(out, "  %-15s ", kind->name);
    for (p = kind->help; *p != '\0'; p++) {
        fputc(*p, out);
        if (*p == '\n')
            fprintf(out, "  %-15s ", "");
    }
    fputc('\n', out);
}

void
steps_print_help(FILE *out)
{
    const struct step_kind *kind;
    size_t i;

    for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        for (kind = tables[i]; kind->name != NULL; kind++)
            print_kind(out, kind);
}
