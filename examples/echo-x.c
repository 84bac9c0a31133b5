/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * echo-x: the same as echo, by the FCGX interface: the streams are explicit,
 * and <stdio.h> keeps its meaning.  The body comes back as it is, whatever
 * bytes it has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fcgiapp.h"

/* Copies what is left of in to out.  Returns the number of bytes. */
static long
copy(FCGX_Stream *in, FCGX_Stream *out)
{
    char buffer[16384];
    long bytes = 0;
    int count;

    while ((count = FCGX_GetStr(buffer, sizeof buffer, in)) > 0) {
        if (FCGX_PutStr(buffer, count, out) != count)
            break;
        bytes += count;
    }
    return bytes;
}

int
main(void)
{
    FCGX_Stream *in, *out, *err;
    FCGX_ParamArray envp;
    unsigned count = 0;

    if (FCGX_IsCGI()) {
        fprintf(stderr, "echo-x: descriptor 0 is not a listening socket\n");
        return EXIT_FAILURE;
    }
    while (FCGX_Accept(&in, &out, &err, &envp) >= 0) {
        const char *length = FCGX_GetParam("CONTENT_LENGTH", envp);
        long wanted = length == NULL ? 0 : strtol(length, NULL, 10);
        long got;

        FCGX_FPrintF(out,
                     "Content-Type: text/plain; charset=utf-8\r\n\r\n"
                     "Request %u of process %ld\n\n",
                     ++count, (long)getpid());
        for (char **entry = envp; *entry != NULL; entry++)
            FCGX_FPrintF(out, "%s\n", *entry);
        FCGX_PutChar('\n', out);
        got = copy(in, out);
        if (got < wanted) {
            FCGX_FPrintF(err, "echo-x: %ld of %ld bytes came, error %d\n", got,
                         wanted, FCGX_GetError(in));
            FCGX_SetExitStatus(EXIT_FAILURE, out);
        }
    }
    return EXIT_SUCCESS;
}
