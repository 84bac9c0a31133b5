/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers and record layouts of the FastCGI 1.0 specification, under the
 * names that its section 8 gives them.
 */
#ifndef _FASTCGI_H
#define _FASTCGI_H

/* Descriptor of the listening socket that an application starts with (2.2). */
#define FCGI_LISTENSOCK_FILENO 0

/* Largest content of a record, bytes (3.3). */
#define FCGI_MAX_LENGTH 0xffff

/* Bytes of a record header.  Later versions keep this number. */
#define FCGI_HEADER_LEN 8

/* Value of the version byte. */
#define FCGI_VERSION_1 1

/* Record types: the type byte of FCGI_Header. */
#define FCGI_BEGIN_REQUEST 1
#define FCGI_ABORT_REQUEST 2
#define FCGI_END_REQUEST 3
#define FCGI_PARAMS 4
#define FCGI_STDIN 5
#define FCGI_STDOUT 6
#define FCGI_STDERR 7
#define FCGI_DATA 8
#define FCGI_GET_VALUES 9
#define FCGI_GET_VALUES_RESULT 10
#define FCGI_UNKNOWN_TYPE 11
#define FCGI_MAXTYPE (FCGI_UNKNOWN_TYPE)

/* The request id of management records. */
#define FCGI_NULL_REQUEST_ID 0

/* Bit of FCGI_BeginRequestBody.flags: keep the connection open (5.1). */
#define FCGI_KEEP_CONN 1

/* Roles: FCGI_BeginRequestBody.roleB1 and roleB0 (6). */
#define FCGI_RESPONDER 1
#define FCGI_AUTHORIZER 2
#define FCGI_FILTER 3

/* FCGI_EndRequestBody.protocolStatus (5.5). */
#define FCGI_REQUEST_COMPLETE 0
#define FCGI_CANT_MPX_CONN 1
#define FCGI_OVERLOADED 2
#define FCGI_UNKNOWN_ROLE 3

/* Names that GET_VALUES may ask for (4.1). */
#define FCGI_MAX_CONNS "FCGI_MAX_CONNS"
#define FCGI_MAX_REQS "FCGI_MAX_REQS"
#define FCGI_MPXS_CONNS "FCGI_MPXS_CONNS"

/* Two-byte numbers have their high byte in the member that ends in B1,
 * four-byte numbers in B3. */
typedef struct {
    unsigned char version;
    unsigned char type;
    unsigned char requestIdB1;
    unsigned char requestIdB0;
    unsigned char contentLengthB1;
    unsigned char contentLengthB0;
    unsigned char paddingLength;
    unsigned char reserved;
} FCGI_Header;

typedef struct {
    unsigned char roleB1;
    unsigned char roleB0;
    unsigned char flags;
    unsigned char reserved[5];
} FCGI_BeginRequestBody;

typedef struct {
    FCGI_Header header;
    FCGI_BeginRequestBody body;
} FCGI_BeginRequestRecord;

typedef struct {
    unsigned char appStatusB3;
    unsigned char appStatusB2;
    unsigned char appStatusB1;
    unsigned char appStatusB0;
    unsigned char protocolStatus;
    unsigned char reserved[3];
} FCGI_EndRequestBody;

typedef struct {
    FCGI_Header header;
    FCGI_EndRequestBody body;
} FCGI_EndRequestRecord;

typedef struct {
    unsigned char type;
    unsigned char reserved[7];
} FCGI_UnknownTypeBody;

typedef struct {
    FCGI_Header header;
    FCGI_UnknownTypeBody body;
} FCGI_UnknownTypeRecord;

#endif /* _FASTCGI_H */
