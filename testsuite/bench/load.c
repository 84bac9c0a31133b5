/* SPDX-License-Identifier: BSD-2-Clause */
#include "load.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "wire/frame.h"
#include "wire/pairs.h"
#include "wire/parser.h"

enum { READ_BYTES = 256 * 1024 };

struct client {
    int fd; /* -1: not connected */
    struct fcgi_parser parser;
    size_t sent;   /* bytes of the request */
    size_t answer; /* bytes of STDOUT received */
    bool ended;    /* END_REQUEST came */
};

struct run {
    const struct load *load;
    const char *path;
    uint8_t *request; /* its bytes, ready to send */
    size_t request_size;
    unsigned left;    /* requests not yet begun */
    unsigned pending; /* begun, not yet done */
    struct client clients[LOAD_CLIENTS];
    struct pollfd polls[LOAD_CLIENTS];
};

static void __attribute__((noreturn)) stop(const char *what)
{
    fprintf(stderr, "bench-lib: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* What a web server sends along with an ordinary GET. */
static const char *const params[][2] = {
    {"GATEWAY_INTERFACE", "CGI/1.1"},
    {"SERVER_SOFTWARE", "Apache/2.4.57 (Unix)"},
    {"SERVER_NAME", "www.example.org"},
    {"SERVER_ADDR", "192.0.2.10"},
    {"SERVER_PORT", "443"},
    {"SERVER_ADMIN", "webmaster@example.org"},
    {"SERVER_PROTOCOL", "HTTP/1.1"},
    {"SERVER_SIGNATURE", ""},
    {"REMOTE_ADDR", "198.51.100.23"},
    {"REMOTE_PORT", "51234"},
    {"REQUEST_SCHEME", "https"},
    {"REQUEST_METHOD", "GET"},
    {"DOCUMENT_ROOT", "/srv/www/htdocs"},
    {"CONTEXT_PREFIX", ""},
    {"CONTEXT_DOCUMENT_ROOT", "/srv/www/htdocs"},
    {"SCRIPT_FILENAME", "/srv/www/htdocs/application.fcgi"},
    {"HTTP_HOST", "www.example.org"},
    {"HTTP_USER_AGENT", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) "
                        "Gecko/20100101 Firefox/128.0"},
    {"HTTP_ACCEPT", "text/html,application/xhtml+xml,*/*;q=0.8"},
    {"HTTP_ACCEPT_LANGUAGE", "en-US,en;q=0.5"},
    {"HTTP_ACCEPT_ENCODING", "gzip, deflate, br"},
    {"HTTP_CONNECTION", "keep-alive"},
    {"HTTP_COOKIE", "session=0123456789abcdef0123456789abcdef"},
    {"PATH", "/usr/local/bin:/usr/bin:/bin"},
    {"QUERY_STRING", "page=12&sort=date"},
};

static size_t
put_params(uint8_t *out, size_t room, const struct load *load)
{
    char length[32];
    size_t pos = 0;
    bool fits = true;
    size_t i;

    for (i = 0; i < sizeof(params) / sizeof(params[0]); i++)
        fits = fits && fcgi_pair_put(out, room, &pos, params[i][0],
                                     strlen(params[i][0]), params[i][1],
                                     strlen(params[i][1]));
    snprintf(length, sizeof(length), "%zu", load->upload);
    fits = fits &&
           fcgi_pair_put(out, room, &pos, "SCRIPT_NAME", 11, load->uri,
                         strlen(load->uri)) &&
           fcgi_pair_put(out, room, &pos, "CONTENT_LENGTH", 14, length,
                         strlen(length));
    if (!fits)
        abort();
    return pos;
}

static size_t
put_body(uint8_t *out, size_t size)
{
    size_t at = 0;

    while (size > 0) {
        size_t n =
            size < FCGI_WIRE_BEST_CONTENT ? size : FCGI_WIRE_BEST_CONTENT;

        fcgi_header_put(out + at, FCGI_TYPE_STDIN, 1, n, fcgi_padding(n));
        memset(out + at + 8, 'u', n + fcgi_padding(n));
        at += 8 + n + fcgi_padding(n);
        size -= n;
    }
    return at;
}

static void
make_request(struct run *run)
{
    const struct load *load = run->load;
    size_t room = load->upload + load->upload / 4096 + 8192;
    uint8_t *out = malloc(room);
    size_t at = 16;
    size_t n;

    if (out == NULL)
        stop("malloc");
    fcgi_begin_put(out, 1, FCGI_ROLE_RESPONDER,
                   load->keeps ? FCGI_WIRE_FLAG_KEEP_CONN : 0);
    n = put_params(out + at + 8, 4096, load);
    fcgi_header_put(out + at, FCGI_TYPE_PARAMS, 1, n, fcgi_padding(n));
    memset(out + at + 8 + n, 0, fcgi_padding(n));
    at += 8 + n + fcgi_padding(n);
    fcgi_header_put(out + at, FCGI_TYPE_PARAMS, 1, 0, 0);
    at += 8;
    at += put_body(out + at, load->upload);
    fcgi_header_put(out + at, FCGI_TYPE_STDIN, 1, 0, 0);
    run->request = out;
    run->request_size = at + 8;
}

static int
connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    if (fd < 0)
        stop("socket");
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        stop(path);
    return fd;
}

static void
send_more(struct run *run, struct client *client)
{
    while (client->sent < run->request_size) {
        ssize_t n = send(client->fd, run->request + client->sent,
                         run->request_size - client->sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0)
            stop("send");
        client->sent += (size_t)n;
    }
}

static void
begin(struct run *run, struct client *client)
{
    if (client->fd < 0) {
        client->fd = connect_to(run->path);
        fcgi_parser_init(&client->parser, FCGI_SENDER_APPLICATION);
    }
    client->sent = 0;
    client->answer = 0;
    client->ended = false;
    run->left--;
    run->pending++;
    send_more(run, client);
}

static void
parse(struct client *client, const uint8_t *data, size_t size)
{
    struct fcgi_event event;
    size_t pos = 0;

    do {
        if (fcgi_parser_feed(&client->parser, data, size, &pos, &event) !=
            FCGI_WIRE_OK)
            stop("the answer is no FastCGI");
        if (event.kind == FCGI_EVENT_DATA &&
            event.header.type == FCGI_TYPE_STDOUT)
            client->answer += event.size;
        if (event.kind == FCGI_EVENT_END &&
            event.header.type == FCGI_TYPE_END_REQUEST)
            client->ended = true;
    } while (event.kind != FCGI_EVENT_MORE);
}

/* The request is done; begins the next one. */
static void
finish(struct run *run, struct client *client)
{
    if (client->answer < run->load->answer) {
        fprintf(stderr, "bench-lib: %s: an answer of %zu bytes, not %zu\n",
                run->load->name, client->answer, run->load->answer);
        exit(1);
    }
    if (!run->load->keeps) {
        close(client->fd);
        client->fd = -1;
    }
    run->pending--;
    if (run->left > 0)
        begin(run, client);
}

static void
receive(struct run *run, struct client *client)
{
    static uint8_t buffer[READ_BYTES];
    ssize_t n = recv(client->fd, buffer, sizeof(buffer), 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0)
        stop("recv");
    if (n > 0)
        parse(client, buffer, (size_t)n);
    if (n == 0 && !client->ended) {
        errno = 0;
        stop("the connection ended before the answer");
    }
    if (client->ended && (run->load->keeps || n == 0))
        finish(run, client);
}

static void
turn(struct run *run)
{
    unsigned i;

    for (i = 0; i < run->load->clients; i++) {
        const struct client *client = &run->clients[i];

        run->polls[i].fd = client->fd;
        run->polls[i].events =
            client->sent < run->request_size ? POLLIN | POLLOUT : POLLIN;
    }
    if (poll(run->polls, run->load->clients, 10000) <= 0) {
        fprintf(stderr, "bench-lib: %s: no answer for 10 s\n", run->load->name);
        exit(1);
    }
    for (i = 0; i < run->load->clients; i++) {
        struct client *client = &run->clients[i];

        if (run->polls[i].revents & POLLOUT)
            send_more(run, client);
        if (run->polls[i].revents & (POLLIN | POLLHUP | POLLERR))
            receive(run, client);
    }
}

static double
seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double
load_run(const struct load *load, const char *path, unsigned requests)
{
    static struct run run;
    double from = seconds();
    unsigned i;

    memset(&run, 0, sizeof(run));
    run.load = load;
    run.path = path;
    run.left = requests;
    make_request(&run);
    for (i = 0; i < load->clients; i++)
        run.clients[i].fd = -1;
    for (i = 0; i < load->clients && run.left > 0; i++)
        begin(&run, &run.clients[i]);
    while (run.pending > 0)
        turn(&run);
    for (i = 0; i < load->clients; i++)
        if (run.clients[i].fd >= 0)
            close(run.clients[i].fd);
    free(run.request);
    return seconds() - from;
}
