/* SPDX-License-Identifier: BSD-2-Clause */
/* The FCGI interface, call by call: before, in and after requests. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "page.h"
#include "unit.h"

#define NO_FCGI_DEFINES
#include "fcgi_config.h"
#include "fcgi_stdio.h"
#include "fastcgi.h"

extern char **environ;

static const char *const plain[] = {"A=1", "B=two", NULL};
static struct page page;
static char scratch[] = "/tmp/stdio-test.XXXXXX";

/* Takes what is written to the real standard error meanwhile. */
static int saved_stderr, captured;

static void
capture_begin(void)
{
    char name[] = "/tmp/stdio-test.XXXXXX";

    fflush(stderr);
    saved_stderr = dup(2);
    captured = mkstemp(name);
    unlink(name);
    dup2(captured, 2);
}

static const char *
capture_end(void)
{
    static char text[256];
    ssize_t size;

    fflush(stderr);
    dup2(saved_stderr, 2);
    close(saved_stderr);
    size = pread(captured, text, sizeof text - 1, 0);
    text[size < 0 ? 0 : size] = '\0';
    close(captured);
    return text;
}

/* Every call on the standard streams when there is no request. */
static void
test_no_request(const char *when)
{
    char buffer[8];
    fpos_t position;
    bool fails;

    errno = 0;
    fails = FCGI_printf("x") == EOF && errno == EBADF;
    fails = fails && FCGI_puts("x") == EOF && FCGI_putchar('x') == EOF &&
            FCGI_fputs("x", FCGI_stdout) == EOF &&
            FCGI_fwrite("x", 1, 1, FCGI_stdout) == 0;
    UNIT_CHECK(fails, "stdio: writing %s a request fails with EBADF", when);
    fails = FCGI_getchar() == EOF && FCGI_gets(buffer) == NULL &&
            FCGI_fgets(buffer, 8, FCGI_stdin) == NULL &&
            FCGI_fread(buffer, 1, 8, FCGI_stdin) == 0 &&
            FCGI_ungetc('x', FCGI_stdin) == EOF;
    UNIT_CHECK(fails, "stdio: reading %s a request fails", when);
    UNIT_CHECK(FCGI_feof(FCGI_stdin) && FCGI_ferror(FCGI_stdin) &&
                   FCGI_fileno(FCGI_stdin) == -1,
               "stdio: %s a request a stream is at its end", when);
    fails = FCGI_fclose(FCGI_stdin) == EOF && FCGI_fclose(FCGI_stderr) == EOF &&
            FCGI_fflush(FCGI_stdout) == EOF &&
            FCGI_setvbuf(FCGI_stdout, NULL, _IONBF, 0) != 0 &&
            FCGI_fseek(FCGI_stdin, 0, SEEK_SET) == -1 &&
            FCGI_ftell(FCGI_stdin) == -1 &&
            FCGI_fgetpos(FCGI_stdin, &position) != 0 &&
            FCGI_StartFilterData() == -1;
    FCGI_setbuf(FCGI_stdout, NULL);
    FCGI_rewind(FCGI_stdin);
    FCGI_clearerr(FCGI_stdin);
    FCGI_SetExitStatus(3);
    FCGI_Finish();
    UNIT_CHECK(fails, "stdio: all other calls %s a request are harmless", when);
    capture_begin();
    FCGI_fprintf(FCGI_stderr, "to fd %d", 2);
    UNIT_CHECK(strcmp(capture_end(), "to fd 2") == 0,
               "stdio: standard error %s a request is descriptor 2", when);
}

static void
test_null(void)
{
    UNIT_CHECK(FCGI_fclose(NULL) == EOF && FCGI_fgetc(NULL) == EOF &&
                   FCGI_fputc('x', NULL) == EOF &&
                   FCGI_freopen("/dev/null", "r", NULL) == NULL,
               "stdio: a NULL stream is refused");
}

static void
test_write(void)
{
    int counts[5];

    page_begin(&page, "");
    counts[0] = FCGI_printf("%s|%05d|%zu\n", "text", 42, (size_t)7);
    counts[1] = FCGI_puts("line");
    counts[2] = FCGI_fputs("abc", FCGI_stdout);
    counts[3] = FCGI_putchar(0xff);
    counts[4] = (int)FCGI_fwrite("123456", 2, 3, FCGI_stdout);
    FCGI_fputs("to stderr", FCGI_stderr);
    errno = ENOENT;
    FCGI_perror("why");
    page_finish(&page);
    UNIT_CHECK(strcmp(page.out, "text|00042|7\nline\nabc\377"
                                "123456") == 0,
               "stdio: what is written arrives in order");
    UNIT_CHECK(counts[0] == 13 && counts[1] >= 0 && counts[2] >= 0 &&
                   counts[3] == 0xff && counts[4] == 3,
               "stdio: writing returns what stdio does");
    UNIT_CHECK(strcmp(page.err, "to stderrwhy: No such file or directory\n") ==
                   0,
               "stdio: standard error and perror go to the web server");
    UNIT_CHECK(page.ended == 1 && page.status == 0,
               "stdio: the request ends with status 0");
}

static void
test_read(void)
{
    char buffer[32];
    bool right;

    page_begin(&page, "first line\nsecond\nABCDEFGHIJ\ngets me\nlast");
    right = FCGI_fgets(buffer, 6, FCGI_stdin) != NULL &&
            strcmp(buffer, "first") == 0;
    right = right && FCGI_fgets(buffer, 32, FCGI_stdin) != NULL &&
            strcmp(buffer, " line\n") == 0;
    UNIT_CHECK(right, "stdio: fgets stops at its size and at a newline");
    right = FCGI_getchar() == 's' && FCGI_ungetc('S', FCGI_stdin) == 'S' &&
            FCGI_fgetc(FCGI_stdin) == 'S';
    UNIT_CHECK(right, "stdio: a character is put back");
    FCGI_fgets(buffer, 32, FCGI_stdin);
    memset(buffer, 0, sizeof buffer);
    UNIT_CHECK(FCGI_fread(buffer, 3, 3, FCGI_stdin) == 3 &&
                   strcmp(buffer, "ABCDEFGHI") == 0,
               "stdio: fread counts items");
    FCGI_fgets(buffer, 32, FCGI_stdin);
    UNIT_CHECK(FCGI_gets(buffer) != NULL && strcmp(buffer, "gets me") == 0,
               "stdio: gets drops the newline");
    UNIT_CHECK(!FCGI_feof(FCGI_stdin) &&
                   FCGI_fread(buffer, 3, 4, FCGI_stdin) == 1,
               "stdio: fread counts whole items only at the end");
    UNIT_CHECK(FCGI_getchar() == EOF && FCGI_feof(FCGI_stdin) &&
                   !FCGI_ferror(FCGI_stdin) &&
                   FCGI_fgets(buffer, 32, FCGI_stdin) == NULL,
               "stdio: the end of the body is the end of input");
    UNIT_CHECK(FCGI_fread(buffer, 0, 5, FCGI_stdin) == 0 &&
                   FCGI_fread(buffer, (size_t)-1, 5, FCGI_stdin) == 0 &&
                   errno == EOVERFLOW,
               "stdio: impossible sizes are refused");
    page_finish(&page);
}

static void
test_streams(void)
{
    fpos_t position;

    page_begin(&page, "");
    errno = 0;
    UNIT_CHECK(FCGI_fseek(FCGI_stdout, 0, SEEK_SET) == -1 && errno == ESPIPE &&
                   FCGI_ftell(FCGI_stdin) == -1 &&
                   FCGI_fgetpos(FCGI_stdin, &position) == -1 &&
                   FCGI_fsetpos(FCGI_stdin, &position) == -1,
               "stdio: a request's stream has no position");
    UNIT_CHECK(FCGI_fileno(FCGI_stdout) == -1,
               "stdio: a request's stream has no descriptor");
    UNIT_CHECK(FCGI_setvbuf(FCGI_stdout, NULL, _IONBF, 0) == -1,
               "stdio: a request's stream keeps its buffer");
    UNIT_CHECK(FCGI_ToFcgiStream(FCGI_stdout) != NULL &&
                   FCGI_ToFILE(FCGI_stdout) == NULL,
               "stdio: the accessors tell the request's stream");
    FCGI_puts("kept");
    UNIT_CHECK(FCGI_fflush(NULL) == 0, "stdio: fflush(NULL) flushes a request");
    UNIT_CHECK(FCGI_fclose(FCGI_stdout) == 0 && FCGI_puts("lost") == EOF,
               "stdio: a closed stream takes nothing");
    FCGI_SetExitStatus(42);
    page_finish(&page);
    UNIT_CHECK(strcmp(page.out, "kept\n") == 0 && page.status == 42,
               "stdio: output and exit status outlive fclose(stdout)");
}

static void
test_status(void)
{
    page_begin(&page, "");
    page_finish(&page);
    UNIT_CHECK(page.status == 0,
               "stdio: an exit status does not leak into the next request");
}

static void
test_environ(void)
{
    page_begin(&page, "");
    UNIT_CHECK(getenv("OUTSIDE") == NULL && getenv("PATH") == NULL,
               "stdio: nothing of the process's environment is in a request");
    UNIT_CHECK(getenv("A") != NULL && strcmp(getenv("B"), "two") == 0 &&
                   strcmp(getenv("FCGI_ROLE"), "RESPONDER") == 0,
               "stdio: the environment is the request's");
    setenv("INSIDE", "yes", 1);
    unsetenv("A");
    page_finish(&page);
    UNIT_CHECK(getenv("OUTSIDE") != NULL &&
                   strcmp(getenv("OUTSIDE"), "kept") == 0 &&
                   getenv("INSIDE") == NULL && getenv("B") == NULL,
               "stdio: after a request the process's environment is back");
    setenv("OUTSIDE", "changed", 1);
    page_begin(&page, "");
    UNIT_CHECK(getenv("INSIDE") == NULL && getenv("A") != NULL,
               "stdio: changes end with their request");
    page_finish(&page);
    UNIT_CHECK(strcmp(getenv("OUTSIDE"), "changed") == 0,
               "stdio: changes between requests stay");
    clearenv();
    page_begin(&page, "");
    page_finish(&page);
    UNIT_CHECK(environ == NULL || environ[0] == NULL,
               "stdio: an empty environment comes back empty");
}

static void
test_files(void)
{
    char buffer[64] = "";
    FCGI_FILE *file = FCGI_fopen(scratch, "w+");
    fpos_t start;
    bool right;

    right = file != NULL && FCGI_fgetpos(file, &start) == 0 &&
            FCGI_fprintf(file, "one %d\n", 1) == 6 &&
            FCGI_fputc('2', file) == '2' && FCGI_fputs("3\n", file) >= 0 &&
            FCGI_fwrite("45", 1, 2, file) == 2 && FCGI_ftell(file) == 11;
    UNIT_CHECK(right, "stdio: a file is written");
    FCGI_rewind(file);
    right = FCGI_fgets(buffer, 64, file) != NULL &&
            strcmp(buffer, "one 1\n") == 0 && FCGI_fgetc(file) == '2' &&
            FCGI_ungetc('Z', file) == 'Z' && FCGI_fgetc(file) == 'Z' &&
            FCGI_fread(buffer, 1, 64, file) == 4 && FCGI_feof(file) &&
            !FCGI_ferror(file);
    UNIT_CHECK(right, "stdio: a file is read back");
    FCGI_clearerr(file);
    right = !FCGI_feof(file) && FCGI_fseek(file, 4, SEEK_SET) == 0 &&
            FCGI_fgetc(file) == '1' && FCGI_fsetpos(file, &start) == 0 &&
            FCGI_fgetc(file) == 'o' && FCGI_fileno(file) > 2 &&
            FCGI_fflush(file) == 0;
    UNIT_CHECK(right, "stdio: a file has positions and a descriptor");
    right = FCGI_freopen(scratch, "r", file) == file &&
            FCGI_fgetc(file) == 'o' && FCGI_fputc('x', file) == EOF &&
            FCGI_fclose(file) == 0;
    UNIT_CHECK(right, "stdio: a file is reopened and closed");
    UNIT_CHECK(FCGI_fopen("/nonexistent/x", "r") == NULL && errno == ENOENT,
               "stdio: fopen tells what failed");
    file = FCGI_tmpfile();
    UNIT_CHECK(file != NULL && FCGI_setvbuf(file, NULL, _IONBF, 0) == 0 &&
                   FCGI_fputs("x", file) >= 0 && FCGI_fclose(file) == 0,
               "stdio: tmpfile gives a file");
    file = FCGI_fdopen(open(scratch, O_RDONLY), "r");
    UNIT_CHECK(file != NULL && FCGI_fgetc(file) == 'o' &&
                   FCGI_fclose(file) == 0,
               "stdio: fdopen takes a descriptor");
    file = FCGI_popen("read a; echo \"<$a>\"; exit 3", "r");
    right = file != NULL && FCGI_fgets(buffer, 64, file) != NULL &&
            strcmp(buffer, "<>\n") == 0;
    UNIT_CHECK(right && FCGI_pclose(file) == 3 << 8,
               "stdio: popen runs a command, pclose tells its status");
}

static void
test_freopen(void)
{
    page_begin(&page, "body");
    UNIT_CHECK(FCGI_freopen(scratch, "r", FCGI_stdin) == FCGI_stdin &&
                   FCGI_getchar() == 'o',
               "stdio: freopen turns a request's stream into a file");
    UNIT_CHECK(FCGI_freopen("/nonexistent/x", "r", FCGI_stdin) == NULL &&
                   FCGI_getchar() == EOF,
               "stdio: after a failed freopen the stream is closed");
    FCGI_freopen(scratch, "r", FCGI_stdin);
    FCGI_puts("still here");
    page_finish(&page);
    UNIT_CHECK(strcmp(page.out, "still here\n") == 0 && page.ended == 1,
               "stdio: the answer is complete after freopen");
    page_begin(&page, "next");
    UNIT_CHECK(FCGI_getchar() == 'n',
               "stdio: the next request has its own standard input");
    page_finish(&page);
}

static void
test_filter(void)
{
    static const char *const params[] = {"FCGI_DATA_LENGTH=4", NULL};

    page_send(&page, FCGI_FILTER, params, "in", "data");
    if (FCGI_Accept() != 0)
        exit(2);
    while (FCGI_getchar() != EOF)
        ;
    UNIT_CHECK(FCGI_StartFilterData() == 0 && FCGI_getchar() == 'd' &&
                   strcmp(getenv("FCGI_ROLE"), "FILTER") == 0,
               "stdio: a filter goes on to its data");
    page_finish(&page);
}

/* FCGI_Accept alone completes the request before. */
static void
test_accept_finishes(void)
{
    static struct page second;

    page_begin(&page, "");
    FCGI_puts("one");
    page_send(&second, FCGI_RESPONDER, plain, "", NULL);
    UNIT_CHECK(FCGI_Accept() == 0, "stdio: FCGI_Accept takes the next request");
    page_receive(&page);
    UNIT_CHECK(strcmp(page.out, "one\n") == 0 && page.ended == 1,
               "stdio: FCGI_Accept finishes the request before");
    FCGI_Finish();
    page_receive(&second);
    FCGI_Finish();
}

static void
test_leave(void)
{
    FCGX_ShutdownPending();
    UNIT_CHECK(FCGI_Accept() < 0, "stdio: after shutdown FCGI_Accept says so");
    test_no_request("after the last");
}

int
main(void)
{
    int fd = mkstemp(scratch);

    if (fd < 0)
        return 2;
    close(fd);
    setenv("OUTSIDE", "kept", 1);
    test_null();
    page_listen();
    test_no_request("before");
    test_write();
    test_read();
    test_streams();
    test_status();
    test_no_request("after");
    test_files();
    test_freopen();
    test_filter();
    test_accept_finishes();
    test_environ();
    test_leave();
    unlink(scratch);
    return unit_done();
}
