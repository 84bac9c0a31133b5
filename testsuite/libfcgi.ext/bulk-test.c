/* SPDX-License-Identifier: BSD-2-Clause */
/* FCGX_Read, FCGX_WriteV, FCGX_SendFile, options. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api.h"
#include "fcgiext.h"
#include "unit.h"
#include "wire/wire.h"

#define MUCH 400000 /* bytes: several records, more than sockets hold */

static char text[MUCH];

static void
fill_text(void)
{
    size_t i;

    for (i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + (i * 7 + i / 251) % 26);
}

static void
check_read(void)
{
    struct bytes input = {0};
    struct web web;
    char buffer[100];
    ssize_t n;

    web_begin(&web, SOCK_STREAM, "hello", 5);
    UNIT_CHECK(FCGX_Read(web.request.in, buffer, 0) == 0,
               "read: nothing is nothing");
    n = FCGX_Read(web.request.in, buffer, 2);
    UNIT_CHECK(n == 2 && memcmp(buffer, "he", 2) == 0,
               "read: no more than was asked for");
    n = FCGX_Read(web.request.in, buffer, sizeof(buffer));
    UNIT_CHECK(n == 3 && memcmp(buffer, "llo", 3) == 0,
               "read: what is there, without waiting for more");
    UNIT_CHECK(FCGX_UnGetChar('x', web.request.in) == 'x' &&
                   FCGX_Read(web.request.in, buffer, 9) == 1 &&
                   buffer[0] == 'x',
               "read: what was put back");
    put_stream(&input, FCGI_TYPE_STDIN, 1, " world", 6);
    web_send(&web, &input);
    n = FCGX_Read(web.request.in, buffer, sizeof(buffer));
    UNIT_CHECK(n == 6 && memcmp(buffer, " world", 6) == 0,
               "read: the next record");
    web_send_end(&web);
    UNIT_CHECK(FCGX_Read(web.request.in, buffer, 9) == 0 &&
                   FCGX_Read(web.request.in, buffer, 9) == 0,
               "read: 0 at the end");
    UNIT_CHECK(FCGX_Read(web.request.out, buffer, 9) == -EBADF,
               "read: a writer is refused");
    FCGX_Finish_r(&web.request);
    bytes_free(&input);
    web_close(&web);
}

static void *
send_body(void *arg)
{
    struct web *web = arg;
    struct bytes input = {0};

    put_stream(&input, FCGI_TYPE_STDIN, 1, text, sizeof(text));
    put_end(&input, FCGI_TYPE_STDIN, 1);
    web_send(web, &input);
    bytes_free(&input);
    return NULL;
}

static void
check_read_much(void)
{
    static char got[MUCH];
    struct web web;
    pthread_t thread;
    size_t size = 0;
    ssize_t n;

    web_begin(&web, SOCK_STREAM, NULL, 0);
    pthread_create(&thread, NULL, send_body, &web);
    while (size < sizeof(got) &&
           (n = FCGX_Read(web.request.in, got + size, sizeof(got) - size)) > 0)
        size += (size_t)n;
    n = FCGX_Read(web.request.in, got, sizeof(got));
    pthread_join(thread, NULL);
    UNIT_CHECK(size == sizeof(text) && n == 0 && got[1] == text[1] &&
                   memcmp(got + 2, text + 2, sizeof(got) - 2) == 0,
               "read: a large body, whole");
    FCGX_Finish_r(&web.request);
    web_close(&web);
}

static void
check_read_cut(void)
{
    struct web web;
    char buffer[8];

    web_begin(&web, SOCK_STREAM, "abc", 3);
    web_end(&web);
    UNIT_CHECK(FCGX_Read(web.request.in, buffer, 8) == 3,
               "read: what came before the cut");
    UNIT_CHECK(FCGX_Read(web.request.in, buffer, 8) == -EPROTO &&
                   FCGX_GetError(web.request.in) == FCGX_PROTOCOL_ERROR &&
                   FCGX_Read(web.request.in, buffer, 8) == -EPROTO,
               "read: then an error, again and again");
    FCGX_Finish_r(&web.request);
    web_close(&web);
}

/* --- Writing ------------------------------------------------------------- */

static void *
take_answer(void *arg)
{
    web_trace(arg, 1);
    return NULL;
}

/* The other side reads meanwhile. */
static void
begin(struct web *web, pthread_t *thread)
{
    web_begin(web, SOCK_STREAM, NULL, 0);
    web_send_end(web);
    pthread_create(thread, NULL, take_answer, web);
}

static void
finish(struct web *web, pthread_t thread)
{
    FCGX_Finish_r(&web->request);
    pthread_join(thread, NULL);
}

static bool
answer_is(const struct web *web, const void *wanted, size_t size)
{
    return web->out.size == size &&
           (size == 0 || memcmp(web->out.data, wanted, size) == 0) &&
           strstr((const char *)web->trace.data, "END 1 0 0") != NULL &&
           strstr((const char *)web->trace.data, "BROKEN") == NULL;
}

/* text in parts of such sizes, in a circle; 0 ends the list. */
static void
check_parts(const char *name, const size_t *sizes)
{
    static struct iovec parts[MUCH];
    struct web web;
    pthread_t thread;
    size_t done = 0;
    int count = 0;
    int i = 0;
    ssize_t n;

    while (done < sizeof(text)) {
        size_t size = sizes[i] - 1;

        if (size > sizeof(text) - done)
            size = sizeof(text) - done;
        parts[count].iov_base = text + done;
        parts[count++].iov_len = size;
        done += size;
        i = sizes[i + 1] == 0 ? 0 : i + 1;
    }
    begin(&web, &thread);
    FCGX_PutS("<", web.request.out);
    n = FCGX_WriteV(web.request.out, parts, count);
    FCGX_PutS(">", web.request.out);
    finish(&web, thread);
    UNIT_CHECK(n == MUCH && web.out.size == MUCH + 2 &&
                   web.out.data[0] == '<' && web.out.data[MUCH + 1] == '>' &&
                   memcmp(web.out.data + 1, text, MUCH) == 0,
               "writev: %s arrive in order", name);
    web_close(&web);
}

static void
check_writev(void)
{
    /* One more than the size, so that 0 can end the list. */
    static const size_t one[] = {MUCH + 1, 0};
    static const size_t records[] = {65529, 0};
    static const size_t small[] = {4, 1, 2, 0};
    static const size_t mixed[] = {2, 20001, 1, 70001, 101, 9, 0};
    struct iovec part = {.iov_base = text, .iov_len = SIZE_MAX};
    struct iovec few[] = {{.iov_base = text, .iov_len = 5},
                          {.iov_base = NULL, .iov_len = 0},
                          {.iov_base = text + 5, .iov_len = 6}};
    struct web web;
    pthread_t thread;

    check_parts("one part", one);
    check_parts("parts as large as records", records);
    check_parts("parts of 3, 0 and 1 bytes", small);
    check_parts("parts small and large", mixed);
    begin(&web, &thread);
    UNIT_CHECK(FCGX_WriteV(web.request.out, &part, 1) == -EINVAL &&
                   FCGX_WriteV(web.request.out, few, -1) == -EINVAL &&
                   FCGX_WriteV(web.request.in, few, 3) == -EBADF,
               "writev: what cannot be is refused");
    UNIT_CHECK(FCGX_WriteV(web.request.out, few, 3) == 11 &&
                   FCGX_WriteV(web.request.out, few, 0) == 0,
               "writev: little is buffered");
    finish(&web, thread);
    UNIT_CHECK(answer_is(&web, text, 11), "writev: and sent at the end");
    UNIT_CHECK(strncmp((const char *)web.trace.data,
                       "STDOUT 1 11; STDOUT 1 0; END", 28) == 0,
               "writev: in one record");
    web_close(&web);
}

static int
make_file(size_t size)
{
    char name[] = "./bulk-XXXXXX";
    int fd = mkstemp(name);

    if (fd < 0 || write(fd, text, size) != (ssize_t)size)
        exit(2);
    unlink(name);
    return fd;
}

static void
check_file(long long offset, long long size, const char *name)
{
    int fd = make_file(sizeof(text));
    long long from = offset;
    long long wanted = size;
    struct web web;
    pthread_t thread;
    long long n;

    if (from < 0)
        from = (long long)lseek(fd, 12345, SEEK_SET);
    if (wanted < 0 || wanted > MUCH - from)
        wanted = from > MUCH ? 0 : MUCH - from;
    begin(&web, &thread);
    n = FCGX_SendFile(web.request.out, fd, offset, size);
    finish(&web, thread);
    UNIT_CHECK(n == wanted && answer_is(&web, text + from, (size_t)wanted),
               "sendfile: %s", name);
    UNIT_CHECK(lseek(fd, 0, SEEK_CUR) ==
                   (offset < 0 ? (off_t)(from + wanted) : (off_t)sizeof(text)),
               "sendfile: %s: where the descriptor is then", name);
    close(fd);
    web_close(&web);
}

static void *
fill_pipe(void *arg)
{
    const int *fd = arg;
    size_t done = 0;

    while (done < sizeof(text)) {
        size_t size = sizeof(text) - done < 777 ? sizeof(text) - done : 777;
        ssize_t n = write(*fd, text + done, size);

        if (n <= 0)
            break;
        done += (size_t)n;
    }
    close(*fd);
    return NULL;
}

static void
check_pipe(void)
{
    int ends[2];
    struct web web;
    pthread_t thread;
    pthread_t filler;
    long long n;

    if (pipe(ends) != 0)
        exit(2);
    pthread_create(&filler, NULL, fill_pipe, &ends[1]);
    begin(&web, &thread);
    UNIT_CHECK(FCGX_SendFile(web.request.out, ends[0], 0, -1) == -ESPIPE,
               "sendfile: a pipe has no offsets");
    n = FCGX_SendFile(web.request.out, ends[0], -1, -1);
    finish(&web, thread);
    pthread_join(filler, NULL);
    UNIT_CHECK(n == MUCH && answer_is(&web, text, sizeof(text)),
               "sendfile: a pipe to its end");
    close(ends[0]);
    web_close(&web);
}

static void
check_file_errors(void)
{
    struct web web;
    pthread_t thread;
    int fd = open("/", O_RDONLY);

    begin(&web, &thread);
    UNIT_CHECK(FCGX_SendFile(web.request.out, -1, 0, -1) == -EBADF &&
                   FCGX_SendFile(web.request.out, fd, -1, -1) == -EISDIR &&
                   FCGX_SendFile(web.request.in, fd, -1, -1) == -EBADF,
               "sendfile: what cannot be read is an error");
    FCGX_PutS("but the answer goes on", web.request.out);
    finish(&web, thread);
    UNIT_CHECK(answer_is(&web, "but the answer goes on", 22),
               "sendfile: which leaves the stream as it was");
    close(fd);
    web_close(&web);
}

/* SIGPIPE as it is in programs that set it back. */
static void
check_gone(void)
{
    struct sigaction old;
    struct sigaction fatal = {.sa_handler = SIG_DFL};
    struct iovec part = {.iov_base = text, .iov_len = sizeof(text)};
    int fd = make_file(sizeof(text));
    struct web web;
    sigset_t pending;

    sigaction(SIGPIPE, &fatal, &old);
    web_begin(&web, SOCK_STREAM, NULL, 0);
    close(web.fd);
    UNIT_CHECK(FCGX_SendFile(web.request.out, fd, 0, -1) == -EPIPE,
               "sendfile: a client that has gone is an error");
    sigpending(&pending);
    UNIT_CHECK(sigismember(&pending, SIGPIPE) == 0,
               "sendfile: it leaves no SIGPIPE behind");
    UNIT_CHECK(FCGX_SendFile(web.request.out, fd, 0, -1) < 0,
               "sendfile: again on a stream that has failed");
    web.fd = -1;
    FCGX_Finish_r(&web.request);
    web_close(&web);
    web_begin(&web, SOCK_STREAM, NULL, 0);
    close(web.fd);
    UNIT_CHECK(FCGX_WriteV(web.request.out, &part, 1) == -EPIPE &&
                   FCGX_WriteV(web.request.out, &part, 1) == -EPIPE,
               "writev: a client that has gone is an error");
    web.fd = -1;
    FCGX_Finish_r(&web.request);
    web_close(&web);
    sigaction(SIGPIPE, &old, NULL);
    close(fd);
}

static void
check_slow(void)
{
    int fd = make_file(sizeof(text));
    struct web web;
    long long start = now();

    FCGX_SetOption(FCGX_WRITE_TIMEOUT, 200);
    web_begin(&web, SOCK_STREAM, NULL, 0);
    UNIT_CHECK(FCGX_SendFile(web.request.out, fd, 0, -1) == -ETIMEDOUT &&
                   now() - start < 3000,
               "sendfile: the write time-out ends it");
    FCGX_Finish_r(&web.request);
    web_close(&web);
    FCGX_SetOption(FCGX_WRITE_TIMEOUT, 0);
    close(fd);
}

/* --- Options ------------------------------------------------------------- */

/* Writes 200000 bytes, 5 at a time; returns the largest record's size. */
static unsigned
largest_record(long buffer)
{
    struct web web;
    pthread_t thread;
    unsigned largest = 0;
    const char *p;
    int i;

    FCGX_SetOption(FCGX_OUT_BUFFER, buffer);
    begin(&web, &thread);
    for (i = 0; i < 40000; i++)
        FCGX_PutStr(text + 5 * i, 5, web.request.out);
    finish(&web, thread);
    p = (const char *)web.trace.data;
    while ((p = strstr(p, "STDOUT 1 ")) != NULL) {
        unsigned size = (unsigned)strtoul(p + 9, NULL, 10);

        largest = size > largest ? size : largest;
        p += 9;
    }
    if (!answer_is(&web, text, 200000))
        largest = 0;
    web_close(&web);
    return largest;
}

static void
check_buffer(void)
{
    static const long sizes[] = {16384, 64, 71, 4096, 16392, 65536, 65535};
    bool good = true;
    size_t i;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        good = good && largest_record(sizes[i]) == sizes[i] / 8 * 8 - 8;
    UNIT_CHECK(good, "options: output is gathered in buffers of any size");
    FCGX_SetOption(FCGX_OUT_BUFFER, 16384);
}

static void
check_options(void)
{
    UNIT_CHECK(FCGX_GetOption(FCGX_HEAD_TIMEOUT) == 60000 &&
                   FCGX_GetOption(FCGX_PARAMS_LIMIT) == 1 << 20,
               "options: the defaults");
    UNIT_CHECK(FCGX_SetOption(FCGX_BODY_LIMIT, 5) == 0 &&
                   FCGX_GetOption(FCGX_BODY_LIMIT) == 5 &&
                   FCGX_SetOption(FCGX_BODY_LIMIT, 0) == 0,
               "options: what is set can be got");
    UNIT_CHECK(FCGX_SetOption(0, 1) == -EINVAL &&
                   FCGX_SetOption(1000, 1) == -EINVAL &&
                   FCGX_GetOption(0) == -EINVAL &&
                   FCGX_SetOption(FCGX_BODY_LIMIT, -1) == -EINVAL &&
                   FCGX_SetOption(FCGX_LINGER, LONG_MAX) == -EINVAL,
               "options: what cannot be is refused");
}

int
main(void)
{
    FCGX_Init();
    fill_text();
    check_options();
    check_buffer();
    check_read();
    check_read_much();
    check_read_cut();
    check_writev();
    check_file(0, -1, "a whole file");
    check_file(1, 100000, "a part of a file");
    check_file(5, 3, "a small part");
    check_file(MUCH - 70000, 1000000, "up to the end");
    check_file(MUCH + 5, 10, "nothing behind the end");
    check_file(-1, 100001, "from where the descriptor is");
    check_pipe();
    check_file_errors();
    check_gone();
    check_slow();
    return unit_done();
}
