/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules that need a second thread or a second connection to be tried: what is
 * too large, who is silent, who is interrupted, what an operator is told.
 */
#include "config.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rule.h"

enum { MIB = 1 << 20, ANSWER = 4 * MIB, SIGNALS = 20 };

static char large[ANSWER];

/* Refused at their limit, before the second MiB has come. */
static bool
too_many_parameters(void)
{
    web_open(&web, SOCK_STREAM);
    accept_aside();
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    put_stream(&input, FCGI_TYPE_PARAMS, 1, large, 2 * MIB);
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    put_get(&input, 2, 1, "/");
    send_input();
    return strcmp(web_trace(&web, 1), "END 1 0 2; ") == 0 &&
           is_served_aside() && web.request.requestId == 2;
}

/* That is for the web server to judge. */
static bool
filter_may_be_early(void)
{
    put_begin(&input, 1, FCGI_ROLE_FILTER, 1);
    put_param(&input, 1, "URI", "/");
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    if (!serves("/"))
        return false;
    FCGX_PutS("early", web.request.out);
    FCGX_FFlush(web.request.out);
    if (strcmp(web_trace(&web, 0), "STDOUT 1 5; ") != 0)
        return false;
    put_record(&input, FCGI_TYPE_STDIN, 1, "body", 4, 0);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    put_record(&input, FCGI_TYPE_DATA, 1, "data", 4, 0);
    put_end(&input, FCGI_TYPE_DATA, 1);
    send_input();
    return has_body("body", 0) && FCGX_StartFilterData(web.request.in) == 0 &&
           has_body("data", 0) && ends_as("STDOUT 1 0; END 1 0 0; ", 1);
}

static bool
violations_are_told(void)
{
    char path[] = "./rule.XXXXXX";
    char told[256] = "";
    int fd = mkstemp(path);
    int saved = dup(STDERR_FILENO);

    if (fd < 0 || saved < 0)
        return false;
    unlink(path);
    setenv("LIBFCGI_OPTIONS", "log=stderr", 1);
    dup2(fd, STDERR_FILENO);
    put_raw(&input, "\11\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0", 16);
    web_open(&web, SOCK_STREAM);
    send_input();
    web_end(&web);
    FCGX_Accept_r(&web.request);
    dup2(saved, STDERR_FILENO);
    return pread(fd, told, sizeof(told) - 1, 0) > 0 &&
           strstr(told, "version") != NULL;
}

/* A client that connects and says nothing is before it in the queue. */
static bool
silent_client_holds_none(void)
{
    char name[64];
    int listener = listen_tcp(name);
    int silent;

    FCGX_Init();
    FCGX_InitRequest(&web.request, listener, 0);
    silent = connect_to(name);
    web.fd = connect_to(name);
    put_get(&input, 1, 0, "/");
    send_input();
    return silent >= 0 && accepts("/") &&
           ends_as("STDOUT 1 0; END 1 0 0; EOF", 1);
}

static pthread_t writing;
static int state_fd;

static void
do_nothing(int signal_number)
{
    (void)signal_number;
}

/* Takes some of the answer after each signal, then the rest. */
static void *
interrupt(void *arg)
{
    static char taken[MIB / 16];
    size_t *total = arg;
    ssize_t n;
    int i, j;

    for (i = 0; i < SIGNALS; i++) {
        /* The first one ends a write that has written some, the next ones one
         * that has written nothing. */
        for (j = 0; j < 4; j++) {
            await_sleep_at(state_fd);
            pthread_kill(writing, SIGUSR2);
        }
        n = recv(web.fd, taken, sizeof(taken), 0);
        *total += n > 0 ? (size_t)n : 0;
    }
    while ((n = recv(web.fd, taken, sizeof(taken), 0)) > 0)
        *total += (size_t)n;
    return NULL;
}

/* An answer that is written while signals come, whose handler does not
 * restart calls. */
static bool
signals_cut_no_answer(void)
{
    struct sigaction action = {.sa_handler = do_nothing};
    pthread_t thread;
    size_t total = 0;
    int written;

    sigaction(SIGUSR2, &action, NULL);
    writing = pthread_self();
    state_fd = open_state(getpid());
    put_get(&input, 1, 0, "/");
    if (!serves("/") ||
        pthread_create(&thread, NULL, interrupt, &total) != 0)
        return false;
    written = FCGX_PutStr(large, ANSWER, web.request.out);
    FCGX_Finish_r(&web.request);
    pthread_join(thread, NULL);
    return written == ANSWER && total > ANSWER;
}

static const struct rule rules[] = {
    {"A38, B9: more than 1 MiB of parameters is OVERLOADED", BREAKS,
     too_many_parameters},
    {"A50: a filter may answer before it has read", KEEPS, filter_may_be_early},
    {"A53: who breaks the protocol is told of, if wanted", BREAKS,
     violations_are_told},
    {"B14: a silent client holds no other", BREAKS, silent_client_holds_none},
    {"P: signals cut no answer", BREAKS, signals_cut_no_answer},
};

int
main(int argc, char **argv)
{
    return try_rules(argc, argv, rules, sizeof(rules) / sizeof(*rules));
}
