/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this library has beyond the FastCGI Developer's Kit.  The headers of
 * that stay as they are; nothing of them includes this one.
 *
 * Results are 0 or more, or -errno, unless said otherwise.
 */
#ifndef FCGIEXT_H
#define FCGIEXT_H

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "fcgiapp.h"

#if defined(__cplusplus)
extern "C" {
#endif

/* --- Sockets ------------------------------------------------------------ */

/*
 * The listening sockets that the process was started with: the n-th of them,
 * from 0 on, or -ENOENT if there are no more.  Descriptor 0 is the first if it
 * listens.  Then come those of systemd: LISTEN_FDS=N says that there are N,
 * from descriptor 3 on, if LISTEN_PID is the process's id when the library
 * first looks.  They are made close-on-exec; both variables stay, since they
 * mean nothing to other processes.
 *
 * Socket 0 of FCGX_InitRequest, FCGX_Accept and FCGI_Accept stands for
 * FCGX_ListenFd(0) if descriptor 0 does not listen; FCGX_IsCGI is then false.
 */
DLLAPI int FCGX_ListenFd(int n);

/* --- Accepting ---------------------------------------------------------- */

/*
 * As FCGX_Accept_r, but waits no longer than timeout milliseconds; 0: looks
 * only, negative: for ever.  Returns -ETIMEDOUT when there is no request by
 * then; the request of before is finished in any case.
 */
DLLAPI int FCGX_AcceptTimed_r(FCGX_Request *request, int timeout);

/*
 * A descriptor for event loops, of the listening socket and all connections
 * that wait: poll(2) says that it is readable when FCGX_AcceptTimed_r may find
 * a request, or has to say that it is time to leave.  It is true once that has
 * returned -ETIMEDOUT, until the next request is accepted; so accept in a loop
 * with timeout 0, and then poll, for not longer than a second: time-outs are
 * seen to by accepting.  All requests of a socket share the descriptor, which
 * belongs to the library; a child of fork(2) has another one.  Returns it, or
 * what FCGX_Accept_r would, or -ENOTSUP where there is no epoll(7).
 */
DLLAPI int FCGX_Fd(FCGX_Request *request);

/*
 * Environment: FCGI_HEALTH_PATH=/path answers health probes: a connection that
 * begins as an HTTP request for that path, by GET, HEAD or OPTIONS, gets status
 * 200, or 503 while the process is on its way out.  FCGX_Init returns EINVAL
 * for what cannot be a path.
 */

/* --- Streams ------------------------------------------------------------ */

/*
 * Reads what is there, up to size bytes; blocks only if there is nothing.
 * Returns the number of bytes, 0 at the end (or for size 0), or -errno: -EPROTO
 * if the body was cut or aborted (FCGX_GetError tells more), -EBADF for a
 * writer.
 */
DLLAPI ssize_t FCGX_Read(FCGX_Stream *in, void *buffer, size_t size);

/*
 * Writes count parts one after the other; much is sent at once, straight from
 * the caller's memory.  Returns their size in all, or -errno: -EPIPE if the
 * request was aborted, -EINVAL for sizes above SSIZE_MAX in all, -EBADF for a
 * reader.
 */
DLLAPI ssize_t FCGX_WriteV(FCGX_Stream *out, const struct iovec *parts,
                           int count);

/*
 * Writes size bytes of a file, or up to its end if size is negative; much is
 * sent at once, by sendfile(2) where that is.  offset: where to start; or
 * negative: where fd is, which moves; a pipe has only that.  Returns the
 * number of bytes, less than size if the file ends; or -errno: errors of the
 * stream as FCGX_WriteV, others of the file.  A file that becomes shorter
 * meanwhile may cut the answer: -EIO.
 */
DLLAPI long long FCGX_SendFile(FCGX_Stream *out, int fd, long long offset,
                               long long size);

/*
 * True (1) if the web server does not want the answer of the request at hand
 * any more: it has sent ABORT_REQUEST or closed the connection (on TCP, ended
 * its own sending is enough), or writing has failed.  Does not block.  Behind
 * a part of the body that was not read yet, ABORT_REQUEST is not seen.  It
 * looks at the connection every 10 ms at most.
 */
DLLAPI int FCGX_IsAborted(FCGX_Request *request);

/* --- Options ------------------------------------------------------------ */

/*
 * Limits and time-outs of the process.  They can be set at any time, by any
 * thread; what runs already may finish by the old value.  LIBFCGI_OPTIONS in
 * the environment sets them when the library is initialised, as in
 * "idle-timeout=5000,params-limit=65536,log=stderr"; FCGX_Init returns EINVAL
 * if it is wrong.
 */
enum FCGX_Option {
    /* Milliseconds; 0: no limit. */
    FCGX_IDLE_TIMEOUT = 1,  /* idle-timeout: a connection, from one request to
                               the next one's first byte; default 0 */
    FCGX_HEAD_TIMEOUT = 2,  /* head-timeout: from there to the end of the
                               parameters; default 60000 */
    FCGX_READ_TIMEOUT = 3,  /* read-timeout: a read, to the next byte; 0 */
    FCGX_WRITE_TIMEOUT = 4, /* write-timeout: a write, until the web server
                               takes a byte; default 0 */
    /* Milliseconds; 0: not at all. */
    FCGX_LINGER = 5, /* linger: what closing may take while the web server
                        still sends; default 2000 */
    /* Bytes. */
    FCGX_PARAMS_LIMIT = 6, /* params-limit: of a request's parameters, as they
                              are sent; default 1 MiB */
    FCGX_BODY_LIMIT = 7,   /* body-limit: of its body: beyond it reading ends
                              with EFBIG; 0: no limit, the default */
    FCGX_OUT_BUFFER = 8,   /* out-buffer: of output that waits to be sent, from
                              the next request on: 64 to 65536; default 16384 */
    /* log: where it is told which connections break the protocol or are
     * refused: 0 (none) nowhere, the default; 1 (stderr) on descriptor 2; 2
     * (syslog) by syslog(3), as a warning. */
    FCGX_LOG = 9
};

/* Returns 0, or -EINVAL if there is no such option or value. */
DLLAPI int FCGX_SetOption(int option, long value);

/* Returns the value, or -EINVAL. */
DLLAPI long FCGX_GetOption(int option);

/* --- Statistics --------------------------------------------------------- */

/*
 * What the process has done since it started; workers each count their own.
 * More members may come behind these.
 */
struct FCGX_Statistics {
    unsigned long long connections; /* accepted */
    unsigned long long requests;    /* that the application has got */
    unsigned long long active;      /* of these, not finished yet */
    unsigned long long aborted;     /* of these, by ABORT_REQUEST */
    unsigned long long refused;     /* that it has not got: too large... */
    unsigned long long errors;      /* connections that broke in a request, or
                                       broke the protocol */
    unsigned long long probes;      /* health probes that were answered */
    unsigned long long bytes_in;    /* of all connections, as sent */
    unsigned long long bytes_out;
};

/* Fills size bytes of *stats: pass sizeof(struct FCGX_Statistics).  Members
 * that the library does not know are 0.  Returns 0. */
DLLAPI int FCGX_GetStats(struct FCGX_Statistics *stats, size_t size);

/* --- Workers ------------------------------------------------------------ */

/*
 * Makes count (1 to 1024) processes of this one by fork(2), so that they share
 * the memory of an application that has initialised itself.  flags: 0.
 *
 * It returns 0 in each worker, as often as one is started.  The process that
 * called becomes the supervisor, in which it returns when all is over:
 * -EINTR after a signal to stop.  Else, with no worker started: -EINVAL for
 * such a count or flags, -EBUSY if the process has other threads (a worker
 * would have lost them), -EALREADY in a worker, or at a second call, -ENOSYS
 * where the system lacks sigtimedwait(2).
 *
 * Environment: FCGI_WORKERS=N, N from 1 to 1024, does the same, with no call,
 * when FCGX_Accept_r, FCGX_Accept or FCGI_Accept is first about to wait at a
 * listening socket.  It goes before the count of a call.  The variable is
 * removed from the environment when the workers are made: their own children
 * do not see it.  A process with other threads goes on alone.
 * FCGI_WORKERS=fd:N makes workers when they are asked for at descriptor N, see
 * FCGX_Prefork(3).  Any other value makes FCGX_Init return EINVAL.
 *
 * The supervisor accepts nothing.  It starts a worker for each that ends; one
 * that has not lived for a second is waited for, 100 ms the first time, then
 * twice as long each time, up to 30 s.  Its signals:
 *   SIGTERM, SIGUSR1  are passed on: the workers finish their requests and end;
 *                     so does, after them, the supervisor
 *   SIGINT, SIGQUIT   the same; SIGTERM is passed on unless the application
 *                     has a handler
 *   SIGHUP            is passed on if the application has a handler; else the
 *                     workers get SIGTERM, and new ones take their places
 *   SIGUSR2           is passed on if the application has a handler
 *   SIGKILL           the workers get SIGTERM (Linux)
 * Ignored signals stay ignored.  When the workers have ended, the supervisor's
 * own handler, or the default action, gets the signal that told it to stop;
 * after that accepting fails in it as in any process that is to leave.  All
 * processes stay in the process group that the supervisor is in.
 *
 * What was buffered for stdio is written before the first fork.  Random number
 * generators that were seeded by then repeat themselves in all workers.
 */
DLLAPI int FCGX_Prefork(int count, int flags);

/*
 * Serves the requests of a listening socket (as FCGX_InitRequest takes it) in
 * count (1 to 1024) threads, and returns when all of them have ended.  Each
 * accepts a request, calls serve with it and data, finishes it, and so on.
 * What serve returns is the request's exit status, 0: as FCGX_SetExitStatus has
 * set it, if it has.  serve must be fit for several threads, and must not end
 * its thread.  flags: 0.
 *
 * The calling thread waits, and takes the signals: all but those of a thread's
 * own faults are blocked in the others, also for what serve calls.  Stacks have
 * the system's size for threads, at least 256 KiB and at most 8 MiB.
 *
 * Returns 0 when it was time to leave (SIGTERM, SIGUSR1, FCGX_ShutdownPending).
 * Else -EINVAL for such a count, flags or no serve, -EAGAIN or -ENOMEM if not
 * all threads could be made (then none of them has served), or what
 * FCGX_Accept_r has failed with.
 *
 * With FCGI_WORKERS=N in the environment there are N processes of count threads
 * each.  An accept loop that the application has itself cannot be turned into
 * threads without its help: only it knows what may run twice at once.
 */
DLLAPI int FCGX_RunThreads(int count, int sock,
                           int (*serve)(FCGX_Request *request, void *data),
                           void *data, int flags);

#if defined(__cplusplus)
}
#endif

#endif
