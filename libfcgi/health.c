/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "health.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "sig.h"
#include "stats.h"

/* Empty: none. */
static char path[FCGI_PROBE_PATH + 1];

int
fcgi_health_init(void)
{
    const char *text = getenv("FCGI_HEALTH_PATH");

    if (text == NULL || *text == '\0')
        return 0;
    if (!fcgi_probe_is_path(text))
        return -EINVAL;
    memcpy(path, text, strlen(text) + 1);
    return 0;
}

static int
answer(struct Params *state)
{
    const char *text = fcgi_probe_answer(&state->probe, fcgi_sig_pending());
    struct fcgi_slice slice = {.data = text, .size = strlen(text)};

    fcgi_stats_add(FCGI_STAT_PROBES, 1);
    state->write_error = fcgi_conn_write(&state->conn, &slice, 1, NULL);
    return FCGI_STEP_REFUSED;
}

int
fcgi_health_step(struct Params *state)
{
    struct fcgi_conn *conn = &state->conn;
    const uint8_t *data = conn->buffer + conn->pos;
    size_t size = conn->end - conn->pos;

    if (path[0] == '\0')
        state->is_fcgi = true;
    if (size > 0 && !fcgi_probe_has_begun(&state->probe) &&
        data[0] == FCGI_WIRE_VERSION)
        state->is_fcgi = true;
    if (state->is_fcgi)
        return 0;
    conn->pos = conn->end;
    switch (fcgi_probe_feed(&state->probe, path, data, size)) {
    case FCGI_PROBE_MORE:
        return FCGI_STEP_MORE;
    case FCGI_PROBE_MATCH:
        return answer(state);
    case FCGI_PROBE_OTHER:
        break;
    }
    fcgi_report(conn->fd, "it is neither FastCGI nor a health probe");
    return FCGX_UNSUPPORTED_VERSION;
}
