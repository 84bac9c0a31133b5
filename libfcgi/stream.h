/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two ends behind an FCGX_Stream: where readers get their bytes and where
 * writers put theirs.
 *
 * A stream may be made by hand, with procedures of its own or none; what
 * follows works on ours only, and fcgi_reader_is_ours and fcgi_writer_is_ours
 * tell them apart.
 */
#ifndef FCGI_STREAM_H
#define FCGI_STREAM_H

#include "request.h"

/* Gets a reader more bytes; false: there are none. */
bool fcgi_stream_refill(FCGX_Stream *stream);

/* Makes room in a writer; false: there is none. */
bool fcgi_stream_make_room(FCGX_Stream *stream);

/* Makes state->in a reader of the request's STDIN. */
void fcgi_reader_init(struct Params *state, FCGX_Request *request);

bool fcgi_reader_is_ours(const FCGX_Stream *stream);

/*
 * Reads up to size bytes straight to out, past the buffer, if the stream and
 * its input stand so that this is possible; blocks.  Returns the number of
 * bytes; 0: use fillBuffProc.
 */
size_t fcgi_reader_direct(FCGX_Stream *stream, char *out, size_t size);

/* In a Filter at the end of STDIN: goes on with DATA, true; else false. */
bool fcgi_reader_start_data(FCGX_Stream *stream);

/*
 * Takes what has come from the web server while the application computes or
 * writes, without blocking: answers management records, notices
 * ABORT_REQUEST, which ends the request's streams.  Does nothing while input
 * waits that the application has not read, or when the last look was just
 * now.  Returns false if the request is aborted.
 */
bool fcgi_reader_look(struct Params *state, FCGX_Request *request);

/* No more bytes; error (an FCGI_errno value or 0) is kept if it is the first.
 */
void fcgi_stream_end(FCGX_Stream *stream, int error);

/* Make state->out and state->err writers of the request. */
void fcgi_writers_init(struct Params *state, FCGX_Request *request);

bool fcgi_writer_is_ours(const FCGX_Stream *stream);

/*
 * Sends what is buffered (by slices[0], which is overwritten), then whole
 * records in slices[1] to slices[count - 1], then one of file unless that is
 * NULL; blocks.  Returns false if that failed; the stream is then closed.
 */
bool fcgi_writer_send(FCGX_Stream *stream, struct fcgi_slice *slices,
                      size_t count, const struct fcgi_file *file);

/*
 * Sends what is buffered and then size bytes straight from data, in records
 * as large as can be; blocks.  Returns false if that failed; the stream is
 * then closed.
 */
bool fcgi_writer_direct(FCGX_Stream *stream, const char *data, size_t size);

#endif
