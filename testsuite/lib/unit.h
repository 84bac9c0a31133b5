/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks for unit programs, one header and no library.
 *
 *     int
 *     main(void)
 *     {
 *         UNIT_CHECK(1 + 1 == 2, "sum: one and one make %d", 2);
 *         return unit_done();
 *     }
 *
 * Each check prints one line: "PASS: name", or "FAIL: name (file:line)". A
 * name reads "area: sentence of expected behaviour". The same name may be
 * checked many times: checks in a loop are better counted by a local flag and
 * reported once. The last line counts the checks; suite_run_unit of
 * lib/suite.exp compares it with the lines it saw, so that a program that dies
 * on its way is noticed. Not for use by several threads at once.
 */
#ifndef UNIT_H
#define UNIT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int unit_passed, unit_failed;

/* Counts and prints one check. Returns ok. */
#ifdef __GNUC__
__attribute__((format(printf, 4, 5), unused))
#endif
static bool
unit_check(bool ok, const char *file, int line, const char *format, ...)
{
    const char *slash = strrchr(file, '/');
    va_list args;

    if (ok)
        unit_passed++;
    else
        unit_failed++;
    fputs(ok ? "PASS: " : "FAIL: ", stdout);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    if (!ok)
        printf(" (%s:%d)", slash != NULL ? slash + 1 : file, line);
    putchar('\n');
    /* What follows may crash. */
    fflush(stdout);
    return ok;
}

/* UNIT_CHECK(condition, format, ...): the condition as a bool */
#define UNIT_CHECK(condition, ...)                                             \
    unit_check((condition) ? true : false, __FILE__, __LINE__, __VA_ARGS__)

/* Prints the counts. Returns what main should return: 0 if all is well, 1 if
 * a check failed or there was none. */
#ifdef __GNUC__
__attribute__((unused))
#endif
static int
unit_done(void)
{
    printf("%d passed, %d failed\n", unit_passed, unit_failed);
    return unit_failed > 0 || unit_passed == 0 ? 1 : 0;
}

#endif
