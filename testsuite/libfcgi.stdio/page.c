/* SPDX-License-Identifier: BSD-2-Clause */
#include "page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NO_FCGI_DEFINES
#include "fcgi_config.h"
#include "fcgi_stdio.h"
#include "fastcgi.h"
#include "wire/pairs.h"
#include "wire/parser.h"

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t address_size = sizeof address;

static void
check(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(2);
    }
}

void
page_listen(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    /* No name: Linux finds an abstract one. */
    check(fd >= 0 &&
              bind(fd, (struct sockaddr *)&address, sizeof(sa_family_t)) == 0,
          "bind");
    check(listen(fd, 8) == 0, "listen");
    check(getsockname(fd, (struct sockaddr *)&address, &address_size) == 0,
          "getsockname");
    check(dup2(fd, STDIN_FILENO) == 0, "dup2");
    close(fd);
}

static void
put(const struct page *page, const void *data, size_t size)
{
    check(send(page->fd, data, size, MSG_NOSIGNAL) == (ssize_t)size, "send");
}

/* A stream of one record and its end. */
static void
put_stream(const struct page *page, unsigned type, const void *data,
           size_t size)
{
    uint8_t header[8];

    if (size > 0) {
        fcgi_header_put(header, type, 1, size, 0);
        put(page, header, sizeof header);
        put(page, data, size);
    }
    fcgi_header_put(header, type, 1, 0, 0);
    put(page, header, sizeof header);
}

void
page_send(struct page *page, unsigned role, const char *const *params,
          const char *body, const char *data)
{
    uint8_t begin[16], pairs[4096];
    size_t size = 0;

    memset(page, 0, sizeof *page);
    page->status = -1;
    page->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    check(page->fd >= 0 &&
              connect(page->fd, (struct sockaddr *)&address, address_size) == 0,
          "connect");
    fcgi_begin_put(begin, 1, role, 0);
    put(page, begin, sizeof begin);
    for (; *params != NULL; params++) {
        const char *value = strchr(*params, '=') + 1;

        check(fcgi_pair_put(pairs, sizeof pairs, &size, *params,
                            (size_t)(value - *params) - 1, value,
                            strlen(value)),
              "pair");
    }
    put_stream(page, FCGI_TYPE_PARAMS, pairs, size);
    put_stream(page, FCGI_TYPE_STDIN, body, strlen(body));
    if (data != NULL)
        put_stream(page, FCGI_TYPE_DATA, data, strlen(data));
}

static void
append(char *to, size_t room, size_t *size, const struct fcgi_event *event)
{
    check(*size + event->size < room, "answer too long");
    memcpy(to + *size, event->data, event->size);
    *size += event->size;
}

static void
take(struct page *page, const struct fcgi_event *event)
{
    struct fcgi_end_body end;

    if (event->kind == FCGI_EVENT_DATA) {
        if (event->header.type == FCGI_TYPE_STDOUT)
            append(page->out, sizeof page->out, &page->out_size, event);
        else if (event->header.type == FCGI_TYPE_STDERR)
            append(page->err, sizeof page->err, &page->err_size, event);
    } else if (event->kind == FCGI_EVENT_END && event->body != NULL) {
        fcgi_end_get(&end, event->body);
        page->ended++;
        page->status = (long)end.app_status;
    }
}

void
page_receive(struct page *page)
{
    struct fcgi_parser parser;
    uint8_t buffer[4096];
    ssize_t count;

    fcgi_parser_init(&parser, FCGI_SENDER_APPLICATION);
    while ((count = recv(page->fd, buffer, sizeof buffer, 0)) > 0) {
        struct fcgi_event event;
        size_t pos = 0;

        do {
            check(fcgi_parser_feed(&parser, buffer, (size_t)count, &pos,
                                   &event) == FCGI_WIRE_OK,
                  "record");
            take(page, &event);
        } while (event.kind != FCGI_EVENT_MORE);
    }
    check(count == 0, "recv");
    close(page->fd);
}

void
page_begin(struct page *page, const char *body)
{
    static const char *const plain[] = {"A=1", "B=two", NULL};

    page_send(page, FCGI_RESPONDER, plain, body, NULL);
    if (FCGI_Accept() != 0)
        exit(2);
}

void
page_finish(struct page *page)
{
    FCGI_Finish();
    page_receive(page);
}
