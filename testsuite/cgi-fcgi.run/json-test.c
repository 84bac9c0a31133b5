/* SPDX-License-Identifier: BSD-2-Clause */
/* The writer of JSON: commas, escapes, UTF-8. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "cgi-fcgi/json.h"

static char *text;
static size_t size;

static struct json
begin(void)
{
    struct json json;

    free(text);
    text = NULL;
    json_init(&json, open_memstream(&text, &size));
    return json;
}

static void
expect(struct json *json, const char *wanted, const char *what)
{
    fclose(json->out);
    UNIT_CHECK(strcmp(text, wanted) == 0, "json: %s (%s)", what, text);
}

static void
check_structure(void)
{
    struct json json = begin();

    json_begin(&json, NULL, '{');
    json_text(&json, "a", "b");
    json_begin(&json, "list", '[');
    json_count(&json, NULL, UINT64_MAX);
    json_bool(&json, NULL, true);
    json_begin(&json, NULL, '{');
    json_end(&json, '}');
    json_end(&json, ']');
    json_begin(&json, "empty", '[');
    json_end(&json, ']');
    json_null(&json, "n");
    json_text(&json, "t", NULL);
    json_name(&json, "x\0y", 3);
    json_bytes(&json, NULL, "z", 1);
    json_real(&json, "r", 1.25, 1);
    json_real(&json, "nan", (double)NAN, 0);
    json_real(&json, "inf", (double)INFINITY, 2);
    json_end(&json, '}');
    expect(&json,
           "{\"a\":\"b\",\"list\":[18446744073709551615,true,{}],\"empty\":[],"
           "\"n\":null,\"t\":null,\"x\\u0000y\":\"z\",\"r\":1.2,\"nan\":0,"
           "\"inf\":0.00}",
           "commas stand between values and nowhere else");
}

static void
check_bytes(const char *bytes, size_t length, const char *wanted)
{
    struct json json = begin();

    json_bytes(&json, NULL, bytes, length);
    expect(&json, wanted, "bytes are escaped");
}

#define BYTES(literal) (literal), sizeof(literal) - 1

int
main(void)
{
    check_structure();
    check_bytes(BYTES(""), "\"\"");
    check_bytes(BYTES("a\"b\\c/\b\f\n\r\t\x01\x7f"),
                "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u007f\"");
    check_bytes(BYTES("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
                "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
    /* Cut, overlong, surrogate, too high, stray. */
    check_bytes(BYTES("\xc3"), "\"\\u00c3\"");
    check_bytes(BYTES("\xe2\x82"), "\"\\u00e2\\u0082\"");
    check_bytes(BYTES("\xc0\xaf"), "\"\\u00c0\\u00af\"");
    check_bytes(BYTES("\xe0\x80\xaf"), "\"\\u00e0\\u0080\\u00af\"");
    check_bytes(BYTES("\xed\xa0\x80"), "\"\\u00ed\\u00a0\\u0080\"");
    check_bytes(BYTES("\xf0\x8f\xbf\xbf"), "\"\\u00f0\\u008f\\u00bf\\u00bf\"");
    check_bytes(BYTES("\xf4\x90\x80\x80"), "\"\\u00f4\\u0090\\u0080\\u0080\"");
    check_bytes(BYTES("\x80\xff"
                      "a"),
                "\"\\u0080\\u00ffa\"");
    check_bytes(BYTES("\xc3\xc3\xa9"), "\"\\u00c3\xc3\xa9\"");
    free(text);
    return unit_done();
}
