/* SPDX-License-Identifier: BSD-2-Clause */
/* cgi-fcgi: from CGI to FastCGI, and a starter of FastCGI applications. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

#include "address.h"
#include "bridge.h"
#include "options.h"
#include "spawn.h"

extern char **environ;

static void
complain(const char *what, const char *detail)
{
    (void)fprintf(stderr, "cgi-fcgi: %s%s%s\n", what,
                  detail != NULL ? ": " : "", detail != NULL ? detail : "");
}

/* What went wrong with an address, as text and as exit code. */
static int
address_failed(const char *verb, const char *name, int error)
{
    const char *why = error == -ADDRESS_EXIT_UNKNOWN
                          ? "unknown host, or a path that is too long"
                          : strerror(error);

    (void)fprintf(stderr, "Could not %s %s: %s\n", verb, name, why);
    return error < 0 ? -error : error & 255;
}

/* Starts the application.  Returns an exit code. */
static int
start(const struct options *options, const struct address *address)
{
    int error, listener;

    if (access(options->app, X_OK) == -1) {
        complain(options->app, strerror(errno));
        return 1;
    }
    listener = address_listen(address, options->backlog, &error);
    if (listener == -1)
        return address_failed("listen on", options->connect, error);
    error = spawn_processes(options->app, listener, options->count);
    close(listener);
    if (error != 0) {
        complain(options->app, strerror(error));
        return 1;
    }
    return 0;
}

static int
bridge(const struct options *options, const struct address *address)
{
    struct bridge_result result;
    int error, status;
    int fd = address_connect(address, options->connect_timeout, &error);

    if (fd == -1 && !options->bind && options->app != NULL) {
        status = start(options, address);
        if (status != 0)
            return status;
        fd = address_connect(address, options->connect_timeout, &error);
    }
    if (fd == -1)
        return address_failed("connect to", options->connect, error);
    result = bridge_run(fd, environ, options->timeout);
    close(fd);
    if (result.problem != NULL)
        complain(options->connect, result.problem);
    return result.status;
}

static int
run(const struct options *options)
{
    struct address address;
    const char *problem;

    if (options->help) {
        (void)fputs(options_usage, stdout);
        return 0;
    }
    if (options->version) {
        (void)puts("cgi-fcgi (" PACKAGE_NAME ") " PACKAGE_VERSION);
        return 0;
    }
    problem = address_parse(&address, options->connect);
    if (problem != NULL) {
        complain(options->connect, problem);
        return 1;
    }
    return options->start ? start(options, &address)
                          : bridge(options, &address);
}

int
main(int argc, char **argv)
{
    struct options options;
    int status = 1;

    (void)signal(SIGPIPE, SIG_IGN);
    if (options_parse(&options, argc, argv))
        status = run(&options);
    else
        (void)fprintf(stderr, "cgi-fcgi: %s (try cgi-fcgi --help)\n",
                      options.problem);
    options_free(&options);
    return status;
}
