/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "json.h"
#include "say.h"
#include "wire/names.h"

static void
capture_add(struct capture *capture, const uint8_t *data, size_t size)
{
    size_t left = capture->limit - capture->size;

    capture->total += size;
    if (size > left)
        size = left;
    while (capture->room - capture->size < size) {
        capture->room = capture->room > 0 ? 2 * capture->room : 4096;
        capture->data = must_grow(capture->data, capture->room);
    }
    if (size > 0)
        memcpy(capture->data + capture->size, data, size);
    capture->size += size;
}

static void
take(void *context, unsigned type, const uint8_t *data, size_t size)
{
    struct answer *answer = context;

    capture_add(type == FCGI_TYPE_STDOUT ? &answer->output : &answer->errors,
                data, size);
}

void
answer_init(struct answer *answer, const char *address, bool with_body)
{
    memset(answer, 0, sizeof(*answer));
    answer->address = address;
    answer->with_body = with_body;
    answer->output.limit =
        ANSWER_HEADER_LIMIT + (with_body ? ANSWER_BODY_LIMIT : 0);
    answer->errors.limit = ANSWER_HEADER_LIMIT;
    answer->started = clock_us();
}

void
answer_attach(struct answer *answer, struct bridge *bridge)
{
    bridge->setup.take = take;
    bridge->setup.take_context = answer;
    bridge->sink.show = SINK_ALL;
    answer->bridge = bridge;
}

void
answer_free(struct answer *answer)
{
    free(answer->output.data);
    free(answer->errors.data);
    answer->output.data = answer->errors.data = NULL;
}

/* A header line as [name, value]; without a colon the value is null. */
static void
put_header(struct json *json, const uint8_t *line, size_t size)
{
    const uint8_t *colon = memchr(line, ':', size);
    const uint8_t *value = colon;

    json_begin(json, NULL, '[');
    json_bytes(json, NULL, line, colon != NULL ? (size_t)(colon - line) : size);
    if (colon != NULL) {
        do
            value++;
        while (value < line + size && (*value == ' ' || *value == '\t'));
        json_bytes(json, NULL, value, (size_t)(line + size - value));
    } else {
        json_null(json, NULL);
    }
    json_end(json, ']');
}

static void
put_headers(struct json *json, const uint8_t *data, size_t size)
{
    json_begin(json, "headers", '[');
    while (size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t length = end != NULL ? (size_t)(end - data) : size;
        size_t taken = end != NULL ? length + 1 : length;

        if (length > 0 && data[length - 1] == '\r')
            length--;
        if (length > 0)
            put_header(json, data, length);
        data += taken;
        size -= taken;
    }
    json_end(json, ']');
}

static void
put_output(struct json *json, const struct answer *answer)
{
    const struct capture *output = &answer->output;
    const struct sink *sink = &answer->bridge->sink;
    unsigned status = sink_status(sink);
    size_t header =
        sink->header < output->size ? (size_t)sink->header : output->size;
    uint64_t body = output->total - sink->header;

    if (status != 0)
        json_count(json, "status", status);
    else
        json_null(json, "status");
    put_headers(json, output->data, header);
    json_bool(json, "headersTruncated", sink->header > header);
    json_count(json, "bodySize", body);
    if (answer->with_body) {
        json_bytes(json, "body", output->data + header, output->size - header);
        json_bool(json, "bodyTruncated", output->size - header < body);
    }
}

static void
put_result(struct json *json, const struct bridge *bridge)
{
    if (bridge->end != BRIDGE_COMPLETE) {
        json_null(json, "appStatus");
        json_null(json, "protocolStatus");
        return;
    }
    json_count(json, "appStatus", bridge->result.app_status);
    json_text(json, "protocolStatus",
              fcgi_status_name(bridge->result.protocol_status));
}

static void
put_time(struct json *json, const char *key, int64_t begin, int64_t end)
{
    if (end > 0)
        json_real(json, key, (double)(end - begin) / 1000, 3);
    else
        json_null(json, key);
}

void
answer_print(const struct answer *answer, int code, const char *error)
{
    const struct capture *errors = &answer->errors;
    struct json json;

    json_init(&json, stdout);
    json_begin(&json, NULL, '{');
    json_text(&json, "address", answer->address);
    json_bool(&json, "ok", code == 0);
    json_count(&json, "exitCode", (uint64_t)code);
    json_text(&json, "error", error);
    put_output(&json, answer);
    put_result(&json, answer->bridge);
    json_bytes(&json, "stderr", errors->data, errors->size);
    json_bool(&json, "stderrTruncated", errors->size < errors->total);
    json_begin(&json, "timesMs", '{');
    put_time(&json, "connect", answer->started, answer->connected);
    put_time(&json, "firstByte", answer->started, answer->bridge->first_us);
    put_time(&json, "total", answer->started, answer->ended);
    json_end(&json, '}');
    json_end(&json, '}');
    putchar('\n');
}
