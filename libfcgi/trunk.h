/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiplexing: a connection that carries many requests at once (section 3.3),
 * where several threads accept from its listening socket.
 *
 * The connection is the trunk, its struct Params the root; each request of it
 * is a branch, a struct Params of its own whose connection reads from a queue
 * in memory and writes whole records to the root's socket.  The root waits in
 * the hub, or is owned by one thread: one that waits for a request, or one
 * that waits for input of its branch.  The owner reads records, answers those
 * of management, and appends the others to the queues of their branches.
 *
 * A queue takes up to FCGI_TRUNK_QUEUE bytes that its application has not
 * read.  Beyond that the trunk is not read until half of them are gone: then
 * the other requests of this connection wait, too, those of others do not.
 */
#ifndef FCGI_TRUNK_H
#define FCGI_TRUNK_H

#include "hub.h"

enum { FCGI_TRUNK_QUEUE = 1 << 20 };

/* Makes a connection between two requests a trunk.  Its caller owns it.
 * Returns 0 or -ENOMEM, and it is as it was. */
int fcgi_trunk_open(struct Params *root, struct fcgi_hub *hub);

/* Makes a trunk without requests an ordinary connection again. */
void fcgi_trunk_undo(struct Params *root);

/*
 * For the owner: reads what has come, and gives the root back, to the hub or
 * to be freed.  Returns a request whose parameters are complete, or NULL; if
 * there are others, they are ready in the hub.
 */
struct Params *fcgi_trunk_turn(struct Params *root);

/* For the owner, when it is time to leave: gives up requests whose parameters
 * have not come whole, and gives the root back as above. */
void fcgi_trunk_give_up(struct Params *root);

/*
 * The branch's request is over, or given up: frees it.  is_kept false: the
 * connection is closed when it carries no other request.  Returns the root,
 * owned, if it is to be closed by the caller, as an ordinary connection; else
 * NULL.
 */
struct Params *fcgi_trunk_leave(struct Params *branch, bool is_kept);

#endif
