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
#include "answer.h"
#include "bridge.h"
#include "cgi.h"
#include "clock.h"
#include "load.h"
#include "load-report.h"
#include "options.h"
#include "ping.h"
#include "request.h"
#include "say.h"
#include "starter.h"
#include "verdict.h"

extern char **environ;

/* What all steps share. */
struct program {
    struct options options;
    struct address address;
    struct request request;
    struct starter starter;
    struct trace trace;
    struct bridge bridge;
    struct answer answer; /* --json */
    int64_t deadline;     /* clock.h */
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

/* Says that nobody can be connected to.  Returns the exit code. */
static int
refuse_socket(const struct program *program, int error)
{
    if (error == ADDRESS_NO_HOST) {
        say("unknown host: %s", program->address.host);
        return EXIT_NO_HOST;
    }
    /* Scripts look for this very line. */
    fprintf(stderr, "Could not connect to %s\n", program->address.name);
    return error & 255;
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
        int code = starter_run(&program->starter, options,
                               env_entries(&program->request.env));

        /* Somebody else may have started it in the meantime. */
        if (code != 0 && code != EADDRINUSE)
            return code;
        error = address_connect(&program->address, deadline, peer);
        if (error == 0)
            return 0;
    }
    return refuse_socket(program, error);
}

/* What an exit code of reach means. */
static const char *
reach_error(int code)
{
    if (code == EXIT_NO_HOST)
        return "unknown host";
    return code == EXIT_USAGE ? "the application cannot be started"
                              : strerror(code);
}

static void
init_setup(const struct program *program, struct bridge_setup *setup)
{
    const struct options *options = &program->options;

    *setup = (struct bridge_setup){
        .peer = -1,
        .role = options->role,
        .keep_conn = options->keep_conn,
        .entries = env_entries(&program->request.env),
        .input = program->request.input,
        .filter = program->request.filter,
        .output = STDOUT_FILENO,
        .errors = STDERR_FILENO,
        .deadline = program->deadline,
    };
    setup->show = options->headers ? SINK_HEADERS
                  : options->body  ? SINK_BODY
                                   : SINK_ALL;
}

static void
init_bridge(struct program *program)
{
    const struct options *options = &program->options;
    struct bridge_setup setup;

    init_setup(program, &setup);
    setup.trace = options->trace ? &program->trace : NULL;
    bridge_init(&program->bridge, &setup);
    if (options->json) {
        answer_init(&program->answer, program->address.name, options->body);
        answer_attach(&program->answer, &program->bridge);
    }
}

static void
say_verdict(const struct program *program, const struct verdict *verdict)
{
    if (verdict->what == NULL)
        return;
    if (!verdict->is_ours)
        say("%s: %s", program->address.name, verdict->what);
    else if (verdict->code != EPIPE)
        say("standard output: %s", verdict->what);
}

/* Writes out what was printed.  Returns the exit code. */
static int
flush_output(int code)
{
    if (fflush(stdout) == 0)
        return code;
    if (errno != EPIPE)
        say("standard output: %s", strerror(errno));
    return errno & 255;
}

/* Runs the request over a connection.  Returns the exit code. */
static int
exchange(struct program *program, int peer)
{
    struct bridge *bridge = &program->bridge;
    struct verdict verdict;

    program->answer.connected = clock_us();
    bridge->setup.peer = peer;
    bridge_run(bridge);
    close(peer);
    verdict_init(&verdict, bridge, program->options.status);
    say_verdict(program, &verdict);
    if (program->options.json) {
        program->answer.ended = clock_us();
        answer_print(&program->answer, verdict.code, verdict.what);
        return flush_output(verdict.code);
    }
    if (verdict.what != NULL && !verdict.is_ours && bridge->passed_on == 0)
        cgi_refuse(verdict_cgi_status(bridge));
    return verdict.code;
}

/* Passes one request on.  Returns the exit code. */
static int
pass_on(struct program *program)
{
    int peer, code;

    init_bridge(program);
    code = reach(program, &peer);
    if (code == 0) {
        code = exchange(program, peer);
    } else if (program->options.json) {
        answer_print(&program->answer, code, reach_error(code));
        code = flush_output(code);
    } else {
        cgi_refuse(code == ETIMEDOUT ? 504 : 503);
    }
    answer_free(&program->answer);
    bridge_drain(&program->bridge);
    return code;
}

static int
ping(struct program *program)
{
    const struct options *options = &program->options;
    struct ping_setup setup = {
        .name = program->address.name,
        .deadline = program->deadline,
        .trace = options->trace ? &program->trace : NULL,
        .json = options->json,
    };
    int code = reach(program, &setup.peer);

    if (code == 0) {
        code = ping_run(&setup);
        close(setup.peer);
    } else if (options->json) {
        ping_print_failure(setup.name, code, reach_error(code));
    }
    return flush_output(code);
}

/* Sends the request many times.  Returns the exit code. */
static int
load(struct program *program)
{
    const struct options *options = &program->options;
    static struct load_result result;
    struct load_setup setup = {
        .address = &program->address,
        .count = options->count,
        .concurrency = options->concurrency > 0 ? options->concurrency : 1,
        .by_status = options->status,
        .duration = options->duration,
        .timeout = options->timeout,
        .connect_timeout = options->connect_timeout,
        .progress = isatty(STDERR_FILENO) ? load_report_progress : NULL,
    };
    int peer;
    int code;

    init_setup(program, &setup.request);
    if (setup.request.input.kind == INPUT_STREAM &&
        setup.request.input.left > 0)
        die("a load test takes its body from --data or --data-file");
    code = reach(program, &peer);
    if (code != 0) {
        if (!options->json)
            return code;
        result.code = code;
        result.requests = result.failed = 1;
        tally_add(&result.errors, reach_error(code));
    } else {
        load_run(&setup, peer, &result);
    }
    if (setup.progress != NULL)
        load_report_clear();
    if (options->json)
        load_report_json(&setup, &result);
    else
        load_report_text(&setup, &result);
    return flush_output(result.code);
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
    starter_init(&program.starter, options);
    fault = options->start
                ? NULL
                : address_parse(&program.address, options->connect);
    if (fault != NULL)
        die("%s: %s", options->connect, fault);
    program.deadline = clock_deadline(options->timeout);
    trace_init(&program.trace, stderr);
    request_init(&program.request, options, environ);
    if (options->start)
        code = starter_run(&program.starter, options,
                           env_entries(&program.request.env));
    else if (options->ping)
        code = ping(&program);
    else if (options->count > 0 || options->duration > 0)
        code = load(&program);
    else
        code = pass_on(&program);
    request_free(&program.request);
    starter_free(&program.starter);
    options_free(options);
    return code;
}
