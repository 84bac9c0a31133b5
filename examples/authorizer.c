/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * authorizer: decides whether a request may go on (FastCGI role AUTHORIZER,
 * section 6.3).  Users are let in whose password is their name backwards:
 * status 200 allows, and headers "Variable-NAME" become variables of the
 * request; with another status the whole answer goes to the client.
 */
#include <stdlib.h>
#include <string.h>

#include "fcgi_stdio.h"

static int
is_reverse(const char *word, const char *other)
{
    size_t size = strlen(word);

    if (strlen(other) != size)
        return 0;
    for (size_t i = 0; i < size; i++) {
        if (word[i] != other[size - 1 - i])
            return 0;
    }
    return 1;
}

int
main(void)
{
    while (FCGI_Accept() >= 0) {
        const char *role = getenv("FCGI_ROLE");
        const char *user = getenv("REMOTE_USER");
        const char *password = getenv("REMOTE_PASSWD");

        if (role == NULL || strcmp(role, "AUTHORIZER") != 0) {
            printf("Status: 500 Wrong role\r\n"
                   "Content-Type: text/plain\r\n\r\n"
                   "authorizer: the role is %s, not AUTHORIZER\n",
                   role == NULL ? "unset" : role);
            FCGI_SetExitStatus(EXIT_FAILURE);
        } else if (user != NULL && password != NULL && *user != '\0' &&
                   is_reverse(user, password)) {
            printf("Status: 200 OK\r\n"
                   "Variable-AUTHORIZED_AS: %s\r\n\r\n",
                   user);
        } else {
            printf("Status: 401 Unauthorized\r\n"
                   "WWW-Authenticate: Basic realm=\"backwards\"\r\n"
                   "Content-Type: text/plain\r\n\r\n"
                   "Your name backwards, please.\n");
        }
    }
    return EXIT_SUCCESS;
}
