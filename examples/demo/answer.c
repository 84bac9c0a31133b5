/* SPDX-License-Identifier: BSD-2-Clause */
/* The demo's C application: says which process answered, and its how-manieth
 * answer this is. The loop is what makes a CGI program a FastCGI one. */
#include "fcgi_stdio.h"

#include <stdlib.h>
#include <unistd.h>

int
main(void)
{
    long served = 0;

    while (FCGI_Accept() >= 0) {
        served++;
        printf("Content-Type: application/json\r\n"
               "Cache-Control: no-store\r\n\r\n"
               "{\"language\":\"C\",\"pid\":%ld,\"served\":%ld}\n",
               (long)getpid(), served);
    }
    return EXIT_SUCCESS;
}
