/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "json.h"

#include <math.h>
#include <string.h>

void
json_init(struct json *json, FILE *out)
{
    json->out = out;
    json->follows = false;
}

/* The size of a UTF-8 sequence by its first byte; 0: none begins with it. */
static size_t
size_by_lead(unsigned lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2)
        return 0;
    if (lead < 0xe0)
        return 2;
    if (lead < 0xf0)
        return 3;
    return lead < 0xf5 ? 4 : 0;
}

/* Whether the second byte makes an overlong form, a surrogate, or something
 * above U+10FFFF. */
static bool
is_forbidden(unsigned lead, unsigned second)
{
    switch (lead) {
    case 0xe0:
        return second < 0xa0;
    case 0xed:
        return second > 0x9f;
    case 0xf0:
        return second < 0x90;
    case 0xf4:
        return second > 0x8f;
    default:
        return false;
    }
}

/* The size of the UTF-8 sequence at the begin of the data, 0 if there is
 * none. */
static size_t
sequence_size(const unsigned char *data, size_t size)
{
    size_t want = size_by_lead(data[0]);
    size_t i;

    if (want > size)
        return 0;
    for (i = 1; i < want; i++)
        if ((data[i] & 0xc0) != 0x80)
            return 0;
    return want > 1 && is_forbidden(data[0], data[1]) ? 0 : want;
}

static void
put_byte(FILE *out, unsigned byte)
{
    static const char escapes[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    size_t i;

    for (i = 0; i + 1 < sizeof(escapes); i += 2)
        if ((unsigned char)escapes[i] == byte) {
            fputc('\\', out);
            fputc(escapes[i + 1], out);
            return;
        }
    if (byte < 0x20 || byte >= 0x7f)
        fprintf(out, "\\u%04x", byte);
    else
        fputc((int)byte, out);
}

static void
put_string(FILE *out, const void *text, size_t size)
{
    const unsigned char *data = text;

    fputc('"', out);
    while (size > 0) {
        size_t taken = sequence_size(data, size);

        if (taken > 1) {
            fwrite(data, 1, taken, out);
        } else {
            put_byte(out, data[0]);
            taken = 1;
        }
        data += taken;
        size -= taken;
    }
    fputc('"', out);
}

void
json_name(struct json *json, const void *name, size_t size)
{
    if (json->follows)
        fputc(',', json->out);
    put_string(json->out, name, size);
    fputc(':', json->out);
    json->follows = false;
}

/* What stands before a value. */
static void
lead(struct json *json, const char *key)
{
    if (key != NULL)
        json_name(json, key, strlen(key));
    else if (json->follows)
        fputc(',', json->out);
    json->follows = true;
}

void
json_begin(struct json *json, const char *key, char bracket)
{
    lead(json, key);
    fputc(bracket, json->out);
    json->follows = false;
}

void
json_end(struct json *json, char bracket)
{
    fputc(bracket, json->out);
    json->follows = true;
}

void
json_null(struct json *json, const char *key)
{
    lead(json, key);
    fputs("null", json->out);
}

void
json_bool(struct json *json, const char *key, bool value)
{
    lead(json, key);
    fputs(value ? "true" : "false", json->out);
}

void
json_count(struct json *json, const char *key, uint64_t value)
{
    lead(json, key);
    fprintf(json->out, "%llu", (unsigned long long)value);
}

void
json_real(struct json *json, const char *key, double value, int places)
{
    lead(json, key);
    fprintf(json->out, "%.*f", places, isfinite(value) ? value : 0.0);
}

void
json_bytes(struct json *json, const char *key, const void *data, size_t size)
{
    lead(json, key);
    put_string(json->out, data, size);
}

void
json_text(struct json *json, const char *key, const char *text)
{
    if (text == NULL)
        json_null(json, key);
    else
        json_bytes(json, key, text, strlen(text));
}
