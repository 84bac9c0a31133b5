/* SPDX-License-Identifier: BSD-2-Clause */
/* The FCGI interface: requests, the environment, and files. */
#include "stdio_int.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* Reached through the GOT alone: programs carry copy relocations of it. */
FCGI_FILE _fcgi_sF[3];

/* A list of "NAME=value" pointers that the library owns; not the strings. */
struct environ_copy {
    char **entries;
    size_t room; /* pointers */
};

/* The interface is one per process, as stdin and environ are. */
static struct {
    bool started;    /* FCGI_Accept was called */
    bool is_cgi;     /* valid once started */
    bool in_request; /* of FastCGI */
    pid_t pid;       /* of the process that accepted the request */
    struct environ_copy process_environ;
    struct environ_copy request_environ;
    char **outside; /* environ outside requests; valid in one */
} state;

FILE *
fcgi_stdio_file(const FCGI_FILE *fp)
{
    if (fp == NULL)
        return NULL;
    if (fp->stdio_stream == NULL && fp == FCGI_stderr && !state.in_request &&
        !state.is_cgi)
        return stderr;
    return fp->stdio_stream;
}

FCGX_Stream *
fcgi_stdio_stream(const FCGI_FILE *fp)
{
    if (fp != NULL && fp->fcgx_stream != NULL)
        return fp->fcgx_stream;
    errno = EBADF;
    return NULL;
}

/* --- Environment --------------------------------------------------------- */

/*
 * Returns a copy of the list, valid until the next call with the same copy,
 * or the list itself if there is no memory.  Copies, because setenv(3) and
 * unsetenv(3) change, move and free the list that environ points to.
 */
static char **
environ_copy(struct environ_copy *copy, char **list)
{
    size_t count = 0;

    if (list == NULL)
        return NULL;
    while (list[count] != NULL)
        count++;
    if (count >= copy->room) {
        size_t room = count + 32;
        char **entries = realloc(copy->entries, room * sizeof *entries);

        if (entries == NULL)
            return list;
        copy->entries = entries;
        copy->room = room;
    }
    memcpy(copy->entries, list, (count + 1) * sizeof *list);
    return copy->entries;
}

static void
environ_enter(char **envp)
{
    /* Unchanged since the last request, it is the copy already. */
    if (environ == NULL || environ != state.process_environ.entries)
        state.outside = environ_copy(&state.process_environ, environ);
    environ = environ_copy(&state.request_environ, envp);
}

static void
environ_leave(void)
{
    environ = state.outside;
}

/* --- Requests ------------------------------------------------------------ */

static void
set_stream(int i, FILE *file, FCGX_Stream *stream)
{
    _fcgi_sF[i].stdio_stream = file;
    _fcgi_sF[i].fcgx_stream = stream;
}

/* Only the process that accepted a request completes it: a child of its own
 * that exits has nothing to say to the web server. */
static void
finish_at_exit(void)
{
    if (state.is_cgi || state.pid == getpid())
        FCGI_Finish();
}

static int
start_cgi(void)
{
    set_stream(0, stdin, NULL);
    set_stream(1, stdout, NULL);
    set_stream(2, stderr, NULL);
    return 0;
}

int
FCGI_Accept(void)
{
    FCGX_Stream *in, *out, *err;
    FCGX_ParamArray envp;
    int result;

    FCGI_Finish();
    if (!state.started) {
        state.is_cgi = FCGX_IsCGI();
        if (atexit(finish_at_exit) != 0)
            return -1;
        state.started = true;
        if (state.is_cgi)
            return start_cgi();
    }
    if (state.is_cgi)
        return -1;
    result = FCGX_Accept(&in, &out, &err, &envp);
    if (result < 0)
        return result;
    set_stream(0, NULL, in);
    set_stream(1, NULL, out);
    set_stream(2, NULL, err);
    environ_enter(envp);
    state.pid = getpid();
    state.in_request = true;
    return 0;
}

void
FCGI_Finish(void)
{
    if (state.is_cgi) {
        if (_fcgi_sF[1].stdio_stream != NULL)
            fflush(_fcgi_sF[1].stdio_stream);
        return;
    }
    if (!state.in_request)
        return;
    for (int i = 0; i < 3; i++) {
        /* The application may have given it to FCGI_freopen. */
        if (_fcgi_sF[i].stdio_stream != NULL)
            fclose(_fcgi_sF[i].stdio_stream);
        set_stream(i, NULL, NULL);
    }
    state.in_request = false;
    environ_leave();
    FCGX_Finish();
}

int
FCGI_StartFilterData(void)
{
    if (_fcgi_sF[0].fcgx_stream == NULL)
        return -1;
    return FCGX_StartFilterData(_fcgi_sF[0].fcgx_stream);
}

void
FCGI_SetExitStatus(int status)
{
    for (int i = 0; i < 3; i++) {
        if (_fcgi_sF[i].fcgx_stream != NULL) {
            FCGX_SetExitStatus(status, _fcgi_sF[i].fcgx_stream);
            return;
        }
    }
}

/* --- Opening and closing ------------------------------------------------- */

/* Gives file to fp; if there is none, gives up fp.  Memory first, so that a
 * file that was opened need not be closed again. */
static FCGI_FILE *
wrap(FCGI_FILE *fp, FILE *file)
{
    if (file == NULL) {
        free(fp);
        return NULL;
    }
    fp->stdio_stream = file;
    return fp;
}

FCGI_FILE *
FCGI_fopen(const char *path, const char *mode)
{
    FCGI_FILE *fp = calloc(1, sizeof *fp);

    return fp == NULL ? NULL : wrap(fp, fopen(path, mode));
}

FCGI_FILE *
FCGI_tmpfile(void)
{
    FCGI_FILE *fp = calloc(1, sizeof *fp);

    return fp == NULL ? NULL : wrap(fp, tmpfile());
}

FCGI_FILE *
FCGI_fdopen(int fd, const char *mode)
{
    FCGI_FILE *fp = calloc(1, sizeof *fp);

    return fp == NULL ? NULL : wrap(fp, fdopen(fd, mode));
}

FCGI_FILE *
FCGI_popen(const char *cmd, const char *type)
{
    FCGI_FILE *fp = calloc(1, sizeof *fp);

    return fp == NULL ? NULL : wrap(fp, popen(cmd, type));
}

FCGI_FILE *
FCGI_fmemopen(void *buf, size_t size, const char *mode)
{
    FCGI_FILE *fp = calloc(1, sizeof *fp);

    return fp == NULL ? NULL : wrap(fp, fmemopen(buf, size, mode));
}

FCGI_FILE *
FCGI_open_memstream(char **buf, size_t *size)
{
    FCGI_FILE *fp = calloc(1, sizeof *fp);

    return fp == NULL ? NULL : wrap(fp, open_memstream(buf, size));
}

/* Forgets both streams, and fp itself unless it is one of the three. */
static void
forget(FCGI_FILE *fp)
{
    fp->stdio_stream = NULL;
    fp->fcgx_stream = NULL;
    if (fp != FCGI_stdin && fp != FCGI_stdout && fp != FCGI_stderr)
        free(fp);
}

static int
close_by(FCGI_FILE *fp, int (*close_file)(FILE *))
{
    FCGX_Stream *stream;
    int result;

    /* Not fcgi_stdio_file: outside requests, FCGI_stderr is only lent. */
    if (fp != NULL && fp->stdio_stream != NULL) {
        result = close_file(fp->stdio_stream);
        forget(fp);
        return result;
    }
    stream = fcgi_stdio_stream(fp);
    if (stream == NULL)
        return EOF;
    result = FCGX_FClose(stream);
    forget(fp);
    return result;
}

int
FCGI_fclose(FCGI_FILE *fp)
{
    return close_by(fp, fclose);
}

int
FCGI_pclose(FCGI_FILE *fp)
{
    return close_by(fp, pclose);
}

/* freopen(3), without the memory that it loses when it fails: only the standard
 * streams need keep their address. */
static FILE *
reopen(const char *path, const char *mode, FILE *file)
{
    if (path == NULL || file == stdin || file == stdout || file == stderr)
        return freopen(path, mode, file);
    fclose(file);
    return fopen(path, mode);
}

FCGI_FILE *
FCGI_freopen(const char *path, const char *mode, FCGI_FILE *fp)
{
    FILE *file = fcgi_stdio_file(fp);

    if (fp == NULL) {
        errno = EBADF;
        return NULL;
    }
    if (file != NULL) {
        file = reopen(path, mode, file);
    } else {
        if (fp->fcgx_stream != NULL)
            FCGX_FClose(fp->fcgx_stream);
        fp->fcgx_stream = NULL;
        file = fopen(path, mode);
    }
    fp->stdio_stream = file;
    return file == NULL ? NULL : fp;
}

/* --- Buffers ------------------------------------------------------------- */

static int
flush_all(void)
{
    int result = fflush(NULL);

    for (int i = 1; i < 3; i++) {
        FCGX_Stream *stream = _fcgi_sF[i].fcgx_stream;

        if (stream != NULL && FCGX_FFlush(stream) != 0)
            result = EOF;
    }
    return result;
}

int
FCGI_fflush(FCGI_FILE *fp)
{
    FCGX_Stream *stream;
    FILE *file = fcgi_stdio_file(fp);

    if (fp == NULL)
        return flush_all();
    if (file != NULL)
        return fflush(file);
    stream = fcgi_stdio_stream(fp);
    return stream == NULL ? EOF : FCGX_FFlush(stream);
}

int
FCGI_setvbuf(FCGI_FILE *fp, char *buf, int bufmode, size_t size)
{
    FILE *file = fcgi_stdio_file(fp);

    return file == NULL ? -1 : setvbuf(file, buf, bufmode, size);
}

void
FCGI_setbuf(FCGI_FILE *fp, char *buf)
{
    FILE *file = fcgi_stdio_file(fp);

    if (file != NULL)
        setbuf(file, buf);
}

/* --- Positions ----------------------------------------------------------- */

FILE *
fcgi_stdio_seekable(const FCGI_FILE *fp)
{
    FILE *file = fcgi_stdio_file(fp);

    if (file == NULL)
        errno = ESPIPE;
    return file;
}

int
FCGI_fseek(FCGI_FILE *fp, long offset, int whence)
{
    FILE *file = fcgi_stdio_seekable(fp);

    return file == NULL ? -1 : fseek(file, offset, whence);
}

long
FCGI_ftell(FCGI_FILE *fp)
{
    FILE *file = fcgi_stdio_seekable(fp);

    return file == NULL ? -1L : ftell(file);
}

void
FCGI_rewind(FCGI_FILE *fp)
{
    FILE *file = fcgi_stdio_seekable(fp);

    if (file != NULL)
        rewind(file);
}

int
FCGI_fgetpos(FCGI_FILE *fp, fpos_t *pos)
{
    FILE *file = fcgi_stdio_seekable(fp);

    return file == NULL ? -1 : fgetpos(file, pos);
}

int
FCGI_fsetpos(FCGI_FILE *fp, const fpos_t *pos)
{
    FILE *file = fcgi_stdio_seekable(fp);

    return file == NULL ? -1 : fsetpos(file, pos);
}
