/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures responders against each other: requests per second and CPU time of
 * the responder per request, in rounds that take turns, so that what else the
 * machine does meets all of them.
 *
 *   bench-lib [-r ROUNDS] [-d DIVISOR] [-j FILE] [-l LOAD] [-t THREADS]
 *             NAME LIBDIR PROGRAM [NAME LIBDIR PROGRAM]...
 *
 * PROGRAM gets a listening socket as descriptor 0 and, if LIBDIR is not "-",
 * LD_LIBRARY_PATH=LIBDIR.  The first NAME is the one that the others are
 * compared with.  -d divides the numbers of requests; -t changes the number of
 * threads where a load has some.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum { RESPONDERS = 8, MAX_ROUNDS = 101 };

#define MIB ((size_t)1 << 20)

static const struct load loads[] = {
    {"kept", "/small", 1, true, 20000, 0, 12, 0},
    {"connect", "/small", 16, false, 16000, 0, 12, 0},
    {"download", "/large", 1, true, 60, 0, 10 * MIB, 0},
    {"upload", "/upload", 1, true, 60, 10 * MIB, 9, 0},
    {"printf", "/printf", 1, true, 1500, 0, 20000, 0},
    {"threads", "/small", 64, true, 16000, 0, 12, 64},
    {"threads-connect", "/small", 64, false, 16000, 0, 12, 64},
};

static const char *const load_texts[] = {
    "12-byte answers, one kept connection",
    "12-byte answers, a connection each, 16 clients",
    "answers of 10 MiB, one kept connection",
    "uploads of 10 MiB, one kept connection",
    "pages of 1000 printf, one kept connection",
    "12-byte answers by 64 threads, 64 kept connections",
    "12-byte answers by 64 threads, a connection each, 64 clients",
};

enum { LOADS = sizeof(loads) / sizeof(loads[0]) };

struct result {
    double cpu;  /* seconds of the responder per request */
    double rate; /* requests per second */
};

struct responder {
    const char *name;
    const char *libdir;
    const char *program;
    char socket[64];
    pid_t pid;
    struct result rounds[MAX_ROUNDS];
};

struct bench {
    char directory[32];
    unsigned rounds;
    unsigned divisor;
    unsigned threads; /* instead of the loads' own; 0: as they are */
    struct responder responders[RESPONDERS];
    size_t count;
    FILE *json; /* or NULL */
    bool json_began;
};

static struct bench bench = {.rounds = 5, .divisor = 1};

static void __attribute__((noreturn)) stop(const char *what)
{
    fprintf(stderr, "bench-lib: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void
end_responder(struct responder *responder)
{
    if (responder->pid <= 0)
        return;
    kill(responder->pid, SIGKILL);
    waitpid(responder->pid, NULL, 0);
    responder->pid = 0;
    unlink(responder->socket);
}

static void
clean_up(void)
{
    size_t i;

    for (i = 0; i < bench.count; i++)
        end_responder(&bench.responders[i]);
    rmdir(bench.directory);
}

static int
listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, LOAD_CLIENTS) != 0)
        stop(path);
    return fd;
}

static void
start_responder(struct responder *responder, size_t index,
                const struct load *load)
{
    const char *mode = strcmp(load->name, "printf") == 0 ? "stdio" : "app";
    unsigned count = load->threads;
    char threads[16];
    int fd;

    if (count > 0 && bench.threads > 0)
        count = bench.threads;
    snprintf(threads, sizeof(threads), "%u", count);
    snprintf(responder->socket, sizeof(responder->socket), "%s/%zu",
             bench.directory, index);
    fd = listen_at(responder->socket);
    responder->pid = fork();
    if (responder->pid < 0)
        stop("fork");
    if (responder->pid == 0) {
        dup2(fd, 0);
        if (strcmp(responder->libdir, "-") != 0)
            setenv("LD_LIBRARY_PATH", responder->libdir, 1);
        execl(responder->program, responder->program, mode, threads,
              (char *)NULL);
        stop(responder->program);
    }
    close(fd);
}

/* CPU seconds that a process has used so far. */
static double
cpu_seconds(pid_t pid)
{
    struct timespec used;
    clockid_t clock;
    int result = clock_getcpuclockid(pid, &clock);

    if (result != 0 || clock_gettime(clock, &used) != 0) {
        errno = result != 0 ? result : errno;
        stop("the responder is gone");
    }
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* Waits until a process sleeps: what it does after an answer counts too. */
static void
settle(pid_t pid)
{
    double before, after = cpu_seconds(pid);

    do {
        struct timespec ms = {0, 2000000};

        before = after;
        nanosleep(&ms, NULL);
        after = cpu_seconds(pid);
    } while (after - before > 0);
}

static void
measure(struct responder *responder, const struct load *load, unsigned round)
{
    unsigned requests = load->requests / bench.divisor;
    struct result *result = &responder->rounds[round];
    double from, took;

    if (requests < load->clients)
        requests = load->clients;
    from = cpu_seconds(responder->pid);
    took = load_run(load, responder->socket, requests);
    settle(responder->pid);
    result->cpu = (cpu_seconds(responder->pid) - from) / requests;
    result->rate = requests / took;
}

static int
compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double
median(double *values, unsigned count)
{
    qsort(values, count, sizeof(*values), compare);
    return count % 2 ? values[count / 2]
                     : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static struct result
summary(const struct responder *responder)
{
    double values[MAX_ROUNDS];
    struct result result;
    unsigned i;

    for (i = 0; i < bench.rounds; i++)
        values[i] = responder->rounds[i].cpu;
    result.cpu = median(values, bench.rounds);
    for (i = 0; i < bench.rounds; i++)
        values[i] = responder->rounds[i].rate;
    result.rate = median(values, bench.rounds);
    return result;
}

/* The first responder's CPU time over another's, round by round. */
static double
ratio_to(const struct responder *other)
{
    double values[MAX_ROUNDS];
    unsigned i;

    for (i = 0; i < bench.rounds; i++)
        values[i] = bench.responders[0].rounds[i].cpu / other->rounds[i].cpu;
    return median(values, bench.rounds);
}

static void
report_json(const struct load *load, const struct responder *responder)
{
    struct result result = summary(responder);

    if (bench.json == NULL)
        return;
    fprintf(bench.json,
            "%s\n  {\"load\": \"%s\", \"responder\": \"%s\", "
            "\"requests_per_second\": %.1f, \"cpu_us_per_request\": %.3f, "
            "\"cpu_of_%s_over_it\": %.3f}",
            bench.json_began ? "," : "[", load->name, responder->name,
            result.rate, result.cpu * 1e6, bench.responders[0].name,
            ratio_to(responder));
    bench.json_began = true;
}

static void
report(const struct load *load, const char *text)
{
    size_t i;

    printf("%s: %s\n", load->name, text);
    for (i = 0; i < bench.count; i++) {
        struct responder *responder = &bench.responders[i];
        struct result result = summary(responder);

        printf("  %-10s %10.0f requests/s %10.2f us CPU/request",
               responder->name, result.rate, result.cpu * 1e6);
        if (i > 0)
            printf("   %s/%s %.2f", bench.responders[0].name, responder->name,
                   ratio_to(responder));
        putchar('\n');
        report_json(load, responder);
    }
    fflush(stdout);
}

static void
run_load(const struct load *load, const char *text)
{
    unsigned warm = load->requests / bench.divisor / 20 + load->clients;
    unsigned round;
    size_t i;

    for (i = 0; i < bench.count; i++) {
        start_responder(&bench.responders[i], i, load);
        load_run(load, bench.responders[i].socket, warm);
        settle(bench.responders[i].pid);
    }
    for (round = 0; round < bench.rounds; round++)
        for (i = 0; i < bench.count; i++)
            measure(&bench.responders[(i + round) % bench.count], load, round);
    report(load, text);
    for (i = 0; i < bench.count; i++)
        end_responder(&bench.responders[i]);
}

static void
add_responder(char **words)
{
    struct responder *responder = &bench.responders[bench.count++];

    responder->name = words[0];
    responder->libdir = words[1];
    responder->program = words[2];
}

static unsigned
positive(const char *word, unsigned max)
{
    char *end;
    unsigned long value = strtoul(word, &end, 10);

    if (*word == '\0' || *end != '\0' || value < 1 || value > max) {
        fprintf(stderr, "bench-lib: not a number from 1 to %u: %s\n", max,
                word);
        exit(1);
    }
    return (unsigned)value;
}

static void __attribute__((noreturn)) usage(void)
{
    fprintf(stderr, "usage: bench-lib [-r ROUNDS] [-d DIVISOR] [-j FILE] "
                    "[-l LOAD] [-t THREADS]\n"
                    "                 NAME LIBDIR PROGRAM "
                    "[NAME LIBDIR PROGRAM]...\n");
    exit(1);
}

/* Returns the load asked for, or NULL for all. */
static const char *
read_options(int argc, char **argv)
{
    const char *only = NULL;
    int c, i;

    while ((c = getopt(argc, argv, "r:d:j:l:t:")) != -1) {
        if (c == 'r') {
            bench.rounds = positive(optarg, MAX_ROUNDS);
        } else if (c == 'd') {
            bench.divisor = positive(optarg, 1000000);
        } else if (c == 't') {
            bench.threads = positive(optarg, 1000);
        } else if (c == 'l') {
            only = optarg;
        } else if (c == 'j') {
            bench.json = fopen(optarg, "w");
            if (bench.json == NULL)
                stop(optarg);
        } else {
            usage();
        }
    }
    if (optind == argc || (argc - optind) % 3 != 0 ||
        (argc - optind) / 3 > RESPONDERS)
        usage();
    for (i = optind; i < argc; i += 3)
        add_responder(argv + i);
    return only;
}

int
main(int argc, char **argv)
{
    const char *only = read_options(argc, argv);
    bool ran = false;
    size_t i;

    snprintf(bench.directory, sizeof(bench.directory), "/tmp/bench-XXXXXX");
    if (mkdtemp(bench.directory) == NULL)
        stop(bench.directory);
    atexit(clean_up);
    for (i = 0; i < LOADS; i++)
        if (only == NULL || strcmp(only, loads[i].name) == 0) {
            run_load(&loads[i], load_texts[i]);
            ran = true;
        }
    if (bench.json != NULL) {
        fprintf(bench.json, "\n]\n");
        fclose(bench.json);
    }
    return ran ? 0 : 1;
}
