/* SPDX-License-Identifier: BSD-2-Clause */
/* Run as a plain CGI program: says what each call did. */
#include <stdlib.h>

#include "fcgi_stdio.h"

int
main(void)
{
    char line[64];
    int requests = 0;

    while (FCGI_Accept() >= 0) {
        requests++;
        printf("CGI %d\n", FCGX_IsCGI());
        printf("fds %d %d %d\n", fileno(stdin), fileno(stdout), fileno(stderr));
        printf("QUERY_STRING %s\n", getenv("QUERY_STRING"));
        while (fgets(line, sizeof line, stdin) != NULL)
            printf("> %s", line);
        printf("eof %d\n", feof(stdin) != 0);
        fprintf(stderr, "error\n");
        FCGI_SetExitStatus(3);
    }
    FCGI_Finish();
    printf("requests %d, then %d\n", requests, FCGI_Accept());
    return 0;
}
