/* SPDX-License-Identifier: BSD-2-Clause */
/* FCGX_FPrintF against the C library, directive by directive. */
#include "config.h"

#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <sys/socket.h>

#include "api.h"
#include "unit.h"

static struct web web;
static size_t output;

/* Formats the same to the stream and to memory. */
static void
check(const char *name, const char *format, ...)
{
    char *expected = NULL;
    va_list arg;
    int wanted;
    int got;

    va_start(arg, format);
    wanted = vasprintf(&expected, format, arg);
    va_end(arg);
    va_start(arg, format);
    got = FCGX_VFPrintF(web.request.out, format, arg);
    va_end(arg);
    FCGX_FFlush(web.request.out);
    web_trace(&web, 0);
    UNIT_CHECK(got == wanted && web.out.size == (size_t)wanted &&
                   memcmp(web.out.data, expected, (size_t)wanted) == 0,
               "printf: %s", name);
    output += web.out.size;
    free(expected);
}

/* What is formatted without the C library's help. */
static void
check_plain(void)
{
    const char *none = getenv("NO_SUCH_VARIABLE");

    check("extremes", "%d %i %u|%ld %li %lu", INT_MIN, INT_MAX, UINT_MAX,
          LONG_MIN, LONG_MAX, ULONG_MAX);
    check("zeros", "%d%u%ld%lu", 0, 0U, 0L, 0UL);
    check("a NULL string", "[%s]", none);
    check("bytes", "%c%c%c%%%s", 0, 255, 'x', "");
    check("no directive", "just <b>text</b>");
    check("a plain directive behind another", "%5d %d %s", 1, 2, "three");
    check("and before it", "%d %s %-5d|%n", 2, "three", 1, &(int){0});
}

static void
check_integers(void)
{
    check("%%d", "%d %i %5d|%-5d|%05d|%+d|% d", 1, -2, 3, 4, 5, 6, 7);
    check("%%u %%o %%x %%X", "%u %o %#o %x %#x %X", 1U, 8U, 8U, 255U, 255U,
          255U);
    check("%%hd %%hhd", "%hd %hhd %hhu", 32767, -1, 255U);
    check("%%ld %%lld", "%ld %lld %llu", -1L, -2LL, 3ULL);
    check("%%zu %%zd", "%zu %zd", (size_t)-1, (ssize_t)-1);
    check("%%jd %%td", "%jd %td", INTMAX_MIN, (ptrdiff_t)-5);
    check("grouping", "%'d", 1234567);
    check("precision", "%.3d %8.3d %-8.3d| %.0d", 1, 2, 3, 0);
    check("width and precision from arguments", "%*d|%-*d|%.*d|%*d", 6, 1, 6, 2,
          4, 3, -9, 4);
    check("arguments by position", "%2$s %1$d %2$s", 7, "seven");
    check("a width of 100", "%100d|%-300d", 5, 6);
    check("a width of 20000", "%20000d", 5);
}

static void
check_floats(void)
{
    check("%%f %%lf", "%f %lf %.2f %10.3f|%-10.1f", 1.5, -2.5, M_PI, M_PI,
          M_PI);
    check("%%e %%g", "%e %E %g %G %#g", 12345.678, 1e-9, 1e20, 1e-5, 1.0);
    check("%%a", "%a %A", 1.0, 255.5);
    check("%%Lf", "%Lf %Le %Lg", 1.25L, 1e100L, -3.5L);
    check("a huge long double", "%Lf", LDBL_MAX);
    check("a huge double", "%f %.340f", DBL_MAX, DBL_MIN);
    check("infinity and NaN", "%f %F %e", INFINITY, -INFINITY, NAN);
}

static void
check_texts(void)
{
    const char *none = NULL;
    char *large = malloc(100001);
    int position = 0;

    check("%%s", "%s|%10s|%-10s|%.2s", "abc", "def", "ghi", "jkl");
    check("%%s of NULL", "%s|%10s", none, none);
    check("%%100s", "%100s|%-300s|", "x", "y");
    check("%%c", "%c%5c|%c", 'a', 'b', 0);
    check("%%ls %%lc", "%ls %lc %S", L"wide", (wint_t)L'w', L"too");
    check("%%p", "%p", (void *)web.request.out);
    check("%%%%", "100%% %d%%", 5);
    check("errno's text", "%m");
    check("plain text", "no directive at all");
    check("nothing", "%s", "");
    if (large != NULL) {
        memset(large, 'L', 100000);
        large[100000] = '\0';
        check("%%s of 100,000 bytes", "<%s>", large);
        large[16376] = '\0';
        check("%%s of a buffer", "%s", large);
        check("%%s of a byte more", "%s!", large);
    }
    free(large);
    FCGX_FPrintF(web.request.out, "12345%n6", &position);
    UNIT_CHECK(position == 5, "printf: %%n");
}

/* Pieces of all sizes at all fill levels of the buffer. */
static void
check_pieces(void)
{
    struct bytes expected = {0};
    char text[64];
    int i;
    int good = 1;

    FCGX_FFlush(web.request.out);
    web_trace(&web, 0);
    for (i = 0; i < 4000; i++) {
        int n = snprintf(text, sizeof(text), "%*d,", i % 37, i);

        put_raw(&expected, text, (size_t)n);
        good &= FCGX_FPrintF(web.request.out, "%*d,", i % 37, i) == n;
    }
    FCGX_FFlush(web.request.out);
    web_trace(&web, 0);
    UNIT_CHECK(good && web.out.size == expected.size &&
                   memcmp(web.out.data, expected.data, expected.size) == 0,
               "printf: pieces at all fill levels");
    bytes_free(&expected);
}

/* --- Formats made at random -------------------------------------------------
 */

static uint32_t dice = 12345;

static unsigned
roll(unsigned sides)
{
    dice = dice * 1664525 + 1013904223;
    return (dice >> 16) % sides;
}

/* What a directive takes. */
enum kind { INT, LONG, TEXT, KINDS };

/* Puts some text, perhaps with "%%", then a directive of that kind: mostly one
 * that is taken without the C library's help. */
static void
put_piece(char *format, size_t size, enum kind kind)
{
    static const char *const directives[KINDS][10] = {
        {"%d", "%i", "%u", "%c", "%d", "%d", "%u", "%5d", "%x", "%hhd"},
        {"%ld", "%li", "%lu", "%zu", "%ld", "%lu", "%ld", "%zd", "%lx",
         "%-9ld"},
        {"%s", "%s", "%s", "%s", "%s", "%s", "%s", "%s", "%12s", "%.3s"}};
    static const char *const texts[] = {
        "",
        "",
        " ",
        "<td>",
        "100%% ",
        "twenty-four bytes of it.",
        "a text that is longer than what is copied byte by byte, "};
    size_t end = strlen(format);

    snprintf(format + end, size - end, "%s%s",
             texts[roll(sizeof(texts) / sizeof(texts[0]))],
             directives[kind][roll(10)]);
}

/* The same as the C library puts to memory? */
static bool
is_same(struct bytes *expected, const char *format, ...)
{
    char text[1024];
    va_list arg;
    int wanted;
    int got;

    va_start(arg, format);
    wanted = vsnprintf(text, sizeof(text), format, arg);
    va_end(arg);
    va_start(arg, format);
    got = FCGX_VFPrintF(web.request.out, format, arg);
    va_end(arg);
    put_raw(expected, text, (size_t)wanted);
    return got == wanted;
}

struct value {
    int i;
    long l;
    const char *s;
};

static struct value
roll_value(void)
{
    static const char *const texts[] = {NULL,
                                        "",
                                        "x",
                                        "the list",
                                        "twenty-three bytes here",
                                        "twenty-four bytes of it!",
                                        "a text that is longer than those are"};
    static const long longs[] = {
        0, 1, -1, 9, 10, 99, 100, INT_MAX, INT_MIN, LONG_MAX, LONG_MIN, -10};
    struct value value;

    value.l = longs[roll(12)];
    if (roll(2) != 0)
        value.l = (long)roll(65536) << roll(40);
    value.i = (int)(unsigned)(unsigned long)value.l;
    value.s = texts[roll(sizeof(texts) / sizeof(texts[0]))];
    return value;
}

#define SECOND(first)                                                          \
    (kinds[1] == INT    ? is_same(expected, format, first, b.i)                \
     : kinds[1] == LONG ? is_same(expected, format, first, b.l)                \
                        : is_same(expected, format, first, b.s))

static bool
is_random_same(struct bytes *expected, const enum kind *kinds,
               const char *format)
{
    struct value a = roll_value();
    struct value b = roll_value();

    switch (kinds[0]) {
    case INT:
        return SECOND(a.i);
    case LONG:
        return SECOND(a.l);
    default:
        return SECOND(a.s);
    }
}

static void
check_random(void)
{
    struct bytes expected = {0};
    char format[256];
    int wrong = 0;
    int i;

    for (i = 0; i < 30000; i++) {
        enum kind kinds[2];
        int k;

        format[0] = '\0';
        for (k = 0; k < 2; k++) {
            kinds[k] = (enum kind)roll(KINDS);
            put_piece(format, sizeof(format), kinds[k]);
        }
        if (!is_random_same(&expected, kinds, format) && wrong++ == 0)
            printf("printf: \"%s\" has a wrong length\n", format);
        if (i % 1000 == 999) {
            FCGX_FFlush(web.request.out);
            web_trace(&web, 0);
            wrong += web.out.size != expected.size ||
                     memcmp(web.out.data, expected.data, expected.size) != 0;
            expected.size = 0;
        }
    }
    UNIT_CHECK(wrong == 0, "printf: formats at random, at all fill levels");
    bytes_free(&expected);
}

static void
check_failures(void)
{
    FCGX_Stream *out = web.request.out;

    UNIT_CHECK(FCGX_FPrintF(web.request.in, "x") == -1,
               "printf: a reader takes nothing");
    FCGX_FClose(out);
    UNIT_CHECK(FCGX_FPrintF(out, "x") == -1,
               "printf: a closed stream takes nothing");
}

int
main(void)
{
    struct bytes input = {0};

    web_open(&web, SOCK_STREAM);
    put_get(&input, 1, 1, "/");
    web_send(&web, &input);
    FCGX_Accept_r(&web.request);
    check_plain();
    check_integers();
    check_floats();
    check_texts();
    check_pieces();
    check_random();
    check_failures();
    web_close(&web);
    bytes_free(&input);
    return unit_done();
}
