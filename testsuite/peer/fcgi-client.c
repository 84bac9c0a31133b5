/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fcgi-client: sends FastCGI requests, right or wrong, and prints each record
 * of the answer as one line (see record_print in records.h), then one of
 *   EOF, EOF inside a record, RESET   how the application closed
 *   ERROR rule                        what it did wrong
 *   TIMEOUT what was awaited
 * --help prints the options.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "wire/names.h"

struct client {
    int fd;
    struct plan plan;
    size_t action;      /* at hand */
    size_t sent;        /* bytes of it */
    uint64_t resume_at; /* end of a pause, or 0 */
    struct receiver receiver;
    struct judge judge;
    bool eof;
    bool left;        /* this side closed */
    bool output_gone; /* the application takes no more */
    bool cut;         /* the end of input cut a record, or was a reset */

    /* what is awaited */
    unsigned long requests;
    bool wants_values;
    bool wants_eof;
    unsigned long stop_records; /* be done after so many; 0: no limit */
    unsigned linger_ms;         /* keep-alive is checked for so long */
};

static const char help[] =
    "usage: fcgi-client [OPTION]... ADDRESS       (PATH, or HOST:PORT)\n"
    "  -r ROLE     responder, authorizer, filter or a number\n"
    "  -e N=V      a parameter; may be given again\n"
    "  -N          add no parameters of its own (GATEWAY_INTERFACE,\n"
    "              SERVER_PROTOCOL, REQUEST_METHOD, SCRIPT_NAME,\n"
    "              QUERY_STRING; CONTENT_LENGTH with a body)\n"
    "  -t TEXT     body; -i FILE: from a file; -z N: N bytes of filling\n"
    "  -D N        N bytes of filling as DATA (FILTER)\n"
    "  -k          ask to keep the connection\n"
    "  -I ID       of the first request (1)\n"
    "  -n N        requests, one after the other (1; 0: none)\n"
    "  -P          pipelined: send all at once, ids counting up\n"
    "  -c N        bytes of content per record (65528)\n"
    "  -p N        padding of each record (up to a multiple of 8)\n"
    "  -w N        bytes per write (all)\n"
    "  -W MS       pause between writes\n"
    "  -x HEX      bytes sent before, -X HEX: after the requests\n"
    "  -V NAME     ask for a value by GET_VALUES first; may be given again\n"
    "  -a PHASE    send ABORT_REQUEST after begin, params or stdin\n"
    "  -q PHASE    close after it, at once; -Q PHASE: with a reset\n"
    "  -H          half-close after the last request\n"
    "  -S          the application must end STDOUT before END_REQUEST\n"
    "  -L MS       with -k: wait so long whether it keeps the connection\n"
    "  -y N        be done after N records\n"
    "  -o FILE     write what STDOUT brings there; -O FILE: STDERR\n"
    "  -s N        bytes of content shown per record (1024)\n"
    "  -l          print no records, errors only\n"
    "  -T MS       give up after so long (10000)\n"
    "Exit code: 0 all requests are complete, with status 0; 1 wrong usage;\n"
    "2 no connection or file; 3 a rule of the protocol was broken; 4 "
    "time-out;\n"
    "5 the connection ended before all answers; 6 END_REQUEST with another\n"
    "status.  Sizes may end in k, m or g.\n";

static void __attribute__((noreturn)) usage(FILE *out, int code)
{
    fputs(help, out);
    exit(code);
}

/* Returns true if the action at hand is done. */
static bool
do_send(struct client *client, const struct action *action)
{
    ssize_t n;

    while (client->sent < action->size && !client->output_gone) {
        n = send(client->fd,
                 client->plan.bytes.data + action->offset + client->sent,
                 action->size - client->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            client->sent += (size_t)n;
        } else if (errno == EAGAIN) {
            return false;
        } else if (errno != EINTR) {
            client->output_gone = true;
        }
    }
    return true;
}

static bool
do_pause(struct client *client, const struct action *action)
{
    if (client->resume_at == 0)
        client->resume_at = now_ms() + action->count;
    return now_ms() >= client->resume_at;
}

static bool
do_action(struct client *client, const struct action *action)
{
    switch (action->kind) {
    case ACTION_SEND:
        return do_send(client, action);
    case ACTION_PAUSE:
        return do_pause(client, action);
    case ACTION_AWAIT_END:
        return client->judge.ended >= action->count;
    case ACTION_HALF_CLOSE:
        shutdown(client->fd, SHUT_WR);
        return true;
    case ACTION_RESET:
        net_reset(client->fd);
        client->left = true;
        return true;
    case ACTION_LEAVE:
        close(client->fd);
        client->left = true;
        return true;
    }
    return true;
}

/* Does what can be done without waiting. */
static void
act(struct client *client)
{
    while (!client->left && client->action < client->plan.count &&
           do_action(client, &client->plan.actions[client->action])) {
        client->action++;
        client->sent = 0;
        client->resume_at = 0;
    }
}

static void
take_records(struct client *client)
{
    const struct record *record;
    int result;

    while ((result = receiver_next(&client->receiver, &record)) > 0)
        judge_take(&client->judge, record);
    if (result < 0) {
        judge_fail(&client->judge, fcgi_wire_strerror(result));
        client->eof = true;
    }
}

static void
receive(struct client *client)
{
    static char buffer[65536];
    ssize_t n = recv(client->fd, buffer, sizeof(buffer), MSG_DONTWAIT);

    if (n > 0) {
        receiver_add(&client->receiver, buffer, (size_t)n);
        take_records(client);
        return;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    client->eof = true;
    client->cut = n < 0 || !receiver_is_clean(&client->receiver);
    puts(n < 0 ? "RESET" : client->cut ? "EOF inside a record" : "EOF");
}

/* NULL if all is there that is awaited, else what is not. */
static const char *
awaited(const struct client *client)
{
    const struct judge *judge = &client->judge;

    if (client->stop_records > 0 && judge->records >= client->stop_records)
        return NULL;
    if (client->action < client->plan.count && !client->output_gone)
        return "to send everything";
    if (judge->ended < client->requests)
        return "END_REQUEST";
    if (client->wants_values && judge->values == 0)
        return "GET_VALUES_RESULT";
    if (client->stop_records > 0)
        return "more records";
    if (client->wants_eof && !client->eof)
        return "the end of the connection";
    return NULL;
}

/* Milliseconds until there is something to do without an event. */
static int
poll_time(const struct client *client, uint64_t deadline)
{
    uint64_t now = now_ms();
    uint64_t until = deadline;

    if (client->resume_at != 0 && client->resume_at < until)
        until = client->resume_at;
    return until > now ? (int)(until - now) : 0;
}

/* Returns the exit code. */
static int
run(struct client *client, unsigned timeout_ms)
{
    uint64_t deadline = now_ms() + timeout_ms;
    const char *what;

    for (;;) {
        struct pollfd poller = {.fd = client->fd, .events = POLLIN};

        act(client);
        what = awaited(client);
        if (client->left || client->eof || what == NULL)
            break;
        if (now_ms() >= deadline) {
            printf("TIMEOUT %s\n", what);
            return EXIT_TIMEOUT;
        }
        if (client->action < client->plan.count && !client->output_gone &&
            client->plan.actions[client->action].kind == ACTION_SEND)
            poller.events |= POLLOUT;
        if (poll(&poller, 1, poll_time(client, deadline)) > 0 &&
            (poller.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
            receive(client);
    }
    if (client->judge.exit_code == EXIT_PROTOCOL)
        return EXIT_PROTOCOL;
    if (!client->left && (client->cut || what != NULL))
        return EXIT_CUT;
    return client->judge.exit_code;
}

/* After the last answer on a kept connection: nothing may come. */
static void
linger(struct client *client)
{
    struct pollfd poller = {.fd = client->fd, .events = POLLIN};

    if (client->linger_ms > 0 && poll(&poller, 1, (int)client->linger_ms) > 0) {
        receive(client);
        judge_fail(&client->judge, client->eof
                                       ? "closed a connection to be kept"
                                       : "bytes after the last answer");
    }
}

static enum phase
phase_number(const char *word)
{
    static const char *const names[] = {"begin", "params", "stdin"};
    int i;

    for (i = 0; i < 3; i++)
        if (strcmp(word, names[i]) == 0)
            return (enum phase)(PHASE_BEGIN + i);
    die(EXIT_USAGE, "not begin, params or stdin: %s", word);
}

static FILE *
open_output(const char *name)
{
    FILE *file = fopen(name, "wb");

    if (file == NULL)
        die(EXIT_SYSTEM, "%s: %s", name, strerror(errno));
    return file;
}

struct options {
    struct plan_options plan;
    struct judge_options judge;
    struct client *client;
    bool bare; /* no parameters of its own */
    unsigned timeout_ms;
};

/* What is sent; false: not one of these options. */
static bool
take_plan_option(struct plan_options *plan, int c)
{
    switch (c) {
    case 'r':
        plan->role = role_number(optarg);
        return true;
    case 'e':
        pairs_add(&plan->params, optarg);
        return true;
    case 't':
        text_add_string(&plan->body, optarg);
        return true;
    case 'i':
        text_add_file(&plan->body, optarg);
        return true;
    case 'z':
        text_add_fill(&plan->body, number(optarg, SIZE_MAX / 4));
        return true;
    case 'D':
        text_add_fill(&plan->data, number(optarg, SIZE_MAX / 4));
        return true;
    case 'V':
        pairs_add(&plan->values, optarg);
        plan->asks_values = true;
        return true;
    case 'x':
        text_add_hex(&plan->raw_before, optarg);
        return true;
    case 'X':
        text_add_hex(&plan->raw_after, optarg);
        return true;
    default:
        return false;
    }
}

/* How it is sent; false: not one of these options. */
static bool
take_shape_option(struct plan_options *plan, int c)
{
    switch (c) {
    case 'k':
        plan->keeps = true;
        return true;
    case 'I':
        plan->id = (unsigned)number(optarg, 65535);
        return true;
    case 'n':
        plan->requests = number(optarg, 1000000);
        return true;
    case 'P':
        plan->pipelined = true;
        return true;
    case 'c':
        plan->shape.content = number(optarg, FCGI_WIRE_MAX_CONTENT);
        if (plan->shape.content == 0)
            die(EXIT_USAGE, "-c: at least 1");
        return true;
    case 'p':
        plan->shape.padding = (int)number(optarg, FCGI_WIRE_MAX_PADDING);
        return true;
    case 'w':
        plan->split = number(optarg, SIZE_MAX);
        return true;
    case 'W':
        plan->delay_ms = (unsigned)number(optarg, 3600000);
        return true;
    case 'a':
        plan->abort_after = phase_number(optarg);
        return true;
    case 'q':
    case 'Q':
        plan->leave_after = phase_number(optarg);
        plan->leaves_by_reset = c == 'Q';
        return true;
    case 'H':
        plan->half_closes = true;
        return true;
    default:
        return false;
    }
}

/* What is expected and shown; false: not one of these options. */
static bool
take_other_option(struct options *options, int c)
{
    switch (c) {
    case 'N':
        options->bare = true;
        return true;
    case 'S':
        options->judge.strict_streams = true;
        return true;
    case 'L':
        options->client->linger_ms = (unsigned)number(optarg, 3600000);
        return true;
    case 'y':
        options->client->stop_records = number(optarg, 1000000000);
        return true;
    case 'o':
        options->judge.out = open_output(optarg);
        return true;
    case 'O':
        options->judge.err = open_output(optarg);
        return true;
    case 's':
        options->judge.show = number(optarg, SIZE_MAX);
        return true;
    case 'l':
        options->judge.log = NULL;
        return true;
    case 'T':
        options->timeout_ms = (unsigned)number(optarg, 3600000);
        return true;
    default:
        return false;
    }
}

static void
add_own_param(struct text *params, const char *name, const char *value)
{
    struct text given = {NULL, 0, 0};
    struct text pair = {NULL, 0, 0};

    if (!pairs_find(params, name, &given)) {
        text_add_format(&pair, "%s=%s", name, value);
        pairs_add(params, pair.data);
    }
    text_free(&given);
    text_free(&pair);
}

static void
add_own_params(struct plan_options *plan)
{
    char size[32];

    snprintf(size, sizeof(size), "%zu", plan->body.size);
    add_own_param(&plan->params, "GATEWAY_INTERFACE", "CGI/1.1");
    add_own_param(&plan->params, "SERVER_PROTOCOL", "HTTP/1.1");
    add_own_param(&plan->params, "REQUEST_METHOD",
                  plan->body.size > 0 ? "POST" : "GET");
    add_own_param(&plan->params, "SCRIPT_NAME", "/");
    add_own_param(&plan->params, "QUERY_STRING", "");
    if (plan->body.size > 0)
        add_own_param(&plan->params, "CONTENT_LENGTH", size);
}

/* Returns the address. */
static const char *
read_options(int argc, char **argv, struct options *options)
{
    static const struct option long_options[] = {{"help", 0, NULL, 'h'},
                                                 {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv,
                            "r:e:Nt:i:z:D:kI:n:Pc:p:w:W:x:X:V:a:q:Q:HSL:y:o:"
                            "O:s:lT:h",
                            long_options, NULL)) != -1) {
        if (c == 'h')
            usage(stdout, 0);
        if (!take_plan_option(&options->plan, c) &&
            !take_shape_option(&options->plan, c) &&
            !take_other_option(options, c))
            usage(stderr, EXIT_USAGE);
    }
    if (optind + 1 != argc)
        usage(stderr, EXIT_USAGE);
    if (!options->bare)
        add_own_params(&options->plan);
    return argv[optind];
}

static void
prepare(struct client *client, struct options *options, const char *address)
{
    const struct plan_options *plan = &options->plan;
    unsigned long i;

    options->judge.lax_management = plan->asks_values ||
                                    plan->raw_before.size > 0 ||
                                    plan->raw_after.size > 0;
    judge_init(&client->judge, &options->judge);
    for (i = 0; i < plan->requests; i++)
        judge_add_request(&client->judge,
                          plan->id + (plan->pipelined ? (unsigned)i : 0));
    client->requests = plan->requests;
    client->wants_values = plan->asks_values;
    client->wants_eof = plan->requests > 0 ? !plan->keeps : !plan->asks_values;
    plan_make(&client->plan, plan);
    receiver_init(&client->receiver, FCGI_SENDER_APPLICATION);
    client->fd = net_connect(address);
}

static void
close_outputs(const struct judge_options *judge)
{
    if ((judge->out != NULL && fclose(judge->out) != 0) ||
        (judge->err != NULL && fclose(judge->err) != 0))
        die(EXIT_SYSTEM, "cannot write: %s", strerror(errno));
}

int
main(int argc, char **argv)
{
    struct client client = {.fd = -1};
    struct options options = {
        .plan = {.shape = SHAPE_INIT,
                 .role = FCGI_ROLE_RESPONDER,
                 .id = 1,
                 .requests = 1},
        .judge = {.log = stdout, .show = 1024},
        .client = &client,
        .timeout_ms = 10000,
    };
    const char *address = read_options(argc, argv, &options);
    int code;

    signal(SIGPIPE, SIG_IGN);
    prepare(&client, &options, address);
    code = run(&client, options.timeout_ms);
    if (code == 0 && !client.left && !client.eof) {
        linger(&client);
        code = client.judge.exit_code;
    }
    if (!client.left)
        close(client.fd);
    close_outputs(&options.judge);
    receiver_free(&client.receiver);
    plan_free(&client.plan);
    judge_free(&client.judge);
    text_free(&options.plan.params);
    text_free(&options.plan.body);
    text_free(&options.plan.data);
    text_free(&options.plan.values);
    text_free(&options.plan.raw_before);
    text_free(&options.plan.raw_after);
    return code;
}
