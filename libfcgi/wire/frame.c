/* SPDX-License-Identifier: BSD-2-Clause */
#include "frame.h"

static const uint8_t zeros[FCGI_WIRE_ALIGN];

static void
add_slice(struct fcgi_frame *frame, const void *data, size_t size)
{
    frame->slices[frame->slice_count].data = data;
    frame->slices[frame->slice_count].size = size;
    frame->slice_count++;
    frame->total += size;
}

size_t
fcgi_frame_cut(struct fcgi_frame *frame, unsigned type, unsigned request_id,
               const void *data, size_t size)
{
    const uint8_t *p = data;
    size_t covered = 0;
    size_t record;

    frame->slice_count = 0;
    frame->total = 0;
    for (record = 0; record < FCGI_FRAME_RECORDS && covered < size; record++) {
        uint8_t *header = frame->headers[record];
        size_t content = size - covered;
        unsigned padding;

        if (content > FCGI_WIRE_BEST_CONTENT)
            content = FCGI_WIRE_BEST_CONTENT;
        padding = fcgi_padding(content);
        fcgi_header_put(header, type, request_id, content, padding);
        add_slice(frame, header, FCGI_WIRE_HEADER_SIZE);
        add_slice(frame, p + covered, content);
        if (padding > 0)
            add_slice(frame, zeros, padding);
        covered += content;
    }
    return covered;
}

size_t
fcgi_slices_advance(struct fcgi_slice *slices, size_t count, size_t *first,
                    size_t sent)
{
    size_t left = 0;
    size_t i;

    while (*first < count && sent >= slices[*first].size) {
        sent -= slices[*first].size;
        ++*first;
    }
    if (*first < count) {
        slices[*first].data = (const uint8_t *)slices[*first].data + sent;
        slices[*first].size -= sent;
    }
    for (i = *first; i < count; i++)
        left += slices[i].size;
    return left;
}
