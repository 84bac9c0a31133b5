/* SPDX-License-Identifier: BSD-2-Clause */
/* What fcgi-client sends, and when. */
#include "client.h"

#include <stdlib.h>
#include <string.h>

static struct action *
add_action(struct plan *plan, enum action_kind kind)
{
    struct action *action;

    plan->actions =
        realloc(plan->actions, (plan->count + 1) * sizeof(*plan->actions));
    if (plan->actions == NULL)
        die(EXIT_SYSTEM, "no memory");
    action = &plan->actions[plan->count++];
    memset(action, 0, sizeof(*action));
    action->kind = kind;
    return action;
}

/* Makes the bytes added since from into actions, as the options cut them. */
static void
send_from(struct plan *plan, const struct plan_options *options, size_t from)
{
    size_t end = plan->bytes.size;

    while (from < end) {
        size_t n = end - from;
        struct action *action;

        if (options->split > 0 && n > options->split)
            n = options->split;
        action = add_action(plan, ACTION_SEND);
        action->offset = from;
        action->size = n;
        from += n;
        if (options->delay_ms > 0)
            add_action(plan, ACTION_PAUSE)->count = options->delay_ms;
    }
}

/* A request that ends early here; true: nothing follows it. */
static bool
breaks_off(struct plan *plan, const struct plan_options *options, unsigned id,
           enum phase phase)
{
    if (options->abort_after == phase) {
        records_add(&plan->bytes, &options->shape, FCGI_TYPE_ABORT_REQUEST, id,
                    NULL, 0);
        return true;
    }
    return options->leave_after == phase;
}

static void
add_stream(struct plan *plan, const struct shape *shape, unsigned type,
           unsigned id, const struct text *content)
{
    if (content->size > 0)
        records_add(&plan->bytes, shape, type, id, content->data,
                    content->size);
    records_add(&plan->bytes, shape, type, id, NULL, 0);
}

static void
add_request(struct plan *plan, const struct plan_options *options, unsigned id)
{
    const struct shape *shape = &options->shape;

    records_add_begin(&plan->bytes, shape, id, options->role,
                      options->keeps ? FCGI_WIRE_FLAG_KEEP_CONN : 0);
    if (breaks_off(plan, options, id, PHASE_BEGIN))
        return;
    add_stream(plan, shape, FCGI_TYPE_PARAMS, id, &options->params);
    if (breaks_off(plan, options, id, PHASE_PARAMS))
        return;
    if (options->body.size > 0)
        records_add(&plan->bytes, shape, FCGI_TYPE_STDIN, id,
                    options->body.data, options->body.size);
    if (breaks_off(plan, options, id, PHASE_STDIN))
        return;
    if (options->role != FCGI_ROLE_AUTHORIZER)
        records_add(&plan->bytes, shape, FCGI_TYPE_STDIN, id, NULL, 0);
    if (options->role == FCGI_ROLE_FILTER)
        add_stream(plan, shape, FCGI_TYPE_DATA, id, &options->data);
}

void
plan_make(struct plan *plan, const struct plan_options *options)
{
    unsigned long i;
    size_t from;

    memset(plan, 0, sizeof(*plan));
    text_add(&plan->bytes, options->raw_before.data, options->raw_before.size);
    if (options->asks_values)
        records_add(&plan->bytes, &options->shape, FCGI_TYPE_GET_VALUES, 0,
                    options->values.data, options->values.size);
    send_from(plan, options, 0);
    for (i = 0; i < options->requests; i++) {
        from = plan->bytes.size;
        if (i > 0 && !options->pipelined)
            add_action(plan, ACTION_AWAIT_END)->count = i;
        add_request(plan, options,
                    options->id + (options->pipelined ? (unsigned)i : 0));
        send_from(plan, options, from);
    }
    from = plan->bytes.size;
    text_add(&plan->bytes, options->raw_after.data, options->raw_after.size);
    send_from(plan, options, from);
    if (options->half_closes)
        add_action(plan, ACTION_HALF_CLOSE);
    if (options->leave_after != PHASE_NONE)
        add_action(plan,
                   options->leaves_by_reset ? ACTION_RESET : ACTION_LEAVE);
}

void
plan_free(struct plan *plan)
{
    text_free(&plan->bytes);
    free(plan->actions);
    memset(plan, 0, sizeof(*plan));
}
