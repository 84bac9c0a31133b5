/* SPDX-License-Identifier: BSD-2-Clause */
/* A multiplexed connection at the moment when the process is told to leave. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api.h"
#include "fastcgi.h"
#include "hub.h"
#include "sig.h"
#include "trunk.h"
#include "unit.h"

static struct fcgi_hub *hub;
static struct bytes input;
static int web;

/* A connection that has just been accepted where several threads serve. */
static struct Params *
new_trunk(void)
{
    struct Params *root;
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return NULL;
    web = ends[0];
    root = fcgi_request_new(ends[1], false);
    return root != NULL && fcgi_trunk_open(root, hub) == 0 ? root : NULL;
}

static void
send_get(unsigned id)
{
    input.size = 0;
    put_get(&input, id, FCGI_KEEP_CONN, "/");
    UNIT_CHECK(send(web, input.data, input.size, 0) == (ssize_t)input.size,
               "turn: request %u is sent", id);
}

int
main(void)
{
    char name[64];
    unsigned char answer[16];
    struct Params *root, *branch;

    hub = fcgi_hub_get(listen_local(name));
    fcgi_sig_shutdown();

    root = new_trunk();
    UNIT_CHECK(root != NULL && fcgi_trunk_turn(root) == NULL,
               "turn: a new connection has no request yet");
    UNIT_CHECK(recv(web, answer, 1, MSG_DONTWAIT) < 0,
               "turn: it stays open, since its request is sure to come");
    UNIT_CHECK(fcgi_hub_leave(hub) == root,
               "turn: and whoever leaves finds it in the hub");
    close(web);
    if (root != NULL)
        close(root->conn.fd);
    fcgi_request_free(root);

    root = new_trunk();
    send_get(1);
    branch = root != NULL ? fcgi_trunk_turn(root) : NULL;
    UNIT_CHECK(branch != NULL,
               "turn: the first request of a new connection is taken");
    send_get(2);
    UNIT_CHECK(root != NULL && fcgi_trunk_turn(root) == NULL,
               "turn: the next one is not");
    UNIT_CHECK(recv(web, answer, 16, MSG_DONTWAIT) == 16 &&
                   answer[1] == FCGI_END_REQUEST && answer[3] == 2 &&
                   answer[12] == FCGI_OVERLOADED,
               "turn: it is refused as too much, to be asked elsewhere");
    if (branch != NULL && fcgi_trunk_leave(branch, true) == root)
        fcgi_request_free(root);
    bytes_free(&input);
    close(web);
    unlink(name);
    return unit_done();
}
