/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * size: an answer of any size, to measure with.  The query string is the
 * number of bytes ("?1000000", at most 1 GB); with ",SIZE" after it, of
 * bytes per write ("?1000000,100").
 */
#include <stdlib.h>
#include <string.h>

#include "fcgi_stdio.h"

enum { SIZE_DEFAULT = 1024, SIZE_LIMIT = 1000000000, PIECE_MAX = 1000000 };

/* Reads a number from *text and moves it on; other if there is none, and at
 * most max. */
static unsigned long
number(const char **text, unsigned long other, unsigned long max)
{
    char *end;
    unsigned long value;

    if (**text < '0' || **text > '9')
        return other;
    value = strtoul(*text, &end, 10);
    *text = end;
    return value > max ? max : value;
}

int
main(void)
{
    static char filling[PIECE_MAX];

    for (size_t i = 0; i < sizeof filling; i++)
        filling[i] = i % 64 == 63 ? '\n' : (char)('0' + i % 64);
    while (FCGI_Accept() >= 0) {
        const char *query = getenv("QUERY_STRING");
        const char *at = query == NULL ? "" : query;
        unsigned long left = number(&at, SIZE_DEFAULT, SIZE_LIMIT);
        unsigned long piece = PIECE_MAX;

        if (*at == ',') {
            at++;
            piece = number(&at, PIECE_MAX, PIECE_MAX);
        }
        printf("Content-Type: text/plain\r\nContent-Length: %lu\r\n\r\n", left);
        while (left > 0 && piece > 0) {
            size_t now = left < piece ? left : piece;

            if (fwrite(filling, 1, now, stdout) != now)
                break;
            left -= now;
        }
    }
    return EXIT_SUCCESS;
}
