/* SPDX-License-Identifier: BSD-2-Clause */
/* Steps that set something, wait, or end something. */
#include "steps.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Settings */

static void
set_padding(struct conn *conn, const char *value)
{
    conn->shape.padding =
        strcmp(value, "auto") == 0 ? -1 : (int)number(value, 255);
}

static void
set_keep(struct conn *conn, const char *value)
{
    if (strcmp(value, "yes") == 0)
        conn->keep = KEEP_YES;
    else if (strcmp(value, "no") == 0)
        conn->keep = KEEP_NO;
    else if (strcmp(value, "asked") == 0)
        conn->keep = KEEP_ASKED;
    else
        die(EXIT_USAGE, "set keep: yes, no or asked, not %s", value);
}

static enum verdict
step_set(struct conn *conn, const struct step *step)
{
    const char *what = step_word(step, 1);
    const char *value = step_word(step, 2);

    if (strcmp(what, "version") == 0) {
        conn->shape.version = (unsigned)number(value, 255);
    } else if (strcmp(what, "id") == 0) {
        conn->id = (unsigned)number(value, 65535);
        conn->id_is_fixed = true;
    } else if (strcmp(what, "padding") == 0) {
        set_padding(conn, value);
    } else if (strcmp(what, "record") == 0) {
        conn->shape.content = number(value, FCGI_WIRE_MAX_CONTENT);
        if (conn->shape.content == 0)
            die(EXIT_USAGE, "set record: at least 1");
    } else if (strcmp(what, "split") == 0) {
        conn->out.split = number(value, STEP_MAX_SIZE);
    } else if (strcmp(what, "cut") == 0) {
        conn->out.cut = number(value, STEP_MAX_SIZE);
    } else if (strcmp(what, "delay") == 0) {
        conn->out.delay_ms = (unsigned)number(value, 3600000);
    } else if (strcmp(what, "keep") == 0) {
        set_keep(conn, value);
    } else {
        die(EXIT_USAGE, "set: no such setting: %s", what);
    }
    return NEXT;
}

static enum verdict
step_cork(struct conn *conn, const struct step *step)
{
    (void)step;
    conn->out.corked = true;
    return NEXT;
}

static enum verdict
step_uncork(struct conn *conn, const struct step *step)
{
    (void)step;
    return net_uncork(&conn->out) ? NEXT : CLOSE;
}

/* Time and files */

static enum verdict
step_pause(struct conn *conn, const struct step *step)
{
    (void)conn;
    sleep_ms((unsigned)number(step_word(step, 1), 3600000));
    return NEXT;
}

static enum verdict
step_await(struct conn *conn, const struct step *step)
{
    struct text path = step_expand(conn, &step->words[1]);
    struct stat info;

    while (stat(path.data, &info) != 0)
        sleep_ms(2);
    text_free(&path);
    return NEXT;
}

static enum verdict
step_touch(struct conn *conn, const struct step *step)
{
    struct text path = step_expand(conn, &step->words[1]);
    FILE *file = fopen(path.data, "a");

    if (file == NULL || fclose(file) != 0)
        die(EXIT_SYSTEM, "%s: %s", path.data, strerror(errno));
    text_free(&path);
    return NEXT;
}

static enum verdict
step_log(struct conn *conn, const struct step *step)
{
    struct text line = step_expand(conn, &step->words[1]);

    conn_log(conn, "%s", line.data);
    text_free(&line);
    return NEXT;
}

static enum verdict
step_complain(struct conn *conn, const struct step *step)
{
    struct text line = step_expand(conn, &step->words[1]);

    fputs(line.data, stderr);
    fflush(stderr);
    text_free(&line);
    return NEXT;
}

/* Ends */

static enum verdict
step_close(struct conn *conn, const struct step *step)
{
    (void)step;
    conn->keep = KEEP_NO;
    return CLOSE;
}

static enum verdict
step_reset(struct conn *conn, const struct step *step)
{
    (void)step;
    net_reset(conn->out.fd);
    conn->out.fd = -1;
    return CLOSE;
}

static enum verdict
step_shutdown(struct conn *conn, const struct step *step)
{
    (void)step;
    shutdown(conn->out.fd, SHUT_WR);
    return NEXT;
}

static enum verdict
step_stop_listening(struct conn *conn, const struct step *step)
{
    (void)step;
    if (conn->peer->listener >= 0)
        close(conn->peer->listener);
    conn->peer->listener = -1;
    return NEXT;
}

static enum verdict
step_hang(struct conn *conn, const struct step *step)
{
    (void)conn;
    (void)step;
    for (;;)
        pause();
    return NEXT;
}

static enum verdict
step_ignore(struct conn *conn, const struct step *step)
{
    (void)conn;
    signal(signal_number(step_word(step, 1)), SIG_IGN);
    return NEXT;
}

static enum verdict
step_kill(struct conn *conn, const struct step *step)
{
    (void)conn;
    raise(signal_number(step_word(step, 1)));
    return NEXT;
}

static enum verdict
step_exit(struct conn *conn, const struct step *step)
{
    (void)conn;
    exit((int)number(step_word(step, 1), 255));
}

static enum verdict
step_repeat(struct conn *conn, const struct step *step)
{
    size_t times = number(step_word(step, 1), STEP_MAX_SIZE);
    struct step inner = {.count = step->count - 2};
    size_t i;

    memcpy(inner.words, step->words + 2,
           sizeof(inner.words[0]) * (size_t)inner.count);
    for (i = 0; i < times || times == 0; i++)
        if (step_run(conn, &inner) == CLOSE)
            return CLOSE;
    return NEXT;
}

const struct step_kind steps_control[] = {
    {"set", 2, 2, step_set,
     "version N | id N | padding N|auto | record N (bytes of content) |\n"
     "split N (bytes per write, 0: all) | cut N (end the next write there) |\n"
     "delay MS (between writes) | keep yes|no|asked: up to the next request"},
    {"cork", 0, 0, step_cork, "hold back what is sent from now on"},
    {"uncork", 0, 0, step_uncork, "send it in one write"},
    {"pause", 1, 1, step_pause, "MS: wait"},
    {"await", 1, 1, step_await,
     "FILE: wait until a file of this name is there"},
    {"touch", 1, 1, step_touch, "FILE: make an empty file"},
    {"log", 1, 1, step_log, "TEXT: a line into the log"},
    {"complain", 1, 1, step_complain, "TEXT: to the process's own stderr"},
    {"close", 0, 0, step_close, "close the connection"},
    {"reset", 0, 0, step_reset, "close it with a reset"},
    {"shutdown", 0, 0, step_shutdown, "end the output, keep on reading"},
    {"stop-listening", 0, 0, step_stop_listening,
     "close the listening socket; leave after this connection"},
    {"hang", 0, 0, step_hang, "do nothing, for ever"},
    {"ignore", 1, 1, step_ignore, "SIGNAL: ignore it from now on"},
    {"kill", 1, 1, step_kill, "SIGNAL: die by a signal"},
    {"exit", 1, 1, step_exit, "CODE: leave at once"},
    {"repeat", 2, STEP_WORDS - 1, step_repeat,
     "N STEP...: one step, N times (0: as long as it goes)"},
    {NULL, 0, 0, NULL, NULL},
};
