/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request from the web server's side, for programs that are the application
 * themselves: since the listening socket queues connections, the request can
 * be sent before FCGI_Accept and the answer be read after FCGI_Finish.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stddef.h>
#include <stdint.h>

struct page {
    int fd;
    char out[65536]; /* STDOUT, with a NUL */
    size_t out_size;
    char err[4096];
    size_t err_size;
    int ended;
    long status; /* of END_REQUEST; -1 before */
};

/* Makes descriptor 0 a listening socket. */
void page_listen(void);

/* Sends a whole request.  params: "NAME=value" strings, ended by NULL. */
void page_send(struct page *page, unsigned role, const char *const *params,
               const char *body, const char *data);

/* Reads the answer up to the end of the connection, and closes. */
void page_receive(struct page *page);

/* The same as the application's side sees it: a request with this body, which
 * it has accepted; its end, and the answer. */
void page_begin(struct page *page, const char *body);
void page_finish(struct page *page);

#endif
