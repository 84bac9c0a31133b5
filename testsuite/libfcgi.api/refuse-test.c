/* SPDX-License-Identifier: BSD-2-Clause */
/* What the application never sees: broken, cut, too large, unknown. */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api.h"
#include "unit.h"
#include "wire/record.h"

static struct web web;
static struct bytes input;

/* Sends the input, then nothing more: no request may come of it. */
static void
check_closed(const char *name, const char *trace)
{
    web_open(&web, SOCK_STREAM);
    web_send(&web, &input);
    web_end(&web);
    UNIT_CHECK(FCGX_Accept_r(&web.request) < 0 && web.request.ipcFd == -1 &&
                   strcmp(web_trace(&web, 1), trace) == 0,
               "refuse: %s", name);
    web_close(&web);
    input.size = 0;
}

static void
put_begun(unsigned flags)
{
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, flags);
    put_param(&input, 1, "NAME", "value");
}

static void
check_cut(void)
{
    put_begun(1);
    check_closed("parameters that end with the connection", "EOF");
    put_begun(1);
    put_record(&input, FCGI_TYPE_PARAMS, 1, "\4\5NAMEval", 9, 0);
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    check_closed("parameters that end inside a pair", "EOF");
    put_begun(0);
    put_record(&input, FCGI_TYPE_ABORT_REQUEST, 1, NULL, 0, 0);
    check_closed("an abort instead of the end of the parameters",
                 "END 1 0 0; EOF");
    put_begun(1);
    put_stream(&input, FCGI_TYPE_STDIN, 1, "early", 5);
    check_closed("a body before the end of the parameters", "EOF");
}

static void
check_broken(void)
{
    put_get(&input, 1, 1, "/");
    input.data[0] = 2;
    check_closed("version 2", "EOF");
    put_begin(&input, 0, FCGI_ROLE_RESPONDER, 1);
    check_closed("a request with id 0", "EOF");
    put_record(&input, FCGI_TYPE_BEGIN_REQUEST, 1, "\0\1\0\0\0\0\0", 7, 0);
    check_closed("a beginning of 7 bytes", "EOF");
    put_record(&input, FCGI_TYPE_STDOUT, 1, "hello", 5, 3);
    check_closed("records that an application sends", "EOF");
    put_text(&input, "GET / HTTP/1.0\r\n\r\n");
    check_closed("another protocol", "EOF");
    put_begun(1);
    put_begun(1);
    check_closed("a second beginning with the same id", "EOF");
}

static void
check_role(void)
{
    put_begin(&input, 8, 4, 0);
    put_param(&input, 8, "NAME", "value");
    check_closed("an unknown role is named", "END 8 0 3; EOF");
    put_begin(&input, 8, 4, 1);
    put_param(&input, 8, "NAME", "value");
    put_end(&input, FCGI_TYPE_PARAMS, 8);
    put_stream(&input, FCGI_TYPE_STDIN, 8, "body", 4);
    put_end(&input, FCGI_TYPE_STDIN, 8);
    put_get(&input, 8, 1, "/next");
    web_open(&web, SOCK_STREAM);
    web_send(&web, &input);
    UNIT_CHECK(FCGX_Accept_r(&web.request) == 0 &&
                   strcmp(FCGX_GetParam("URI", web.request.envp), "/next") ==
                       0 &&
                   strcmp(web_trace(&web, 1), "END 8 0 3; ") == 0,
               "refuse: an unknown role keeps the connection");
    web_close(&web);
    input.size = 0;
}

static long
resident_kb(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    if (file != NULL) {
        if (fscanf(file, "%*d %ld", &pages) != 1)
            pages = 0;
        fclose(file);
    }
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void
check_announced(void)
{
    long before = resident_kb();

    put_begun(1);
    put_record(&input, FCGI_TYPE_PARAMS, 1, "\4\377\377\377\377NAMEvalue", 14,
               2);
    put_get(&input, 2, 0, "/next");
    web_open(&web, SOCK_STREAM);
    web_send(&web, &input);
    UNIT_CHECK(FCGX_Accept_r(&web.request) == 0 &&
                   strcmp(web_trace(&web, 1), "END 1 0 2; ") == 0,
               "refuse: a value of 2 GiB is refused when it is announced");
    UNIT_CHECK(resident_kb() - before < 4096, "refuse: and takes no memory");
    web_close(&web);
    input.size = 0;
}

static void *
send_input(void *arg)
{
    web_send(arg, &input);
    return NULL;
}

/* Requests with so many parameters of 60,000 bytes. */
static void
put_large(unsigned id, int count)
{
    static char value[60001];
    char name[16];

    memset(value, 'v', sizeof(value) - 1);
    put_begin(&input, id, FCGI_ROLE_RESPONDER, 1);
    while (count-- > 0) {
        snprintf(name, sizeof(name), "NAME%d", count);
        put_param(&input, id, name, value);
    }
    put_end(&input, FCGI_TYPE_PARAMS, id);
    put_end(&input, FCGI_TYPE_STDIN, id);
}

static void
check_large(void)
{
    pthread_t thread;
    const char *value;

    put_large(1, 18);
    put_large(2, 17);
    web_open(&web, SOCK_STREAM);
    pthread_create(&thread, NULL, send_input, &web);
    UNIT_CHECK(FCGX_Accept_r(&web.request) == 0 &&
                   strcmp(web_trace(&web, 1), "END 1 0 2; ") == 0,
               "refuse: parameters of more than 1 MiB");
    value = FCGX_GetParam("NAME16", web.request.envp);
    UNIT_CHECK(web.request.requestId == 2 && value != NULL &&
                   strlen(value) == 60000,
               "refuse: but not those of less");
    pthread_join(thread, NULL);
    web_close(&web);
    input.size = 0;
}

static void
check_names(void)
{
    static const char pairs[] = "\3\1A=BC\3\1D\0EF\1\4Gh\0ij\1\1KL";

    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 0);
    put_record(&input, FCGI_TYPE_PARAMS, 1, pairs, sizeof(pairs) - 1, 0);
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    web_open(&web, SOCK_STREAM);
    web_send(&web, &input);
    UNIT_CHECK(FCGX_Accept_r(&web.request) == 0 &&
                   FCGX_GetParam("A", web.request.envp) == NULL &&
                   FCGX_GetParam("D", web.request.envp) == NULL,
               "refuse: names that hold '=' or NUL");
    UNIT_CHECK(FCGX_GetParam("G", web.request.envp) == NULL,
               "refuse: values that hold NUL");
    UNIT_CHECK(strcmp(web.request.envp[1], "K=L") == 0 &&
                   web.request.envp[2] == NULL,
               "refuse: but not the other parameters");
    web_close(&web);
    input.size = 0;
}

int
main(void)
{
    check_cut();
    check_broken();
    check_role();
    check_announced();
    check_large();
    check_names();
    bytes_free(&input);
    return unit_done();
}
