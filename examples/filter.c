/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter: sends a file of the web server, each line with its number in front
 * (FastCGI role FILTER, section 6.4).  The client's body comes first, on
 * standard input; after its end FCGI_StartFilterData turns to the file.
 */
#include <stdlib.h>
#include <string.h>

#include "fcgi_stdio.h"

static void
number_lines(void)
{
    unsigned long line = 0;
    int at_start = 1;
    int c;

    while ((c = getchar()) != EOF) {
        if (at_start)
            printf("%6lu  ", ++line);
        putchar(c);
        at_start = c == '\n';
    }
}

int
main(void)
{
    while (FCGI_Accept() >= 0) {
        unsigned long body = 0;
        const char *length;

        while (getchar() != EOF)
            body++;
        printf("Content-Type: text/plain; charset=utf-8\r\n");
        if (FCGI_StartFilterData() < 0) {
            printf("Status: 500 Wrong role\r\n\r\n"
                   "filter: there is no file, the role is not FILTER\n");
            FCGI_SetExitStatus(EXIT_FAILURE);
            continue;
        }
        length = getenv("FCGI_DATA_LENGTH");
        printf("\r\nFile of %s bytes, body of %lu bytes\n\n",
               length == NULL ? "?" : length, body);
        number_lines();
    }
    return EXIT_SUCCESS;
}
