/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an operator may want to know and nobody else is told: connections that
 * break the protocol, peers that are refused.  Nothing is said unless the
 * option FCGI_OPTION_LOG wants it; never more than FCGI_REPORT_MOST lines a
 * second, so that who sends rubbish cannot fill a disk with it.
 */
#ifndef FCGI_REPORT_H
#define FCGI_REPORT_H

/* Values of FCGI_OPTION_LOG. */
enum { FCGI_REPORT_NOWHERE, FCGI_REPORT_STDERR, FCGI_REPORT_SYSLOG };

enum { FCGI_REPORT_MOST = 10, FCGI_REPORT_LINE = 400 /* bytes, at most */ };

/*
 * One line, without its end; on standard error with the process's id in front,
 * on syslog(3) as a warning.  fd: the connection it is about, whose peer is
 * named; or -1.  For any thread; keeps errno.
 */
#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
void
fcgi_report(int fd, const char *format, ...);

#endif
