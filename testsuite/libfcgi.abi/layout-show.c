/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints size, alignment and members of the public structs: compiled with our
 * headers and with the devkit's it must say the same (devkit.exp).
 */
#define NO_FCGI_DEFINES
#include <fcgi_config.h>
#include <fcgi_stdio.h>
#include <fcgios.h>
#include <fastcgi.h>

#include <stddef.h>
#include <stdio.h>

#define TYPE(type)                                                             \
    printf("%s: %zu, %zu\n", #type, sizeof(type), _Alignof(type))
#define MEMBER(type, member)                                                   \
    printf("%s.%s: %zu:%zu\n", #type, #member, offsetof(type, member),         \
           sizeof(((type *)0)->member))
/* An integer's sign, which its size does not tell. */
#define SIGN(type, member)                                                     \
    printf("%s.%s is %s\n", #type, #member,                                    \
           ((__typeof__(((type *)0)->member))-1) < 0 ? "signed" : "unsigned")

static void
show_api(void)
{
    TYPE(FCGX_Stream);
    MEMBER(FCGX_Stream, rdNext);
    MEMBER(FCGX_Stream, wrNext);
    MEMBER(FCGX_Stream, stop);
    MEMBER(FCGX_Stream, stopUnget);
    MEMBER(FCGX_Stream, isReader);
    SIGN(FCGX_Stream, isReader);
    MEMBER(FCGX_Stream, isClosed);
    SIGN(FCGX_Stream, isClosed);
    MEMBER(FCGX_Stream, wasFCloseCalled);
    MEMBER(FCGX_Stream, FCGI_errno);
    SIGN(FCGX_Stream, FCGI_errno);
    MEMBER(FCGX_Stream, fillBuffProc);
    MEMBER(FCGX_Stream, emptyBuffProc);
    MEMBER(FCGX_Stream, data);

    TYPE(FCGX_Request);
    MEMBER(FCGX_Request, requestId);
    SIGN(FCGX_Request, requestId);
    MEMBER(FCGX_Request, role);
    SIGN(FCGX_Request, role);
    MEMBER(FCGX_Request, in);
    MEMBER(FCGX_Request, out);
    MEMBER(FCGX_Request, err);
    MEMBER(FCGX_Request, envp);
    MEMBER(FCGX_Request, paramsPtr);
    MEMBER(FCGX_Request, ipcFd);
    SIGN(FCGX_Request, ipcFd);
    MEMBER(FCGX_Request, isBeginProcessed);
    MEMBER(FCGX_Request, keepConnection);
    MEMBER(FCGX_Request, appStatus);
    SIGN(FCGX_Request, appStatus);
    MEMBER(FCGX_Request, nWriters);
    MEMBER(FCGX_Request, flags);
    MEMBER(FCGX_Request, listen_sock);
    MEMBER(FCGX_Request, detached);

    TYPE(FCGX_ParamArray);
    TYPE(FCGI_FILE);
    MEMBER(FCGI_FILE, stdio_stream);
    MEMBER(FCGI_FILE, fcgx_stream);
    TYPE(OS_AsyncProc);
    TYPE(ClientData);
}

static void
show_protocol(void)
{
    TYPE(FCGI_Header);
    MEMBER(FCGI_Header, version);
    SIGN(FCGI_Header, version);
    MEMBER(FCGI_Header, type);
    MEMBER(FCGI_Header, requestIdB1);
    MEMBER(FCGI_Header, requestIdB0);
    MEMBER(FCGI_Header, contentLengthB1);
    MEMBER(FCGI_Header, contentLengthB0);
    MEMBER(FCGI_Header, paddingLength);
    MEMBER(FCGI_Header, reserved);
    TYPE(FCGI_BeginRequestBody);
    MEMBER(FCGI_BeginRequestBody, roleB1);
    MEMBER(FCGI_BeginRequestBody, roleB0);
    MEMBER(FCGI_BeginRequestBody, flags);
    MEMBER(FCGI_BeginRequestBody, reserved);
    TYPE(FCGI_BeginRequestRecord);
    MEMBER(FCGI_BeginRequestRecord, header);
    MEMBER(FCGI_BeginRequestRecord, body);
    TYPE(FCGI_EndRequestBody);
    MEMBER(FCGI_EndRequestBody, appStatusB3);
    MEMBER(FCGI_EndRequestBody, appStatusB2);
    MEMBER(FCGI_EndRequestBody, appStatusB1);
    MEMBER(FCGI_EndRequestBody, appStatusB0);
    MEMBER(FCGI_EndRequestBody, protocolStatus);
    MEMBER(FCGI_EndRequestBody, reserved);
    TYPE(FCGI_EndRequestRecord);
    MEMBER(FCGI_EndRequestRecord, header);
    MEMBER(FCGI_EndRequestRecord, body);
    TYPE(FCGI_UnknownTypeBody);
    MEMBER(FCGI_UnknownTypeBody, type);
    MEMBER(FCGI_UnknownTypeBody, reserved);
    TYPE(FCGI_UnknownTypeRecord);
    MEMBER(FCGI_UnknownTypeRecord, header);
    MEMBER(FCGI_UnknownTypeRecord, body);
}

int
main(void)
{
    show_api();
    show_protocol();
    return 0;
}
