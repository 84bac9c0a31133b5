/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input: 16 bytes, each a call on the request's streams and its size, then what
 * the web server sends.  Whatever both are, the streams keep what is promised
 * of their pointers, and the process lives.
 */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgiapp.h"
#include "oracle.h"

enum { CALLS = 16, MOST = 65536 /* bytes that a socket takes at once */ };

static void
check_reader(const FCGX_Stream *in)
{
    ORACLE(in->rdNext <= in->stop && in->stopUnget <= in->rdNext);
    ORACLE(in->wrNext == in->stop);
}

static void
check_writer(const FCGX_Stream *out)
{
    ORACLE(out->wrNext <= out->stop && out->rdNext == out->stop);
}

static void
call(const FCGX_Request *request, unsigned what, int size)
{
    static char text[300];
    int n;

    switch (what) {
    case 0:
        n = FCGX_GetStr(text, size, request->in);
        ORACLE(n >= 0 && n <= size);
        break;
    case 1:
        if (FCGX_GetLine(text, size, request->in) != NULL)
            ORACLE(size < 1 || strlen(text) < (size_t)size);
        break;
    case 2:
        n = FCGX_GetChar(request->in);
        if (n != -1)
            ORACLE(FCGX_UnGetChar(n, request->in) == n &&
                   FCGX_GetChar(request->in) == n);
        break;
    case 3:
        (void)FCGX_StartFilterData(request->in);
        FCGX_ClearError(request->in);
        break;
    case 4:
        n = FCGX_PutStr(text, size, request->out);
        ORACLE(n == size || n == -1);
        break;
    case 5:
        (void)FCGX_FPrintF(request->err, "%*d", size, size);
        break;
    case 6:
        (void)FCGX_FFlush(size % 2 ? request->out : request->err);
        break;
    default:
        (void)FCGX_FClose(size % 3 == 0   ? request->in
                          : size % 3 == 1 ? request->out
                                          : request->err);
        break;
    }
}

static void
serve(FCGX_Request *request, const uint8_t *calls)
{
    size_t i;

    for (i = 0; i < CALLS; i++) {
        call(request, calls[i] & 7, calls[i] >> 3);
        check_reader(request->in);
        check_writer(request->out);
        check_writer(request->err);
    }
    FCGX_Finish_r(request);
    ORACLE(request->in == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FCGX_Request request;
    int ends[2];
    int i;

    if (size < CALLS || size > MOST)
        return 0;
    ORACLE(FCGX_Init() == 0);
    ORACLE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    ORACLE(write(ends[0], data + CALLS, size - CALLS) ==
           (ssize_t)(size - CALLS));
    shutdown(ends[0], SHUT_WR);
    FCGX_InitRequest(&request, -1, 0);
    request.ipcFd = ends[1];
    request.keepConnection = 1;
    for (i = 0; i < 8 && FCGX_Accept_r(&request) == 0; i++)
        serve(&request, data);
    FCGX_Free(&request, 1);
    close(ends[0]);
    return 0;
}
