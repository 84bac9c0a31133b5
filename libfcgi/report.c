/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "report.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "io.h"
#include "options.h"

enum { PERIOD = 1000 /* milliseconds */, PEER = INET6_ADDRSTRLEN + 64 };

/* Of this period: when it began, and lines that were wanted.  Threads that
 * come at the same time may miscount by one another's line. */
static unsigned period_start, period_count;

/* True if there is room for a line.  *left_out: how many had none before. */
static bool
has_room(unsigned *left_out)
{
    unsigned now = (unsigned)fcgi_io_now() | 1;
    unsigned start = __atomic_load_n(&period_start, __ATOMIC_RELAXED);
    unsigned count;

    *left_out = 0;
    if (start == 0 || now - start >= PERIOD) {
        __atomic_store_n(&period_start, now, __ATOMIC_RELAXED);
        count = __atomic_exchange_n(&period_count, 0, __ATOMIC_RELAXED);
        if (count > FCGI_REPORT_MOST)
            *left_out = count - FCGI_REPORT_MOST;
    }
    count = __atomic_add_fetch(&period_count, 1, __ATOMIC_RELAXED);
    return count <= FCGI_REPORT_MOST;
}

static void
say(const char *text)
{
    char line[FCGI_REPORT_LINE + 32];
    int size;

    if (fcgi_option(FCGI_OPTION_LOG) == FCGI_REPORT_SYSLOG) {
        syslog(LOG_DAEMON | LOG_WARNING, "libfcgi: %s", text);
        return;
    }
    size = snprintf(line, sizeof(line), "libfcgi[%ld]: %s\n", (long)getpid(),
                    text);
    /* There is nobody to tell that telling has failed. */
    if (size > 0 && write(STDERR_FILENO, line, (size_t)size) < 0)
        return;
}

/* "connection from 127.0.0.1:4711: " */
static void
name_peer(int fd, char text[PEER])
{
    struct sockaddr_storage peer;
    const struct sockaddr_in *ipv4 = (const void *)&peer;
    const struct sockaddr_in6 *ipv6 = (const void *)&peer;
    socklen_t size = sizeof(peer);
    char address[INET6_ADDRSTRLEN];

    text[0] = '\0';
    if (fd < 0)
        return;
    if (getpeername(fd, (struct sockaddr *)&peer, &size) != 0)
        snprintf(text, PEER, "connection: ");
    else if (peer.ss_family == AF_INET &&
             inet_ntop(AF_INET, &ipv4->sin_addr, address, sizeof(address)))
        snprintf(text, PEER, "connection from %s:%u: ", address,
                 (unsigned)ntohs(ipv4->sin_port));
    else if (peer.ss_family == AF_INET6 &&
             inet_ntop(AF_INET6, &ipv6->sin6_addr, address, sizeof(address)))
        snprintf(text, PEER, "connection from [%s]:%u: ", address,
                 (unsigned)ntohs(ipv6->sin6_port));
    else
        snprintf(text, PEER, "connection from a Unix socket: ");
}

void
fcgi_report(int fd, const char *format, ...)
{
    char text[FCGI_REPORT_LINE];
    char peer[PEER];
    int saved = errno;
    unsigned left_out;
    va_list args;

    if (fcgi_option(FCGI_OPTION_LOG) == FCGI_REPORT_NOWHERE)
        return;
    if (has_room(&left_out)) {
        size_t used;

        if (left_out > 0) {
            snprintf(text, sizeof(text), "%u messages were left out", left_out);
            say(text);
        }
        name_peer(fd, peer);
        used = (size_t)snprintf(text, sizeof(text), "%s", peer);
        va_start(args, format);
        vsnprintf(text + used, sizeof(text) - used, format, args);
        va_end(args);
        say(text);
    }
    errno = saved;
}
