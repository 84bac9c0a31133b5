/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * printf to a stream: the C library formats, at best straight into the
 * stream's buffer.
 */
#include "config.h"

#include "fcgiapp.h"

#include <stdio.h>
#include <stdlib.h>

enum { SMALL = 1024 }; /* bytes formatted on the stack */

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
    size_t room = (size_t)(stream->stop - stream->wrNext);
    va_list copy;
    int n;

    if (stream->isClosed || stream->isReader)
        return -1;
    va_copy(copy, arg);
    n = vsnprintf((char *)stream->wrNext, room, format, copy);
    va_end(copy);
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
