/* SPDX-License-Identifier: BSD-2-Clause */
/* Leaves in the middle of a request, as QUERY_STRING says. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fcgi_stdio.h"

/* A child that leaves by exit(3), with the parent's buffers. */
static void
fork_child(void)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        exit(7);
    waitpid(pid, &status, 0);
    printf("child: %d\n", WEXITSTATUS(status));
}

int
main(void)
{
    while (FCGI_Accept() >= 0) {
        const char *how = getenv("QUERY_STRING");

        printf("Content-Type: text/plain\r\n\r\nbefore\n");
        if (how == NULL)
            continue;
        if (strcmp(how, "exit") == 0) {
            fprintf(stderr, "leaving\n");
            FCGI_SetExitStatus(9);
            exit(3);
        }
        if (strcmp(how, "return") == 0)
            return 4;
        if (strcmp(how, "fork") == 0)
            fork_child();
        if (strcmp(how, "finish") == 0) {
            FCGI_Finish();
            printf("too late\n");
            fprintf(stderr, "outside\n");
        }
    }
    return 0;
}
