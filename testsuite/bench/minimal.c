/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The least that an application can do without a library: the yardstick of the
 * benchmark.  It serves what responder.c serves, takes what comes on trust and
 * does without streams, buffers and an environment; it does look through the
 * parameters for the one it needs.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    PIECE = 1 << 20,
    PIECES = 10,
    LINES = 1000,
    RECORD = 65528,
    HEADER = 8,
    INPUT = 65536 + 512
};

static __thread uint8_t input[INPUT];
static __thread size_t have, used; /* bytes in input; bytes of those taken */
static char piece[PIECE];
static const char head[] = "Content-Type: text/plain\r\n\r\n";

/* Makes size bytes stand at input + used. */
static bool
need(int fd, size_t size)
{
    while (have - used < size) {
        ssize_t n;

        if (used > 0) {
            memmove(input, input + used, have - used);
            have -= used;
            used = 0;
        }
        n = read(fd, input + have, sizeof(input) - have);
        if (n <= 0)
            return false;
        have += (size_t)n;
    }
    return true;
}

/* Passes over size bytes. */
static bool
skip(int fd, size_t size)
{
    while (size > 0) {
        size_t n;

        if (have == used && !need(fd, 1))
            return false;
        n = have - used < size ? have - used : size;
        used += n;
        size -= n;
    }
    return true;
}

static size_t
get_length(const uint8_t **at)
{
    size_t length = *(*at)++;

    if (length >= 0x80) {
        length = (length & 0x7f) << 24 | (size_t)(*at)[0] << 16 |
                 (size_t)(*at)[1] << 8 | (*at)[2];
        *at += 3;
    }
    return length;
}

/* The letter after the slash of SCRIPT_NAME. */
static int
find_kind(const uint8_t *at, size_t size)
{
    const uint8_t *end = at + size;

    while (at < end) {
        size_t name = get_length(&at);
        size_t value = get_length(&at);

        if (name == 11 && memcmp(at, "SCRIPT_NAME", 11) == 0 && value > 1)
            return at[name + 1];
        at += name + value;
    }
    return 's';
}

struct request {
    bool keep;
    int kind;
    unsigned long body; /* bytes of STDIN */
};

/* Reads a whole request; false: the connection is done. */
static bool
read_request(int fd, struct request *request)
{
    for (;;) {
        const uint8_t *header;
        unsigned type;
        size_t size, padding;

        if (!need(fd, HEADER))
            return false;
        header = input + used;
        type = header[1];
        size = (size_t)header[4] << 8 | header[5];
        padding = header[6];
        used += HEADER;
        if (type == 5) {
            if (!skip(fd, size + padding))
                return false;
            request->body += size;
            if (size == 0)
                return true;
            continue;
        }
        if (!need(fd, size + padding))
            return false;
        if (type == 1)
            request->keep = input[used + 2] & 1;
        else if (type == 4 && size > 0)
            request->kind = find_kind(input + used, size);
        used += size + padding;
    }
}

static void
put_header(uint8_t *out, unsigned type, size_t size, unsigned padding)
{
    out[0] = 1;
    out[1] = (uint8_t)type;
    out[2] = 0;
    out[3] = 1;
    out[4] = (uint8_t)(size >> 8);
    out[5] = (uint8_t)size;
    out[6] = (uint8_t)padding;
    out[7] = 0;
}

/* Sends a record of STDOUT and, with it, the end of the answer if asked. */
static void
send_record(int fd, const char *data, size_t size, bool ends)
{
    static __thread uint8_t tail[8 + 8 + 16];
    uint8_t header[HEADER];
    unsigned padding = (unsigned)(-size & 7);
    struct iovec parts[3];
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
    size_t total = HEADER + size + padding + (ends ? 24 : 0);
    size_t sent = 0;

    put_header(header, 6, size, padding);
    put_header(tail + padding, 6, 0, 0);
    put_header(tail + padding + 8, 3, 8, 0);
    parts[0] = (struct iovec){header, HEADER};
    parts[1] = (struct iovec){(void *)(uintptr_t)data, size};
    parts[2] = (struct iovec){tail, padding + (ends ? 24 : 0)};
    while (sent < total) {
        ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
        size_t left;
        int i;

        if (n < 0)
            return;
        sent += (size_t)n;
        for (i = 0, left = (size_t)n; i < 3 && left > 0; i++) {
            size_t part = left < parts[i].iov_len ? left : parts[i].iov_len;

            parts[i].iov_base = (char *)parts[i].iov_base + part;
            parts[i].iov_len -= part;
            left -= part;
        }
    }
    memset(tail, 0, sizeof(tail));
}

static void
answer_large(int fd)
{
    size_t left = (size_t)PIECE * PIECES;

    send_record(fd, head, sizeof(head) - 1, false);
    while (left > 0) {
        size_t n = left < RECORD ? left : RECORD;

        send_record(fd, piece, n, n == left);
        left -= n;
    }
}

static void
answer_printf(int fd)
{
    static __thread char page[LINES * 64];
    size_t size = (size_t)snprintf(page, sizeof(page), "%s", head);
    int i;

    for (i = 0; i < LINES; i++)
        size += (size_t)snprintf(page + size, sizeof(page) - size,
                                 "<li>item %d of %s</li>\n", i, "the list");
    send_record(fd, page, size, true);
}

static void
answer(int fd, const struct request *request)
{
    char text[128];
    int size;

    switch (request->kind) {
    case 'l':
        answer_large(fd);
        return;
    case 'p':
        answer_printf(fd);
        return;
    case 'u':
        size = snprintf(text, sizeof(text), "%s%lu\n", head, request->body);
        break;
    default:
        size = snprintf(text, sizeof(text), "%sHello world\n", head);
        break;
    }
    send_record(fd, text, (size_t)size, true);
}

static void *
serve(void *unused)
{
    int fd;

    (void)unused;
    while ((fd = accept4(0, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        bool keep = true;

        have = used = 0;
        while (keep) {
            struct request request = {false, 's', 0};

            if (!read_request(fd, &request))
                break;
            answer(fd, &request);
            keep = request.keep;
        }
        shutdown(fd, SHUT_WR);
        close(fd);
    }
    return NULL;
}

int
main(int argc, char **argv)
{
    int threads = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 1;

    memset(piece, 'd', sizeof(piece));
    for (; threads > 1; threads--) {
        pthread_t thread;

        if (pthread_create(&thread, NULL, serve, NULL) != 0)
            return 1;
    }
    return serve(NULL) != NULL;
}
