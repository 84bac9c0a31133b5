/* SPDX-License-Identifier: BSD-2-Clause */
/* The FCGI interface: reading, writing and the state of streams. */
#include "stdio_int.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* Sets *total = size * count, in bytes.  False if there is nothing to do, or
 * with errno EOVERFLOW if no memory can be that large. */
static int
total_size(size_t size, size_t count, size_t *total)
{
    if (size == 0 || count == 0)
        return 0;
    if (count > (size_t)-1 / size) {
        errno = EOVERFLOW;
        return 0;
    }
    *total = size * count;
    return 1;
}

/* What fits in one call of FCGX_GetStr or FCGX_PutStr. */
static int
piece_size(size_t left)
{
    return left > INT_MAX ? INT_MAX : (int)left;
}

/* --- Reading ------------------------------------------------------------- */

int
FCGI_fgetc(FCGI_FILE *fp)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        return getc(file);
    stream = fcgi_stdio_stream(fp);
    return stream == NULL ? EOF : FCGX_GetChar(stream);
}

int
FCGI_getchar(void)
{
    return FCGI_fgetc(FCGI_stdin);
}

int
FCGI_ungetc(int c, FCGI_FILE *fp)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        return ungetc(c, file);
    stream = fcgi_stdio_stream(fp);
    return stream == NULL ? EOF : FCGX_UnGetChar(c, stream);
}

char *
FCGI_fgets(char *str, int size, FCGI_FILE *fp)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        return fgets(str, size, file);
    stream = fcgi_stdio_stream(fp);
    if (stream == NULL || size < 1)
        return NULL;
    return FCGX_GetLine(str, size, stream);
}

char *
FCGI_gets(char *str)
{
    char *end = str;
    int c;

    while ((c = FCGI_fgetc(FCGI_stdin)) != EOF && c != '\n')
        *end++ = (char)c;
    if (c == EOF && end == str)
        return NULL;
    *end = '\0';
    return str;
}

size_t
FCGI_fread(void *ptr, size_t size, size_t nmemb, FCGI_FILE *fp)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);
    size_t total, have = 0;
    int want, got;

    if (file != NULL)
        return fread(ptr, size, nmemb, file);
    stream = fcgi_stdio_stream(fp);
    if (stream == NULL || !total_size(size, nmemb, &total))
        return 0;
    do {
        want = piece_size(total - have);
        got = FCGX_GetStr((char *)ptr + have, want, stream);
        if (got > 0)
            have += (size_t)got;
    } while (got == want && have < total);
    return have / size;
}

/* --- Writing ------------------------------------------------------------- */

int
FCGI_fputc(int c, FCGI_FILE *fp)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        return putc(c, file);
    stream = fcgi_stdio_stream(fp);
    return stream == NULL ? EOF : FCGX_PutChar(c, stream);
}

int
FCGI_putchar(int c)
{
    return FCGI_fputc(c, FCGI_stdout);
}

int
FCGI_fputs(const char *str, FCGI_FILE *fp)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        return fputs(str, file);
    stream = fcgi_stdio_stream(fp);
    return stream == NULL ? EOF : FCGX_PutS(str, stream);
}

int
FCGI_puts(const char *str)
{
    int count = FCGI_fputs(str, FCGI_stdout);

    return count < 0 ? EOF : FCGI_putchar('\n');
}

int
FCGI_vfprintf(FCGI_FILE *fp, const char *format, va_list ap)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        return vfprintf(file, format, ap);
    stream = fcgi_stdio_stream(fp);
    return stream == NULL ? EOF : FCGX_VFPrintF(stream, format, ap);
}

int
FCGI_vprintf(const char *format, va_list ap)
{
    return FCGI_vfprintf(FCGI_stdout, format, ap);
}

int
FCGI_fprintf(FCGI_FILE *fp, const char *format, ...)
{
    va_list ap;
    int count;

    va_start(ap, format);
    count = FCGI_vfprintf(fp, format, ap);
    va_end(ap);
    return count;
}

int
FCGI_printf(const char *format, ...)
{
    va_list ap;
    int count;

    va_start(ap, format);
    count = FCGI_vfprintf(FCGI_stdout, format, ap);
    va_end(ap);
    return count;
}

size_t
FCGI_fwrite(const void *ptr, size_t size, size_t nmemb, FCGI_FILE *fp)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);
    size_t total, done = 0;

    if (file != NULL)
        return fwrite(ptr, size, nmemb, file);
    stream = fcgi_stdio_stream(fp);
    if (stream == NULL || !total_size(size, nmemb, &total))
        return 0;
    while (done < total) {
        int piece = piece_size(total - done);

        if (FCGX_PutStr((const char *)ptr + done, piece, stream) != piece)
            break;
        done += (size_t)piece;
    }
    return done / size;
}

void
FCGI_perror(const char *str)
{
    int error = errno;

    if (str != NULL && *str != '\0')
        FCGI_fprintf(FCGI_stderr, "%s: %s\n", str, strerror(error));
    else
        FCGI_fprintf(FCGI_stderr, "%s\n", strerror(error));
    errno = error;
}

/* --- State --------------------------------------------------------------- */

int
FCGI_feof(FCGI_FILE *fp)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        return feof(file);
    stream = fcgi_stdio_stream(fp);
    return stream == NULL ? EOF : FCGX_HasSeenEOF(stream);
}

int
FCGI_ferror(FCGI_FILE *fp)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        return ferror(file);
    stream = fcgi_stdio_stream(fp);
    return stream == NULL ? EOF : FCGX_GetError(stream);
}

void
FCGI_clearerr(FCGI_FILE *fp)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL) {
        clearerr(file);
        return;
    }
    stream = fcgi_stdio_stream(fp);
    if (stream != NULL)
        FCGX_ClearError(stream);
}

int
FCGI_fileno(FCGI_FILE *fp)
{
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        return fileno(file);
    errno = EBADF;
    return -1;
}
