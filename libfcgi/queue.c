/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "queue.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_QUEUE = 4096 }; /* bytes */

int
fcgi_queue_append(struct fcgi_queue *queue, const void *data, size_t size)
{
    size_t used = queue->end - queue->pos;

    if (queue->pos > 0 && queue->capacity - queue->end < size) {
        memmove(queue->data, queue->data + queue->pos, used);
        queue->pos = 0;
        queue->end = used;
    }
    if (queue->capacity - queue->end < size) {
        size_t capacity = queue->capacity == 0 ? FIRST_QUEUE : queue->capacity;
        uint8_t *grown;

        while (capacity - queue->end < size)
            capacity *= 2;
        grown = realloc(queue->data, capacity);
        if (grown == NULL)
            return -1;
        queue->data = grown;
        queue->capacity = capacity;
    }
    memcpy(queue->data + queue->end, data, size);
    queue->end += size;
    return 0;
}

long
fcgi_queue_take(struct fcgi_queue *queue, void *buffer, size_t size)
{
    size_t there = queue->end - queue->pos;

    if (size > there)
        size = there;
    if (size == 0)
        return 0;
    memcpy(buffer, queue->data + queue->pos, size);
    queue->pos += size;
    if (queue->pos == queue->end)
        queue->pos = queue->end = 0;
    return (long)size;
}
