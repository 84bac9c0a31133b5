/* SPDX-License-Identifier: BSD-2-Clause */
/* Wide characters on a request's streams. */
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "page.h"
#include "unit.h"

#define NO_FCGI_DEFINES
#include "fcgi_config.h"
#include "fcgi_stdio.h"
#include "fastcgi.h"

static struct page page;

static void
check_output(void)
{
    page_begin(&page, "");
    UNIT_CHECK(FCGI_fputwc(0xe9, FCGI_stdout) == 0xe9 &&
                   FCGI_putwchar(0x1f600) == 0x1f600 &&
                   FCGI_fputs(" bytes ", FCGI_stdout) >= 0 &&
                   FCGI_fputws(L"\x20ac\n", FCGI_stdout) >= 0 &&
                   FCGI_wprintf(L"%ls %d %s", L"\x3b1", 7, "b\xc3\xb6") == 6 &&
                   FCGI_fwprintf(FCGI_stderr, L"%c", 'e') == 1,
               "wide: writing returns what the C library does");
    errno = 0;
    UNIT_CHECK(FCGI_fputwc(0xd800, FCGI_stdout) == WEOF &&
                   errno == EILSEQ,
               "wide: a character that has no bytes is refused");
    UNIT_CHECK(FCGI_fwide(FCGI_stdout, 1) == 0,
               "wide: a request's stream takes both kinds");
    page_finish(&page);
    UNIT_CHECK(strcmp(page.out, "\xc3\xa9\xf0\x9f\x98\x80 bytes \xe2\x82\xac\n"
                                "\xce\xb1 7 b\xc3\xb6") == 0 &&
                   strcmp(page.err, "e") == 0,
               "wide: it arrives as the bytes of the locale");
}

static void
check_input(void)
{
    wchar_t line[8];

    page_begin(&page, "\xc3\xa9\xf0\x9f\x98\x80\nab\xe2\x82\xac\nlonger line");
    UNIT_CHECK(FCGI_fgetwc(FCGI_stdin) == 0xe9 &&
                   FCGI_getwchar() == 0x1f600 && FCGI_getwchar() == '\n',
               "wide: characters are read");
    UNIT_CHECK(FCGI_fgetws(line, 8, FCGI_stdin) == line &&
                   wcscmp(line, L"ab\x20ac\n") == 0 &&
                   FCGI_fgetws(line, 8, FCGI_stdin) == line &&
                   wcscmp(line, L"longer ") == 0 &&
                   FCGI_fgetws(line, 8, FCGI_stdin) == line &&
                   wcscmp(line, L"line") == 0 &&
                   FCGI_fgetws(line, 8, FCGI_stdin) == NULL,
               "wide: lines are read, and what fits of them");
    page_finish(&page);
    page_begin(&page, "\xe2\x82x\xff\xe2");
    errno = 0;
    UNIT_CHECK(FCGI_getwchar() == WEOF && errno == EILSEQ &&
                   FCGI_getwchar() == 'x',
               "wide: a broken character takes none of the next");
    errno = 0;
    UNIT_CHECK(FCGI_getwchar() == WEOF && errno == EILSEQ,
               "wide: a byte that begins none is an error");
    errno = 0;
    UNIT_CHECK(FCGI_getwchar() == WEOF && errno == EILSEQ,
               "wide: so is one that is cut off by the end");
    errno = 0;
    UNIT_CHECK(FCGI_getwchar() == WEOF && errno == 0 &&
                   FCGI_feof(FCGI_stdin),
               "wide: the end of the body is WEOF");
    page_finish(&page);
}

static void
check_outside(void)
{
    UNIT_CHECK(FCGI_putwchar('x') == WEOF && FCGI_wprintf(L"x") == -1 &&
                   FCGI_fputws(L"x", FCGI_stdout) == -1 &&
                   FCGI_getwchar() == WEOF && errno == EBADF,
               "wide: without a request it fails with EBADF");
}

static void
check_file(void)
{
    FCGI_FILE *file = FCGI_tmpfile();

    UNIT_CHECK(file != NULL && FCGI_fputws(L"\xe9", file) >= 0 &&
                   FCGI_fwide(file, 0) > 0 && FCGI_ftell(file) == 2,
               "wide: a file is a file");
    if (file != NULL)
        FCGI_fclose(file);
}

int
main(void)
{
    page_listen();
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
        puts("UNSUPPORTED: wide: there is no locale C.UTF-8");
    } else {
        check_output();
        check_input();
        check_file();
    }
    check_outside();
    return unit_done();
}
