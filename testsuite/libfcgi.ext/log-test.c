/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an operator is told of web servers that break the protocol (sections 2
 * and 7 of the specification): nothing, unless log=stderr or log=syslog.
 *
 * syslog(3) is this program's own here.
 */
#include "config.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "api.h"
#include "fcgiext.h"
#include "unit.h"
#include "wire/wire.h"

enum { FLOOD = 300 };

static struct web web;
static struct bytes input;
static int listener;
static char name[64];

/* --- What was told ----------------------------------------------------------
 */

static char told[65536];
static int priority;

static void
keep(int of, const char *format, va_list args)
{
    size_t used = strlen(told);

    priority = of;
    vsnprintf(told + used, sizeof(told) - used, format, args);
    strncat(told, "\n", sizeof(told) - strlen(told) - 1);
}

/* All the names by which it may be called; one may be a macro. */
#undef syslog
void syslog(int of, const char *format, ...);
void __syslog_chk(int of, int flag, const char *format, ...);

void
syslog(int of, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    keep(of, format, args);
    va_end(args);
}

void
__syslog_chk(int of, int flag, const char *format, ...)
{
    va_list args;

    (void)flag;
    va_start(args, format);
    keep(of, format, args);
    va_end(args);
}

/* Takes what was written to standard error since. */
static void
take_stderr(void)
{
    size_t used = strlen(told);
    ssize_t n = pread(STDERR_FILENO, told + used, sizeof(told) - used - 1, 0);

    if (n > 0)
        told[used + (size_t)n] = '\0';
    if (ftruncate(STDERR_FILENO, 0) != 0 || lseek(STDERR_FILENO, 0, 0) != 0)
        _exit(9);
}

static int
count_lines(void)
{
    const char *at = told;
    int count = 0;

    for (; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    return count;
}

/* --- What happens ------------------------------------------------------------
 */

static void
start(const char *options)
{
    int fd = open("./stderr", O_RDWR | O_CREAT | O_TRUNC, 0600);

    if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
        _exit(9);
    unlink("./stderr");
    if (options != NULL)
        setenv("LIBFCGI_OPTIONS", options, 1);
    if (FCGX_Init() != 0)
        _exit(9);
    listener = listen_tcp(name);
    FCGX_InitRequest(&web.request, listener, 0);
}

/* A web server that sends input and leaves; returns what it is answered. */
static const char *
connect_once(void)
{
    web.fd = connect_to(name);
    web_send(&web, &input);
    shutdown(web.fd, SHUT_WR);
    while (FCGX_AcceptTimed_r(&web.request, 100) == 0)
        continue;
    web_trace(&web, 0);
    close(web.fd);
    return (char *)web.trace.data;
}

/* True if one connection led to one line, with this text and who it was. */
static bool
tells(const char *text)
{
    const char *from;

    told[0] = '\0';
    connect_once();
    take_stderr();
    from = strstr(told, "connection from 127.0.0.1:");
    return count_lines() == 1 && from != NULL && strstr(from, text) != NULL;
}

static void
put_wrong_version(void)
{
    input.size = 0;
    put_raw(&input, "\2\1\0\1\0\10\0\0", 8);
}

static bool
is_silent(void)
{
    start(NULL);
    put_wrong_version();
    connect_once();
    take_stderr();
    return told[0] == '\0';
}

static bool
tells_stderr(void)
{
    char mark[32];

    start("log=stderr");
    put_wrong_version();
    snprintf(mark, sizeof(mark), "libfcgi[%ld]: ", (long)getpid());
    return tells("record version is not 1\n") &&
           strncmp(told, mark, strlen(mark)) == 0;
}

static bool
tells_syslog(void)
{
    start("params-limit=500, log=syslog,linger=5");
    put_wrong_version();
    return tells("record version is not 1\n") &&
           strncmp(told, "libfcgi: ", 9) == 0 &&
           priority == (LOG_DAEMON | LOG_WARNING);
}

static bool
is_silenced(void)
{
    start("log=syslog,log=none");
    put_wrong_version();
    connect_once();
    take_stderr();
    return told[0] == '\0' && FCGX_GetOption(FCGX_LOG) == 0;
}

static bool
is_set_later(void)
{
    start(NULL);
    put_wrong_version();
    return FCGX_SetOption(FCGX_LOG, 3) < 0 &&
           FCGX_SetOption(FCGX_LOG, 1) == 0 && tells("version");
}

static bool
tells_refused_peer(void)
{
    setenv("FCGI_WEB_SERVER_ADDRS", "10.1.2.3", 1);
    start("log=stderr");
    input.size = 0;
    put_get(&input, 1, 0, "/");
    return tells("refused: it is not in FCGI_WEB_SERVER_ADDRS\n");
}

static bool
tells_faults(void)
{
    bool good;

    start("log=stderr,params-limit=500");
    input.size = 0;
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    good = tells("STDIN record where none may come\n");
    input.size = 0;
    put_begin(&input, 1, 77, 1);
    good = tells("request refused: role 77\n") && good;
    input.size = 0;
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    good = tells("a request began twice\n") && good;
    input.size = 0;
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    put_record(&input, FCGI_TYPE_PARAMS, 1, "\1", 1, 0);
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    good = tells("parameters end in a pair\n") && good;
    input.size = 0;
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    put_record(&input, FCGI_TYPE_PARAMS, 1, "\1\377", 2, 0);
    good = tells("it ended before a request's parameters did\n") && good;
    input.size = 0;
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 0);
    put_record(&input, FCGI_TYPE_PARAMS, 1, "\377\377\377\377\1", 5, 0);
    good = tells("request refused: parameters above 500 bytes") && good;
    input.size = 0;
    put_record(&input, FCGI_TYPE_GET_VALUES, 0, "\5\5a", 3, 0);
    return tells("GET_VALUES has no whole pairs\n") && good;
}

/* Nothing is wrong with these. */
static bool
tells_no_more(void)
{
    start("log=stderr");
    input.size = 0;
    put_get(&input, 1, 1, "/");
    put_get(&input, 1, 0, "/");
    connect_once();
    input.size = 0;
    connect_once();
    put_head(&input, 1, 1, "/");
    put_record(&input, FCGI_TYPE_ABORT_REQUEST, 1, NULL, 0, 0);
    put_record(&input, 42, 0, NULL, 0, 0);
    put_end(&input, FCGI_TYPE_STDIN, 7);
    connect_once();
    take_stderr();
    return told[0] == '\0';
}

static bool
is_bounded(void)
{
    long long begun;
    int i;

    start("log=stderr");
    put_wrong_version();
    begun = now();
    for (i = 0; i < FLOOD; i++) {
        web.fd = connect_to(name);
        web_send(&web, &input);
        close(web.fd);
        (void)FCGX_AcceptTimed_r(&web.request, 0);
    }
    while (FCGX_AcceptTimed_r(&web.request, 5) == 0)
        continue;
    take_stderr();
    return count_lines() >= 10 &&
           count_lines() <= 11 * (2 + (now() - begun) / 1000);
}

static bool
tells_health(void)
{
    setenv("FCGI_HEALTH_PATH", "/up", 1);
    start("log=stderr");
    input.size = 0;
    put_text(&input, "GET /other HTTP/1.0\r\n\r\n");
    return tells("it is neither FastCGI nor a health probe\n");
}

static bool
is_refused(const char *options)
{
    setenv("LIBFCGI_OPTIONS", options, 1);
    return FCGX_Init() != 0;
}

static bool
are_refused(void)
{
    return is_refused("log") && is_refused("log=") && is_refused("log=3") &&
           is_refused("log=syslogd") && is_refused("log=std");
}

static const struct {
    const char *says;
    bool (*holds)(void);
} tests[] = {
    {"nothing is told unless it is wanted", is_silent},
    {"log=stderr: a line with process, peer and fault", tells_stderr},
    {"log=syslog: the same, as a warning", tells_syslog},
    {"log=none takes it back", is_silenced},
    {"FCGX_LOG sets it, too", is_set_later},
    {"peers that are refused are told", tells_refused_peer},
    {"each fault has its own words", tells_faults},
    {"what is no fault is not told", tells_no_more},
    {"a flood of faults is no flood of lines", is_bounded},
    {"what is no probe is told where probes are", tells_health},
    {"other places are refused", are_refused},
};

int
main(void)
{
    size_t i;

    for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        int status = 0;
        pid_t pid = fork();

        if (pid == 0) {
            alarm(20);
            _exit(tests[i].holds() ? 0 : 1);
        }
        UNIT_CHECK(waitpid(pid, &status, 0) == pid && status == 0, "log: %s",
                   tests[i].says);
    }
    return unit_done();
}
