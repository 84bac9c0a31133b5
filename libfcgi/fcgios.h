/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The OS interface: sockets, processes and a small event loop, as the devkit's
 * own programs used them.  Kept for such programs; new ones have no need of
 * it.  Nothing else in the library calls it.
 *
 * The event loop (OS_AsyncRead, OS_AsyncReadStdin, OS_AsyncWrite, OS_DoIo) is
 * for one thread.  No function ends the process or prints.
 */
#ifndef _FCGIOS_H
#define _FCGIOS_H

#include <stddef.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>
#include <sys/time.h>
#include <sys/types.h>

#include "fcgi_config.h"

#ifndef DLLAPI
#if defined(_WIN32) && defined(_MSC_VER)
#define DLLAPI __declspec(dllimport)
#else
#define DLLAPI
#endif
#endif

#define OS_Errno errno
#define OS_SetErrno(err) (errno = (err))

/* A struct timeval's worth, two seconds. */
#define READABLE_UNIX_FD_DROP_DEAD_TIMEVAL 2, 0

#ifndef STDIN_FILENO
#define STDIN_FILENO 0
#endif
#ifndef STDOUT_FILENO
#define STDOUT_FILENO 1
#endif
#ifndef STDERR_FILENO
#define STDERR_FILENO 2
#endif
#ifndef MAXPATHLEN
#define MAXPATHLEN 1024
#endif
#ifndef X_OK
#define X_OK 0x01
#endif

#ifndef _CLIENTDATA
typedef void *ClientData;
#define _CLIENTDATA
#endif

#if defined(__cplusplus)
extern "C" {
#endif

/*
 * Called by OS_DoIo with what read(2) or write(2) returned: a number of
 * bytes, 0 at the end of input, or -1 with errno set.
 */
typedef void (*OS_AsyncProc)(ClientData clientData, int len);

/* --- Library ------------------------------------------------------------ */

/*
 * Prepares the event loop and the handlers for SIGTERM, SIGUSR1 and SIGPIPE;
 * may be repeated.  stdioFds may be NULL; else stdioFds[0] is what
 * OS_AsyncReadStdin reads.  Returns 0, or -1 with errno set.
 */
DLLAPI int OS_LibInit(int stdioFds[3]);

/* Forgets all that is pending in the event loop. */
DLLAPI void OS_LibShutdown(void);

/* As FCGX_ShutdownPending.  Async-signal-safe. */
DLLAPI void OS_ShutdownPending(void);

/* --- Sockets and processes ---------------------------------------------- */

/* As FCGX_OpenSocket: a listening socket, or -1 with errno set. */
DLLAPI int OS_CreateLocalIpcFd(const char *bindPath, int backlog);

/* Connects to an application that listens at bindPath (the same names).
 * Returns the descriptor, or -1 with errno set. */
DLLAPI int OS_FcgiConnect(char *bindPath);

/* 1 if sock is a listening stream socket, else 0. */
DLLAPI int OS_IsFcgi(int sock);

/*
 * Waits for a connection.  fail_on_intr: return at any signal (else only when
 * shutdown is pending).  webServerAddrs: peers that may connect, in the form
 * of FCGI_WEB_SERVER_ADDRS; NULL for all.  Returns the descriptor, or -1 with
 * errno set.
 */
DLLAPI int OS_Accept(int listen_sock, int fail_on_intr,
                     const char *webServerAddrs);

/*
 * Starts execPath, without arguments, with the environment of this process:
 * its descriptor 0 is listenFd, 1 and 2 are /dev/null.  Returns 0, or -1 with
 * errno set if there can be no new process.
 */
DLLAPI int OS_SpawnChild(char *execPath, int listenFd);

/* --- Descriptors -------------------------------------------------------- */

/* As read(2) and write(2), repeated after a signal.  len is at most
 * INT_MAX. */
DLLAPI int OS_Read(int fd, char *buf, size_t len);
DLLAPI int OS_Write(int fd, char *buf, size_t len);

/*
 * Closes fd and drops what is pending on it in the event loop.  shutdown:
 * tells the peer that no more will come and waits for it to close, for at
 * most LIBFCGI_OS_CLOSE_POLL_TIMEOUT milliseconds in all (2000), so that
 * nothing sent is lost.  Returns 0, or -1 with errno set.
 */
DLLAPI int OS_Close(int fd, int shutdown);

/* The same for a connection; -1 if ipcFd is -1. */
DLLAPI int OS_IpcClose(int ipcFd, int shutdown);

/* Ends reading from the socket fd and drops its pending OS_AsyncRead. */
DLLAPI int OS_CloseRead(int fd);

/* Adds flags (O_NONBLOCK) to those of fcntl(2) F_GETFL. */
DLLAPI void OS_SetFlags(int fd, int flags);

/* --- Event loop --------------------------------------------------------- */

/*
 * Ask for one read or write of len bytes at buf when fd is ready.  One of
 * each kind can be pending on a descriptor.  buf stays with the caller until
 * procPtr was called.  offset is not used.  Return 0, or -1 with errno set
 * (EBUSY: one is pending).
 */
DLLAPI int OS_AsyncReadStdin(void *buf, int len, OS_AsyncProc procPtr,
                             ClientData clientData);
DLLAPI int OS_AsyncRead(int fd, int offset, void *buf, int len,
                        OS_AsyncProc procPtr, ClientData clientData);
DLLAPI int OS_AsyncWrite(int fd, int offset, void *buf, int len,
                         OS_AsyncProc procPtr, ClientData clientData);

/*
 * Waits until something pending can be done, at most for *tmo (NULL: as long
 * as it takes), does all that can be done and calls the procedures.  Returns
 * 0, also when the time is up, or -1 with errno set.
 */
DLLAPI int OS_DoIo(struct timeval *tmo);

#if defined(__cplusplus)
}
#endif

#endif /* _FCGIOS_H */
