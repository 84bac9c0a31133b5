/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http-load.h"

void
answer_init(struct answer *answer)
{
    memset(answer, 0, sizeof *answer);
    answer->length = -1;
}

bool
answer_complete(const struct answer *answer)
{
    return answer->state == ANSWER_DONE;
}

/* The head has ended: how the body is framed (RFC 9112, 6.3) */
static const char *
begin_body(struct answer *answer)
{
    if (answer->status < 200 && answer->status != 101) {
        /* An interim answer: another one follows. */
        answer->status = 0;
    } else if (answer->status == 204 || answer->status == 304) {
        answer->state = ANSWER_DONE;
    } else if (answer->chunked) {
        if (answer->length >= 0)
            return "Content-Length beside Transfer-Encoding";
        answer->state = ANSWER_CHUNK_SIZE;
    } else if (answer->length >= 0) {
        answer->body_left = answer->length;
        answer->state = answer->length == 0 ? ANSWER_DONE : ANSWER_SIZED;
    } else {
        answer->state = ANSWER_TO_EOF;
        answer->closes = true;
    }
    return NULL;
}

/* Whether the line is that header; *value receives what follows it. */
static bool
is_header(const char *line, const char *name, const char **value)
{
    size_t size = strlen(name);

    if (strncasecmp(line, name, size) != 0 || line[size] != ':')
        return false;
    *value = line + size + 1;
    *value += strspn(*value, " \t");
    return true;
}

static const char *
take_head_line(struct answer *answer, const char *line)
{
    const char *value;
    char *end;

    if (answer->status == 0) {
        if (strncmp(line, "HTTP/1.", 7) != 0 || strlen(line) < 12)
            return "bad status line";
        answer->status = (int)strtol(line + 9, NULL, 10);
        answer->closes = line[7] == '0';
    } else if (*line == '\0') {
        return begin_body(answer);
    } else if (is_header(line, "Content-Length", &value)) {
        if (answer->length >= 0)
            return "two Content-Length";
        answer->length = strtoll(value, &end, 10);
        if (end == value || *end != '\0' || answer->length < 0)
            return "bad Content-Length";
    } else if (is_header(line, "Transfer-Encoding", &value)) {
        if (answer->chunked || strcasecmp(value, "chunked") != 0)
            return "bad Transfer-Encoding";
        answer->chunked = true;
    } else if (is_header(line, "Connection", &value)) {
        answer->closes = strcasecmp(value, "close") == 0;
    } else if (strchr(line, ':') == NULL) {
        return "bad header line";
    }
    return NULL;
}

static const char *
take_line(struct answer *answer, const char *line)
{
    char *end;

    switch (answer->state) {
    case ANSWER_HEAD:
        return take_head_line(answer, line);
    case ANSWER_CHUNK_SIZE:
        answer->body_left = strtoll(line, &end, 16);
        if (end == line || (*end != '\0' && *end != ';') ||
            answer->body_left < 0)
            return "bad chunk size";
        answer->state = answer->body_left == 0 ? ANSWER_TRAILER : ANSWER_CHUNK;
        return NULL;
    case ANSWER_CHUNK_END:
        answer->state = ANSWER_CHUNK_SIZE;
        return *line == '\0' ? NULL : "bad end of a chunk";
    default: /* ANSWER_TRAILER */
        if (*line == '\0')
            answer->state = ANSWER_DONE;
        return NULL;
    }
}

/* Takes one byte that belongs to a line. */
static const char *
feed_line(struct answer *answer, char byte)
{
    if (byte != '\n') {
        if (answer->line_size + 1 >= sizeof answer->line)
            return "line too long";
        answer->line[answer->line_size++] = byte;
        return NULL;
    }
    if (answer->line_size > 0 && answer->line[answer->line_size - 1] == '\r')
        answer->line_size--;
    answer->line[answer->line_size] = '\0';
    answer->line_size = 0;
    return take_line(answer, answer->line);
}

/* Counts bytes of the body; returns how many of them belong to it. */
static size_t
feed_body(struct answer *answer, size_t size)
{
    if (answer->state != ANSWER_TO_EOF) {
        if ((int64_t)size > answer->body_left)
            size = (size_t)answer->body_left;
        answer->body_left -= (int64_t)size;
        if (answer->body_left == 0)
            answer->state =
                answer->state == ANSWER_SIZED ? ANSWER_DONE : ANSWER_CHUNK_END;
    }
    answer->body_size += (int64_t)size;
    return size;
}

const char *
answer_feed(struct answer *answer, const char *bytes, size_t size)
{
    const char *fault = NULL;
    size_t at = 0;

    answer->received += (int64_t)size;
    while (at < size && fault == NULL) {
        switch (answer->state) {
        case ANSWER_DONE:
            return "bytes behind the answer";
        case ANSWER_SIZED:
        case ANSWER_CHUNK:
        case ANSWER_TO_EOF:
            at += feed_body(answer, size - at);
            break;
        default:
            fault = feed_line(answer, bytes[at++]);
            break;
        }
    }
    return fault;
}

const char *
answer_end(struct answer *answer)
{
    if (answer->state == ANSWER_TO_EOF)
        answer->state = ANSWER_DONE;
    if (answer->state == ANSWER_DONE)
        return NULL;
    return answer->received == 0          ? "closed before an answer"
           : answer->state == ANSWER_HEAD ? "closed in the head"
                                          : "closed in the body";
}
