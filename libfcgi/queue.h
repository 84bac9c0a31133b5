/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes in memory, first in, first out.  All zero is an empty queue; its owner
 * frees data. */
#ifndef FCGI_QUEUE_H
#define FCGI_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct fcgi_queue {
    uint8_t *data; /* data[pos] to data[end - 1] */
    size_t pos;
    size_t end;
    size_t capacity;
};

/* Returns 0, or -1 without memory. */
int fcgi_queue_append(struct fcgi_queue *queue, const void *data, size_t size);

/* Takes up to size bytes out; returns how many. */
long fcgi_queue_take(struct fcgi_queue *queue, void *buffer, size_t size);

#endif
