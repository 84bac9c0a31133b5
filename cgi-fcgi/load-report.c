/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "load-report.h"

#include <stdio.h>

#include "json.h"

static double
rate(const struct load_result *result)
{
    return result->seconds > 0 ? (double)result->requests / result->seconds : 0;
}

static double
ms(double us)
{
    return us / 1000;
}

/* The latencies that are shown. */
enum { LATENCIES = 7 };

struct latency {
    const char *name;
    double ms;
};

static void
get_latencies(const struct histogram *histogram,
              struct latency latencies[LATENCIES])
{
    static const struct {
        const char *name;
        double share;
    } shares[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};
    size_t i;

    latencies[0] = (struct latency){"min", ms((double)histogram->min)};
    latencies[1] = (struct latency){"mean", ms(histogram_mean(histogram))};
    for (i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
        latencies[2 + i] = (struct latency){
            shares[i].name,
            ms((double)histogram_at(histogram, shares[i].share))};
    latencies[6] = (struct latency){"max", ms((double)histogram->max)};
}

static void
print_tally(const char *title, const struct tally *tally)
{
    size_t i;

    if (tally->used == 0)
        return;
    puts(title);
    for (i = 0; i < tally->used; i++)
        printf("  %10llu  %s\n", (unsigned long long)tally->kinds[i].count,
               tally->kinds[i].text);
}

void
load_report_text(const struct load_setup *setup,
                 const struct load_result *result)
{
    struct latency latencies[LATENCIES];
    size_t i;

    printf("%s%s\n", setup->address->name,
           result->interrupted ? " (interrupted)" : "");
    printf("Requests     %llu in %.3f s, %.1f per second\n",
           (unsigned long long)result->requests, result->seconds, rate(result));
    printf("Concurrency  %u, %llu connections%s\n", setup->concurrency,
           (unsigned long long)result->connections,
           setup->request.keep_conn ? ", kept" : "");
    printf("Received     %llu bytes\n", (unsigned long long)result->bytes);
    printf("Failed       %llu\n", (unsigned long long)result->failed);
    if (result->unfinished > 0)
        printf("Unfinished   %llu\n", (unsigned long long)result->unfinished);
    print_tally("Errors", &result->errors);
    print_tally("Statuses", &result->statuses);
    if (result->latency.count == 0)
        return;
    get_latencies(&result->latency, latencies);
    puts("Latency, milliseconds");
    for (i = 0; i < LATENCIES; i++)
        printf("  %-5s %14.3f\n", latencies[i].name, latencies[i].ms);
}

static void
put_tally(struct json *json, const char *key, const struct tally *tally)
{
    size_t i;

    json_begin(json, key, '{');
    for (i = 0; i < tally->used; i++)
        json_count(json, tally->kinds[i].text, tally->kinds[i].count);
    json_end(json, '}');
}

void
load_report_json(const struct load_setup *setup,
                 const struct load_result *result)
{
    struct latency latencies[LATENCIES];
    struct json json;
    size_t i;

    json_init(&json, stdout);
    json_begin(&json, NULL, '{');
    json_text(&json, "address", setup->address->name);
    json_bool(&json, "ok", result->failed == 0);
    json_count(&json, "exitCode", (uint64_t)result->code);
    json_bool(&json, "interrupted", result->interrupted);
    json_count(&json, "requests", result->requests);
    json_count(&json, "failed", result->failed);
    json_count(&json, "unfinished", result->unfinished);
    json_count(&json, "concurrency", setup->concurrency);
    json_bool(&json, "keepConn", setup->request.keep_conn);
    json_count(&json, "connections", result->connections);
    json_count(&json, "bytes", result->bytes);
    json_real(&json, "seconds", result->seconds, 6);
    json_real(&json, "requestsPerSecond", rate(result), 1);
    put_tally(&json, "errors", &result->errors);
    put_tally(&json, "statuses", &result->statuses);
    get_latencies(&result->latency, latencies);
    json_begin(&json, "latencyMs", '{');
    for (i = 0; i < LATENCIES; i++)
        json_real(&json, latencies[i].name, latencies[i].ms, 3);
    json_end(&json, '}');
    json_end(&json, '}');
    putchar('\n');
}

void
load_report_progress(const struct load_setup *setup,
                     const struct load_result *result)
{
    fprintf(stderr, "\r%llu", (unsigned long long)result->requests);
    if (setup->count > 0)
        fprintf(stderr, " of %u", setup->count);
    fprintf(stderr, " requests, %.1f s, %.0f per second, %llu failed\033[K",
            result->seconds, rate(result), (unsigned long long)result->failed);
    fflush(stderr);
}

void
load_report_clear(void)
{
    fputs("\r\033[K", stderr);
}
