/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three roles, with their input cut in two at every byte and sent byte by
 * byte: what the application sees must not depend on it.
 */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "api.h"
#include "unit.h"
#include "wire/wire.h"

/* The ways to read a stream. */
static void
read_whole(FCGX_Stream *in, struct bytes *to)
{
    char buffer[4096];
    int n;

    while ((n = FCGX_GetStr(buffer, sizeof(buffer), in)) > 0)
        put_raw(to, buffer, (size_t)n);
}

static void
read_chars(FCGX_Stream *in, struct bytes *to)
{
    int c;

    while ((c = FCGX_GetChar(in)) != -1) {
        char byte = (char)c;

        if (FCGX_UnGetChar(c, in) != c || FCGX_GetChar(in) != c)
            byte = '!';
        put_raw(to, &byte, 1);
    }
}

static void
read_lines(FCGX_Stream *in, struct bytes *to)
{
    char buffer[7];

    while (FCGX_GetLine(buffer, sizeof(buffer), in) != NULL)
        put_raw(to, buffer, strlen(buffer));
}

typedef void reader(FCGX_Stream *in, struct bytes *to);

/* The application: tells what it has seen. */
static void
serve(struct web *web, reader *read_stream, struct bytes *seen)
{
    FCGX_Request *request = &web->request;
    char **entry;

    seen->size = 0;
    if (FCGX_Accept_r(request) != 0) {
        put_text(seen, "not accepted");
        return;
    }
    for (entry = request->envp; *entry != NULL; entry++)
        put_text(seen, "%s;", *entry);
    put_text(seen, "<");
    read_stream(request->in, seen);
    put_text(seen, ">%d", FCGX_GetError(request->in));
    if (FCGX_StartFilterData(request->in) == 0) {
        put_text(seen, "<");
        read_stream(request->in, seen);
        put_text(seen, ">%d", FCGX_GetError(request->in));
    }
    FCGX_PutS("done", request->out);
    FCGX_Finish_r(request);
}

struct sending {
    struct web *web;
    const struct bytes *bytes;
};

static void *
send_bytes(void *arg)
{
    const struct sending *sending = arg;
    size_t i;

    for (i = 0; i < sending->bytes->size; i++)
        web_send_part(sending->web, sending->bytes->data + i, 1);
    return NULL;
}

static int
serve_bytewise(const struct bytes *input, reader *read_stream,
               const char *expected, const char *trace)
{
    struct web web;
    struct bytes seen = {0};
    struct sending sending = {.web = &web, .bytes = input};
    pthread_t thread;
    int good;

    web_open(&web, SOCK_SEQPACKET);
    if (pthread_create(&thread, NULL, send_bytes, &sending) != 0)
        return 0;
    serve(&web, read_stream, &seen);
    pthread_join(thread, NULL);
    good = strcmp((char *)seen.data, expected) == 0 &&
           strcmp(web_trace(&web, 1), trace) == 0;
    if (!good)
        printf("# %s\n# %s\n", (char *)seen.data, (char *)web.trace.data);
    bytes_free(&seen);
    web_close(&web);
    return good;
}

static int
serve_split(const struct bytes *input, size_t at, reader *read_stream,
            const char *expected, const char *trace)
{
    struct web web;
    struct bytes seen = {0};
    int good;

    web_open(&web, SOCK_SEQPACKET);
    web_send_part(&web, input->data, at);
    web_send_part(&web, input->data + at, input->size - at);
    serve(&web, read_stream, &seen);
    good = strcmp((char *)seen.data, expected) == 0 &&
           strcmp(web_trace(&web, 1), trace) == 0;
    if (!good)
        printf("# at %zu: %s\n# %s\n", at, (char *)seen.data,
               (char *)web.trace.data);
    bytes_free(&seen);
    web_close(&web);
    return good;
}

static void
check(const char *name, const struct bytes *input, const char *expected,
      const char *trace)
{
    static reader *const readers[] = {read_whole, read_chars, read_lines};
    size_t at;
    size_t i;
    int good = 1;

    for (at = 0; at < input->size; at++)
        good &= serve_split(input, at, readers[at % 3], expected, trace);
    UNIT_CHECK(good, "split: %s, cut in two at any byte", name);
    for (good = 1, i = 0; i < 3; i++)
        good &= serve_bytewise(input, readers[i], expected, trace);
    UNIT_CHECK(good, "split: %s, byte by byte", name);
}

/* Records of all sorts, padded or not; pairs and lengths of both sizes. */
static void
put_params(struct bytes *bytes, unsigned id)
{
    static const char pairs[] = "\1\0A\1\200\0\0\2Bxy\200\0\0\4\1NAME1\0\3val";

    put_record(bytes, FCGI_TYPE_PARAMS, id, pairs, 1, 0);
    put_record(bytes, FCGI_TYPE_PARAMS, id, pairs + 1, 12, 255);
    put_record(bytes, FCGI_TYPE_PARAMS, id, pairs + 13, sizeof(pairs) - 1 - 13,
               3);
    put_record(bytes, FCGI_TYPE_PARAMS, id, NULL, 0, 9);
}

static void
put_noise(struct bytes *bytes)
{
    put_record(bytes, FCGI_TYPE_GET_VALUES, 0, "\16\0FCGI_MAX_CONNS", 16, 0);
    put_record(bytes, 77, 0, "ignored content", 15, 1);
    put_record(bytes, FCGI_TYPE_STDIN, 4711, "of nobody", 9, 2);
    put_record(bytes, FCGI_TYPE_STDIN, 4711, NULL, 0, 0);
    put_record(bytes, FCGI_TYPE_ABORT_REQUEST, 4711, NULL, 0, 8);
}

int
main(void)
{
    static const char end[] = "STDOUT 258 4; STDOUT 258 0; END 258 0 0; EOF";
    struct bytes bytes = {0};

    put_begin(&bytes, 258, FCGI_ROLE_RESPONDER, 0);
    put_params(&bytes, 258);
    put_record(&bytes, FCGI_TYPE_STDIN, 258, "one\ntwo", 7, 1);
    put_record(&bytes, FCGI_TYPE_STDIN, 258, "\n", 1, 0);
    put_record(&bytes, FCGI_TYPE_STDIN, 258, NULL, 0, 5);
    check("a responder", &bytes,
          "FCGI_ROLE=RESPONDER;A=;B=xy;NAME=1;=val;<one\ntwo\n>0", end);

    bytes.size = 0;
    put_begin(&bytes, 258, FCGI_ROLE_AUTHORIZER, 0);
    put_params(&bytes, 258);
    check("an authorizer without STDIN", &bytes,
          "FCGI_ROLE=AUTHORIZER;A=;B=xy;NAME=1;=val;<>0", end);

    bytes.size = 0;
    put_begin(&bytes, 258, FCGI_ROLE_FILTER, 0);
    put_params(&bytes, 258);
    put_stream(&bytes, FCGI_TYPE_STDIN, 258, "body", 4);
    put_end(&bytes, FCGI_TYPE_STDIN, 258);
    put_stream(&bytes, FCGI_TYPE_DATA, 258, "a file\nof two lines\n", 20);
    put_end(&bytes, FCGI_TYPE_DATA, 258);
    check(
        "a filter", &bytes,
        "FCGI_ROLE=FILTER;A=;B=xy;NAME=1;=val;<body>0<a file\nof two lines\n>0",
        end);

    bytes.size = 0;
    put_noise(&bytes);
    put_begin(&bytes, 258, FCGI_ROLE_RESPONDER, 0);
    put_noise(&bytes);
    put_params(&bytes, 258);
    put_stream(&bytes, FCGI_TYPE_STDIN, 258, "bo", 2);
    put_noise(&bytes);
    put_begin(&bytes, 3, FCGI_ROLE_RESPONDER, 1);
    put_record(&bytes, FCGI_TYPE_PARAMS, 3, NULL, 0, 0);
    put_record(&bytes, FCGI_TYPE_STDIN, 3, NULL, 0, 0);
    put_stream(&bytes, FCGI_TYPE_STDIN, 258, "dy", 2);
    put_end(&bytes, FCGI_TYPE_STDIN, 258);
    check("management records, other ids and a second request amid", &bytes,
          "FCGI_ROLE=RESPONDER;A=;B=xy;NAME=1;=val;<body>0",
          "VALUES 0 17; UNKNOWN 77; VALUES 0 17; UNKNOWN 77; VALUES 0 17; "
          "UNKNOWN 77; END 3 0 1; STDOUT 258 4; STDOUT 258 0; END 258 0 0; "
          "EOF");
    bytes_free(&bytes);
    return unit_done();
}
