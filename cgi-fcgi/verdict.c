/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "say.h"
#include "wire/names.h"

static void
fail(struct verdict *verdict, const char *what, int code)
{
    verdict->what = what;
    verdict->code = code & 255;
}

static void
judge_complete(struct verdict *verdict, const struct bridge *bridge,
               bool by_status)
{
    unsigned status = bridge->result.protocol_status;

    if (status != FCGI_STATUS_REQUEST_COMPLETE) {
        snprintf(verdict->room, sizeof(verdict->room),
                 "refused the request: %s", fcgi_status_name(status));
        fail(verdict, verdict->room, EXIT_PROTOCOL);
        return;
    }
    verdict->code = (int)(bridge->result.app_status & 255);
    if (by_status && verdict->code == 0) {
        unsigned answered = sink_status(&bridge->sink);

        if (answered == 0 || answered >= FIRST_FAILURE_STATUS)
            verdict->code = EXIT_STATUS;
    }
}

void
verdict_init(struct verdict *verdict, const struct bridge *bridge,
             bool by_status)
{
    memset(verdict, 0, sizeof(*verdict));
    switch (bridge->end) {
    case BRIDGE_COMPLETE:
        judge_complete(verdict, bridge, by_status);
        return;
    case BRIDGE_RULE:
        fail(verdict, fcgi_wire_strerror(bridge->wire),
             bridge->wire == FCGI_WIRE_E_VERSION ? EXIT_VERSION
                                                 : EXIT_PROTOCOL);
        return;
    case BRIDGE_TIMED_OUT:
        fail(verdict, "no answer in time", ETIMEDOUT);
        return;
    case BRIDGE_NO_OUTPUT:
        verdict->is_ours = true;
        break;
    case BRIDGE_CLOSED:
    case BRIDGE_RUNNING:
        break;
    }
    if (bridge->error != 0)
        fail(verdict, strerror(bridge->error), bridge->error);
    else
        fail(verdict, "closed before the end of the request", EXIT_PROTOCOL);
}

unsigned
verdict_cgi_status(const struct bridge *bridge)
{
    if (bridge->end == BRIDGE_TIMED_OUT)
        return 504;
    if (bridge->end == BRIDGE_COMPLETE &&
        (bridge->result.protocol_status == FCGI_STATUS_OVERLOADED ||
         bridge->result.protocol_status == FCGI_STATUS_CANT_MPX_CONN))
        return 503;
    return 502;
}
