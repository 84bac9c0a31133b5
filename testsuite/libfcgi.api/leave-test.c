/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SIGTERM and its kin at every moment of a process's life: what runs is
 * finished, nothing new is begun, and no signal is lost.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api.h"
#include "unit.h"
#include "wire/wire.h"

#define TIME_TO_LEAVE 2000 /* milliseconds, on a busy machine */
#define OUTPUT 3000000     /* bytes: more than sockets hold */

/* The application: a process of one or more threads. */
struct app {
    int threads;
    int flags;            /* of FCGX_InitRequest */
    int calls;            /* Accept_r may return so often before it leaves */
    void (*handler)(int); /* of the application's own, for SIGTERM */
    pid_t pid;
    int says; /* what it writes, until it ends */
    int listener;
    char name[64];
};

static int said;

static void
say(char c)
{
    if (write(said, &c, 1) != 1)
        _exit(9);
}

static void
on_term_leave(int signal_number)
{
    (void)signal_number;
    FCGX_ShutdownPending();
}

static void
on_term_nothing(int signal_number)
{
    (void)signal_number;
}

/* Computes until another connection comes. */
static void
compute(int listener)
{
    struct pollfd p = {.fd = listener, .events = POLLIN};

    while (poll(&p, 1, 10000) < 0 && errno == EINTR)
        continue;
}

static void
serve(FCGX_Request *request, int listener)
{
    const char *uri = FCGX_GetParam("URI", request->envp);
    static char output[OUTPUT];
    char body[1000];
    int n;

    say('r');
    if (uri != NULL && strcmp(uri, "/compute") == 0)
        compute(listener);
    if (uri != NULL && strcmp(uri, "/write") == 0)
        FCGX_PutStr(output, sizeof(output), request->out);
    while ((n = FCGX_GetStr(body, sizeof(body), request->in)) > 0)
        FCGX_PutStr(body, n, request->out);
    if (FCGX_GetError(request->in) != 0)
        FCGX_PutS("error", request->out);
}

static void *
run_thread(void *arg)
{
    const struct app *app = arg;
    FCGX_Request request;
    int result = 0;
    int calls = app->calls;

    FCGX_InitRequest(&request, app->listener, app->flags);
    while (calls-- > 0) {
        say('a');
        while ((result = FCGX_Accept_r(&request)) == 0)
            serve(&request, app->listener);
    }
    FCGX_Free(&request, 1);
    return (void *)(intptr_t)result;
}

static void
run_app(struct app *app)
{
    pthread_t threads[16];
    struct sigaction action = {.sa_handler = app->handler,
                               .sa_flags = SA_RESTART};
    void *result = NULL;
    int i;

    if (app->handler != NULL)
        sigaction(SIGTERM, &action, NULL);
    FCGX_Init();
    if (app->threads == 1)
        result = run_thread(app);
    for (i = 0; app->threads > 1 && i < app->threads; i++)
        pthread_create(&threads[i], NULL, run_thread, app);
    for (i = 0; app->threads > 1 && i < app->threads; i++)
        pthread_join(threads[i], &result);
    _exit((intptr_t)result == -EINTR || (intptr_t)result == -9999 ? 0 : 8);
}

static void
start(struct app *app)
{
    int ends[2];

    if (pipe(ends) != 0)
        exit(2);
    app->calls = app->calls == 0 ? 1 : app->calls;
    app->threads = app->threads == 0 ? 1 : app->threads;
    app->listener = listen_local(app->name);
    app->pid = fork();
    if (app->pid == 0) {
        close(ends[0]);
        said = ends[1];
        run_app(app);
    }
    close(ends[1]);
    app->says = ends[0];
}

/* Waits until it has said so many words. */
static void
hear(struct app *app, int count)
{
    char c;

    while (count-- > 0)
        if (read(app->says, &c, 1) != 1)
            return;
}

/* Waits until it is in accept, or wherever it waits. */
static void
settle(struct app *app, int words)
{
    hear(app, words);
    await_sleep(app->pid);
}

/* True if the application ends by itself, in time and with status 0. */
static bool
leaves(struct app *app)
{
    long long deadline = now() + TIME_TO_LEAVE;
    struct pollfd p = {.fd = app->says, .events = POLLIN};
    bool in_time = false;
    char c;
    int status;

    while (now() < deadline && poll(&p, 1, (int)(deadline - now())) >= 0)
        if ((p.revents & (POLLIN | POLLHUP)) != 0 &&
            read(app->says, &c, 1) <= 0) {
            in_time = true;
            break;
        }
    if (!in_time)
        kill(app->pid, SIGKILL);
    waitpid(app->pid, &status, 0);
    close(app->says);
    close(app->listener);
    unlink(app->name);
    return in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void
check_idle(void)
{
    static const int signals[] = {SIGTERM, SIGUSR1};
    static const char *const names[] = {"SIGTERM", "SIGUSR1"};
    int i;

    for (i = 0; i < 2; i++) {
        struct app one = {.threads = 1};
        struct app eight = {.threads = 8};

        start(&one);
        settle(&one, 1);
        kill(one.pid, signals[i]);
        UNIT_CHECK(leaves(&one), "leave: %s ends an idle process", names[i]);
        start(&eight);
        settle(&eight, 8);
        kill(eight.pid, signals[i]);
        UNIT_CHECK(leaves(&eight), "leave: %s ends eight idle threads",
                   names[i]);
    }
}

/* The signal comes at all moments around the start of the wait. */
static void
check_window(void)
{
    int good = 1;
    int i;

    for (i = 0; i < 150 && good; i++) {
        struct app app = {.threads = i % 3 == 2 ? 3 : 1};
        volatile int spin = i * 40;

        start(&app);
        hear(&app, 1);
        while (spin-- > 0)
            continue;
        kill(app.pid, SIGTERM);
        good = leaves(&app);
    }
    UNIT_CHECK(good, "leave: no signal is lost before the wait (%d of 150)", i);
}

/* A web server's connection to the application. */
static void
connect_web(struct web *web, const struct app *app)
{
    memset(web, 0, sizeof(*web));
    web->request.ipcFd = -1;
    web->fd = connect_to(app->name);
}

static void
check_kept(int threads)
{
    struct app app = {.threads = threads};
    struct bytes input = {0};
    struct web web;

    start(&app);
    connect_web(&web, &app);
    put_get(&input, 1, 1, "/");
    web_send(&web, &input);
    web_trace(&web, 1);
    settle(&app, threads + 1);
    kill(app.pid, SIGTERM);
    UNIT_CHECK(leaves(&app), "leave: %d thread(s) with a kept idle connection",
               threads);
    UNIT_CHECK(strcmp(web_trace(&web, 1), "EOF") == 0,
               "leave: %d thread(s): which is closed", threads);
    web_close(&web);
    bytes_free(&input);
}

/* Waits until no connection is in the queue of the listener. */
static void
await_empty(int listener)
{
    struct pollfd p = {.fd = listener, .events = POLLIN};
    long long deadline = now() + TIME_TO_LEAVE;

    while (poll(&p, 1, 0) > 0 && now() < deadline)
        poll(NULL, 0, 1);
}

static void
check_silent(void)
{
    struct app app = {.threads = 1};
    struct web web;

    start(&app);
    settle(&app, 1);
    connect_web(&web, &app);
    await_sleep(app.pid);
    kill(app.pid, SIGTERM);
    UNIT_CHECK(leaves(&app), "leave: a silent connection does not hold it");
    web_close(&web);
}

/* The signal comes between the connections and their requests: nobody else can
 * serve them. */
static void
check_new(void)
{
    struct app app = {.threads = 1};
    struct bytes input = {0};
    struct web web[3];
    int served = 0;
    int i;

    start(&app);
    settle(&app, 1);
    for (i = 0; i < 3; i++)
        connect_web(&web[i], &app);
    await_sleep(app.pid);
    await_empty(app.listener);
    kill(app.pid, SIGTERM); /* by its supervisor, and with its group */
    kill(app.pid, SIGTERM);
    for (i = 0; i < 3; i++) {
        input.size = 0;
        put_get(&input, 1, 1, "/");
        web_send(&web[i], &input);
        served +=
            strcmp(web_trace(&web[i], 2), "STDOUT 1 0; END 1 0 0; EOF") == 0;
        web_close(&web[i]);
    }
    UNIT_CHECK(served == 3,
               "leave: connections that were taken are served (%d of 3)",
               served);
    UNIT_CHECK(leaves(&app), "leave: then the process ends");
    bytes_free(&input);
}

/* The signal arrives in mid-request; the answer must be whole. */
static void
check_request(const char *uri, size_t size, const char *name)
{
    struct app app = {.threads = 1};
    struct bytes input = {0};
    struct web web;
    struct web poke;

    start(&app);
    connect_web(&web, &app);
    put_head(&input, 1, 1, uri);
    put_stream(&input, FCGI_TYPE_STDIN, 1, "01234", 5);
    web_send(&web, &input);
    settle(&app, 2);
    kill(app.pid, SIGTERM);
    kill(app.pid, SIGUSR1);
    input.size = 0;
    put_stream(&input, FCGI_TYPE_STDIN, 1, "56789", 5);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    if (strcmp(uri, "/compute") == 0)
        connect_web(&poke, &app);
    web_send(&web, &input);
    web_trace(&web, 1);
    UNIT_CHECK(web.out.size == size &&
                   memcmp(web.out.data + size - 10, "0123456789", 10) == 0 &&
                   strstr((char *)web.trace.data, "END 1 0 0; ") != NULL,
               "leave: %s: the answer is whole", name);
    UNIT_CHECK(leaves(&app), "leave: %s: then the process ends", name);
    if (strcmp(uri, "/compute") == 0)
        web_close(&poke);
    web_close(&web);
    bytes_free(&input);
}

static void
check_no_next(void)
{
    struct app app = {.threads = 1};
    struct bytes input = {0};
    struct web web;
    struct web poke;

    start(&app);
    connect_web(&web, &app);
    put_get(&input, 1, 1, "/compute");
    web_send(&web, &input);
    settle(&app, 2);
    kill(app.pid, SIGTERM);
    await_sleep(app.pid);
    connect_web(&poke, &app);
    UNIT_CHECK(strcmp(web_trace(&web, 2), "STDOUT 1 0; END 1 0 0; EOF") == 0,
               "leave: a kept connection is closed after the request");
    UNIT_CHECK(leaves(&app), "leave: and the next one is left to others");
    web_close(&poke);
    web_close(&web);
    bytes_free(&input);
}

static void
check_own_handlers(void)
{
    struct app restart = {.handler = on_term_leave};
    struct app many = {.handler = on_term_leave, .threads = 4};
    struct app notify = {.handler = on_term_nothing,
                         .flags = FCGI_FAIL_ACCEPT_ON_INTR};
    struct app keeps = {.handler = on_term_nothing};
    struct web web;

    start(&restart);
    settle(&restart, 1);
    kill(restart.pid, SIGTERM);
    UNIT_CHECK(leaves(&restart),
               "leave: FCGX_ShutdownPending in a handler with SA_RESTART");
    start(&many);
    settle(&many, 4);
    kill(many.pid, SIGTERM);
    UNIT_CHECK(leaves(&many), "leave: in any of four threads");
    start(&notify);
    settle(&notify, 1);
    kill(notify.pid, SIGTERM);
    UNIT_CHECK(leaves(&notify),
               "leave: any signal, with FCGI_FAIL_ACCEPT_ON_INTR");
    start(&keeps);
    settle(&keeps, 1);
    kill(keeps.pid, SIGTERM);
    connect_web(&web, &keeps);
    await_sleep(keeps.pid);
    UNIT_CHECK(kill(keeps.pid, 0) == 0 &&
                   waitpid(keeps.pid, NULL, WNOHANG) == 0,
               "leave: the application's own handler stays in force");
    kill(keeps.pid, SIGUSR1);
    UNIT_CHECK(leaves(&keeps), "leave: and the library's for the others");
    web_close(&web);
}

static void
check_again(void)
{
    struct app app = {.calls = 3};

    start(&app);
    settle(&app, 1);
    kill(app.pid, SIGTERM);
    UNIT_CHECK(leaves(&app), "leave: another Accept_r returns at once");
}

static void
check_last_call(void)
{
    char name[64];
    int listener = listen_local(name);
    struct bytes input = {0};
    struct web web = {.request.ipcFd = -1};
    FCGX_Request request;

    /* The order in which Movable Type leaves. */
    FCGX_Init();
    FCGX_InitRequest(&request, listener, 0);
    web.fd = connect_to(name);
    put_get(&input, 1, 1, "/");
    web_send(&web, &input);
    UNIT_CHECK(FCGX_Accept_r(&request) == 0, "leave: a last request");
    FCGX_PutS("bye", request.out);
    FCGX_ShutdownPending();
    close(listener);
    FCGX_Finish_r(&request);
    UNIT_CHECK(strcmp(web_trace(&web, 1),
                      "STDOUT 1 3; STDOUT 1 0; END 1 0 0; EOF") == 0,
               "leave: is answered after the listening socket is closed");
    UNIT_CHECK(FCGX_Accept_r(&request) == -9999,
               "leave: then there are no more");
    FCGX_Free(&request, 1);
    unlink(name);
    web_close(&web);
    bytes_free(&input);
}

int
main(void)
{
    signal(SIGPIPE, SIG_IGN);
    check_idle();
    check_window();
    check_kept(1);
    check_kept(4);
    check_silent();
    check_new();
    check_request("/read", 10, "in mid-read");
    check_request("/write", OUTPUT + 10, "in mid-write");
    check_request("/compute", 10, "while it computes");
    check_no_next();
    check_own_handlers();
    check_again();
    check_last_call();
    return unit_done();
}
