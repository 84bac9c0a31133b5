/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections as a whole: web servers that connect, send any bytes and leave,
 * against an application that accepts, calls what it likes in any order and
 * gives up in any place.
 *
 * Input: one byte (bit 0: connections carry many requests), then steps: a byte
 * each, its low 3 bits tell what is done, the others with what, and what
 * follows belongs to it.  Nothing blocks longer than a millisecond, and all of
 * it runs in one thread, so that a finding can be repeated: a listener counts
 * as shared when two threads have accepted from it, one of which has ended.
 *
 * Whatever the steps are, what comes back is whole records of requests that
 * run, and when all is over no connection is left open.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fcgiapp.h"
#include "fcgiext.h"
#include "oracle.h"
#include "web.h"

enum {
    WEBS = 3,
    REQUESTS = 3,
    STEPS = 400,
    ROUNDS = 200, /* of a loop that must end earlier */
    READ = 300,   /* bytes */
    DESCRIPTORS = 64
};

static struct {
    int fd;
    struct sockaddr_storage name;
    socklen_t size;
} listeners[2]; /* the second one is shared */

static struct web webs[WEBS];
static FCGX_Request requests[REQUESTS];
static bool is_running[REQUESTS];

/* What is left of the input. */
static const uint8_t *at;
static size_t left;

static unsigned
take_byte(void)
{
    if (left == 0)
        return 0;
    left--;
    return *at++;
}

static void *
accept_once(void *fd)
{
    FCGX_Request request;

    FCGX_InitRequest(&request, *(int *)fd, 0);
    ORACLE(FCGX_AcceptTimed_r(&request, 0) == -ETIMEDOUT);
    FCGX_Free(&request, 1);
    return NULL;
}

static void
set_up(void)
{
    pthread_t thread;
    size_t i;

    ORACLE(setenv("FCGI_HEALTH_PATH", "/up", 1) == 0);
    ORACLE(FCGX_Init() == 0);
    ORACLE(FCGX_SetOption(FCGX_READ_TIMEOUT, 1) == 0);
    ORACLE(FCGX_SetOption(FCGX_WRITE_TIMEOUT, 1) == 0);
    ORACLE(FCGX_SetOption(FCGX_LINGER, 1) == 0);
    ORACLE(FCGX_SetOption(FCGX_PARAMS_LIMIT, 500) == 0);
    for (i = 0; i < 2; i++) {
        listeners[i].fd = FCGX_OpenSocket("", STEPS + 1);
        ORACLE(listeners[i].fd >= 0);
        listeners[i].size = sizeof(listeners[i].name);
        ORACLE(getsockname(listeners[i].fd,
                           (struct sockaddr *)&listeners[i].name,
                           &listeners[i].size) == 0);
        accept_once(&listeners[i].fd);
    }
    ORACLE(pthread_create(&thread, NULL, accept_once, &listeners[1].fd) == 0);
    pthread_join(thread, NULL);
}

/* --- Steps ------------------------------------------------------------------
 */

static void
open_web(struct web *web, unsigned which)
{
    if (web->fd >= 0)
        return;
    web_init(web, socket(AF_UNIX, SOCK_STREAM, 0));
    ORACLE(web->fd >= 0);
    ORACLE(connect(web->fd, (struct sockaddr *)&listeners[which].name,
                   listeners[which].size) == 0);
}

/* A record of that type: 4 bytes tell the web server and the id, the sizes of
 * content and padding, and its flaws. */
static void
send_record(unsigned type)
{
    unsigned who = take_byte();
    size_t content = take_byte();
    unsigned padding = take_byte();
    uint8_t record[8 + 255 + 255] = {0};
    struct fcgi_header header = {.type = type};

    if (type == FCGI_TYPE_BEGIN_REQUEST || type == FCGI_TYPE_END_REQUEST)
        content = 8;
    fcgi_header_put(record, header.type, who / WEBS % 5, content, padding % 16);
    if (padding / 16 == 15)
        record[take_byte() % 8] ^= (uint8_t)take_byte();
    if (content > left)
        content = left;
    memcpy(record + 8, at, content);
    at += content;
    left -= content;
    web_send(&webs[who % WEBS], record,
             8 + ((size_t)record[4] << 8 | record[5]) % 256 + record[6]);
}

/* The bytes that come next, as they are. */
static void
send_raw(size_t size)
{
    struct web *web = &webs[take_byte() % WEBS];

    if (size > left)
        size = left;
    web_send(web, at, size);
    at += size;
    left -= size;
}

static void
accept_request(unsigned i)
{
    int result = FCGX_AcceptTimed_r(&requests[i], 0);

    ORACLE(result == 0 || result == -ETIMEDOUT);
    is_running[i] = result == 0;
    ORACLE((requests[i].in != NULL) == is_running[i]);
    if (!is_running[i])
        return;
    ORACLE(requests[i].envp != NULL && requests[i].requestId > 0);
    ORACLE(FCGX_GetParam("FCGI_ROLE", requests[i].envp) != NULL);
    ORACLE(FCGX_GetError(requests[i].in) == 0);
}

static void
read_some(FCGX_Request *request, unsigned what)
{
    static char text[READ];
    int size = (int)take_byte();
    int n;

    switch (what % 6) {
    case 0:
        n = FCGX_GetStr(text, size, request->in);
        ORACLE(n >= 0 && n <= size);
        break;
    case 1:
        (void)FCGX_GetLine(text, size, request->in);
        break;
    case 2:
        n = FCGX_GetChar(request->in);
        ORACLE(n >= -1 && n <= 255);
        if (n >= 0 && size % 2 != 0)
            ORACLE(FCGX_UnGetChar(n, request->in) == n);
        break;
    case 3:
        n = (int)FCGX_Read(request->in, text, (size_t)size);
        ORACLE(n <= size);
        break;
    case 4:
        (void)FCGX_StartFilterData(request->in);
        break;
    default:
        (void)FCGX_IsAborted(request);
        break;
    }
}

static void
write_some(FCGX_Request *request, unsigned what)
{
    static const char page[255 * 64];
    int size = (int)take_byte() * 64;
    struct iovec part = {.iov_base = (void *)(uintptr_t)page,
                         .iov_len = (size_t)size};

    switch (what % 6) {
    case 0:
        (void)FCGX_PutStr(page, size, request->out);
        break;
    case 1:
        (void)FCGX_PutStr(page, size / 8, request->err);
        break;
    case 2:
        (void)FCGX_WriteV(request->out, &part, 1);
        break;
    case 3:
        (void)FCGX_FFlush(size % 128 ? request->out : request->err);
        break;
    case 4:
        (void)FCGX_FClose(size % 128 ? request->out : request->err);
        break;
    default:
        FCGX_SetExitStatus(size, request->out);
        break;
    }
}

static void
end_request(unsigned i, unsigned how)
{
    switch (how % 4) {
    case 0:
    case 1:
        FCGX_Finish_r(&requests[i]);
        break;
    case 2:
        FCGX_Free(&requests[i], 1);
        break;
    default:
        (void)FCGX_Detach(&requests[i]);
        FCGX_Free(&requests[i], 1);
        break;
    }
    ORACLE(requests[i].in == NULL && requests[i].envp == NULL);
    is_running[i] = false;
}

static void
step(unsigned which, unsigned code)
{
    unsigned with = code >> 3;
    unsigned i = with % REQUESTS;

    switch (code & 7) {
    case 0:
        open_web(&webs[with % WEBS], which);
        break;
    case 1:
        send_record(with % 13);
        break;
    case 2:
        send_raw(with + 1);
        break;
    case 3:
        if (with / WEBS % 2 != 0)
            web_close(&webs[with % WEBS]);
        else if (webs[with % WEBS].fd >= 0)
            shutdown(webs[with % WEBS].fd, SHUT_WR);
        break;
    case 4:
        accept_request(i);
        break;
    case 5:
        if (is_running[i])
            read_some(&requests[i], with / REQUESTS);
        break;
    case 6:
        if (is_running[i])
            write_some(&requests[i], with / REQUESTS);
        break;
    default:
        end_request(i, with / REQUESTS);
        break;
    }
}

/* True if the hub has something to tell. */
static bool
is_due(void)
{
    struct pollfd p = {.fd = FCGX_Fd(&requests[0]), .events = POLLIN};

    ORACLE(p.fd >= 0);
    return poll(&p, 1, 0) > 0;
}

/* The web servers leave, and the application takes that in. */
static void
end_all(unsigned which)
{
    int rounds = 0;
    unsigned i;

    for (i = 0; i < REQUESTS; i++) {
        FCGX_Finish_r(&requests[i]);
        FCGX_Free(&requests[i], 1);
    }
    for (i = 0; i < WEBS; i++) {
        (void)web_take(&webs[i]);
        web_close(&webs[i]);
    }
    FCGX_InitRequest(&requests[0], listeners[which].fd, 0);
    while (FCGX_AcceptTimed_r(&requests[0], 0) != -ETIMEDOUT || is_due())
        ORACLE(rounds++ < ROUNDS);
    FCGX_Free(&requests[0], 1);
}

/* Sockets that are open: a fuzzer may have other descriptors of its own. */
static int
count_sockets(void)
{
    int count = 0;
    struct stat s;
    int fd;

    for (fd = 0; fd < DESCRIPTORS; fd++)
        if (fstat(fd, &s) == 0 && S_ISSOCK(s.st_mode))
            count++;
    return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int sockets;
    unsigned which, i;
    int steps;

    if (size == 0)
        return 0;
    if (listeners[0].size == 0) {
        set_up();
        sockets = count_sockets();
    }
    which = data[0] & 1;
    at = data + 1;
    left = size - 1;
    for (i = 0; i < WEBS; i++)
        webs[i].fd = -1;
    for (i = 0; i < REQUESTS; i++) {
        FCGX_InitRequest(&requests[i], listeners[which].fd, 0);
        is_running[i] = false;
    }
    for (steps = 0; left > 0 && steps < STEPS; steps++) {
        step(which, take_byte());
        for (i = 0; i < WEBS; i++)
            (void)web_take(&webs[i]);
    }
    end_all(which);
    ORACLE(count_sockets() == sockets);
    return 0;
}
