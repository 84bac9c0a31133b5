/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cgi.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
is_cgi(void)
{
    const char *interface = getenv("GATEWAY_INTERFACE");

    return interface != NULL && strncmp(interface, "CGI/", 4) == 0;
}

void
cgi_refuse(unsigned status)
{
    const char *reason = "Bad Gateway";
    const char *text = "The application behind this page gave no valid answer.";

    if (!is_cgi())
        return;
    if (status == 503) {
        reason = "Service Unavailable";
        text = "The application behind this page is not there or has too much "
               "to do.";
    } else if (status == 504) {
        reason = "Gateway Timeout";
        text = "The application behind this page took too long to answer.";
    }
    printf("Status: %u %s\r\nContent-Type: text/plain\r\n\r\n%s\n", status,
           reason, text);
    fflush(stdout);
}
