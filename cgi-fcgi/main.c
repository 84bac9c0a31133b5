/* SPDX-License-Identifier: BSD-2-Clause */
/* cgi-fcgi: passes a CGI request on to a FastCGI application. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "bridge.h"
#include "cgi.h"
#include "clock.h"
#include "wire/names.h"
#include "options.h"
#include "ping.h"
#include "request.h"
#include "say.h"
#include "spawn.h"

extern char **environ;

enum {
    EXIT_STATUS = 22, /* --status: the answer's status says failure */
    FIRST_FAILURE_STATUS = 400
};

/* What all steps share. */
struct program {
    struct options options;
    struct address address;
    struct request request;
    struct trace trace;
    struct bridge bridge;
    int64_t deadline; /* clock.h */
};

/* Descriptors 0 to 2 that are closed must not become sockets: they are opened
 * so that reading or writing them fails as before. */
static void
hold_standard_descriptors(void)
{
    int fd;

    for (fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            die("/dev/null: %s", strerror(errno));
}

/* Says that a socket cannot be had.  Returns the exit code. */
static int
refuse_socket(const struct program *program, const char *what, int error)
{
    if (error == ADDRESS_NO_HOST) {
        say("unknown host: %s", program->address.host);
        error = EXIT_NO_HOST;
    } else if (what != NULL) {
        say("%s %s: %s", what, program->address.name, strerror(error));
    } else {
        /* Scripts look for this very line. */
        fprintf(stderr, "Could not connect to %s\n", program->address.name);
    }
    return error & 255;
}

/* Starts the applications.  Returns the exit code. */
static int
start(const struct program *program)
{
    const struct options *options = &program->options;
    struct spawn spawn = {
        .app = options->app,
        .args = options->app_args,
        .entries = env_entries(&program->request.env),
    };
    bool started;
    int error;

    if (!spawn_check(&spawn))
        return EXIT_USAGE;
    error = address_listen(&program->address, (int)options->backlog,
                           &spawn.listener);
    if (error != 0)
        return refuse_socket(program, "cannot listen on", error);
    started = spawn_all(&spawn, options->processes);
    if (!started)
        address_unlink(&program->address);
    close(spawn.listener);
    return started ? 0 : EXIT_USAGE;
}

/* Connects, starting the application if need be.  Returns 0 and *peer, or the
 * exit code after the message. */
static int
reach(const struct program *program, int *peer)
{
    const struct options *options = &program->options;
    int64_t deadline = clock_earlier(program->deadline,
                                     clock_deadline(options->connect_timeout));
    int error = address_connect(&program->address, deadline, peer);

    if (error == 0)
        return 0;
    if (!options->bind && !options->ping && error > 0) {
        int code = start(program);

        /* Somebody else may have started it in the meantime. */
        if (code != 0 && code != EADDRINUSE)
            return code;
        error = address_connect(&program->address, deadline, peer);
        if (error == 0)
            return 0;
    }
    return refuse_socket(program, NULL, error);
}

static int
fail(const struct program *program, const char *what, int code)
{
    say("%s: %s", program->address.name, what);
    return code & 255;
}

static int
judge_complete(const struct program *program)
{
    const struct bridge *bridge = &program->bridge;
    unsigned status = bridge->result.protocol_status;

    if (status != FCGI_STATUS_REQUEST_COMPLETE) {
        say("%s: refused the request: %s", program->address.name,
            fcgi_status_name(status));
        return EXIT_PROTOCOL;
    }
    if (program->options.status && (bridge->result.app_status & 255) == 0) {
        unsigned answered = sink_status(&bridge->sink);

        if (answered == 0 || answered >= FIRST_FAILURE_STATUS)
            return EXIT_STATUS;
    }
    return (int)(bridge->result.app_status & 255);
}

/* Says how the request failed, if it did.  Returns the exit code. */
static int
judge(const struct program *program)
{
    const struct bridge *bridge = &program->bridge;

    switch (bridge->end) {
    case BRIDGE_COMPLETE:
        return judge_complete(program);
    case BRIDGE_RULE:
        return fail(program, fcgi_wire_strerror(bridge->wire),
                    bridge->wire == FCGI_WIRE_E_VERSION ? EXIT_VERSION
                                                        : EXIT_PROTOCOL);
    case BRIDGE_TIMED_OUT:
        return fail(program, "no answer in time", ETIMEDOUT);
    case BRIDGE_NO_OUTPUT:
        if (bridge->error != EPIPE)
            say("standard output: %s", strerror(bridge->error));
        return bridge->error & 255;
    case BRIDGE_CLOSED:
    case BRIDGE_RUNNING:
        break;
    }
    if (bridge->error != 0)
        return fail(program, strerror(bridge->error), bridge->error);
    return fail(program, "closed before the end of the request", EXIT_PROTOCOL);
}

/* The status that stands for the failure under a CGI server. */
static unsigned
cgi_status(const struct bridge *bridge)
{
    if (bridge->end == BRIDGE_TIMED_OUT)
        return 504;
    if (bridge->end == BRIDGE_COMPLETE &&
        (bridge->result.protocol_status == FCGI_STATUS_OVERLOADED ||
         bridge->result.protocol_status == FCGI_STATUS_CANT_MPX_CONN))
        return 503;
    return 502;
}

static void
init_bridge(struct program *program)
{
    const struct options *options = &program->options;
    struct bridge_setup setup = {
        .peer = -1,
        .role = options->role,
        .keep_conn = options->keep_conn,
        .entries = env_entries(&program->request.env),
        .input = program->request.input,
        .filter = program->request.filter,
        .output = STDOUT_FILENO,
        .errors = STDERR_FILENO,
        .deadline = program->deadline,
        .trace = options->trace ? &program->trace : NULL,
    };

    setup.show = options->headers ? SINK_HEADERS
                 : options->body  ? SINK_BODY
                                  : SINK_ALL;
    bridge_init(&program->bridge, &setup);
}

/* Runs the request over a connection.  Returns the exit code. */
static int
exchange(struct program *program, int peer)
{
    struct bridge *bridge = &program->bridge;
    bool failed;
    int code;

    bridge->setup.peer = peer;
    bridge_run(bridge);
    close(peer);
    code = judge(program);
    failed = bridge->end != BRIDGE_COMPLETE ||
             bridge->result.protocol_status != FCGI_STATUS_REQUEST_COMPLETE;
    if (failed && bridge->end != BRIDGE_NO_OUTPUT && bridge->passed_on == 0)
        cgi_refuse(cgi_status(bridge));
    return code;
}

/* Passes one request on.  Returns the exit code. */
static int
pass_on(struct program *program)
{
    int peer, code;

    init_bridge(program);
    code = reach(program, &peer);
    if (code == 0)
        code = exchange(program, peer);
    else
        cgi_refuse(code == ETIMEDOUT ? 504 : 503);
    bridge_drain(&program->bridge);
    return code;
}

static int
ping(struct program *program)
{
    int peer;
    int code = reach(program, &peer);

    if (code != 0)
        return code;
    code = ping_run(peer, program->address.name, program->deadline,
                    program->options.trace ? &program->trace : NULL);
    close(peer);
    return code;
}

int
main(int argc, char **argv)
{
    static struct program program;
    struct options *options = &program.options;
    const char *fault;
    int code;

    hold_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);
    options_parse(options, argc, argv);
    fault = address_parse(&program.address, options->connect);
    if (fault != NULL)
        die("%s: %s", options->connect, fault);
    program.deadline = clock_deadline(options->timeout);
    trace_init(&program.trace, stderr);
    request_init(&program.request, options, environ);
    if (options->start)
        code = start(&program);
    else if (options->ping)
        code = ping(&program);
    else
        code = pass_on(&program);
    request_free(&program.request);
    options_free(options);
    return code;
}
