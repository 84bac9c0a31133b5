/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sizes, offsets and constants that programs were compiled with.  All of it
 * is checked by the compiler; the program only says so.  Offsets are those of
 * 64-bit systems.
 */
#define NO_FCGI_DEFINES
#include "fcgi_config.h"
#include "fcgi_stdio.h"
#include "fcgios.h"
#include "fcgimisc.h"
#include "fastcgi.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "unit.h"

#ifdef __cplusplus
#define CHECK(condition) static_assert(condition, #condition)
#define ALIGN(type) alignof(type)
#define LANGUAGE "C++"
#else
#define CHECK(condition) _Static_assert(condition, #condition)
#define ALIGN(type) _Alignof(type)
#define LANGUAGE "C"
#endif
#define AT(type, member, where) CHECK(offsetof(type, member) == (where))

#if ULONG_MAX > 0xffffffff
CHECK(sizeof(FCGX_Stream) == 72);
CHECK(ALIGN(FCGX_Stream) == 8);
AT(FCGX_Stream, rdNext, 0);
AT(FCGX_Stream, wrNext, 8);
AT(FCGX_Stream, stop, 16);
AT(FCGX_Stream, stopUnget, 24);
AT(FCGX_Stream, isReader, 32);
AT(FCGX_Stream, isClosed, 36);
AT(FCGX_Stream, wasFCloseCalled, 40);
AT(FCGX_Stream, FCGI_errno, 44);
AT(FCGX_Stream, fillBuffProc, 48);
AT(FCGX_Stream, emptyBuffProc, 56);
AT(FCGX_Stream, data, 64);

CHECK(sizeof(FCGX_Request) == 80);
CHECK(ALIGN(FCGX_Request) == 8);
AT(FCGX_Request, requestId, 0);
AT(FCGX_Request, role, 4);
AT(FCGX_Request, in, 8);
AT(FCGX_Request, out, 16);
AT(FCGX_Request, err, 24);
AT(FCGX_Request, envp, 32);
AT(FCGX_Request, paramsPtr, 40);
AT(FCGX_Request, ipcFd, 48);
AT(FCGX_Request, isBeginProcessed, 52);
AT(FCGX_Request, keepConnection, 56);
AT(FCGX_Request, appStatus, 60);
AT(FCGX_Request, nWriters, 64);
AT(FCGX_Request, flags, 68);
AT(FCGX_Request, listen_sock, 72);
AT(FCGX_Request, detached, 76);

CHECK(sizeof(FCGI_FILE) == 16);
AT(FCGI_FILE, stdio_stream, 0);
AT(FCGI_FILE, fcgx_stream, 8);
#endif

CHECK(sizeof(FCGI_Header) == 8 && ALIGN(FCGI_Header) == 1);
AT(FCGI_Header, version, 0);
AT(FCGI_Header, type, 1);
AT(FCGI_Header, requestIdB1, 2);
AT(FCGI_Header, requestIdB0, 3);
AT(FCGI_Header, contentLengthB1, 4);
AT(FCGI_Header, contentLengthB0, 5);
AT(FCGI_Header, paddingLength, 6);
AT(FCGI_Header, reserved, 7);
CHECK(sizeof(FCGI_BeginRequestBody) == 8 && ALIGN(FCGI_BeginRequestBody) == 1);
AT(FCGI_BeginRequestBody, roleB1, 0);
AT(FCGI_BeginRequestBody, roleB0, 1);
AT(FCGI_BeginRequestBody, flags, 2);
AT(FCGI_BeginRequestBody, reserved, 3);
CHECK(sizeof(FCGI_EndRequestBody) == 8 && ALIGN(FCGI_EndRequestBody) == 1);
AT(FCGI_EndRequestBody, appStatusB3, 0);
AT(FCGI_EndRequestBody, appStatusB2, 1);
AT(FCGI_EndRequestBody, appStatusB1, 2);
AT(FCGI_EndRequestBody, appStatusB0, 3);
AT(FCGI_EndRequestBody, protocolStatus, 4);
AT(FCGI_EndRequestBody, reserved, 5);
CHECK(sizeof(FCGI_UnknownTypeBody) == 8 && ALIGN(FCGI_UnknownTypeBody) == 1);
AT(FCGI_UnknownTypeBody, type, 0);
AT(FCGI_UnknownTypeBody, reserved, 1);
CHECK(sizeof(FCGI_BeginRequestRecord) == 16);
AT(FCGI_BeginRequestRecord, header, 0);
AT(FCGI_BeginRequestRecord, body, 8);
CHECK(sizeof(FCGI_EndRequestRecord) == 16);
AT(FCGI_EndRequestRecord, header, 0);
AT(FCGI_EndRequestRecord, body, 8);
CHECK(sizeof(FCGI_UnknownTypeRecord) == 16);
AT(FCGI_UnknownTypeRecord, header, 0);
AT(FCGI_UnknownTypeRecord, body, 8);

CHECK(FCGI_LISTENSOCK_FILENO == 0 && FCGI_MAX_LENGTH == 0xffff &&
      FCGI_HEADER_LEN == 8 && FCGI_VERSION_1 == 1);
CHECK(FCGI_BEGIN_REQUEST == 1 && FCGI_ABORT_REQUEST == 2 &&
      FCGI_END_REQUEST == 3 && FCGI_PARAMS == 4 && FCGI_STDIN == 5 &&
      FCGI_STDOUT == 6 && FCGI_STDERR == 7 && FCGI_DATA == 8 &&
      FCGI_GET_VALUES == 9 && FCGI_GET_VALUES_RESULT == 10 &&
      FCGI_UNKNOWN_TYPE == 11 && FCGI_MAXTYPE == 11);
CHECK(FCGI_NULL_REQUEST_ID == 0 && FCGI_KEEP_CONN == 1);
CHECK(FCGI_RESPONDER == 1 && FCGI_AUTHORIZER == 2 && FCGI_FILTER == 3);
CHECK(FCGI_REQUEST_COMPLETE == 0 && FCGI_CANT_MPX_CONN == 1 &&
      FCGI_OVERLOADED == 2 && FCGI_UNKNOWN_ROLE == 3);
CHECK(FCGX_UNSUPPORTED_VERSION == -2 && FCGX_PROTOCOL_ERROR == -3 &&
      FCGX_PARAMS_ERROR == -4 && FCGX_CALL_SEQ_ERROR == -5 &&
      FCGI_FAIL_ACCEPT_ON_INTR == 1);

/* Their types: each must fit the pointer. */
static int (*const accept_r)(FCGX_Request *) = FCGX_Accept_r;
static int (*const get_str)(char *, int, FCGX_Stream *) = FCGX_GetStr;
static int (*const put_str)(const char *, int, FCGX_Stream *) = FCGX_PutStr;
static FCGX_Stream *(*const create)(int, int, int, int) = FCGX_CreateWriter;
static size_t (*const write_const)(const void *, size_t, size_t,
                                   FCGI_FILE *) = FCGI_fwrite;
static int (*const get_position)(FCGI_FILE *, fpos_t *) = FCGI_fgetpos;
static int (*const do_io)(struct timeval *) = OS_DoIo;

int
main(void)
{
    FCGI_FILE *streams = _fcgi_sF;

    UNIT_CHECK(accept_r && get_str && put_str && create && write_const &&
                   get_position && do_io,
               "abi: sizes, offsets, constants and types hold in " LANGUAGE);
    UNIT_CHECK(FCGI_stdin == streams && FCGI_stdout == streams + 1 &&
                   FCGI_stderr == streams + 2 &&
                   FCGI_ToFILE(FCGI_stdout) == NULL &&
                   FCGI_ToFcgiStream(FCGI_stdout) == NULL,
               "abi: the three streams are those of _fcgi_sF in " LANGUAGE);
    UNIT_CHECK(strcmp(FCGI_MAX_CONNS, "FCGI_MAX_CONNS") == 0 &&
                   strcmp(FCGI_MAX_REQS, "FCGI_MAX_REQS") == 0 &&
                   strcmp(FCGI_MPXS_CONNS, "FCGI_MPXS_CONNS") == 0,
               "abi: the names of values hold in " LANGUAGE);
    UNIT_CHECK(min(1, 2) == 1 && max(1, 2) == 2 && TRUE && !FALSE &&
                   OS_Errno == errno,
               "abi: the small macros hold in " LANGUAGE);
    return unit_done();
}
