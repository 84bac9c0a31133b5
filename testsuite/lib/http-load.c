/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http-load: clients that each send one request after the other to a server,
 * as fast as it answers, and figures of how that went.  Every answer is
 * checked: its framing must be whole, its status that which is expected.
 *
 * usage: http-load [OPTION]... HOST:PORT PATH...    (HOST: an IPv4 address)
 *   -c N   clients at the same time (1), up to 10000
 *   -n N   requests in all (1), -t SECONDS: instead, for so long
 *   -k     keep connections; a request on a connection that the server closes
 *          before the first byte of an answer is sent again, on a new one
 *   -b N   POST N bytes
 *   -e N   expected status (200)
 *   -x N   expected size of the body
 *   -T MS  an answer must be whole within (60000)
 *   -p MS  pause of a client between requests (0)
 * The PATHs are taken in turn.  On stdout, one figure per line: requests,
 * failed, resent, bytes, micros (the run took), median, p90, p99, max (micros
 * per request), status CODE COUNT, failure TEXT COUNT.
 * Exit code: 0; 1 if a request failed; 2 wrong usage or no memory.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http-load.h"

struct options {
    struct sockaddr_in address;
    char **paths;
    int path_count;
    int clients;
    long requests;
    int64_t deadline; /* of the whole run, micros; 0: none */
    int64_t limit;    /* of one request, micros */
    int64_t pause;    /* micros */
    int64_t body;     /* bytes to post; -1: GET */
    int64_t size;     /* expected of answers; -1: any */
    int status;
    bool keep;
};

struct client {
    int fd;        /* -1: no connection */
    bool active;   /* a request is under way */
    bool reused;   /* the connection has carried a request before */
    int64_t begin; /* of the request, or of the next one if not active */
    char head[1024];
    size_t head_size, head_sent;
    int64_t body_left;
    const char *path;
    struct answer answer;
};

struct totals {
    long started, done, failed, resent;
    int64_t bytes;
    long statuses[600];
    uint32_t *micros; /* of each request that went well */
    size_t count, room;
    struct {
        char text[80];
        long count;
    } failures[16];
};

static struct options options;
static struct totals totals;

static int64_t
now_micros(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static _Noreturn void
die(const char *text)
{
    fprintf(stderr, "http-load: %s\n", text);
    exit(2);
}

/* ---- One client */

static void
drop_connection(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    client->reused = false;
}

static void
note_failure(const char *text)
{
    size_t i, slots = sizeof totals.failures / sizeof *totals.failures;

    totals.failed++;
    for (i = 0; i < slots; i++) {
        if (totals.failures[i].count == 0)
            snprintf(totals.failures[i].text, sizeof totals.failures[i].text,
                     "%s", text);
        if (strcmp(totals.failures[i].text, text) == 0)
            break;
    }
    if (i < slots)
        totals.failures[i].count++;
}

static void
note_success(int64_t micros)
{
    if (totals.count == totals.room) {
        totals.room = totals.room == 0 ? 4096 : totals.room * 2;
        totals.micros =
            realloc(totals.micros, totals.room * sizeof *totals.micros);
        if (totals.micros == NULL)
            die("no memory");
    }
    totals.micros[totals.count++] =
        micros > UINT32_MAX ? UINT32_MAX : (uint32_t)micros;
}

/* The request is over; fault: why it failed, or NULL. */
static void
finish(struct client *client, const char *fault)
{
    const struct answer *answer = &client->answer;
    int64_t now = now_micros();
    char text[80];

    totals.done++;
    totals.bytes += answer->body_size;
    if (answer->status >= 100 && answer->status < 600)
        totals.statuses[answer->status]++;
    if (fault == NULL && answer->status != options.status) {
        snprintf(text, sizeof text, "status %d", answer->status);
        fault = text;
    }
    if (fault == NULL && options.size >= 0 &&
        answer->body_size != options.size) {
        snprintf(text, sizeof text, "body of %lld bytes",
                 (long long)answer->body_size);
        fault = text;
    }
    if (fault != NULL)
        note_failure(fault);
    else
        note_success(now - client->begin);
    if (fault != NULL || !options.keep || answer->closes)
        drop_connection(client);
    else
        client->reused = true;
    client->active = false;
    client->begin = now + options.pause;
}

static void
connect_client(struct client *client)
{
    int one = 1;

    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        die("no socket");
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(client->fd, (struct sockaddr *)&options.address,
                sizeof options.address) != 0 &&
        errno != EINPROGRESS)
        finish(client, strerror(errno));
}

/* Sends the request that the client holds on a connection, new if need be. */
static void
send_anew(struct client *client)
{
    client->head_sent = 0;
    client->body_left = options.body > 0 ? options.body : 0;
    answer_init(&client->answer);
    client->active = true;
    if (client->fd < 0)
        connect_client(client);
}

static void
begin_request(struct client *client)
{
    int size;
    char length[64] = "";

    client->path = options.paths[totals.started % options.path_count];
    totals.started++;
    if (options.body >= 0)
        snprintf(length, sizeof length, "Content-Length: %lld\r\n",
                 (long long)options.body);
    size = snprintf(client->head, sizeof client->head,
                    "%s %s HTTP/1.1\r\nHost: load\r\n%s%s\r\n",
                    options.body >= 0 ? "POST" : "GET", client->path, length,
                    options.keep ? "" : "Connection: close\r\n");
    if (size < 0 || (size_t)size >= sizeof client->head)
        die("path too long");
    client->head_size = (size_t)size;
    client->begin = now_micros();
    send_anew(client);
}

static bool
is_sending(const struct client *client)
{
    return client->head_sent < client->head_size || client->body_left > 0;
}

/* The connection ended with an error. */
static void
broken(struct client *client, const char *text)
{
    if (client->reused && client->answer.received == 0) {
        totals.resent++;
        drop_connection(client);
        send_anew(client);
    } else {
        finish(client, text);
    }
}

static void
send_some(struct client *client)
{
    static char filling[65536];
    const char *from = filling;
    size_t size = sizeof filling;
    ssize_t sent;

    if (client->head_sent < client->head_size) {
        from = client->head + client->head_sent;
        size = client->head_size - client->head_sent;
    } else if (client->body_left < (int64_t)size) {
        size = (size_t)client->body_left;
    }
    sent = send(client->fd, from, size, MSG_NOSIGNAL);
    if (sent < 0) {
        /* The answer may be there already: it decides. */
        if (errno == EPIPE || errno == ECONNRESET)
            client->body_left = 0, client->head_sent = client->head_size;
        else if (errno != EAGAIN && errno != EINTR)
            broken(client, strerror(errno));
    } else if (client->head_sent < client->head_size) {
        client->head_sent += (size_t)sent;
    } else {
        client->body_left -= sent;
    }
}

static void
receive_some(struct client *client)
{
    static char buffer[65536];
    ssize_t size = recv(client->fd, buffer, sizeof buffer, 0);
    const char *fault;

    if (size < 0) {
        if (errno != EAGAIN && errno != EINTR)
            broken(client, strerror(errno));
    } else if (size == 0) {
        fault = answer_end(&client->answer);
        if (fault != NULL)
            broken(client, fault);
        else
            finish(client, NULL);
    } else {
        fault = answer_feed(&client->answer, buffer, (size_t)size);
        if (fault != NULL)
            finish(client, fault);
        else if (answer_complete(&client->answer))
            finish(client, NULL);
    }
}

static void
serve(struct client *client, short events)
{
    if ((events & (POLLIN | POLLERR | POLLHUP)) != 0)
        receive_some(client);
    if (client->active && client->fd >= 0 && (events & POLLOUT) != 0 &&
        is_sending(client))
        send_some(client);
}

/* ---- All of them */

static bool
more_to_start(int64_t now)
{
    if (options.deadline != 0)
        return now < options.deadline;
    return totals.started < options.requests;
}

/* Starts what may start; returns when the next event is due, micros. */
static int64_t
start_and_expire(struct client *clients)
{
    int64_t now = now_micros(), next = now + 1000000;

    for (int i = 0; i < options.clients; i++) {
        struct client *client = &clients[i];

        if (!client->active && client->begin <= now && more_to_start(now))
            begin_request(client);
        if (client->active && client->begin + options.limit <= now)
            finish(client, "no whole answer in time");
        if (client->active && client->begin + options.limit < next)
            next = client->begin + options.limit;
        else if (!client->active && client->begin > now && client->begin < next)
            next = client->begin;
    }
    return next;
}

static void
run(struct client *clients, struct pollfd *fds)
{
    for (;;) {
        int64_t next = start_and_expire(clients);
        int64_t now = now_micros();
        int active = 0;

        for (int i = 0; i < options.clients; i++) {
            struct client *client = &clients[i];

            fds[i].fd = client->active ? client->fd : -1;
            fds[i].events = POLLIN;
            if (client->active && is_sending(client))
                fds[i].events |= POLLOUT;
            active += client->active;
        }
        if (active == 0 && !more_to_start(now))
            return;
        poll(fds, (nfds_t)options.clients,
             next <= now ? 0 : (int)((next - now) / 1000) + 1);
        for (int i = 0; i < options.clients; i++)
            if (clients[i].active && fds[i].fd == clients[i].fd &&
                fds[i].revents != 0)
                serve(&clients[i], fds[i].revents);
    }
}

static int
compare_micros(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

    return (one > other) - (one < other);
}

static unsigned long
quantile(double part)
{
    size_t at = (size_t)((double)totals.count * part);

    if (totals.count == 0)
        return 0;
    return totals.micros[at < totals.count ? at : totals.count - 1];
}

static void
report(int64_t took)
{
    qsort(totals.micros, totals.count, sizeof *totals.micros, compare_micros);
    printf("requests %ld\nfailed %ld\nresent %ld\nbytes %lld\nmicros %lld\n",
           totals.done, totals.failed, totals.resent, (long long)totals.bytes,
           (long long)took);
    printf("median %lu\np90 %lu\np99 %lu\nmax %lu\n", quantile(0.5),
           quantile(0.9), quantile(0.99), quantile(1));
    for (int i = 100; i < 600; i++)
        if (totals.statuses[i] > 0)
            printf("status %d %ld\n", i, totals.statuses[i]);
    for (size_t i = 0; i < sizeof totals.failures / sizeof *totals.failures;
         i++)
        if (totals.failures[i].count > 0)
            printf("failure {%s} %ld\n", totals.failures[i].text,
                   totals.failures[i].count);
}

static int64_t
number(const char *text, int64_t min, int64_t max)
{
    char *end;
    long long value = strtoll(text, &end, 10);

    if (*text == '\0' || *end != '\0' || value < min || value > max)
        die("bad number");
    return value;
}

static void
set_address(char *text)
{
    char *colon = strrchr(text, ':');

    if (colon == NULL)
        die("bad address: HOST:PORT");
    *colon = '\0';
    options.address.sin_family = AF_INET;
    options.address.sin_port = htons((uint16_t)number(colon + 1, 1, 65535));
    if (inet_pton(AF_INET, text, &options.address.sin_addr) != 1)
        die("bad IPv4 address");
}

/* One descriptor for each client, and a few. */
static void
allow_descriptors(int clients)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)clients + 64;

    if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void
take_option(int option, const char *value)
{
    switch (option) {
    case 'c':
        options.clients = (int)number(value, 1, 10000);
        break;
    case 'n':
        options.requests = (long)number(value, 1, 100000000);
        break;
    case 't':
        options.deadline = now_micros() + number(value, 1, 3600) * 1000000;
        break;
    case 'k':
        options.keep = true;
        break;
    case 'b':
        options.body = number(value, 0, INT64_MAX);
        break;
    case 'e':
        options.status = (int)number(value, 100, 599);
        break;
    case 'x':
        options.size = number(value, 0, INT64_MAX);
        break;
    case 'T':
        options.limit = number(value, 1, 3600000) * 1000;
        break;
    case 'p':
        options.pause = number(value, 0, 3600000) * 1000;
        break;
    default:
        exit(2);
    }
}

int
main(int argc, char **argv)
{
    struct client *clients;
    struct pollfd *fds;
    int64_t begin;
    int option;

    options = (struct options){.clients = 1,
                               .requests = 1,
                               .limit = 60000000,
                               .body = -1,
                               .size = -1,
                               .status = 200};
    while ((option = getopt(argc, argv, "c:n:t:kb:e:x:T:p:")) != -1)
        take_option(option, optarg);
    if (argc - optind < 2)
        die("usage: http-load [OPTION]... HOST:PORT PATH...");
    set_address(argv[optind]);
    options.paths = argv + optind + 1;
    options.path_count = argc - optind - 1;
    allow_descriptors(options.clients);
    clients = calloc((size_t)options.clients, sizeof *clients);
    fds = calloc((size_t)options.clients, sizeof *fds);
    if (clients == NULL || fds == NULL)
        die("no memory");
    for (int i = 0; i < options.clients; i++)
        clients[i].fd = -1;
    begin = now_micros();
    run(clients, fds);
    report(now_micros() - begin);
    for (int i = 0; i < options.clients; i++)
        drop_connection(&clients[i]);
    free(totals.micros);
    free(clients);
    free(fds);
    return totals.failed > 0 ? 1 : 0;
}
