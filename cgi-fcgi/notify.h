/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells a service manager how things are: sd_notify(3) without a library. */
#ifndef CGI_FCGI_NOTIFY_H
#define CGI_FCGI_NOTIFY_H

/*
 * Sends one message, lines NAME=VALUE, to the socket of $NOTIFY_SOCKET: a path,
 * or "@" and an abstract name.  Does not block; that nobody takes the message
 * is no error.  socket may be NULL: nothing is sent.
 */
void notify_send(const char *socket, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
