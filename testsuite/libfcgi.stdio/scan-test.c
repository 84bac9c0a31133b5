/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the FCGI interface has beyond the devkit's: each call on a request's
 * stream gives what the C library gives on a file of the same bytes, and leaves
 * the same bytes to be read.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "page.h"
#include "unit.h"

#define NO_FCGI_DEFINES
#include "fcgi_config.h"
#include "fcgi_stdio.h"
#include "fastcgi.h"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static struct page page;

/* Both have the same left to read. */
static bool
same_rest(FILE *file)
{
    int ours, theirs;

    do {
        ours = FCGI_fgetc(FCGI_stdin);
        theirs = getc(file);
        if (ours != theirs)
            return false;
    } while (theirs != EOF);
    return true;
}

/* One scan of text by both; how far the pointers' targets got, too. */
static bool
scans_alike(const char *text, const char *format)
{
    static char ours[4][64], theirs[4][64];
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    int count, wanted;
    bool good;

    if (file == NULL)
        exit(2);
    memset(ours, 7, sizeof ours);
    memset(theirs, 7, sizeof theirs);
    page_begin(&page, text);
    count = FCGI_fscanf(FCGI_stdin, format, ours[0], ours[1], ours[2], ours[3]);
    wanted = fscanf(file, format, theirs[0], theirs[1], theirs[2], theirs[3]);
    good = count == wanted && memcmp(ours, theirs, sizeof ours) == 0 &&
           same_rest(file);
    if (!good)
        printf("# %d instead of %d\n", count, wanted);
    fclose(file);
    page_finish(&page);
    return good;
}

static void
check_scan(void)
{
    static const struct {
        const char *text, *format;
    } cases[] = {
        {"12 -7 0x1f 077", "%d%d%i%i"},
        {"12345", "%2d%3d"},
        {"4294967295 ff 17", "%u%x%o"},
        {"1 2 3 4", "%hhd%hd%ld%lld"},
        {"1 2 3", "%zu%jd%td"},
        {"2.5 -1e3 0x1p3 inf", "%f%lf%Lf%f"},
        {"word next", "%s%4s"},
        {"abcdef", "%3c%c"},
        {"abc123", "%[a-z]%[0-9]"},
        {"abc]def", "%[^]]]%s"},
        {"key=value; rest", "%[^=]=%[^;]%n"},
        {"a:b", "%c:%c"},
        {"a;b", "%c:%c"},
        {"  7 ", "%*d%n"},
        {"50%x", "%d%%%c"},
        {"x", "%d"},
        {"", "%d"},
        {"   ", "%d"},
        {"-", "%d"},
        {"1e", "%f"},
        {"0x", "%x"},
        {"0x1p", "%lf"},
        {"in fin", "%f"},
        {"12abc\nnext", "%d"},
        {"7,8,9", "%d,%d,%d"},
        {"2 1", "%2$d%1$d"},
        {"0x10", "%p"},
        {"12", "%d%n"},
        {"line\nnext", "%[^\n]"},
        {"no directive", "no "},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
        UNIT_CHECK(scans_alike(cases[i].text, cases[i].format),
                   "scan: \"%s\" of \"%.*s\"", cases[i].format,
                   (int)strcspn(cases[i].text, "\n"), cases[i].text);
}

static void
check_scan_calls(void)
{
    int one = 0, two = 0;

    page_begin(&page, "1 2 3");
    UNIT_CHECK(FCGI_scanf("%d", &one) == 1 && one == 1 &&
                   FCGI_fscanf(FCGI_stdin, "%d", &two) == 1 && two == 2,
               "scan: one call goes on where another has ended");
    UNIT_CHECK(FCGI_scanf("%d", &one) == 1 && FCGI_scanf("%d", &one) == EOF &&
                   FCGI_feof(FCGI_stdin),
               "scan: the end of the body is EOF");
    page_finish(&page);
    UNIT_CHECK(FCGI_scanf("%d", &one) == EOF && errno == EBADF,
               "scan: without a request it fails with EBADF");
}

static void
check_lines(void)
{
    static char body[50001];
    char *line = NULL;
    size_t size = 0;

    memset(body, 'x', 50000);
    memcpy(body + 40000, "\n\na;b", 5);
    page_begin(&page, body);
    UNIT_CHECK(FCGI_getline(&line, &size, FCGI_stdin) == 40001 &&
                   line[40000] == '\n' && strlen(line) == 40001 && size > 40001,
               "line: of any length");
    UNIT_CHECK(FCGI_getline(&line, &size, FCGI_stdin) == 1 &&
                   strcmp(line, "\n") == 0,
               "line: an empty one");
    UNIT_CHECK(FCGI_getdelim(&line, &size, ';', FCGI_stdin) == 2 &&
                   strcmp(line, "a;") == 0,
               "line: up to another delimiter");
    UNIT_CHECK(FCGI_getline(&line, &size, FCGI_stdin) == 9996 && line[0] == 'b',
               "line: the last one has no end");
    UNIT_CHECK(FCGI_getline(&line, &size, FCGI_stdin) == -1,
               "line: then there are no more");
    UNIT_CHECK(FCGI_getline(NULL, &size, FCGI_stdin) == -1 && errno == EINVAL,
               "line: it needs a place for it");
    page_finish(&page);
    UNIT_CHECK(FCGI_getline(&line, &size, FCGI_stdin) == -1 && errno == EBADF,
               "line: without a request it fails with EBADF");
    free(line);
}

static void
check_descriptors(void)
{
    char text[16] = "";
    int ends[2];

    if (pipe(ends) != 0)
        exit(2);
    page_begin(&page, "");
    FCGI_printf("a");
    UNIT_CHECK(FCGI_dprintf(1, "%d", 12) == 2 && FCGI_dprintf(2, "err") == 3,
               "dprintf: 1 and 2 are the request's");
    UNIT_CHECK(FCGI_dprintf(ends[1], "%s", "pipe") == 4 &&
                   read(ends[0], text, sizeof text) == 4 &&
                   memcmp(text, "pipe", 4) == 0,
               "dprintf: another descriptor is itself");
    UNIT_CHECK(FCGI_dprintf(-1, "x") < 0, "dprintf: -1 is none");
    page_finish(&page);
    UNIT_CHECK(strcmp(page.out, "a12") == 0 && strcmp(page.err, "err") == 0,
               "dprintf: what it wrote arrives in order");
    close(ends[0]);
    close(ends[1]);
}

static void
check_rest(void)
{
    FCGI_FILE *file;
    char *text = NULL;
    size_t size = 0;

    page_begin(&page, "");
    UNIT_CHECK(FCGI_fseeko(FCGI_stdin, 0, SEEK_SET) == -1 && errno == ESPIPE &&
                   FCGI_ftello(FCGI_stdout) == -1,
               "rest: a request's stream has no position");
    FCGI_setlinebuf(FCGI_stdout);
    FCGI_setbuffer(FCGI_stdout, NULL, 0);
    FCGI_flockfile(FCGI_stdout);
    UNIT_CHECK(FCGI_ftrylockfile(FCGI_stdout) == 0, "rest: nor a lock");
    FCGI_funlockfile(FCGI_stdout);
    page_finish(&page);
    file = FCGI_open_memstream(&text, &size);
    UNIT_CHECK(file != NULL && FCGI_fprintf(file, "memory") == 6 &&
                   FCGI_ftello(file) == 6 &&
                   FCGI_fseeko(file, 0, SEEK_END) == 0 &&
                   FCGI_fclose(file) == 0 && strcmp(text, "memory") == 0,
               "rest: a stream into memory");
    free(text);
    file = FCGI_fmemopen((char[]){"1\n2"}, 3, "r");
    FCGI_flockfile(file);
    FCGI_funlockfile(file);
    UNIT_CHECK(file != NULL && FCGI_fscanf(file, "%*d") == 0 &&
                   FCGI_fgetc(file) == '\n' && FCGI_fgetc(file) == '2' &&
                   FCGI_fclose(file) == 0,
               "rest: a stream from memory");
}

int
main(void)
{
    page_listen();
    check_scan_calls();
    check_scan();
    check_lines();
    check_descriptors();
    check_rest();
    return unit_done();
}
