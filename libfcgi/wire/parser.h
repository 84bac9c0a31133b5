/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one record parser of the suite: resumable at any byte.
 *
 * The caller owns the input and shows it in slices of any size.  Each call
 * consumes some of it and reports one event:
 *
 *   HEADER  a record begins; event.header is valid
 *   DATA    event.data/size is a slice of the caller's buffer, part of the
 *           content; never empty
 *   END     content and padding of the record are complete.  The three types
 *           with a body of fixed size have no DATA: event.body points to
 *           their 8 bytes inside the parser, valid until the next call
 *   MORE    all input is consumed
 *
 * The same bytes fed whole, byte by byte or at any split give the same events
 * (DATA slices joined).  A record without content gives HEADER, END.
 */
#ifndef FCGI_PARSER_H
#define FCGI_PARSER_H

#include "record.h"

/* Who sends the records that are parsed: it decides which types are valid. */
enum fcgi_sender {
    FCGI_SENDER_SERVER,     /* a web server: BEGIN_REQUEST, PARAMS, STDIN... */
    FCGI_SENDER_APPLICATION /* an application: STDOUT, STDERR, END_REQUEST... */
};

enum fcgi_event_kind {
    FCGI_EVENT_MORE,
    FCGI_EVENT_HEADER,
    FCGI_EVENT_DATA,
    FCGI_EVENT_END
};

struct fcgi_event {
    enum fcgi_event_kind kind;
    struct fcgi_header header; /* of the record at hand; not set for MORE */
    const uint8_t *data;       /* DATA only */
    size_t size;               /* DATA only, bytes, > 0 */
    const uint8_t *body;       /* END of a fixed body only, else NULL */
};

enum fcgi_parser_state {
    FCGI_PARSER_HEADER,  /* collecting the 8 bytes of a header */
    FCGI_PARSER_CONTENT, /* content_left bytes of content are due */
    FCGI_PARSER_PADDING, /* padding_left bytes of padding are due */
    FCGI_PARSER_ERROR    /* error is returned from now on */
};

struct fcgi_parser {
    enum fcgi_sender sender;
    enum fcgi_parser_state state;
    enum fcgi_wire_result error;
    size_t have;             /* bytes in raw, or in body */
    size_t content_left;     /* bytes */
    unsigned padding_left;   /* bytes */
    struct fcgi_header header;
    uint8_t raw[FCGI_WIRE_HEADER_SIZE];
    uint8_t body[FCGI_WIRE_BODY_SIZE];
};

void fcgi_parser_init(struct fcgi_parser *parser, enum fcgi_sender sender);

/*
 * Consumes input from in[*in_pos], at most to in[in_size], moves *in_pos and
 * fills *event.  Call it again until MORE.
 *
 * Returns FCGI_WIRE_OK or an error that names the broken rule; after an error
 * every call returns that error and consumes nothing.
 *
 * Checked: the version; the id (0 exactly on management records: types 9, 10,
 * 11 and all unknown types with id 0); types that this sender may not send;
 * the length of fixed bodies.  A type unknown to us (0, or above 11) with id 0
 * is no error: the receiver answers UNKNOWN_TYPE (4.2); with another id it is
 * FCGI_WIRE_E_TYPE.  Which ids are active is the caller's business.
 */
enum fcgi_wire_result fcgi_parser_feed(struct fcgi_parser *parser,
                                       const uint8_t *in, size_t in_size,
                                       size_t *in_pos,
                                       struct fcgi_event *event);

/* True between records: an end of input here cuts nothing. */
bool fcgi_parser_at_boundary(const struct fcgi_parser *parser);

#endif
