/* SPDX-License-Identifier: BSD-2-Clause */
/* The recogniser of health probes, at every split of its input. */
#include "config.h"

#include "probe.h"

#include <stdlib.h>

#include "unit.h"

#define PATH "/health/z"

/* Feeds text in two pieces, or byte by byte (first 0). */
static enum fcgi_probe_result
feed(struct fcgi_probe *probe, const char *text, size_t size, size_t first)
{
    const uint8_t *p = (const uint8_t *)text;
    enum fcgi_probe_result result = FCGI_PROBE_MORE;
    size_t i;

    memset(probe, 0, sizeof(*probe));
    if (first > 0) {
        result = fcgi_probe_feed(probe, PATH, p, first);
        return result != FCGI_PROBE_MORE
                   ? result
                   : fcgi_probe_feed(probe, PATH, p + first, size - first);
    }
    for (i = 0; i < size && result == FCGI_PROBE_MORE; i++)
        result = fcgi_probe_feed(probe, PATH, p + i, 1);
    return result;
}

static void
check(const char *text, enum fcgi_probe_result wanted, const char *name)
{
    size_t size = strlen(text);
    struct fcgi_probe probe;
    bool good = true;
    size_t first;

    for (first = 0; first <= size; first++)
        good = good && feed(&probe, text, size, first) == wanted;
    UNIT_CHECK(good, "probe: %s", name);
}

/* Each proper beginning of a probe needs more, for whatever reason. */
static void
check_prefixes(const char *text)
{
    struct fcgi_probe probe;
    bool good = true;
    size_t size;

    for (size = 0; size < strlen(text); size++)
        good = good && feed(&probe, text, size, 0) == FCGI_PROBE_MORE;
    UNIT_CHECK(good, "probe: no beginning of %.8s... is enough", text);
    UNIT_CHECK(feed(&probe, text, size, 0) == FCGI_PROBE_MATCH,
               "probe: the whole of %.8s... is", text);
}

static void
check_matches(void)
{
    check("GET " PATH " HTTP/1.0\r\n\r\n", FCGI_PROBE_MATCH, "GET");
    check("HEAD " PATH " HTTP/1.1\r\nHost: a\r\n\r\n", FCGI_PROBE_MATCH,
          "HEAD with a header");
    check("OPTIONS " PATH " HTTP/1.1\nHost: a\n\n", FCGI_PROBE_MATCH,
          "OPTIONS with bare LF");
    check("GET " PATH "?a=b+c HTTP/1.1\r\nA: b\r\nC: d\r\n\r\n",
          FCGI_PROBE_MATCH, "a query");
    check("GET " PATH "\r\n", FCGI_PROBE_MATCH, "a line without version");
    check("GET " PATH "?x\n", FCGI_PROBE_MATCH, "the same with query and LF");
    check("GET " PATH "\n", FCGI_PROBE_MATCH, "the same, shortest");
    check("GET " PATH " HTTP/1.1\r\nA: b\r\n\r\nmore", FCGI_PROBE_MATCH,
          "what follows does not matter");
}

static void
check_others(void)
{
    check("POST " PATH " HTTP/1.0\r\n\r\n", FCGI_PROBE_OTHER, "POST");
    check("get " PATH " HTTP/1.0\r\n\r\n", FCGI_PROBE_OTHER, "small letters");
    check("GET  " PATH " HTTP/1.0\r\n\r\n", FCGI_PROBE_OTHER, "two blanks");
    check("GETS " PATH " HTTP/1.0\r\n\r\n", FCGI_PROBE_OTHER, "longer methods");
    check("GET / HTTP/1.0\r\n\r\n", FCGI_PROBE_OTHER, "a shorter path");
    check("GET " PATH "/ HTTP/1.0\r\n\r\n", FCGI_PROBE_OTHER, "a longer path");
    check("GET /health/y HTTP/1.0\r\n\r\n", FCGI_PROBE_OTHER, "another path");
    check("GET " PATH "\rx", FCGI_PROBE_OTHER, "a CR alone");
    check("GET " PATH " HTTP/1.0\r\n\rx", FCGI_PROBE_OTHER, "at the end, too");
    check("\x01\x01\x00\x01", FCGI_PROBE_OTHER, "FastCGI");
    check("\r\n\r\n", FCGI_PROBE_OTHER, "empty lines");
    check("Hello, world\r\n\r\n", FCGI_PROBE_OTHER, "other text");
}

static void
check_endless(void)
{
    static char text[FCGI_PROBE_HEAD + 100];
    struct fcgi_probe probe;

    memset(text, 'x', sizeof(text));
    memcpy(text, "GET " PATH " HTTP/1.1\r\nA: ", 28);
    UNIT_CHECK(feed(&probe, text, FCGI_PROBE_HEAD, 0) == FCGI_PROBE_MORE &&
                   feed(&probe, text, sizeof(text), 0) == FCGI_PROBE_OTHER,
               "probe: endless headers are given up");
}

static void
check_random(void)
{
    static const char letters[] = "GETHADOPINS /healthz?\r\n\x01 HTTP1.0";
    bool good = true;
    int i;

    srand(1);
    for (i = 0; i < 20000 && good; i++) {
        char text[40] = "GET /health/z";
        size_t size = (size_t)(rand() % 40);
        size_t from = (size_t)(rand() % 14);
        struct fcgi_probe probe;
        enum fcgi_probe_result whole;
        size_t first;

        for (; from < size; from++)
            text[from] = letters[(size_t)rand() % (sizeof(letters) - 1)];
        whole = feed(&probe, text, size, 0);
        for (first = 1; first <= size; first++)
            good = good && feed(&probe, text, size, first) == whole;
    }
    UNIT_CHECK(good, "probe: any bytes mean the same at any split");
}

static bool
answer_is(const char *request, bool is_leaving, const char *start,
          const char *body)
{
    struct fcgi_probe probe;
    const char *answer;
    const char *end;

    feed(&probe, request, strlen(request), 0);
    answer = fcgi_probe_answer(&probe, is_leaving);
    end = strstr(answer, "\r\n\r\n");
    return strncmp(answer, start, strlen(start)) == 0 && end != NULL &&
           strcmp(end + 4, body) == 0;
}

static void
check_answers(void)
{
    UNIT_CHECK(answer_is("GET " PATH "\n", false, "HTTP/1.0 200 ", "ok\n") &&
                   answer_is("HEAD " PATH "\n", false, "HTTP/1.0 200 ", "") &&
                   answer_is("OPTIONS " PATH "\n", false, "HTTP/1.0 200 ", ""),
               "probe: 200, a body for GET only");
    UNIT_CHECK(
        answer_is("GET " PATH "\n", true, "HTTP/1.0 503 ", "leaving\n") &&
            answer_is("HEAD " PATH "\n", true, "HTTP/1.0 503 ", "") &&
            answer_is("OPTIONS " PATH "\n", true, "HTTP/1.0 503 ", ""),
        "probe: 503 on the way out");
}

static void
check_paths(void)
{
    char longest[FCGI_PROBE_PATH + 2];

    memset(longest, '/', sizeof(longest));
    longest[FCGI_PROBE_PATH + 1] = '\0';
    UNIT_CHECK(!fcgi_probe_is_path(longest) && fcgi_probe_is_path(longest + 1),
               "probe: a path has up to 255 bytes");
    UNIT_CHECK(fcgi_probe_is_path("/") && fcgi_probe_is_path(PATH) &&
                   !fcgi_probe_is_path("") && !fcgi_probe_is_path("x") &&
                   !fcgi_probe_is_path("/a b") && !fcgi_probe_is_path("/a?b") &&
                   !fcgi_probe_is_path("/a\n") &&
                   !fcgi_probe_is_path("/\xc3\xa4"),
               "probe: and starts with a slash");
}

int
main(void)
{
    check_matches();
    check_others();
    check_prefixes("GET " PATH " HTTP/1.1\r\nHost: x\r\n\r\n");
    check_prefixes("OPTIONS " PATH "\r\n");
    check_endless();
    check_random();
    check_answers();
    check_paths();
    return unit_done();
}
