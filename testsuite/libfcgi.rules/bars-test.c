/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the devkit's library is measured to fail (bars B3 to B18, A23 to A34)
 * and what programs need of it (P), each by itself.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rule.h"
#include "wire/pairs.h"
#include "wire/record.h"

/* Sanitizers take terabytes of addresses. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SHADOW_MEMORY
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SHADOW_MEMORY
#endif
#endif

static char large[200000];

static void
do_nothing(int number)
{
    (void)number;
}

/* --- Kept connections ----------------------------------------------------- */

static bool
pipelined(void)
{
    put_get(&input, 1, 1, "/");
    put_get(&input, 1, 0, "/next");
    return serves("/") && accepts("/next") &&
           ends_as("STDOUT 1 0; END 1 0 0; STDOUT 1 0; END 1 0 0; EOF", 2);
}

static bool
unread_body(void)
{
    put_head(&input, 1, 1, "/");
    put_stream(&input, FCGI_TYPE_STDIN, 1, large, 100000);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    put_get(&input, 1, 1, "/next");
    return serves("/") && accepts("/next");
}

static bool
late_abort(void)
{
    put_get(&input, 1, 1, "/");
    if (!serves("/") || !ends_as("STDOUT 1 0; END 1 0 0; ", 1))
        return false;
    put_record(&input, FCGI_TYPE_ABORT_REQUEST, 1, NULL, 0, 0);
    put_get(&input, 1, 1, "/next");
    send_input();
    return accepts("/next");
}

static bool
abort_keeps_the_connection(void)
{
    put_head(&input, 1, 1, "/");
    put_record(&input, FCGI_TYPE_STDIN, 1, "abc", 3, 0);
    put_record(&input, FCGI_TYPE_ABORT_REQUEST, 1, NULL, 0, 0);
    put_get(&input, 1, 1, "/next");
    if (!serves("/") || !has_body("abc", FCGX_PROTOCOL_ERROR))
        return false;
    FCGX_SetExitStatus(7, web.request.out);
    return ends_as("STDOUT 1 0; END 1 7 0; ", 1) && accepts("/next");
}

static bool
status_is_of_the_request(void)
{
    put_get(&input, 1, 1, "/");
    if (!serves("/"))
        return false;
    FCGX_SetExitStatus(42, web.request.out);
    if (!ends_as("STDOUT 1 0; END 1 42 0; ", 1))
        return false;
    put_get(&input, 1, 1, "/next");
    send_input();
    return accepts("/next") && ends_as("STDOUT 1 0; END 1 0 0; ", 1);
}

static bool
second_request_harms_none(void)
{
    put_head(&input, 1, 1, "/");
    put_record(&input, FCGI_TYPE_STDIN, 1, "one ", 4, 0);
    put_get(&input, 2, 1, "/other");
    put_record(&input, FCGI_TYPE_STDIN, 1, "body", 4, 0);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    return serves("/") && has_body("one body", 0);
}

/* --- Management records --------------------------------------------------- */

static void
put_query(const char *name, int times)
{
    static uint8_t content[FCGI_WIRE_MAX_CONTENT];
    size_t pos = 0;

    while (times-- > 0)
        fcgi_pair_put(content, sizeof(content), &pos, name, strlen(name), "",
                      0);
    put_record(&input, FCGI_TYPE_GET_VALUES, 0, content, pos, 0);
}

/* The trace of what is answered while nothing else comes. */
static bool
answers_alone(const char *trace)
{
    web_open(&web, SOCK_STREAM);
    send_input();
    accept_aside();
    return strcmp(web_trace(&web, 1), trace) == 0;
}

static bool
values_at_once(void)
{
    put_query("FCGI_MAX_CONNS", 1);
    return answers_alone("VALUES 0 17; ") ||
           strncmp((char *)web.trace.data, "VALUES 0 1", 10) == 0;
}

static bool
values_repeated(void)
{
    put_query("FCGI_MAX_CONNS", 1000);
    return answers_alone("VALUES 0 17; ") ||
           strncmp((char *)web.trace.data, "VALUES 0 1", 10) == 0;
}

static bool
values_of_nothing(void)
{
    put_query("", 0);
    return answers_alone("VALUES 0 0; ");
}

static bool
values_unknown(void)
{
    put_query("NO_SUCH_NAME", 1);
    put_query("FCGI_MPXS_CONNS", 1);
    put_get(&input, 1, 1, "/");
    return serves("/") && web_trace(&web, 2) != NULL &&
           strncmp((char *)web.trace.data, "VALUES 0 0; VALUES 0 18", 23) == 0;
}

static bool
unknown_type(void)
{
    put_record(&input, 200, 0, large, FCGI_WIRE_MAX_CONTENT, 1);
    put_head(&input, 1, 1, "/");
    put_record(&input, FCGI_TYPE_STDIN, 1, "abc", 3, 5);
    put_record(&input, 99, 0, "injected", 8, 0);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    return serves("/") && has_body("abc", 0) &&
           ends_as("UNKNOWN 200; UNKNOWN 99; STDOUT 1 0; END 1 0 0; ", 1);
}

/* --- What is too large, too slow, or too short ---------------------------- */

static bool
announced_2_gib(void)
{
#ifndef HAS_SHADOW_MEMORY
    /* One that is refused takes no memory: there is not that much. */
    const struct rlimit limit = {1 << 28, 1 << 28};

    if (setrlimit(RLIMIT_AS, &limit) != 0)
        return false;
#endif
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    put_record(&input, FCGI_TYPE_PARAMS, 1, "\1\xff\xff\xff\xf0N", 6, 2);
    put_record(&input, FCGI_TYPE_PARAMS, 1, large, 60000, 0);
    web_open(&web, SOCK_STREAM);
    send_input();
    web_end(&web);
    return FCGX_Accept_r(&web.request) < 0;
}

static int state_fd;

/* The devkit gives a Unix connection two seconds for its first byte. */
static bool
first_byte_after_two_seconds(void)
{
    char name[64];
    int listener = listen_local(name);

    FCGX_Init();
    FCGX_InitRequest(&web.request, listener, 0);
    web.fd = connect_to(name);
    unlink(name);
    accept_aside();
    poll(NULL, 0, 2500); /* the time is what is tested */
    put_get(&input, 1, 0, "/");
    send_input();
    return is_served_aside();
}

static bool
peer_that_stays(void)
{
    long long start;
    int i;

    web_open(&web, SOCK_STREAM);
    start = now();
    for (i = 0; i < 2; i++) {
        int ends[2];

        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
            return false;
        FCGX_Free(&web.request, 1);
        web.fd = ends[0];
        web.request.ipcFd = ends[1];
        web.request.keepConnection = 1;
        put_get(&input, 1, 0, "/");
        send_input();
        if (!accepts("/"))
            return false;
        FCGX_Finish_r(&web.request);
    }
    return now() - start < 1500;
}

/* Gives descriptors back once the accept waits for them. */
static void *
end_shortage(void *arg)
{
    const struct rlimit *limit = arg;

    await_sleep_at(state_fd);
    setrlimit(RLIMIT_NOFILE, limit);
    return NULL;
}

static bool
accept_without_descriptors(void)
{
    struct rlimit limit, none;
    pthread_t thread;
    char name[64];
    int listener = listen_local(name);
    bool is_accepted;

    FCGX_Init();
    FCGX_InitRequest(&web.request, listener, 0);
    web.fd = connect_to(name);
    unlink(name);
    put_get(&input, 1, 0, "/");
    send_input();
    state_fd = open_state(getpid());
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    none.rlim_cur = (rlim_t)state_fd + 1;
    none.rlim_max = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    pthread_create(&thread, NULL, end_shortage, &limit);
    is_accepted = accepts("/");
    pthread_join(thread, NULL);
    return is_accepted;
}

/* --- Signals ---------------------------------------------------------------
 */

static pthread_t reading;

static void *
interrupt(void *arg)
{
    int i;

    (void)arg;
    for (i = 0; i < 50; i++) {
        await_sleep_at(state_fd);
        pthread_kill(reading, SIGUSR2);
        web_send_part(&web, large, 4000);
    }
    return NULL;
}

/* A body that comes while signals do, whose handler does not restart calls. */
static bool
signals_cut_no_body(void)
{
    struct sigaction action = {.sa_handler = do_nothing};
    uint8_t header[FCGI_WIRE_HEADER_SIZE];
    pthread_t thread;
    int i, n;

    sigaction(SIGUSR2, &action, NULL);
    reading = pthread_self();
    state_fd = open_state(getpid());
    put_head(&input, 1, 1, "/");
    if (!serves("/"))
        return false;
    memset(large, 0, sizeof(large));
    for (i = 0; i < 200000; i += 4000) {
        fcgi_header_put(header, FCGI_TYPE_STDIN, 1, 3992, 0);
        memcpy(large, header, sizeof(header));
    }
    pthread_create(&thread, NULL, interrupt, NULL);
    for (n = 0; n < 50 * 3992; n += i) {
        static char part[3992];

        i = FCGX_GetStr(part, sizeof(part), web.request.in);
        if (i <= 0)
            return false;
    }
    pthread_join(thread, NULL);
    return FCGX_GetError(web.request.in) == 0;
}

static bool
client_that_left(void)
{
    int i;

    put_get(&input, 1, 1, "/");
    if (!serves("/"))
        return false;
    signal(SIGPIPE, SIG_DFL); /* as CLISP does, after FCGX_Init */
    close(web.fd);
    for (i = 0; i < 3; i++)
        FCGX_PutStr(large, sizeof(large), web.request.out);
    FCGX_Finish_r(&web.request);
    return FCGX_Accept_r(&web.request) < 0;
}

static bool
handlers_only_over_defaults(void)
{
    struct sigaction action = {.sa_handler = do_nothing}, got;

    sigaction(SIGTERM, &action, NULL);
    FCGX_Init();
    if (sigaction(SIGTERM, NULL, &got) != 0 || got.sa_handler != do_nothing)
        return false;
    return sigaction(SIGUSR1, NULL, &got) == 0 && got.sa_handler != SIG_DFL &&
           got.sa_handler != SIG_IGN && sigaction(SIGPIPE, NULL, &got) == 0 &&
           got.sa_handler != SIG_DFL;
}

static bool
shutdown_while_it_computes(void)
{
    put_get(&input, 1, 1, "/");
    if (!serves("/"))
        return false;
    raise(SIGTERM);
    FCGX_PutS("whole", web.request.out);
    FCGX_Finish_r(&web.request);
    return strncmp(web_trace(&web, 1), "STDOUT 1 5; STDOUT 1 0; END 1 0 0; ",
                   35) == 0;
}

static bool
kept_requests_see_shutdown(void)
{
    put_get(&input, 1, 1, "/");
    if (!serves("/"))
        return false;
    raise(SIGTERM);
    FCGX_Finish_r(&web.request);
    input.size = 0;
    put_get(&input, 1, 1, "/next");
    send(web.fd, input.data, input.size, MSG_NOSIGNAL);
    return FCGX_Accept_r(&web.request) < 0;
}

/* --- printf, sockets, inherited descriptors --------------------------------
 */

static bool
prints(const char *wanted, int n)
{
    bool good = n == (int)strlen(wanted);

    FCGX_Finish_r(&web.request);
    web_trace(&web, 1);
    return good && web.out.data != NULL &&
           strcmp((char *)web.out.data, wanted) == 0;
}

static bool
printf_sizes(void)
{
    put_get(&input, 1, 0, "/");
    return serves("/") &&
           prints("7 -1 a 2.5", FCGX_FPrintF(web.request.out, "%zu %hhd %s %g",
                                             (size_t)7, -1, "a", 2.5));
}

static bool
printf_width(void)
{
    char wanted[302];

    snprintf(wanted, sizeof(wanted), "%300s", "x");
    put_get(&input, 1, 0, "/");
    return serves("/") &&
           prints(wanted, FCGX_FPrintF(web.request.out, "%300s", "x"));
}

static bool
open_socket_returns(void)
{
    return FCGX_OpenSocket("/no/such/directory/socket", 5) == -1 &&
           FCGX_OpenSocket(":99999", 5) == -1;
}

static bool
open_socket_keeps_files(void)
{
    char path[] = "./rule.XXXXXX";
    int fd = mkstemp(path);
    struct stat info;
    int listener = FCGX_OpenSocket(path, 5);
    bool is_there = fd >= 0 && lstat(path, &info) == 0 && S_ISREG(info.st_mode);

    unlink(path);
    return listener == -1 && is_there;
}

/* A child that lives on with the connection's descriptor. */
static bool
children_hold_nothing(void)
{
    pid_t child;
    bool good;

    put_get(&input, 1, 0, "/");
    if (!serves("/"))
        return false;
    child = fork();
    if (child == 0) {
        close(web.fd);
        pause();
        _exit(0);
    }
    good = ends_as("STDOUT 1 0; END 1 0 0; EOF", 1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return good;
}

static bool
interrupted_accept(void)
{
    struct sigaction action = {.sa_handler = do_nothing};
    char name[64];
    int listener = listen_local(name);

    unlink(name);
    sigaction(SIGALRM, &action, NULL);
    FCGX_Init();
    FCGX_InitRequest(&web.request, listener, FCGI_FAIL_ACCEPT_ON_INTR);
    alarm(1);
    return FCGX_Accept_r(&web.request) == -EINTR;
}

static bool
early_filter_data(void)
{
    put_begin(&input, 1, FCGI_ROLE_FILTER, 1);
    put_param(&input, 1, "URI", "/");
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    put_record(&input, FCGI_TYPE_STDIN, 1, "body", 4, 0);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    put_record(&input, FCGI_TYPE_DATA, 1, "data", 4, 0);
    put_end(&input, FCGI_TYPE_DATA, 1);
    if (!serves("/") || FCGX_StartFilterData(web.request.in) != -1)
        return false;
    FCGX_ClearError(web.request.in);
    return has_body("body", 0) && FCGX_StartFilterData(web.request.in) == 0 &&
           has_body("data", 0);
}

static const struct rule rules[] = {
    {"B3: two requests sent at once are both answered", BREAKS, pipelined},
    {"B4: 100 kB that were not read are passed over", BREAKS, unread_body},
    {"B5: an abort that comes too late is ignored", BREAKS, late_abort},
    {"A33, A34: an abort ends the body, not the connection", BREAKS,
     abort_keeps_the_connection},
    {"B11: the exit status is of one request", BREAKS,
     status_is_of_the_request},
    {"A37: a second request takes nothing from the first's body", BREAKS,
     second_request_harms_none},
    {"A23, A25, B6: GET_VALUES is answered at once", BREAKS, values_at_once},
    {"A26, B7: names may be repeated a thousand times", BREAKS,
     values_repeated},
    {"A27: a query of nothing is answered", BREAKS, values_of_nothing},
    {"A24: unknown names are left out", KEEPS, values_unknown},
    {"A28, A29, B7: an unknown type is told, its content passed over", BREAKS,
     unknown_type},
    {"B9: a value of 4 GiB is refused without taking memory", BREAKS,
     announced_2_gib},
    {"B14: the first byte may come after two seconds", BREAKS,
     first_byte_after_two_seconds},
    {"B13: a peer that stays does not hold the next request", BREAKS,
     peer_that_stays},
    {"B17: accept waits when there are no descriptors", BREAKS,
     accept_without_descriptors},
    {"P: signals cut no body", BREAKS, signals_cut_no_body},
    {"P: a client that left is no SIGPIPE", BREAKS, client_that_left},
    {"P: handlers are installed only over the default", KEEPS,
     handlers_only_over_defaults},
    {"B12: SIGTERM lets the request at hand finish", KEEPS,
     shutdown_while_it_computes},
    {"B12: and no other is served on its connection", BREAKS,
     kept_requests_see_shutdown},
    {"B15: printf knows sizes and positions", BREAKS, printf_sizes},
    {"B15: a width of 300", BREAKS, printf_width},
    {"B16: OpenSocket returns when it fails", BREAKS, open_socket_returns},
    {"B16: OpenSocket deletes no file", BREAKS, open_socket_keeps_files},
    {"P: children that live on hold no connection", KEEPS,
     children_hold_nothing},
    {"P: FCGI_FAIL_ACCEPT_ON_INTR makes Accept_r return", KEEPS,
     interrupted_accept},
    {"P: filter data asked for too early are there later", BREAKS,
     early_filter_data},
};

int
main(int argc, char **argv)
{
    return try_rules(argc, argv, rules, sizeof(rules) / sizeof(rules[0]));
}
