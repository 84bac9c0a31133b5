/* SPDX-License-Identifier: BSD-2-Clause */
/* What an application may answer. */
#include "client.h"

#include <stdlib.h>
#include <string.h>

void
judge_init(struct judge *judge, const struct judge_options *options)
{
    memset(judge, 0, sizeof(*judge));
    judge->options = *options;
}

void
judge_free(struct judge *judge)
{
    free(judge->requests);
    judge->requests = NULL;
}

void
judge_add_request(struct judge *judge, unsigned id)
{
    struct judged_request *request;

    judge->requests =
        realloc(judge->requests, (judge->count + 1) * sizeof(*judge->requests));
    if (judge->requests == NULL)
        die(EXIT_SYSTEM, "no memory");
    request = &judge->requests[judge->count++];
    memset(request, 0, sizeof(*request));
    request->id = id;
}

void
judge_fail(struct judge *judge, const char *rule)
{
    printf("ERROR %s\n", rule);
    judge->exit_code = EXIT_PROTOCOL;
}

/* The request that a record belongs to: the first of its id not yet ended. */
static struct judged_request *
find_request(struct judge *judge, unsigned id)
{
    size_t i;

    for (i = 0; i < judge->count; i++)
        if (judge->requests[i].id == id && !judge->requests[i].ended)
            return &judge->requests[i];
    return NULL;
}

static void
take_stream(struct judge *judge, const struct record *record, bool *done,
            FILE *copy)
{
    if (*done)
        judge_fail(judge, "a stream goes on after its end");
    if (record->content.size == 0)
        *done = true;
    else if (copy != NULL)
        fwrite(record->content.data, 1, record->content.size, copy);
}

static void
take_end(struct judge *judge, struct judged_request *request,
         const struct record *record)
{
    struct fcgi_end_body body;

    fcgi_end_get(&body, (const uint8_t *)record->content.data);
    if (judge->options.strict_streams && !request->out_done &&
        body.protocol_status == FCGI_STATUS_REQUEST_COMPLETE)
        judge_fail(judge, "END_REQUEST before the end of STDOUT");
    request->ended = true;
    judge->ended++;
    if ((body.app_status != 0 ||
         body.protocol_status != FCGI_STATUS_REQUEST_COMPLETE) &&
        judge->exit_code == 0)
        judge->exit_code = EXIT_STATUS;
}

static void
take_application(struct judge *judge, const struct record *record)
{
    struct judged_request *request =
        find_request(judge, record->header.request_id);

    if (request == NULL) {
        judge_fail(judge, "a record for a request that is not active");
        return;
    }
    if (record->header.type == FCGI_TYPE_STDOUT)
        take_stream(judge, record, &request->out_done, judge->options.out);
    else if (record->header.type == FCGI_TYPE_STDERR)
        take_stream(judge, record, &request->err_done, judge->options.err);
    else
        take_end(judge, request, record);
}

static void
take_management(struct judge *judge, const struct record *record)
{
    if (record->header.type == FCGI_TYPE_GET_VALUES_RESULT) {
        judge->values++;
        if (!pairs_print(judge->options.log, "VALUE", record->content.data,
                         record->content.size))
            judge_fail(judge, "the pairs of GET_VALUES_RESULT");
    }
}

void
judge_take(struct judge *judge, const struct record *record)
{
    judge->records++;
    if (judge->options.log != NULL) {
        record_print(judge->options.log, record, judge->options.show);
        fflush(judge->options.log);
    }
    if (record->header.request_id != 0) {
        take_application(judge, record);
        return;
    }
    take_management(judge, record);
    if (!judge->options.lax_management)
        judge_fail(judge, "a management record that was not asked for");
}
