/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cuts a payload into stream records without copying it: the result is a list
 * of slices (header, content, padding, header, ...) for writev.
 */
#ifndef FCGI_FRAME_H
#define FCGI_FRAME_H

#include "record.h"

/* Same layout as struct iovec; callers assert that and cast. */
struct fcgi_slice {
    const void *data;
    size_t size; /* bytes */
};

enum {
    FCGI_FRAME_RECORDS = 16,                    /* records of one cut */
    FCGI_FRAME_SLICES = FCGI_FRAME_RECORDS * 3, /* slices of one cut */
    FCGI_FRAME_BYTES = FCGI_FRAME_RECORDS * FCGI_WIRE_BEST_CONTENT
};

/* Holds the headers that the slices point to: keep it until they are sent. */
struct fcgi_frame {
    uint8_t headers[FCGI_FRAME_RECORDS][FCGI_WIRE_HEADER_SIZE];
    struct fcgi_slice slices[FCGI_FRAME_SLICES];
    size_t slice_count;
    size_t total; /* bytes of all slices */
};

/*
 * Cuts up to FCGI_FRAME_BYTES of data into records of at most
 * FCGI_WIRE_BEST_CONTENT bytes, the last one padded to a multiple of 8.
 * Returns how many bytes of data it covers; call again with the rest.  A
 * size of 0 covers nothing and makes no record (an empty record ends the
 * stream: use fcgi_header_put).
 */
size_t fcgi_frame_cut(struct fcgi_frame *frame, unsigned type,
                      unsigned request_id, const void *data, size_t size);

/*
 * Drops the first sent bytes from the slices at slices[*first]: moves *first
 * and shortens the slice it then points to.  Returns the bytes that are left
 * in slices[*first] to slices[count - 1].
 */
size_t fcgi_slices_advance(struct fcgi_slice *slices, size_t count,
                           size_t *first, size_t sent);

#endif
