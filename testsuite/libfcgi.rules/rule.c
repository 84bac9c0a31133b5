/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "rule.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

enum { SECONDS = 8, KEPT = 0, BROKEN = 1 };

struct web web;
struct bytes input;

/* How a child that tried the rule ended: its exit status, or 128 + signal. */
static int
try_aside(const struct rule *rule)
{
    int status;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        alarm(SECONDS);
        _exit(rule->holds() ? KEPT : BROKEN);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
try_rules(int argc, char **argv, const struct rule *rules, size_t count)
{
    bool on_devkit = argc > 1 && strcmp(argv[1], "--devkit") == 0;
    size_t i;

    for (i = 0; i < count; i++) {
        int how = try_aside(&rules[i]);

        if (how != KEPT && how != BROKEN)
            printf("# ended with %d\n", how);
        if (on_devkit && rules[i].devkit == BREAKS)
            UNIT_CHECK(how != KEPT, "%s (broken by the devkit)", rules[i].name);
        else
            UNIT_CHECK(how == KEPT, "%s", rules[i].name);
    }
    return unit_done();
}

void
send_input(void)
{
    web_send(&web, &input);
    input.size = 0;
}

static int served; /* atomic */

static void *
accept_one(void *arg)
{
    (void)arg;
    if (FCGX_Accept_r(&web.request) == 0)
        __atomic_store_n(&served, 1, __ATOMIC_RELEASE);
    return NULL;
}

void
accept_aside(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, accept_one, NULL) != 0 ||
        pthread_detach(thread) != 0)
        exit(2);
}

bool
is_served_aside(void)
{
    struct pollfd p = {.fd = web.fd, .events = POLLIN};

    while (!__atomic_load_n(&served, __ATOMIC_ACQUIRE))
        if (poll(&p, 1, 1) > 0)
            return false;
    return true;
}

bool
accepts(const char *uri)
{
    const char *got;

    if (FCGX_Accept_r(&web.request) != 0)
        return false;
    got = FCGX_GetParam("URI", web.request.envp);
    return got != NULL && strcmp(got, uri) == 0;
}

bool
serves(const char *uri)
{
    web_open(&web, SOCK_STREAM);
    send_input();
    return accepts(uri);
}

bool
has_body(const char *text, int error)
{
    static char body[1 << 18];
    int n = FCGX_GetStr(body, sizeof(body), web.request.in);

    return n == (int)strlen(text) && memcmp(body, text, (size_t)n) == 0 &&
           FCGX_GetError(web.request.in) == error;
}

bool
ends_as(const char *trace, int answers)
{
    const char *got;

    FCGX_Finish_r(&web.request);
    got = web_trace(&web, answers);
    if (strcmp(got, trace) == 0)
        return true;
    printf("# %s\n", got);
    fflush(stdout);
    return false;
}
