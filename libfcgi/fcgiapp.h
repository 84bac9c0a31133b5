/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The FCGX interface: FastCGI requests as explicit objects and streams.
 *
 *   FCGX_Request request;
 *   FCGX_Init();
 *   FCGX_InitRequest(&request, 0, 0);
 *   while (FCGX_Accept_r(&request) == 0) {
 *       FCGX_FPrintF(request.out, "Content-Type: text/plain\r\n\r\nhi\n");
 *       FCGX_Finish_r(&request);
 *   }
 *
 * Threads: call FCGX_Init once, then give each thread an FCGX_Request of its
 * own.  A request and its streams belong to one thread at a time.  Only
 * FCGX_ShutdownPending may be called from signal handlers.
 *
 * Memory: what a request points to (streams, envp and its strings) belongs to
 * the library and is valid from FCGX_Accept_r to FCGX_Finish_r or FCGX_Free.
 *
 * No function ends the process or prints.
 */
#ifndef _FCGIAPP_H
#define _FCGIAPP_H

#include <stdarg.h>

#ifndef DLLAPI
#if defined(_WIN32) && defined(_MSC_VER)
#define DLLAPI __declspec(dllimport)
#else
#define DLLAPI
#endif
#endif

#if defined(__cplusplus)
extern "C" {
#endif

/* Values of FCGX_GetError below zero; values above zero are errno's. */
#define FCGX_UNSUPPORTED_VERSION -2 /* the version byte is not 1 */
#define FCGX_PROTOCOL_ERROR -3      /* stream cut, aborted or broken */
#define FCGX_PARAMS_ERROR -4        /* the parameters cannot be decoded */
#define FCGX_CALL_SEQ_ERROR -5      /* called at the wrong time */

/*
 * A byte stream.  The first four members may be used directly:
 *   reader  bytes rdNext to stop are there to read; wrNext == stop
 *   writer  bytes wrNext to stop are free to be written; rdNext == stop
 * When a reader is empty, fillBuffProc gets more; when a writer is full,
 * emptyBuffProc makes room.  After either call there is something, or
 * isClosed is set.  Do not change the other members.
 */
typedef struct FCGX_Stream {
    unsigned char *rdNext;    /* reader: first byte to read */
    unsigned char *wrNext;    /* writer: first byte to write */
    unsigned char *stop;      /* end of what may be read or written */
    unsigned char *stopUnget; /* reader: FCGX_UnGetChar goes back to here */
    int isReader;
    int isClosed;        /* end of file was met, or the stream failed */
    int wasFCloseCalled; /* FCGX_FClose does nothing if this is set */
    int FCGI_errno;      /* first error, as FCGX_GetError tells it */
    void (*fillBuffProc)(struct FCGX_Stream *stream);
    void (*emptyBuffProc)(struct FCGX_Stream *stream, int doClose);
    void *data; /* private */
} FCGX_Stream;

/* The request's environment: "NAME=value" strings, ended by NULL. */
typedef char **FCGX_ParamArray;

/* FCGX_InitRequest flag: FCGX_Accept_r returns -EINTR after any signal that
 * arrives while it waits, so that the caller's handlers can act. */
#define FCGI_FAIL_ACCEPT_ON_INTR 1

/*
 * A request.  The application allocates it and FCGX_InitRequest fills it; the
 * size is part of the ABI.
 */
typedef struct FCGX_Request {
    int requestId; /* 1 to 65535 */
    int role;      /* FCGI_RESPONDER, FCGI_AUTHORIZER, FCGI_FILTER */
    FCGX_Stream *in;
    FCGX_Stream *out;
    FCGX_Stream *err;
    char **envp;

    /* Of the library, except as said. */
    struct Params *paramsPtr;
    int ipcFd;            /* the connection, or -1.  May be set, together with
                             keepConnection = 1, to a connection that the
                             application accepted by itself */
    int isBeginProcessed; /* a request is at hand */
    int keepConnection;   /* set it to 0 to have the connection closed */
    int appStatus;        /* FCGX_SetExitStatus */
    int nWriters;         /* writers that are still open */
    int flags;
    int listen_sock;
    int detached;
} FCGX_Request;

/* --- Process ----------------------------------------------------------- */

/*
 * True (1) if the process was started as a CGI program, false (0) if its
 * descriptor 0 is a listening socket, or systemd has handed over another one
 * (LISTEN_FDS).  Decided at the first call.
 */
DLLAPI int FCGX_IsCGI(void);

/*
 * Prepares the library; may be repeated.  Reads the environment variable
 * FCGI_WEB_SERVER_ADDRS, and installs handlers for SIGTERM and SIGUSR1 (finish
 * the current request, then leave) and SIGPIPE (nothing) where the process
 * has none of its own.  Returns 0, or an errno value.
 */
DLLAPI int FCGX_Init(void);

/*
 * Makes a listening socket, close-on-exec.  path is one of
 *   "/path", "name"         Unix socket (also "unix:PATH")
 *   "@name"                 Linux abstract Unix socket
 *   ":port", "*:port"       TCP, all IPv4 addresses
 *   "host:port", "[addr]:port"   TCP (also "tcp:HOST:PORT"); the port is a
 *                           number from 1 to 65535
 * A socket file left by a dead process is replaced; another file never is.
 * Returns the descriptor, or -1 with errno set.
 */
DLLAPI int FCGX_OpenSocket(const char *path, int backlog);

/*
 * Asks the library to leave: FCGX_Accept_r returns < 0 in every thread, as
 * soon as the request at hand, if any, is finished.  Async-signal-safe.
 */
DLLAPI void FCGX_ShutdownPending(void);

/* --- Requests ----------------------------------------------------------- */

/*
 * Fills *request, whatever it held: for requests from the listening socket
 * sock (0 is the one that the process was started with).  flags is 0 or
 * FCGI_FAIL_ACCEPT_ON_INTR.  Returns 0.
 */
DLLAPI int FCGX_InitRequest(FCGX_Request *request, int sock, int flags);

/*
 * Finishes the request at hand, if any, and waits for the next one: on the
 * connection that was kept, else on the listening socket.  Broken connections
 * are closed and passed over.
 * Returns 0, or < 0 when there will be none: -errno of accept(2), -EINTR for
 * a signal, -9999 if it was to leave already, -9998 without FCGX_Init.
 */
DLLAPI int FCGX_Accept_r(FCGX_Request *request);

/*
 * Ends the request: closes err and out, and sends the exit status.  The
 * connection is closed unless the web server wants to keep it.  NULL is
 * allowed; without a request nothing happens.
 */
DLLAPI void FCGX_Finish_r(FCGX_Request *request);

/*
 * Releases the request's memory without sending anything.  close != 0 closes
 * the connection as well.  NULL is allowed; may be repeated.
 */
DLLAPI void FCGX_Free(FCGX_Request *request, int close);

/*
 * The same on one request inside the library, from descriptor 0.  For
 * programs of one thread.  FCGX_Accept calls FCGX_Init.
 */
DLLAPI int FCGX_Accept(FCGX_Stream **in, FCGX_Stream **out, FCGX_Stream **err,
                       FCGX_ParamArray *envp);
DLLAPI void FCGX_Finish(void);

/*
 * Around fork(2): the connection of a detached request is closed without a
 * shutdown(2), so that it goes on in the other process.  Return 0;
 * FCGX_Detach returns -1 if there is no connection.
 */
DLLAPI int FCGX_Attach(FCGX_Request *request);
DLLAPI int FCGX_Detach(FCGX_Request *request);

/*
 * In a Filter, once in is at the end of FCGI_STDIN: lets it read FCGI_DATA.
 * Returns 0; or -1 with the stream's error set to FCGX_CALL_SEQ_ERROR.
 */
DLLAPI int FCGX_StartFilterData(FCGX_Stream *stream);

/* Sets the exit status (0 at the start of each request) of the request that
 * the stream belongs to. */
DLLAPI void FCGX_SetExitStatus(int status, FCGX_Stream *stream);

/* The value of the first parameter of that name, or NULL.  NULL arguments are
 * allowed. */
DLLAPI char *FCGX_GetParam(const char *name, FCGX_ParamArray envp);

/* --- Reading ------------------------------------------------------------ */

/* The next byte (0 to 255), or -1 at the end. */
DLLAPI int FCGX_GetChar(FCGX_Stream *stream);

/* Puts c back.  Returns c, or -1 if that is not possible; one byte always is
 * after a read. */
DLLAPI int FCGX_UnGetChar(int c, FCGX_Stream *stream);

/* Reads n bytes, fewer only at the end.  Returns how many. */
DLLAPI int FCGX_GetStr(char *str, int n, FCGX_Stream *stream);

/*
 * Reads up to n - 1 bytes, at most through a newline, and adds a NUL.
 * Returns str, or NULL at the end.
 */
DLLAPI char *FCGX_GetLine(char *str, int n, FCGX_Stream *stream);

/* -1 if the end was met, else 0.  It does not look ahead. */
DLLAPI int FCGX_HasSeenEOF(FCGX_Stream *stream);

/* --- Writing ------------------------------------------------------------ */

/* Returns the byte written (0 to 255), or -1. */
DLLAPI int FCGX_PutChar(int c, FCGX_Stream *stream);

/* Writes n bytes.  Returns n, or -1.  Large data leave straight from str. */
DLLAPI int FCGX_PutStr(const char *str, int n, FCGX_Stream *stream);

/* Writes a string without its NUL.  Returns how many bytes, or -1. */
DLLAPI int FCGX_PutS(const char *str, FCGX_Stream *stream);

/* As printf(3), with every directive of the C library.  Return the number of
 * bytes, or -1. */
DLLAPI int FCGX_FPrintF(FCGX_Stream *stream, const char *format, ...);
DLLAPI int FCGX_VFPrintF(FCGX_Stream *stream, const char *format, va_list arg);

/* Sends what is buffered.  Returns 0, or -1 if that failed. */
DLLAPI int FCGX_FFlush(FCGX_Stream *stream);

/* --- Both --------------------------------------------------------------- */

/* Ends the stream; a writer sends what is buffered.  Returns 0, or -1 if the
 * stream has had an error. */
DLLAPI int FCGX_FClose(FCGX_Stream *stream);

/* 0, an errno value, or one of the four negative values above.  The first
 * error stays. */
DLLAPI int FCGX_GetError(FCGX_Stream *stream);

/* Forgets the error.  A stream that has ended stays so. */
DLLAPI void FCGX_ClearError(FCGX_Stream *stream);

/*
 * A writer of its own: records of the given type and request id to
 * descriptor ipcFd, at most bufflen bytes (32 to 65536) each.  NULL without
 * memory.  Close it with FCGX_FClose, then release it with FCGX_FreeStream.
 */
DLLAPI FCGX_Stream *FCGX_CreateWriter(int ipcFd, int requestId, int bufflen,
                                      int streamType);

/* Releases a stream and sets *stream to NULL.  Sends nothing. */
DLLAPI void FCGX_FreeStream(FCGX_Stream **stream);

#if defined(__cplusplus)
}
#endif

#endif /* _FCGIAPP_H */
