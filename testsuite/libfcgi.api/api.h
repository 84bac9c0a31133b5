/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the FCGX interface share: the web server's side of a
 * connection, as bytes to send and as a trace of what came back.
 *
 * Failures of the system (no memory, no socket) end the program.
 */
#ifndef API_H
#define API_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fcgiapp.h"

/* Bytes that grow. */
struct bytes {
    uint8_t *data;
    size_t size;
    size_t capacity;
};

void bytes_free(struct bytes *bytes);
void put_raw(struct bytes *bytes, const void *data, size_t size);
void put_text(struct bytes *bytes, const char *format, ...);

/* One record with that much padding. */
void put_record(struct bytes *bytes, unsigned type, unsigned id,
                const void *data, size_t size, unsigned padding);
void put_begin(struct bytes *bytes, unsigned id, unsigned role, unsigned flags);
/* A PARAMS record with one pair. */
void put_param(struct bytes *bytes, unsigned id, const char *name,
               const char *value);
/* data as stream records of at most 65535 bytes, without the end. */
void put_stream(struct bytes *bytes, unsigned type, unsigned id,
                const void *data, size_t size);
void put_end(struct bytes *bytes, unsigned type, unsigned id);
/* BEGIN (responder) and parameters REQUEST_METHOD and URI, complete. */
void put_head(struct bytes *bytes, unsigned id, unsigned flags,
              const char *uri);
/* The same and an empty STDIN. */
void put_get(struct bytes *bytes, unsigned id, unsigned flags, const char *uri);

/* The web server's end of a connection whose other end is request's. */
struct web {
    int fd;
    FCGX_Request request;
    struct bytes raw;   /* all that came back */
    struct bytes out;   /* STDOUT content */
    struct bytes err;   /* STDERR content */
    struct bytes trace; /* "STDOUT 1 35; STDOUT 1 0; END 1 0 0; EOF" as text;
                           END: id, application and protocol status */
};

/* type: SOCK_STREAM; or SOCK_SEQPACKET, so that each send is one read. */
void web_open(struct web *web, int type);
void web_close(struct web *web);
void web_send(struct web *web, const struct bytes *bytes);
void web_send_part(struct web *web, const void *data, size_t size);
/* Opens it, and sends a request that the application accepts, with a part of
 * its body if size is not 0; the end of the body. */
void web_begin(struct web *web, int type, const void *body, size_t size);
void web_send_end(struct web *web);
/* No more comes from the web server. */
void web_end(struct web *web);
/*
 * Takes what has come back and makes a new trace of it.  wait: for as many
 * END_REQUEST and GET_VALUES_RESULT records (at most 5 s); then takes what is
 * there.
 */
const char *web_trace(struct web *web, int wait);

/* A listening socket below a fresh name; connect. */
int listen_local(char name[64]);
int listen_tcp(char name[64]);
int connect_to(const char *name);

/* Milliseconds of a monotonic clock. */
long long now(void);

/* Waits until the thread or process sleeps in a system call.  In two parts
 * for those who have no descriptor left. */
void await_sleep(pid_t tid);
int open_state(pid_t tid);
void await_sleep_at(int state_fd);

#endif
