/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * echo: the smallest complete FastCGI program.  An ordinary CGI program with
 * a loop around it: says what it was sent, by the names of <stdio.h>.  It
 * runs as a plain CGI program as well.
 */
#include <stdlib.h>
#include <unistd.h>

#include "fcgi_stdio.h"

extern char **environ;

static void
print_escaped(const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", stdout);
            break;
        case '>':
            fputs("&gt;", stdout);
            break;
        case '&':
            fputs("&amp;", stdout);
            break;
        default:
            putchar(*text);
        }
    }
}

static void
print_body(void)
{
    char line[1024];
    unsigned long bytes = 0;

    printf("<h2>Standard input</h2>\n<pre>\n");
    while (fgets(line, sizeof line, stdin) != NULL) {
        for (const char *c = line; *c != '\0'; c++)
            bytes++;
        print_escaped(line);
    }
    printf("</pre>\n<p>%lu bytes</p>\n", bytes);
}

int
main(void)
{
    unsigned count = 0;

    while (FCGI_Accept() >= 0) {
        printf("Content-Type: text/html; charset=utf-8\r\n\r\n"
               "<!DOCTYPE html>\n<title>echo</title>\n<h1>echo</h1>\n"
               "<p>Request %u of process %ld</p>\n",
               ++count, (long)getpid());
        printf("<h2>Environment</h2>\n<pre>\n");
        for (char **entry = environ; *entry != NULL; entry++) {
            print_escaped(*entry);
            putchar('\n');
        }
        printf("</pre>\n");
        print_body();
    }
    return EXIT_SUCCESS;
}
