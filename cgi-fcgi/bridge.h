/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One CGI request over one FastCGI connection: the environment goes out as
 * PARAMS, standard input as STDIN, STDOUT and STDERR come back.
 */
#ifndef CGI_FCGI_BRIDGE_H
#define CGI_FCGI_BRIDGE_H

enum {
    BRIDGE_EXIT_PROTOCOL = 253, /* a rule was broken, no END_REQUEST, or a
                                   protocol status other than 0 */
    BRIDGE_EXIT_VERSION = 254   /* the peer does not speak FastCGI 1 */
};

struct bridge_result {
    int status;          /* what to exit with, 0 to 255 */
    const char *problem; /* for standard error; NULL: none.  Static. */
};

/*
 * Runs the request over fd (non-blocking) to its end.  environment: the CGI
 * variables, NULL-terminated.  timeout: longest silence of the application in
 * milliseconds, -1: any.  Memory is bounded whatever the size of body and
 * answer.
 */
struct bridge_result bridge_run(int fd, char *const *environment, int timeout);

#endif
