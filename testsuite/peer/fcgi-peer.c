/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fcgi-peer: a FastCGI application (or, with -C, a server) that does what a
 * script says, right or wrong.  --help prints the options and all steps;
 * script.h tells how a script is written.
 *
 * As an application it serves one connection after the other.  The script is
 * run for each request: once as soon as a connection is there (so it may talk
 * before it reads) and again on a kept connection when more input comes.
 * A script that the request itself names is run when PARAMS are received.
 *
 * Texts may hold ${pid}, ${requests} and ${connections} (served so far, this
 * one included), ${id}, ${input-size}, and ${NAME} for a parameter.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "conn.h"

struct options {
    const char *listen;    /* address, or NULL: descriptor 0 */
    const char *connect;   /* address, or NULL: wait for connections */
    struct script *script; /* NULL: each request names its own */
    const char *directory; /* of scripts that requests name, or NULL */
    const char *parameter; /* that names the script, or NULL */
    unsigned long count;   /* of connections, then leave; 0: no end */
    bool forks;            /* one process per connection */
};

static const char default_script[] =
    "read; stdout \"Content-Type: text/plain\\r\\n\\r\\nok\\n\"; stdout \"\"; "
    "end";

static void
usage(FILE *out)
{
    fprintf(
        out,
        "usage: fcgi-peer [-F] [-l ADDRESS | -C ADDRESS] [-s FILE | -c "
        "SCRIPT]\n"
        "                 [-d DIRECTORY] [-v NAME] [-o LOG] [-x N] [-n N]\n"
        "  -l ADDRESS  listen there (PATH, or HOST:PORT, port 0 for any) and\n"
        "              print \"listening ADDRESS\"; else: on descriptor 0\n"
        "  -C ADDRESS  connect and play the server\n"
        "  -s, -c      the script, as a file or as a text\n"
        "  -v NAME     the parameter that holds the script of a request, or\n"
        "              names its file below -d; URL escapes are undone in\n"
        "              QUERY_STRING\n"
        "  -d DIR      where the files are\n"
        "  -o LOG      append what is received and done, a line each ('-':\n"
        "              to stdout)\n"
        "  -x N        bytes of content shown per record there (256)\n"
        "  -n N        leave after N connections\n"
        "  -F          fork for each connection\n"
        "Without -s, -c and -v: the parameter PEER_SCRIPT, or QUERY_STRING, "
        "or\n"
        "else an answer of 3 bytes.\n"
        "Exit code: 0; 1 wrong usage or script; 2 no memory, file or socket;\n"
        "3 the other side broke a rule, or an expectation failed.\n"
        "\nSteps, one per line or parted by ';':\n");
    steps_print_help(out);
    fputs("\nTexts may hold ${pid}, ${requests}, ${connections}, ${id},\n"
          "${input-size} and ${NAME} for a parameter.\n",
          out);
}

/* Undoes %XX and '+'. */
static void
url_decode(struct text *text)
{
    size_t from = 0, to = 0;

    while (from < text->size) {
        char c = text->data[from++];
        char hex[3];

        if (c == '+')
            c = ' ';
        if (c == '%' && from + 1 < text->size &&
            isxdigit((unsigned char)text->data[from]) &&
            isxdigit((unsigned char)text->data[from + 1])) {
            memcpy(hex, text->data + from, 2);
            hex[2] = '\0';
            c = (char)strtoul(hex, NULL, 16);
            from += 2;
        }
        text->data[to++] = c;
    }
    text->size = to;
    if (text->data != NULL)
        text->data[to] = '\0';
}

static void
read_script_file(const char *directory, struct text *name)
{
    struct text path = {NULL, 0, 0};

    text_add_format(&path, "%s/", directory);
    text_add(&path, name->data, name->size);
    text_clear(name);
    text_add_file(name, path.data);
    text_free(&path);
}

/* The script that the parameters name; false if none does. */
static bool
find_script(struct conn *conn, const struct options *options, struct text *text)
{
    const char *name = options->parameter;

    if (name == NULL) {
        if (pairs_find(&conn->params, "PEER_SCRIPT", text) && text->size > 0)
            return true;
        name = "QUERY_STRING";
    }
    if (!pairs_find(&conn->params, name, text) || text->size == 0)
        return false;
    if (strcmp(name, "QUERY_STRING") == 0)
        url_decode(text);
    if (options->directory != NULL)
        read_script_file(options->directory, text);
    return true;
}

/* Runs the script of one request; false: close the connection. */
static bool
serve_request(struct conn *conn, const struct options *options)
{
    struct text text = {NULL, 0, 0};
    struct script *script;
    bool keeps;

    if (options->script != NULL)
        return steps_run(conn, options->script);
    while (!conn->params_done)
        if (!conn_read_record(conn))
            return false;
    if (!find_script(conn, options, &text)) {
        text_clear(&text);
        text_add_string(&text, default_script);
    }
    script = script_parse(text.data, text.size);
    text_free(&text);
    keeps = steps_run(conn, script);
    script_free(script);
    return keeps;
}

static void
serve_connection(struct peer *peer, int fd, const struct options *options)
{
    struct conn conn;
    char byte;

    conn_init(&conn, peer, fd, FCGI_SENDER_SERVER);
    conn_log(&conn, "ACCEPT %lu", peer->connections);
    while (serve_request(&conn, options)) {
        conn_next_request(&conn);
        if (receiver_is_clean(&conn.receiver) &&
            recv(conn.out.fd, &byte, 1, MSG_PEEK) <= 0) {
            conn_log(&conn, "EOF");
            break;
        }
    }
    conn_log(&conn, "CLOSE");
    conn_fini(&conn);
}

static int
play_server(struct peer *peer, const struct options *options)
{
    struct conn conn;

    if (options->script == NULL)
        die(EXIT_USAGE, "-C needs -s or -c");
    conn_init(&conn, peer, net_connect(options->connect),
              FCGI_SENDER_APPLICATION);
    steps_run(&conn, options->script);
    conn_fini(&conn);
    return peer->exit_code;
}

/* True in the process that shall serve the connection. */
static bool
fork_if(bool forks, bool endless)
{
    pid_t pid = forks ? fork() : 0;

    if (pid < 0)
        die(EXIT_SYSTEM, "fork: %s", strerror(errno));
#ifdef __linux__
    /* A script that hangs must not outlive the test. */
    if (forks && endless && pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    return pid == 0;
}

static int
play_application(struct peer *peer, const struct options *options)
{
    peer->listener =
        options->listen != NULL ? net_listen(options->listen, 128, stdout) : 0;
    if (options->forks)
        signal(SIGCHLD, SIG_IGN);
    while (peer->listener >= 0 &&
           (options->count == 0 || peer->connections < options->count)) {
        int fd = accept(peer->listener, NULL, NULL);

        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0)
            die(EXIT_SYSTEM, "accept: %s", strerror(errno));
        peer->connections++;
        if (fork_if(options->forks, options->count == 0)) {
            serve_connection(peer, fd, options);
            if (options->forks)
                _exit(peer->exit_code);
        } else {
            close(fd);
        }
    }
    return peer->exit_code;
}

static FILE *
open_log(const char *name)
{
    FILE *log = strcmp(name, "-") == 0 ? stdout : fopen(name, "a");

    if (log == NULL)
        die(EXIT_SYSTEM, "%s: %s", name, strerror(errno));
    return log;
}

static struct script *
read_script(int option, const char *argument)
{
    struct text text = {NULL, 0, 0};
    struct script *script;

    if (option == 's')
        text_add_file(&text, argument);
    else
        text_add_string(&text, argument);
    script = script_parse(text.data, text.size);
    text_free(&text);
    return script;
}

static void
read_options(int argc, char **argv, struct options *options, struct peer *peer)
{
    static const struct option long_options[] = {{"help", 0, NULL, 'h'},
                                                 {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, "l:C:s:c:d:v:o:x:n:Fh", long_options,
                            NULL)) != -1) {
        switch (c) {
        case 'l':
            options->listen = optarg;
            break;
        case 'C':
            options->connect = optarg;
            break;
        case 's':
        case 'c':
            script_free(options->script);
            options->script = read_script(c, optarg);
            break;
        case 'd':
            options->directory = optarg;
            break;
        case 'v':
            options->parameter = optarg;
            break;
        case 'o':
            peer->log = open_log(optarg);
            break;
        case 'x':
            peer->show = number(optarg, SIZE_MAX);
            break;
        case 'n':
            options->count = number(optarg, 1000000000);
            break;
        case 'F':
            options->forks = true;
            break;
        case 'h':
            usage(stdout);
            exit(0);
        default:
            usage(stderr);
            exit(EXIT_USAGE);
        }
    }
    if (optind < argc) {
        usage(stderr);
        exit(EXIT_USAGE);
    }
}

int
main(int argc, char **argv)
{
    struct options options = {.listen = NULL};
    struct peer peer = {.listener = -1, .show = 256};
    int code;

    read_options(argc, argv, &options, &peer);
    signal(SIGPIPE, SIG_IGN);
    code = options.connect != NULL ? play_server(&peer, &options)
                                   : play_application(&peer, &options);
    script_free(options.script);
    return code;
}
