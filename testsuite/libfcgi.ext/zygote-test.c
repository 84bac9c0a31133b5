/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zygote-test WORKER-APP: FCGI_WORKERS=fd:3, with this program as the one that
 * starts an application and asks it for workers.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api.h"
#include "unit.h"

enum { PATIENCE = 10000 /* milliseconds */, CONTROL = 3 };

static const char *program;

/* An application that was started. */
struct app {
    pid_t pid;
    int control;
    int listener; /* its descriptor 0 */
    char address[64];
};

/* What was asked of it. */
struct worker {
    pid_t pid; /* as the kernel tells; 0: it has not said hello */
    int tie;
    int listener;
    char address[64];
};

static void
die(const char *what)
{
    perror(what);
    exit(2);
}

static void
make_pair(int pair[2])
{
    int on = 1;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0 ||
        setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) != 0)
        die("socketpair");
}

static void
start_with(struct app *app, const char *variable, const char *word)
{
    int pair[2];

    make_pair(pair);
    app->control = pair[0];
    if (variable == NULL)
        send(app->control, "FCGI_WORKERS", 12, 0);
    app->listener = listen_local(app->address);
    fflush(NULL);
    app->pid = fork();
    if (app->pid == 0) {
        int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

        dup2(app->listener, 0);
        dup2(nothing, 1);
        dup2(nothing, 2);
        if (pair[1] == CONTROL)
            fcntl(CONTROL, F_SETFD, 0);
        else
            dup2(pair[1], CONTROL);
        if (variable != NULL)
            setenv("FCGI_WORKERS", variable, 1);
        execl(program, program, word, (char *)NULL);
        _exit(127);
    }
    close(pair[1]);
}

static void
start(struct app *app, const char *word)
{
    start_with(app, "fd:3", word);
}

/* A packet of the socket, and who sent it.  Returns its size, 0 at the end, or
 * -1 when nothing comes. */
static ssize_t
receive(int fd, pid_t *sender)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } space;
    char text[64];
    struct iovec payload = {text, sizeof(text)};
    struct msghdr message = {.msg_iov = &payload,
                             .msg_iovlen = 1,
                             .msg_control = space.bytes,
                             .msg_controllen = sizeof(space.bytes)};
    struct pollfd set = {.fd = fd, .events = POLLIN};
    struct cmsghdr *part;
    struct ucred who;
    ssize_t n;

    if (poll(&set, 1, PATIENCE) != 1)
        return -1;
    n = recvmsg(fd, &message, 0);
    if (n < 0 && errno == ECONNRESET)
        return 0;
    part = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (part != NULL && part->cmsg_type == SCM_CREDENTIALS) {
        memcpy(&who, CMSG_DATA(part), sizeof(who));
        *sender = who.pid;
    }
    return n;
}

static bool
hears_hello(const struct app *app)
{
    pid_t pid = 0;

    return receive(app->control, &pid) > 0 && pid == app->pid;
}

/* Sends a packet with so many of the descriptors. */
static void
send_order(const struct app *app, const int *fds, size_t count)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(3 * sizeof(int))];
    } space;
    char text[] = "worker";
    struct iovec payload = {text, sizeof(text)};
    struct msghdr message = {.msg_iov = &payload, .msg_iovlen = 1};

    memset(&space, 0, sizeof(space));
    if (count > 0) {
        message.msg_control = space.bytes;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        space.header.cmsg_level = SOL_SOCKET;
        space.header.cmsg_type = SCM_RIGHTS;
        space.header.cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(&space.header), fds, count * sizeof(int));
    }
    if (sendmsg(app->control, &message, MSG_NOSIGNAL) < 0)
        die("sendmsg");
}

/* Asks for a worker; it is not let go yet. */
static void
ask(const struct app *app, struct worker *worker)
{
    int pair[2], fds[2];

    make_pair(pair);
    worker->listener = fds[0] = listen_local(worker->address);
    worker->tie = pair[0];
    fds[1] = pair[1];
    send_order(app, fds, 2);
    close(pair[1]);
    worker->pid = 0;
    (void)receive(worker->tie, &worker->pid);
}

static void
let_go(const struct worker *worker)
{
    if (send(worker->tie, "", 1, MSG_NOSIGNAL) != 1)
        die("send");
    close(worker->tie);
}

/* Status of waitpid, or -1. */
static int
await_end(pid_t pid)
{
    long long end = now() + PATIENCE;
    int status;
    pid_t found;

    do {
        found = waitpid(pid, &status, WNOHANG);
        if (found == 0)
            poll(NULL, 0, 1);
    } while (found == 0 && now() < end);
    return found == pid ? status : -1;
}

static bool
leaves_by(pid_t pid, int exit_code)
{
    int status = await_end(pid);

    return status != -1 && WIFEXITED(status) &&
           WEXITSTATUS(status) == exit_code;
}

static void
end_worker(struct worker *worker)
{
    kill(worker->pid, SIGTERM);
    UNIT_CHECK(leaves_by(worker->pid, 0), "zygote: a worker ends by SIGTERM");
    close(worker->listener);
}

static void
end_app(struct app *app)
{
    close(app->control);
    UNIT_CHECK(leaves_by(app->pid, 0),
               "zygote: the end of its control socket ends it");
    close(app->listener);
}

/* The page that is answered at the address; "": none. */
static const char *
page(const char *address)
{
    static char text[4096];
    struct bytes request = {0};
    struct pollfd set = {.fd = connect_to(address), .events = POLLIN};
    size_t size = 0;
    ssize_t n;

    put_get(&request, 1, 0, "/");
    if (write(set.fd, request.data, request.size) != (ssize_t)request.size)
        die("write");
    bytes_free(&request);
    do {
        n = poll(&set, 1, PATIENCE) == 1
                ? read(set.fd, text + size, sizeof(text) - 1 - size)
                : -1;
        size += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    close(set.fd);
    text[size] = '\0';
    /* What stands before it has bytes that are 0. */
    for (n = 0; (size_t)n + 4 < size; n++)
        if (memcmp(text + n, "pid ", 4) == 0)
            return text + n;
    return "";
}

static bool
says(const char *text, const char *name, long value)
{
    char line[64];

    snprintf(line, sizeof(line), "%s %ld\n", name, value);
    return strstr(text, line) != NULL;
}

/* Descriptors that a process has from 3 on. */
static int
descriptors_of(pid_t pid)
{
    char path[64], target[64];
    int count = 0, fd;

    for (fd = 3; fd < 64; fd++) {
        snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)pid, fd);
        count += readlink(path, target, sizeof(target)) > 0;
    }
    return count;
}

/* Whether there are no more, soon: the last connection may linger. */
static bool
comes_to(pid_t pid, int count)
{
    long long end = now() + PATIENCE;

    while (descriptors_of(pid) > count && now() < end)
        poll(NULL, 0, 1);
    return descriptors_of(pid) <= count;
}

/* Those that an ordinary process has when it has served. */
static int
usual_descriptors(void)
{
    struct app app;
    int count;

    start_with(&app, "", NULL);
    (void)page(app.address);
    await_sleep(app.pid);
    /* Its copy of the control socket is none of them. */
    count = descriptors_of(app.pid) - 1;
    kill(app.pid, SIGTERM);
    UNIT_CHECK(leaves_by(app.pid, 0), "zygote: end of an ordinary process");
    close(app.control);
    close(app.listener);
    return count;
}

static void
check_worker(void)
{
    struct app app;
    struct worker worker;
    const char *text;
    siginfo_t info;

    start(&app, NULL);
    UNIT_CHECK(hears_hello(&app), "zygote: it says hello");
    ask(&app, &worker);
    UNIT_CHECK(worker.pid > 0 && worker.pid != app.pid,
               "zygote: a worker says who it is");
    memset(&info, 0, sizeof(info));
    UNIT_CHECK(waitid(P_PID, (id_t)worker.pid, &info,
                      WEXITED | WNOHANG | WNOWAIT) == 0,
               "zygote: a worker is the starter's child by then");
    let_go(&worker);
    text = page(worker.address);
    UNIT_CHECK(says(text, "pid", worker.pid), "zygote: a worker answers");
    UNIT_CHECK(says(text, "memory", app.pid),
               "zygote: a worker has the memory of the zygote");
    UNIT_CHECK(says(text, "parent", getpid()), "zygote: a worker's parent");
    UNIT_CHECK(strstr(text, "variable none\n") != NULL,
               "zygote: a worker does not see FCGI_WORKERS");
    UNIT_CHECK(getsid(worker.pid) == worker.pid,
               "zygote: a worker has a session of its own");
    end_worker(&worker);
    end_app(&app);
}

static void
check_descriptors(void)
{
    struct app app;
    struct worker worker;
    struct pollfd set = {.events = POLLIN};
    int usual = usual_descriptors();
    char byte;
    int lane;

    start(&app, NULL);
    lane = connect_to(app.address);
    UNIT_CHECK(hears_hello(&app), "zygote: it says hello");
    ask(&app, &worker);
    let_go(&worker);
    (void)page(worker.address);
    UNIT_CHECK(comes_to(worker.pid, usual),
               "zygote: a worker has the descriptors of any process");
    set.fd = app.listener;
    UNIT_CHECK(poll(&set, 1, 0) == 1,
               "zygote: it does not accept what waits at its own socket");
    close(app.listener);
    UNIT_CHECK(recv(lane, &byte, 1, MSG_DONTWAIT) <= 0 && errno != EAGAIN,
               "zygote: it does not keep its own socket open");
    close(lane);
    app.listener = open("/dev/null", O_RDONLY);
    end_worker(&worker);
    end_app(&app);
}

static void
check_many(void)
{
    struct app app;
    struct worker workers[4];
    bool all = true;
    int i;

    start(&app, NULL);
    UNIT_CHECK(hears_hello(&app), "zygote: it says hello");
    for (i = 0; i < 4; i++) {
        ask(&app, &workers[i]);
        let_go(&workers[i]);
    }
    for (i = 0; i < 4; i++)
        all = all && says(page(workers[i].address), "pid", workers[i].pid);
    UNIT_CHECK(all, "zygote: each worker has its own socket");
    kill(app.pid, SIGKILL);
    UNIT_CHECK(await_end(app.pid) != -1, "zygote: it is killed");
    all = true;
    for (i = 0; i < 4; i++)
        all = all && says(page(workers[i].address), "pid", workers[i].pid);
    UNIT_CHECK(all, "zygote: workers live on when it is gone");
    for (i = 0; i < 4; i++)
        end_worker(&workers[i]);
    close(app.control);
    close(app.listener);
}

static void
check_unwanted(void)
{
    struct app app;
    struct worker worker;

    start(&app, NULL);
    UNIT_CHECK(hears_hello(&app), "zygote: it says hello");
    ask(&app, &worker);
    close(worker.tie);
    UNIT_CHECK(leaves_by(worker.pid, 0),
               "zygote: a worker leaves when its starter does not want it");
    close(worker.listener);
    ask(&app, &worker);
    let_go(&worker);
    UNIT_CHECK(says(page(worker.address), "pid", worker.pid),
               "zygote: the next one serves");
    end_worker(&worker);
    end_app(&app);
}

static void
check_garbage(void)
{
    struct app app;
    struct worker worker;
    int pair[2], fds[3];
    pid_t nobody = 0;
    size_t count;

    start(&app, NULL);
    UNIT_CHECK(hears_hello(&app), "zygote: it says hello");
    for (count = 0; count <= 3; count++) {
        make_pair(pair);
        fds[0] = fds[1] = fds[2] = pair[1];
        send_order(&app, fds, count);
        close(pair[1]);
        UNIT_CHECK(receive(pair[0], &nobody) == 0 && nobody == 0,
                   "zygote: it closes %d descriptors that are no order",
                   (int)count);
        close(pair[0]);
    }
    ask(&app, &worker);
    let_go(&worker);
    UNIT_CHECK(says(page(worker.address), "pid", worker.pid),
               "zygote: it works on after what was no order");
    end_worker(&worker);
    end_app(&app);
}

static void
check_signals(void)
{
    static const int numbers[] = {SIGTERM, SIGUSR1, SIGHUP, SIGINT};
    struct app app;
    struct worker worker;
    int status;
    size_t i;

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        start(&app, NULL);
        UNIT_CHECK(hears_hello(&app), "zygote: it says hello");
        ask(&app, &worker);
        let_go(&worker);
        kill(app.pid, numbers[i]);
        status = await_end(app.pid);
        UNIT_CHECK(numbers[i] == SIGTERM || numbers[i] == SIGUSR1
                       ? status == 0
                       : WIFSIGNALED(status) && WTERMSIG(status) == numbers[i],
                   "zygote: signal %d ends it", numbers[i]);
        UNIT_CHECK(says(page(worker.address), "pid", worker.pid),
                   "zygote: signal %d does not end a worker", numbers[i]);
        end_worker(&worker);
        close(app.control);
        close(app.listener);
    }
    start(&app, "handle-term");
    UNIT_CHECK(hears_hello(&app), "zygote: it says hello");
    kill(app.pid, SIGTERM);
    UNIT_CHECK(leaves_by(app.pid, 0),
               "zygote: SIGTERM ends one that has a handler");
    close(app.control);
    close(app.listener);
}

/* Those that are an ordinary process after all. */
static void
check_others(void)
{
    static const struct {
        const char *variable, *word, *what;
    } cases[] = {{"fd:3", "thread", "one with threads serves alone"},
                 {"fd:9", NULL, "one without a control socket serves alone"}};
    struct app app;
    pid_t nobody = 0;
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        start_with(&app, cases[i].variable, cases[i].word);
        UNIT_CHECK(says(page(app.address), "pid", app.pid), "zygote: %s",
                   cases[i].what);
        if (i == 0)
            UNIT_CHECK(receive(app.control, &nobody) == 0,
                       "zygote: one that is none closes the control socket");
        kill(app.pid, SIGTERM);
        UNIT_CHECK(await_end(app.pid) != -1, "zygote: end of one that is none");
        close(app.control);
        close(app.listener);
    }
    start(&app, "open=elsewhere.sock");
    UNIT_CHECK(receive(app.control, &nobody) == 0,
               "zygote: one that listens elsewhere is none");
    UNIT_CHECK(says(page("./elsewhere.sock"), "pid", app.pid),
               "zygote: one that listens elsewhere serves there");
    kill(app.pid, SIGTERM);
    UNIT_CHECK(leaves_by(app.pid, 0), "zygote: end of one that is none");
    close(app.control);
    close(app.listener);
}

static void
check_mistakes(void)
{
    static const char *const values[] = {"fd:", "fd:0", "fd:3x", "fd:-3"};
    struct app app;
    size_t i;

    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        start_with(&app, values[i], NULL);
        UNIT_CHECK(leaves_by(app.pid, 0), "zygote: %s is a mistake", values[i]);
        close(app.control);
        close(app.listener);
    }
}

static void
check_greeting(void)
{
    struct app app;
    struct worker worker;

    start_with(&app, NULL, NULL);
    UNIT_CHECK(hears_hello(&app), "zygote: a greeting stands for the variable");
    ask(&app, &worker);
    let_go(&worker);
    UNIT_CHECK(says(page(worker.address), "pid", worker.pid),
               "zygote: one that was greeted makes workers");
    end_worker(&worker);
    end_app(&app);
}

/* Calls that make workers, or threads: those are made in the worker. */
static void
check_calls(void)
{
    static const char *const words[] = {"prefork=3", "threads=2"};
    struct app app;
    struct worker worker;
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        start(&app, words[i]);
        UNIT_CHECK(hears_hello(&app), "zygote: %s says hello", words[i]);
        ask(&app, &worker);
        let_go(&worker);
        UNIT_CHECK(says(page(worker.address), "pid", worker.pid),
                   "zygote: %s serves in a worker", words[i]);
        end_worker(&worker);
        end_app(&app);
    }
}

int
main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    program = argv[1];
#ifdef PR_SET_CHILD_SUBREAPER
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    check_worker();
    check_descriptors();
    check_many();
    check_unwanted();
    check_garbage();
    check_signals();
    check_others();
    check_mistakes();
    check_greeting();
    check_calls();
#endif
    return unit_done();
}
