/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The FCGI interface: formatted input, lines of any length, locks, and what
 * else <stdio.h> has beyond the devkit's names.
 */
#include "config.h"

#include "stdio_int.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

/* --- Formatted input ------------------------------------------------------ */

#ifdef HAVE_FOPENCOOKIE

/* A request's stream as the C library sees it while it scans: byte by byte,
 * so that no more is taken than is needed. */
struct source {
    FCGX_Stream *stream;
    int is_over; /* the scan has ended: only what was put back is left */
};

static ssize_t
read_source(void *cookie, char *buffer, size_t size)
{
    const struct source *source = cookie;

    if (source->is_over || size == 0)
        return 0;
    return FCGX_GetStr(buffer, 1, source->stream);
}

/* What scanf has looked at and put back goes back into the stream. */
static void
return_rest(struct source *source, FILE *file)
{
    char rest[16];
    size_t n;

    source->is_over = 1;
    clearerr(file);
    n = fread(rest, 1, sizeof rest, file);
    while (n > 0)
        FCGX_UnGetChar((unsigned char)rest[--n], source->stream);
}

static int
scan_stream(FCGX_Stream *stream, const char *format, va_list ap)
{
    const cookie_io_functions_t functions = {.read = read_source};
    struct source source = {.stream = stream};
    FILE *file = fopencookie(&source, "r", functions);
    int error, count;

    if (file == NULL)
        return EOF;
    setvbuf(file, NULL, _IONBF, 0);
    count = vfscanf(file, format, ap);
    error = errno;
    return_rest(&source, file);
    fclose(file);
    errno = error;
    return count;
}

#else

static int
scan_stream(FCGX_Stream *stream, const char *format, va_list ap)
{
    (void)stream;
    (void)format;
    (void)ap;
    errno = ENOSYS;
    return EOF;
}

#endif

int
FCGI_vfscanf(FCGI_FILE *fp, const char *format, va_list ap)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        return vfscanf(file, format, ap);
    stream = fcgi_stdio_stream(fp);
    return stream == NULL ? EOF : scan_stream(stream, format, ap);
}

int
FCGI_vscanf(const char *format, va_list ap)
{
    return FCGI_vfscanf(FCGI_stdin, format, ap);
}

int
FCGI_fscanf(FCGI_FILE *fp, const char *format, ...)
{
    va_list ap;
    int count;

    va_start(ap, format);
    count = FCGI_vfscanf(fp, format, ap);
    va_end(ap);
    return count;
}

int
FCGI_scanf(const char *format, ...)
{
    va_list ap;
    int count;

    va_start(ap, format);
    count = FCGI_vfscanf(FCGI_stdin, format, ap);
    va_end(ap);
    return count;
}

/* --- Lines ---------------------------------------------------------------- */

/* Makes room for one more byte and a NUL.  Returns 0 or -1. */
static int
grow(char **line, size_t *size, size_t used)
{
    size_t wanted = *size < 64 ? 128 : *size * 2;
    char *larger;

    if (*line != NULL && used + 2 <= *size)
        return 0;
    if (used > SSIZE_MAX - 2 || wanted < *size) {
        errno = EOVERFLOW;
        return -1;
    }
    larger = realloc(*line, wanted);
    if (larger == NULL)
        return -1;
    *line = larger;
    *size = wanted;
    return 0;
}

static ssize_t
line_of_stream(char **line, size_t *size, int delimiter, FCGX_Stream *stream)
{
    size_t used = 0;
    int c = EOF;

    do {
        if (grow(line, size, used) != 0)
            return -1;
        c = FCGX_GetChar(stream);
        if (c != EOF)
            (*line)[used++] = (char)c;
    } while (c != EOF && c != delimiter);
    (*line)[used] = '\0';
    return used == 0 ? -1 : (ssize_t)used;
}

ssize_t
FCGI_getdelim(char **line, size_t *size, int delimiter, FCGI_FILE *fp)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        return getdelim(line, size, delimiter, file);
    stream = fcgi_stdio_stream(fp);
    if (stream == NULL)
        return -1;
    if (line == NULL || size == NULL) {
        errno = EINVAL;
        return -1;
    }
    if (*line == NULL)
        *size = 0;
    return line_of_stream(line, size, (unsigned char)delimiter, stream);
}

ssize_t
FCGI_getline(char **line, size_t *size, FCGI_FILE *fp)
{
    return FCGI_getdelim(line, size, '\n', fp);
}

/* --- Descriptors ---------------------------------------------------------- */

/* The stream that stands for a descriptor: in a request, a CGI program's 1 and
 * 2 are the web server's. */
static FCGI_FILE *
stream_of(int fd)
{
    FCGI_FILE *fp = fd == STDOUT_FILENO   ? FCGI_stdout
                    : fd == STDERR_FILENO ? FCGI_stderr
                                          : NULL;

    return fp != NULL && fp->fcgx_stream != NULL ? fp : NULL;
}

int
FCGI_vdprintf(int fd, const char *format, va_list ap)
{
    FCGI_FILE *fp = stream_of(fd);
    int count;

    if (fp == NULL && fcntl(fd, F_GETFD) == -1)
        return -1; /* glibc 2.36 would lose its buffer */
    if (fp == NULL)
        return vdprintf(fd, format, ap);
    count = FCGI_vfprintf(fp, format, ap);
    return FCGI_fflush(fp) == 0 ? count : EOF;
}

int
FCGI_dprintf(int fd, const char *format, ...)
{
    va_list ap;
    int count;

    va_start(ap, format);
    count = FCGI_vdprintf(fd, format, ap);
    va_end(ap);
    return count;
}

/* --- Positions, buffers, locks -------------------------------------------- */

int
FCGI_fseeko(FCGI_FILE *fp, long long offset, int whence)
{
    FILE *file = fcgi_stdio_seekable(fp);
    off_t place = (off_t)offset;

    if (file == NULL)
        return -1;
    if (place != offset) {
        errno = EOVERFLOW;
        return -1;
    }
    return fseeko(file, place, whence);
}

long long
FCGI_ftello(FCGI_FILE *fp)
{
    FILE *file = fcgi_stdio_seekable(fp);

    return file == NULL ? -1 : ftello(file);
}

void
FCGI_setbuffer(FCGI_FILE *fp, char *buf, size_t size)
{
    (void)FCGI_setvbuf(fp, buf, buf != NULL ? _IOFBF : _IONBF, size);
}

void
FCGI_setlinebuf(FCGI_FILE *fp)
{
    (void)FCGI_setvbuf(fp, NULL, _IOLBF, 0);
}

void
FCGI_flockfile(FCGI_FILE *fp)
{
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        flockfile(file);
}

int
FCGI_ftrylockfile(FCGI_FILE *fp)
{
    FILE *file = fcgi_stdio_file(fp);

    return file == NULL ? 0 : ftrylockfile(file);
}

void
FCGI_funlockfile(FCGI_FILE *fp)
{
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        funlockfile(file);
}
