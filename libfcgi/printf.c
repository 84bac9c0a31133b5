/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * printf to a stream.  Formats of text, numbers and strings without width or
 * precision, of which pages are made, are taken here: in one go where the
 * stream's buffer has room for all of it, else piece by piece.  All others are
 * taken by the C library, at best straight into the stream's buffer.
 */
#include "config.h"

#include "fcgiapp.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SMALL = 1024, /* bytes formatted on the stack */
    SHORT = 24    /* bytes of text that are copied one by one: calls of the C
                     library would take longer */
};

/* For the compiler's checks here; the public header leaves them out, since
 * programs exist that would not pass them. */
#if defined(__GNUC__)
#define LIKE_PRINTF(format_, first_)                                           \
    __attribute__((__format__(__printf__, format_, first_)))
#else
#define LIKE_PRINTF(format_, first_)
#endif

int FCGX_VFPrintF(FCGX_Stream *stream, const char *format, va_list arg)
    LIKE_PRINTF(2, 0);
int FCGX_FPrintF(FCGX_Stream *stream, const char *format, ...)
    LIKE_PRINTF(2, 3);

/* --- In one go --------------------------------------------------------------
 *
 * These write from at on, below end, and return where they have come to; NULL:
 * there is no room.
 */

static char *
copy(char *at, const char *end, const char *text, size_t size)
{
    if ((size_t)(end - at) < size)
        return NULL;
    memcpy(at, text, size);
    return at + size;
}

/* The text before the next directive, or all of it. *format: what follows. */
static char *
copy_literal(char *at, const char *end, const char **format)
{
    const char *text = *format;
    const char *most = end - at > SHORT ? at + SHORT : end;
    size_t size;
    char c;

    while ((c = *text) != '%' && c != '\0' && at < most) {
        *at++ = c;
        text++;
    }
    if (c != '%' && c != '\0') {
        size = strcspn(text, "%");
        at = copy(at, end, text, size);
        text += size;
    }
    *format = text;
    return at;
}

static char *
copy_string(char *at, const char *end, const char *text)
{
    const char *most = end - at > SHORT ? at + SHORT : end;

    if (text == NULL)
        text = "(null)"; /* as the C library does */
    while (at < most && *text != '\0')
        *at++ = *text++;
    return *text == '\0' ? at : copy(at, end, text, strlen(text));
}

static char *
copy_number(char *at, const char *end, bool is_negative, unsigned long value)
{
    unsigned long rest = value;
    char *digit;

    if (end - at < (ptrdiff_t)(3 * sizeof(value)) + 1)
        return NULL;
    if (is_negative)
        *at++ = '-';
    digit = at + 1;
    while (rest >= 10) {
        rest /= 10;
        digit++;
    }
    at = digit;
    do
        *--digit = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    return at;
}

static char *
copy_signed(char *at, const char *end, long value)
{
    return copy_number(at, end, value < 0,
                       value < 0 ? 0 - (unsigned long)value
                                 : (unsigned long)value);
}

/* All of the text; NULL also if a directive is none of the plain ones. */
LIKE_PRINTF(3, 0)
static char *
print_in_one_go(char *at, const char *end, const char *format, va_list arg)
{
    while ((at = copy_literal(at, end, &format)) != NULL && *format != '\0') {
        switch (*++format) {
        case 's':
            at = copy_string(at, end, va_arg(arg, const char *));
            break;
        case 'd':
        case 'i':
            at = copy_signed(at, end, va_arg(arg, int));
            break;
        case 'u':
            at = copy_number(at, end, false, va_arg(arg, unsigned));
            break;
        case 'l':
            if (*++format == 'u')
                at = copy_number(at, end, false, va_arg(arg, unsigned long));
            else if (*format == 'd' || *format == 'i')
                at = copy_signed(at, end, va_arg(arg, long));
            else
                return NULL;
            break;
        case 'z':
            if (*++format != 'u')
                return NULL;
            at = copy_number(at, end, false, va_arg(arg, size_t));
            break;
        case '%':
            at = copy(at, end, "%", 1);
            break;
        case 'c':
            at = copy(at, end, &(char){(char)va_arg(arg, int)}, 1);
            break;
        default:
            return NULL;
        }
        if (at == NULL)
            return NULL;
        format++;
    }
    return at;
}

/* --- Piece by piece ------------------------------------------------------- */

/* The length of a plain directive behind its '%': %d %i %u %ld %li %lu %c %s
 * %%; 0: another one. */
static size_t
plain_length(const char *directive)
{
    switch (*directive) {
    case 'd':
    case 'i':
    case 'u':
    case 'c':
    case 's':
    case '%':
        return 1;
    case 'l':
        return directive[1] == 'd' || directive[1] == 'i' || directive[1] == 'u'
                   ? 2
                   : 0;
    default:
        return 0;
    }
}

static bool
is_plain(const char *format)
{
    while ((format = strchr(format, '%')) != NULL) {
        size_t length = plain_length(format + 1);

        if (length == 0)
            return false;
        format += 1 + length;
    }
    return true;
}

/* What print_plain writes to. */
struct sink {
    FCGX_Stream *stream;
    size_t count; /* bytes so far */
    bool failed;
};

static void
put(struct sink *sink, const char *text, size_t size)
{
    FCGX_Stream *stream = sink->stream;

    sink->count += size;
    if (size <= (size_t)(stream->stop - stream->wrNext)) {
        memcpy(stream->wrNext, text, size);
        stream->wrNext += size;
        return;
    }
    while (size > 0 && !sink->failed) {
        int part = size > INT_MAX ? INT_MAX : (int)size;

        sink->failed = FCGX_PutStr(text, part, stream) != part;
        text += part;
        size -= (size_t)part;
    }
}

static void
put_number(struct sink *sink, bool is_negative, unsigned long value)
{
    char digits[3 * sizeof(value) + 1];
    char *first = digits + sizeof(digits);

    do
        *--first = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    if (is_negative)
        *--first = '-';
    put(sink, first, (size_t)(digits + sizeof(digits) - first));
}

static void
put_signed(struct sink *sink, long value)
{
    put_number(sink, value < 0,
               value < 0 ? 0 - (unsigned long)value : (unsigned long)value);
}

static void
put_string(struct sink *sink, const char *text)
{
    if (text == NULL)
        text = "(null)"; /* as the C library does */
    put(sink, text, strlen(text));
}

LIKE_PRINTF(2, 0)
static int
print_plain(FCGX_Stream *stream, const char *format, va_list arg)
{
    struct sink sink = {.stream = stream};
    const char *percent;
    char c;

    while ((percent = strchr(format, '%')) != NULL && !sink.failed) {
        put(&sink, format, (size_t)(percent - format));
        format = percent + 1;
        if (*format == 'l') {
            if (*++format == 'u')
                put_number(&sink, false, va_arg(arg, unsigned long));
            else
                put_signed(&sink, va_arg(arg, long));
        } else if (*format == 's') {
            put_string(&sink, va_arg(arg, const char *));
        } else if (*format == 'u') {
            put_number(&sink, false, va_arg(arg, unsigned));
        } else if (*format == '%') {
            put(&sink, format, 1);
        } else if (*format == 'c') {
            c = (char)va_arg(arg, int);
            put(&sink, &c, 1);
        } else {
            put_signed(&sink, va_arg(arg, int));
        }
        format++;
    }
    put(&sink, format, strlen(format));
    if (sink.count > INT_MAX)
        errno = EOVERFLOW;
    return sink.failed || sink.count > INT_MAX ? -1 : (int)sink.count;
}

/* What does not fit the stream's buffer: formatted elsewhere, then copied. */
LIKE_PRINTF(3, 0)
static int
print_aside(FCGX_Stream *stream, int size, const char *format, va_list arg)
{
    char small[SMALL];
    char *text = small;
    int n;

    if (size >= SMALL) {
        text = malloc((size_t)size + 1);
        if (text == NULL)
            return -1;
    }
    n = vsnprintf(text, (size_t)size + 1, format, arg);
    if (n > size)
        n = size;
    if (n > 0)
        n = FCGX_PutStr(text, n, stream);
    if (text != small)
        free(text);
    return n;
}

int
FCGX_VFPrintF(FCGX_Stream *stream, const char *format, va_list arg)
{
    va_list again;
    size_t room;
    char *at, *end;
    int n;

    if (stream == NULL || stream->isClosed || stream->isReader)
        return -1;
    at = (char *)stream->wrNext;
    room = (size_t)(stream->stop - stream->wrNext);
    va_copy(again, arg);
    end = print_in_one_go(at, (const char *)stream->stop, format, again);
    va_end(again);
    if (end != NULL) {
        stream->wrNext = (unsigned char *)end;
        return (int)(end - at);
    }
    if (is_plain(format))
        return print_plain(stream, format, arg);
    va_copy(again, arg);
    n = vsnprintf(at, room, format, again);
    va_end(again);
    if (n < 0)
        return -1;
    /* vsnprintf has put a NUL behind the text: it must have had room too. */
    if ((size_t)n < room) {
        stream->wrNext += n;
        return n;
    }
    return print_aside(stream, n, format, arg);
}

int
FCGX_FPrintF(FCGX_Stream *stream, const char *format, ...)
{
    va_list arg;
    int n;

    va_start(arg, format);
    n = FCGX_VFPrintF(stream, format, arg);
    va_end(arg);
    return n;
}
