/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The benchmark's application on libfcgi's public API, so that the same binary
 * runs on any libfcgi.so.0.  SCRIPT_NAME tells what is asked for:
 *   /small   12 bytes          /large   10 MiB in pieces of 1 MiB
 *   /page    64 KiB            /huge    1 GiB in pieces of 1 MiB
 *   /upload  reads the body    /printf  1000 lines by the stdio layer
 *   /work, /burst...           12 bytes after 200 ms
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fcgi_stdio.h"
#include "fcgiapp.h"

enum {
    PIECE = 1 << 20,
    PIECES = 10,
    HUGE_PIECES = 1024,
    PAGE = 1 << 16,
    LINES = 1000
};

static char *piece;

static void
answer_small(FCGX_Stream *out)
{
    FCGX_PutS("Content-Type: text/plain\r\n\r\n", out);
    FCGX_PutS("Hello world\n", out);
}

static void
answer_pieces(FCGX_Stream *out, int pieces)
{
    int i;

    FCGX_PutS("Content-Type: text/plain\r\n\r\n", out);
    for (i = 0; i < pieces; i++)
        FCGX_PutStr(piece, PIECE, out);
}

static void
answer_page(FCGX_Stream *out)
{
    FCGX_PutS("Content-Type: text/plain\r\n\r\n", out);
    FCGX_PutStr(piece, PAGE, out);
}

static void
answer_upload(FCGX_Stream *in, FCGX_Stream *out)
{
    static char buffer[65536];
    unsigned long total = 0;
    int n;

    while ((n = FCGX_GetStr(buffer, sizeof(buffer), in)) > 0)
        total += (unsigned long)n;
    FCGX_FPrintF(out, "Content-Type: text/plain\r\n\r\n%lu\n", total);
}

static void
answer_late(FCGX_Stream *out)
{
    struct timespec work = {.tv_nsec = 200000000};

    nanosleep(&work, NULL);
    answer_small(out);
}

static int
is_path(const char *uri, const char *path)
{
    return uri != NULL && strcmp(uri, path) == 0;
}

static int
serve(void)
{
    FCGX_Request request;

    FCGX_Init();
    FCGX_InitRequest(&request, 0, 0);
    while (FCGX_Accept_r(&request) == 0) {
        const char *uri = FCGX_GetParam("SCRIPT_NAME", request.envp);

        if (is_path(uri, "/large"))
            answer_pieces(request.out, PIECES);
        else if (is_path(uri, "/huge"))
            answer_pieces(request.out, HUGE_PIECES);
        else if (is_path(uri, "/page"))
            answer_page(request.out);
        else if (is_path(uri, "/upload"))
            answer_upload(request.in, request.out);
        else if (is_path(uri, "/work") ||
                 (uri != NULL && strncmp(uri, "/burst", 6) == 0))
            answer_late(request.out);
        else
            answer_small(request.out);
    }
    return 0;
}

static int
serve_stdio(void)
{
    int i;

    while (FCGI_Accept() >= 0) {
        printf("Content-Type: text/html\r\n\r\n");
        for (i = 0; i < LINES; i++)
            printf("<li>item %d of %s</li>\n", i, "the list");
    }
    return 0;
}

static void *
serve_aside(void *unused)
{
    (void)unused;
    serve();
    return NULL;
}

/* As many threads as that, this one included. */
static int
serve_by(int threads)
{
    FCGX_Init();
    for (; threads > 1; threads--) {
        pthread_t thread;

        if (pthread_create(&thread, NULL, serve_aside, NULL) != 0)
            return 1;
    }
    return serve();
}

int
main(int argc, char **argv)
{
    piece = malloc(PIECE);
    if (piece == NULL)
        return 1;
    memset(piece, 'd', PIECE);
    if (argc > 1 && strcmp(argv[1], "stdio") == 0)
        return serve_stdio();
    return serve_by(argc > 2 ? (int)strtol(argv[2], NULL, 10) : 1);
}
