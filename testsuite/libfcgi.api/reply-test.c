/* SPDX-License-Identifier: BSD-2-Clause */
/* What is sent for simple requests, byte for byte. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "api.h"
#include "unit.h"

static struct web web;

static void
request(unsigned flags)
{
    struct bytes bytes = {0};

    put_get(&bytes, 1, flags, "/");
    web_send(&web, &bytes);
    bytes_free(&bytes);
}

static void
check_small_body(void)
{
    static const char body[] = "Content-type: text/plain\r\n\r\n1234567";
    struct bytes expected = {0};
    uint8_t read_size[128];

    web_open(&web, SOCK_SEQPACKET);
    request(0);
    UNIT_CHECK(FCGX_Accept_r(&web.request) == 0, "reply: a request arrives");
    FCGX_PutS(body, web.request.out);
    FCGX_Finish_r(&web.request);
    put_text(&expected, "\1\6%c\1%c\43\5%c", 0, 0, 0);
    put_raw(&expected, body, 35);
    put_raw(&expected, "\0\0\0\0\0", 5);
    put_raw(&expected, "\1\6\0\1\0\0\0\0", 8);
    put_raw(&expected, "\1\3\0\1\0\10\0\0\0\0\0\0\0\0\0\0", 16);
    UNIT_CHECK(recv(web.fd, read_size, sizeof(read_size), 0) == 72,
               "reply: a body of 35 bytes leaves in one write of 72");
    UNIT_CHECK(expected.size == 72 &&
                   memcmp(read_size, expected.data, expected.size) == 0,
               "reply: these are the bytes that the devkit sends");
    UNIT_CHECK(recv(web.fd, read_size, sizeof(read_size), 0) == 0,
               "reply: the connection is closed after it");
    bytes_free(&expected);
    web_close(&web);
}

static void
check_empty(void)
{
    web_open(&web, SOCK_STREAM);
    request(0);
    FCGX_Accept_r(&web.request);
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(strcmp(web_trace(&web, 0), "STDOUT 1 0; END 1 0 0; EOF") == 0,
               "reply: an empty answer is an empty STDOUT and END_REQUEST");
    UNIT_CHECK(web.raw.size == 24, "reply: of 24 bytes");
    web_close(&web);
}

static void
check_order(void)
{
    web_open(&web, SOCK_STREAM);
    request(1);
    FCGX_Accept_r(&web.request);
    FCGX_PutS("page", web.request.out);
    FCGX_PutS("complaint", web.request.err);
    FCGX_SetExitStatus(42, web.request.in);
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(strcmp(web_trace(&web, 0), "STDERR 1 9; STDERR 1 0; STDOUT 1 4; "
                                          "STDOUT 1 0; END 1 42 0; ") == 0,
               "reply: STDERR is sent and ended before STDOUT");
    request(1);
    FCGX_Accept_r(&web.request);
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(strcmp(web_trace(&web, 0), "STDOUT 1 0; END 1 0 0; ") == 0,
               "reply: the exit status is forgotten with its request");
    request(1);
    FCGX_Accept_r(&web.request);
    FCGX_FClose(web.request.out);
    UNIT_CHECK(strcmp(web_trace(&web, 0), "STDOUT 1 0; ") == 0,
               "reply: closing STDOUT alone does not end the request");
    FCGX_FClose(web.request.err);
    UNIT_CHECK(strcmp(web_trace(&web, 0), "END 1 0 0; ") == 0,
               "reply: closing STDERR too does");
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(strcmp(web_trace(&web, 0), "") == 0,
               "reply: and nothing is left for the finish");
    web_close(&web);
}

static void
check_flush(void)
{
    web_open(&web, SOCK_STREAM);
    request(1);
    FCGX_Accept_r(&web.request);
    FCGX_PutChar('a', web.request.out);
    UNIT_CHECK(strcmp(web_trace(&web, 0), "") == 0,
               "reply: small output waits in the buffer");
    UNIT_CHECK(FCGX_FFlush(web.request.out) == 0 &&
                   strcmp(web_trace(&web, 0), "STDOUT 1 1; ") == 0,
               "reply: a flush sends it");
    FCGX_FFlush(web.request.out);
    UNIT_CHECK(strcmp(web_trace(&web, 0), "") == 0,
               "reply: a flush of nothing sends nothing");
    web_close(&web);
}

static void
check_large(void)
{
    static char text[100000];
    char many[] = "0123456789abcde\n";
    size_t i;
    int ok = 1;

    for (i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 7 / 3);
    web_open(&web, SOCK_STREAM);
    request(1);
    FCGX_Accept_r(&web.request);
    FCGX_PutS("head", web.request.out);
    UNIT_CHECK(FCGX_PutStr(text, sizeof(text), web.request.out) ==
                   (int)sizeof(text),
               "reply: a large PutStr tells its size");
    FCGX_Finish_r(&web.request);
    UNIT_CHECK(strcmp(web_trace(&web, 1),
                      "STDOUT 1 4; STDOUT 1 65528; STDOUT "
                      "1 34472; STDOUT 1 0; END 1 0 0; ") == 0,
               "reply: large output leaves in the largest records");
    UNIT_CHECK(web.out.size == sizeof(text) + 4 &&
                   memcmp(web.out.data + 4, text, sizeof(text)) == 0,
               "reply: and arrives as it was");
    request(1);
    FCGX_Accept_r(&web.request);
    for (i = 0; i < 6000; i++)
        ok = ok && FCGX_PutStr(many, 16, web.request.out) == 16;
    FCGX_Finish_r(&web.request);
    web_trace(&web, 1);
    for (i = 0; i < 6000; i++)
        ok = ok && web.out.size == 96000 &&
             memcmp(web.out.data + 16 * i, many, 16) == 0;
    UNIT_CHECK(ok, "reply: many small pieces arrive as they were");
    web_close(&web);
}

int
main(void)
{
    check_small_body();
    check_empty();
    check_order();
    check_flush();
    check_large();
    return unit_done();
}
