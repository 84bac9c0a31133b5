/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The FCGI interface: wide characters, to and from the bytes of the locale.
 *
 * Each call begins and ends in the initial shift state, since FCGI_FILE has no
 * place for another one.  So wide and other calls may be mixed on a request's
 * stream.
 */
#include "config.h"

#include "stdio_int.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* --- Writing ------------------------------------------------------------- */

/* The characters, up to the first one that the locale has no bytes for.
 * Returns 0, or -1 with errno EILSEQ or after an error of the stream. */
static int
put_wide(const wchar_t *text, size_t count, FCGX_Stream *stream)
{
    char bytes[MB_LEN_MAX];
    mbstate_t state;
    size_t size, i;

    memset(&state, 0, sizeof state);
    for (i = 0; i < count; i++) {
        size = wcrtomb(bytes, text[i], &state);
        if (size == (size_t)-1 ||
            FCGX_PutStr(bytes, (int)size, stream) != (int)size)
            return -1;
    }
    /* The way back to the initial state, and a NUL that is left out. */
    size = wcrtomb(bytes, L'\0', &state);
    if (size == (size_t)-1)
        return -1;
    size--;
    return size == 0 || FCGX_PutStr(bytes, (int)size, stream) == (int)size
               ? 0
               : -1;
}

wint_t
FCGI_fputwc(wchar_t c, FCGI_FILE *fp)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        return fputwc(c, file);
    stream = fcgi_stdio_stream(fp);
    if (stream == NULL || put_wide(&c, 1, stream) != 0)
        return WEOF;
    return (wint_t)c;
}

wint_t
FCGI_putwchar(wchar_t c)
{
    return FCGI_fputwc(c, FCGI_stdout);
}

int
FCGI_fputws(const wchar_t *str, FCGI_FILE *fp)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        return fputws(str, file);
    stream = fcgi_stdio_stream(fp);
    return stream == NULL ? -1 : put_wide(str, wcslen(str), stream);
}

int
FCGI_vfwprintf(FCGI_FILE *fp, const wchar_t *format, va_list ap)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);
    wchar_t *text = NULL;
    size_t size = 0;
    int count;

    if (file != NULL)
        return vfwprintf(file, format, ap);
    stream = fcgi_stdio_stream(fp);
    if (stream == NULL)
        return -1;
    file = open_wmemstream(&text, &size);
    if (file == NULL)
        return -1;
    count = vfwprintf(file, format, ap);
    if (fclose(file) != 0 ||
        (count >= 0 && put_wide(text, (size_t)count, stream) != 0))
        count = -1;
    free(text);
    return count;
}

int
FCGI_vwprintf(const wchar_t *format, va_list ap)
{
    return FCGI_vfwprintf(FCGI_stdout, format, ap);
}

int
FCGI_fwprintf(FCGI_FILE *fp, const wchar_t *format, ...)
{
    va_list ap;
    int count;

    va_start(ap, format);
    count = FCGI_vfwprintf(fp, format, ap);
    va_end(ap);
    return count;
}

int
FCGI_wprintf(const wchar_t *format, ...)
{
    va_list ap;
    int count;

    va_start(ap, format);
    count = FCGI_vfwprintf(FCGI_stdout, format, ap);
    va_end(ap);
    return count;
}

/* --- Reading ------------------------------------------------------------- */

static wint_t
get_wide(FCGX_Stream *stream)
{
    mbstate_t state;
    wchar_t wide = L'\0';
    size_t size;
    char byte;
    int c, taken = 0;

    memset(&state, 0, sizeof state);
    while ((c = FCGX_GetChar(stream)) != EOF) {
        byte = (char)c;
        taken++;
        size = mbrtowc(&wide, &byte, 1, &state);
        if (size == (size_t)-1) {
            /* The byte that does not go on with this one may begin another. */
            if (taken > 1)
                FCGX_UnGetChar(c, stream);
            errno = EILSEQ;
            return WEOF;
        }
        if (size != (size_t)-2)
            return (wint_t)wide;
    }
    if (taken > 0)
        errno = EILSEQ;
    return WEOF;
}

wint_t
FCGI_fgetwc(FCGI_FILE *fp)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        return fgetwc(file);
    stream = fcgi_stdio_stream(fp);
    return stream == NULL ? WEOF : get_wide(stream);
}

wint_t
FCGI_getwchar(void)
{
    return FCGI_fgetwc(FCGI_stdin);
}

wchar_t *
FCGI_fgetws(wchar_t *str, int size, FCGI_FILE *fp)
{
    FILE *file = fcgi_stdio_file(fp);
    wint_t c = L'\0';
    int n = 0;

    if (file != NULL)
        return fgetws(str, size, file);
    if (size < 1)
        return NULL;
    errno = 0;
    while (n < size - 1 && c != L'\n' && (c = FCGI_fgetwc(fp)) != WEOF)
        str[n++] = (wchar_t)c;
    if (c == WEOF && (n == 0 || errno == EILSEQ))
        return NULL;
    str[n] = L'\0';
    return str;
}

/* --- State --------------------------------------------------------------- */

int
FCGI_fwide(FCGI_FILE *fp, int mode)
{
    FILE *file = fcgi_stdio_file(fp);

    return file != NULL ? fwide(file, mode) : 0;
}
