/* SPDX-License-Identifier: BSD-2-Clause */
#include "script.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *at;
    const char *end;
};

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte that an escape (after its backslash) means. */
static unsigned
read_escape(struct reader *reader)
{
    static const char letters[] = "nrt\\\"0";
    static const char bytes[] = "\n\r\t\\\"\0";
    const char *letter;
    char c;

    if (reader->at == reader->end)
        die(EXIT_USAGE, "script: ends in an escape");
    c = *reader->at++;
    if (c == 'x' && reader->end - reader->at >= 2 &&
        hex_digit(reader->at[0]) >= 0 && hex_digit(reader->at[1]) >= 0) {
        int value = hex_digit(reader->at[0]) * 16 + hex_digit(reader->at[1]);

        reader->at += 2;
        return (unsigned)value;
    }
    letter = c == '\0' ? NULL : strchr(letters, c);
    if (letter == NULL)
        die(EXIT_USAGE, "script: no such escape: \\%c", c);
    return (unsigned char)bytes[letter - letters];
}

static void
read_quoted(struct reader *reader, struct text *word)
{
    for (;;) {
        char c;

        if (reader->at == reader->end)
            die(EXIT_USAGE, "script: a quote is not closed");
        c = *reader->at++;
        if (c == '"')
            return;
        text_add_byte(word, c == '\\' ? read_escape(reader) : (unsigned char)c);
    }
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void
read_word(struct reader *reader, struct text *word)
{
    text_add(word, "", 0);
    while (reader->at < reader->end) {
        char c = *reader->at;

        if (is_blank(c) || c == '\n' || c == ';')
            return;
        reader->at++;
        if (c == '"')
            read_quoted(reader, word);
        else
            text_add_byte(word, (unsigned char)c);
    }
}

static void
skip_comment(struct reader *reader)
{
    while (reader->at < reader->end && *reader->at != '\n')
        reader->at++;
}

/* Reads up to the end of a step; it may be empty. */
static struct step *
read_step(struct reader *reader)
{
    struct step *step = calloc(1, sizeof(*step));

    if (step == NULL)
        die(EXIT_SYSTEM, "no memory");
    while (reader->at < reader->end) {
        char c = *reader->at;

        if (c == '\n' || c == ';') {
            reader->at++;
            break;
        }
        if (is_blank(c)) {
            reader->at++;
        } else if (c == '#') {
            skip_comment(reader);
        } else {
            if (step->count == STEP_WORDS)
                die(EXIT_USAGE, "script: a step has too many words");
            read_word(reader, &step->words[step->count++]);
        }
    }
    return step;
}

static void
step_free(struct step *step)
{
    int i;

    for (i = 0; i < step->count; i++)
        text_free(&step->words[i]);
    free(step);
}

struct script *
script_parse(const char *text, size_t size)
{
    struct script *script = calloc(1, sizeof(*script));
    struct reader reader = {text, text + size};

    if (script == NULL)
        die(EXIT_SYSTEM, "no memory");
    while (reader.at < reader.end) {
        struct step *step = read_step(&reader);

        if (step->count == 0) {
            step_free(step);
            continue;
        }
        script->steps = realloc(script->steps,
                                (script->count + 1) * sizeof(*script->steps));
        if (script->steps == NULL)
            die(EXIT_SYSTEM, "no memory");
        script->steps[script->count++] = step;
    }
    return script;
}

void
script_free(struct script *script)
{
    size_t i;

    if (script == NULL)
        return;
    for (i = 0; i < script->count; i++)
        step_free(script->steps[i]);
    free(script->steps);
    free(script);
}
