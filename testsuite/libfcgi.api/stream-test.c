/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs know of streams and requests beyond the functions: pointers,
 * procedures, the private block's beginning, connections of their own.
 */
#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api.h"
#include "unit.h"
#include "wire/wire.h"

/* As programs have copied it from the devkit. */
struct known_data {
    unsigned char *buff;
    int bufflen;
    unsigned char *mBuff;
    unsigned char *buffStop;
    int type;
    int eorStop;
    int skip;
    int contentLen;
    int paddingLen;
    int isAnythingWritten;
    int rawWrite;
    FCGX_Request *reqDataPtr;
};

static struct web web;
static struct bytes input;

static void
start(void)
{
    web_open(&web, SOCK_STREAM);
    input.size = 0;
    put_head(&input, 1, 1, "/");
    put_stream(&input, FCGI_TYPE_STDIN, 1, "one\ntwo\nthree", 13);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    web_send(&web, &input);
    FCGX_Accept_r(&web.request);
}

static void
check_hand_made(void)
{
    unsigned char text[] = "first\nsecond";
    FCGX_Stream stream = {0};
    char line[20];

    stream.rdNext = text;
    stream.stop = stream.wrNext = text + sizeof(text) - 1;
    stream.stopUnget = text;
    stream.isReader = 1;
    stream.data = line; /* not ours */
    UNIT_CHECK(FCGX_GetLine(line, sizeof(line), &stream) == line &&
                   strcmp(line, "first\n") == 0,
               "stream: GetLine from one made by hand");
    UNIT_CHECK(FCGX_GetStr(line, 3, &stream) == 3 &&
                   memcmp(line, "sec", 3) == 0,
               "stream: GetStr");
    UNIT_CHECK(FCGX_GetChar(&stream) == 'o' &&
                   FCGX_UnGetChar('O', &stream) == 'O' &&
                   FCGX_GetChar(&stream) == 'O',
               "stream: GetChar and UnGetChar");
    UNIT_CHECK(FCGX_GetStr(line, 20, &stream) == 2 &&
                   FCGX_GetChar(&stream) == -1 &&
                   FCGX_GetLine(line, 5, &stream) == NULL,
               "stream: its end");
    UNIT_CHECK(FCGX_GetLine(line, 1, &stream) == line && line[0] == '\0',
               "stream: a line of no room is empty");
}

static void
check_pointers(void)
{
    FCGX_Stream *in, *out;
    size_t total = 0;

    start();
    in = web.request.in;
    out = web.request.out;
    UNIT_CHECK(in->wrNext == in->stop && out->rdNext == out->stop &&
                   out->wrNext != out->stop,
               "stream: the pointers of a new request");
    in->fillBuffProc(in);
    UNIT_CHECK(in->rdNext != in->stop && in->wrNext == in->stop,
               "stream: fillBuffProc leaves something to read");
    while (in->rdNext != in->stop || !in->isClosed) {
        total += (size_t)(in->stop - in->rdNext);
        in->rdNext = in->stop;
        in->fillBuffProc(in);
    }
    UNIT_CHECK(total == 13 && in->isClosed,
               "stream: or isClosed set, at the end");
    while (out->wrNext != out->stop)
        *out->wrNext++ = 'w';
    out->emptyBuffProc(out, 0);
    UNIT_CHECK(out->wrNext != out->stop && out->rdNext == out->stop &&
                   !out->isClosed,
               "stream: emptyBuffProc leaves room");
    web_trace(&web, 0);
    UNIT_CHECK(web.out.size > 8000 && web.out.data[web.out.size - 1] == 'w',
               "stream: what was put there by hand is sent");
    web_close(&web);
}

static void
check_private(void)
{
    FCGX_Stream *streams[3];
    int i;
    int good = 1;

    start();
    streams[0] = web.request.in;
    streams[1] = web.request.out;
    streams[2] = web.request.err;
    for (i = 0; i < 3; i++) {
        const struct known_data *data = streams[i]->data;
        static const int types[] = {FCGI_TYPE_STDIN, FCGI_TYPE_STDOUT,
                                    FCGI_TYPE_STDERR};

        good &= data->reqDataPtr == &web.request && data->type == types[i] &&
                data->buff != NULL && data->bufflen > 0;
    }
    UNIT_CHECK(sizeof(struct known_data) == 72 && good,
               "stream: the private block begins as known");
    UNIT_CHECK(send(((struct known_data *)streams[1]->data)->reqDataPtr->ipcFd,
                    "", 0, MSG_NOSIGNAL) == 0,
               "stream: the connection is a true socket");
    web_close(&web);
}

static void
check_reading(void)
{
    char text[20];

    start();
    UNIT_CHECK(FCGX_UnGetChar('x', web.request.in) == -1,
               "stream: nothing can be put back before a read");
    UNIT_CHECK(FCGX_GetStr(text, 0, web.request.in) == 0 &&
                   FCGX_GetStr(text, -5, web.request.in) == 0,
               "stream: no bytes wanted, none got");
    UNIT_CHECK(FCGX_GetLine(text, 20, web.request.in) == text &&
                   strcmp(text, "one\n") == 0 &&
                   FCGX_GetLine(text, 3, web.request.in) == text &&
                   strcmp(text, "tw") == 0,
               "stream: lines, and what fits of them");
    UNIT_CHECK(FCGX_HasSeenEOF(web.request.in) == 0 &&
                   FCGX_GetStr(text, 20, web.request.in) == 7 &&
                   FCGX_HasSeenEOF(web.request.in) == -1 &&
                   FCGX_GetError(web.request.in) == 0,
               "stream: the end is seen by reading it");
    UNIT_CHECK(FCGX_PutChar('x', web.request.in) == -1 &&
                   FCGX_PutStr("x", 1, web.request.in) == -1 &&
                   FCGX_FFlush(web.request.in) == 0,
               "stream: a reader is not written");
    UNIT_CHECK(FCGX_GetChar(web.request.out) == -1 &&
                   FCGX_GetStr(text, 3, web.request.out) == 0 &&
                   FCGX_UnGetChar('x', web.request.out) == -1,
               "stream: a writer is not read");
    UNIT_CHECK(FCGX_StartFilterData(web.request.in) == -1 &&
                   FCGX_GetError(web.request.in) == FCGX_CALL_SEQ_ERROR,
               "stream: a responder has no filter data");
    UNIT_CHECK(FCGX_PutStr("", 0, web.request.out) == 0 &&
                   FCGX_PutS("", web.request.out) == 0,
               "stream: nothing is written as nothing");
    UNIT_CHECK(FCGX_FClose(web.request.in) == -1 && FCGX_FClose(NULL) == 0,
               "stream: closing tells of the error");
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(strcmp(web_trace(&web, 1), "STDOUT 1 0; END 1 0 0; ") == 0 &&
                   web.request.ipcFd >= 0,
               "stream: none of this breaks the connection");
    web_close(&web);
}

static void
check_early_filter_data(void)
{
    char text[20];

    web_open(&web, SOCK_STREAM);
    input.size = 0;
    put_begin(&input, 1, FCGI_ROLE_FILTER, 1);
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    put_stream(&input, FCGI_TYPE_STDIN, 1, "body", 4);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    put_stream(&input, FCGI_TYPE_DATA, 1, "data", 4);
    put_end(&input, FCGI_TYPE_DATA, 1);
    put_get(&input, 1, 1, "/next");
    web_send(&web, &input);
    FCGX_Accept_r(&web.request);
    UNIT_CHECK(FCGX_StartFilterData(web.request.in) == -1,
               "stream: filter data cannot start before the end of STDIN");
    UNIT_CHECK(FCGX_GetStr(text, 20, web.request.in) == 4 &&
                   FCGX_StartFilterData(web.request.in) == 0 &&
                   FCGX_GetStr(text, 20, web.request.in) == 4 &&
                   memcmp(text, "data", 4) == 0,
               "stream: but after it, all the same");
    UNIT_CHECK(FCGX_Accept_r(&web.request) == 0 &&
                   web.request.role == FCGI_ROLE_RESPONDER,
               "stream: and another request follows");
    web_close(&web);
}

static void
check_requests(void)
{
    FCGX_Request request;
    FCGX_Stream *none = NULL;

    memset(&request, 0xa5, sizeof(request));
    UNIT_CHECK(FCGX_InitRequest(&request, 17, 1) == 0 && request.ipcFd == -1 &&
                   request.listen_sock == 17 && request.in == NULL,
               "stream: InitRequest does not mind what was there");
    UNIT_CHECK(FCGX_Accept_r(&request) == -9,
               "stream: a descriptor that is not open is told");
    FCGX_Finish_r(NULL);
    FCGX_Finish_r(&request);
    FCGX_Free(NULL, 1);
    FCGX_Free(&request, 1);
    FCGX_Free(&request, 1);
    FCGX_FreeStream(&none);
    UNIT_CHECK(FCGX_GetParam(NULL, NULL) == NULL &&
                   FCGX_GetParam("A", NULL) == NULL,
               "stream: NULL has no parameters");
    start();
    FCGX_InitRequest(&request, -1, 0);
    request.ipcFd = dup(web.request.ipcFd);
    FCGX_Free(&web.request, 0);
    UNIT_CHECK(web.request.ipcFd >= 0 && web.request.in == NULL,
               "stream: Free leaves the connection if asked");
    UNIT_CHECK(FCGX_Accept_r(&request) == -9 && request.ipcFd == -1,
               "stream: a connection that is not to be kept is closed first");
    web_close(&web);
}

static void
check_create_writer(void)
{
    FCGX_Stream *writer;

    web_open(&web, SOCK_STREAM);
    writer = FCGX_CreateWriter(web.request.ipcFd, 7, 1, FCGI_TYPE_STDOUT);
    FCGX_PutS("0123456789012345678901234", writer);
    UNIT_CHECK(strcmp(web_trace(&web, 0), "STDOUT 7 24; ") == 0,
               "stream: a writer of its own has at least 32 bytes");
    UNIT_CHECK(FCGX_FClose(writer) == 0 &&
                   strcmp(web_trace(&web, 0), "STDOUT 7 1; STDOUT 7 0; ") == 0,
               "stream: closing it does not end a request");
    FCGX_FreeStream(&writer);
    UNIT_CHECK(writer == NULL, "stream: it is freed");
    web_close(&web);
}

int
main(void)
{
    UNIT_CHECK(sizeof(FCGX_Stream) == 72 && sizeof(FCGX_Request) == 80,
               "stream: sizes");
    check_hand_made();
    check_pointers();
    check_private();
    check_reading();
    check_early_filter_data();
    check_requests();
    check_create_writer();
    bytes_free(&input);
    return unit_done();
}
