/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between httpd's processes and the manager.
 *
 * All httpd processes inherit one end of a socketpair, the rendezvous; an
 * httpd child sends over it one end of a socketpair of its own (HELLO), over
 * which the two then talk.  So there is no address that an application, which
 * runs as the same user, could connect to.
 */
#ifndef FCGID_PM_IPC_H
#define FCGID_PM_IPC_H

#include <stddef.h>
#include <stdint.h>

enum fcgid_message_kind {
    /* Over the rendezvous. */
    FCGID_MSG_HELLO = 1,   /* descriptor: a stream; index: pid of the child;
                              generation: of its configuration */
    FCGID_MSG_RECONFIGURE, /* by the parent: payload: struct fcgid_pm_conf;
                              descriptor: the error log */
    FCGID_MSG_GONE,        /* by the parent: index: pid of a child that has
                              ended */
    FCGID_MSG_PRESPAWN,    /* by the parent: payload: a packed class;
                              generation: of the configuration; value:
                              processes to keep until the next RECONFIGURE */
    /* Over a child's stream.  A reply has the value of its question. */
    FCGID_MSG_DEFINE, /* payload: a packed class; reply: index, generation of
                         the class's entry, index -1: no room */
    FCGID_MSG_SPAWN,  /* index: class; no reply */
    FCGID_MSG_LANE,   /* index: slot, generation; reply: descriptor, or index
                         -1 */
    FCGID_MSG_RESET,  /* index: slot, generation, whose lane is RESET now;
                         value: enum fcgid_reset; descriptor: the connection
                         that was broken, if it is not the lane's; no reply */
    FCGID_MSG_DUE,    /* index: slot, generation, whose process has nearly
                         served its number; no reply */
    FCGID_MSG_SERVED, /* index: class, see FCGID_ASK_SERVED; no reply */
    FCGID_MSG_REPLY
};

enum fcgid_reset {
    FCGID_RESET_CLOSED, /* the application closed the connection */
    FCGID_RESET_BROKEN,
    FCGID_RESET_HUNG,  /* end the process, it does not answer */
    FCGID_RESET_RETIRE,   /* end the process, it has served its number */
    FCGID_RESET_MAKE_ROOM, /* end the process, another class wants its place */
    FCGID_RESET_ASK        /* ask how many requests it can serve at once */
};

struct fcgid_message {
    uint32_t kind;
    int32_t index;
    uint32_t generation;
    int32_t value;
};

enum { FCGID_PAYLOAD_MAX = 128 * 1024 }; /* bytes */

/*
 * Sends a message, a payload (may be NULL) and a descriptor (-1: none) as one
 * packet.  Never SIGPIPE.  Blocks while the other side has much unread, unless
 * flags (MSG_DONTWAIT) or SO_SNDTIMEO say otherwise.  0 or an errno.
 */
int fcgid_msg_send(int fd, const struct fcgid_message *message,
                   const void *payload, size_t size, int descriptor,
                   int flags);

/*
 * Receives one.  *size: room for the payload, then its size.  *descriptor: -1
 * if none came, else the caller's to close.  Blocks unless flags
 * (MSG_DONTWAIT) say otherwise.  0, EPIPE at the end of the stream, EPROTO
 * for what is no message, or an errno.
 */
int fcgid_msg_receive(int fd, struct fcgid_message *message, void *payload,
                      size_t *size, int *descriptor, int flags);

#endif
