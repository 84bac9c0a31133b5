/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input: one byte (it chooses splits), then what the web server sends on one
 * connection.  Read whole, or cut anywhere, it leads to the same answers of an
 * application that says what it has got: its parameters, its body.
 */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgiapp.h"
#include "oracle.h"
#include "web.h"

/* A read takes no more than this of a packet; a socket holds so many. */
enum { MOST = 4096, PACKETS = 100, REQUESTS = 50 };

/* Says the parameters and the body, then how reading ended. */
static void
answer(FCGX_Request *request)
{
    struct digest said = {0, 0, '\0'};
    char **entry;
    char text[100];
    int n;

    for (entry = request->envp; *entry != NULL; entry++)
        digest_note(&said, 'P', *entry, strlen(*entry));
    while ((n = FCGX_GetStr(text, sizeof(text), request->in)) > 0)
        digest_note(&said, 'b', text, (size_t)n);
    digest_note_number(&said, 'X', (uint64_t)FCGX_GetError(request->in));
    if (FCGX_StartFilterData(request->in) == 0)
        while ((n = FCGX_GetStr(text, sizeof(text), request->in)) > 0)
            digest_note(&said, 'd', text, (size_t)n);
    FCGX_FPrintF(request->out, "%d %d %lx", request->requestId, request->role,
                 (unsigned long)said.hash);
}

/* Each packet is one read of the application. */
static void
send_all(struct web *web, const uint8_t *data, size_t size, unsigned seed)
{
    size_t sent = 0;
    int packets;

    for (packets = 1; sent < size; packets++) {
        size_t n = size - sent;

        seed = seed * 1103515245u + 12345u;
        if (packets < PACKETS && n > (seed >> 16) % 64 + 1)
            n = (seed >> 16) % 64 + 1;
        web_send(web, data + sent, n);
        sent += n;
    }
    shutdown(web->fd, SHUT_WR);
}

static void
serve(struct web *web, const uint8_t *data, size_t size, bool is_split,
      unsigned seed)
{
    FCGX_Request request;
    int ends[2];
    int i;

    ORACLE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
    web_init(web, ends[0]);
    if (is_split)
        send_all(web, data, size, seed);
    else {
        web_send(web, data, size);
        shutdown(ends[0], SHUT_WR);
    }
    FCGX_InitRequest(&request, -1, 0);
    request.ipcFd = ends[1];
    request.keepConnection = 1;
    for (i = 0; i < REQUESTS && FCGX_Accept_r(&request) == 0; i++)
        answer(&request);
    FCGX_Finish_r(&request);
    FCGX_Free(&request, 1);
    ORACLE(web_take(web));
    web_close(web);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct web whole, split;

    if (size < 2 || size > MOST)
        return 0;
    ORACLE(FCGX_Init() == 0);
    serve(&whole, data + 1, size - 1, false, 0);
    serve(&split, data + 1, size - 1, true, data[0]);
    /* When an abort is seen depends on when it comes. */
    if (!whole.has_abort)
        ORACLE(whole.answers.hash == split.answers.hash &&
               whole.answers.count == split.answers.count);
    return 0;
}
