/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can be set for the process: limits, time-outs, sizes.
 *
 * Each option is one whole number.  Every option may be read and set by any
 * thread at any time; what runs already may finish by the old value.
 */
#ifndef FCGI_OPTIONS_H
#define FCGI_OPTIONS_H

enum fcgi_option {
    /* Milliseconds; 0: no limit. */
    FCGI_OPTION_IDLE_TIMEOUT,  /* from accept(2), or from the end of a request,
                                  to the first byte of the next one */
    FCGI_OPTION_HEAD_TIMEOUT,  /* from that byte to the end of PARAMS */
    FCGI_OPTION_READ_TIMEOUT,  /* a read of STDIN or DATA: to the next byte */
    FCGI_OPTION_WRITE_TIMEOUT, /* a write: until the web server takes a byte */
    /* Milliseconds; 0: none. */
    FCGI_OPTION_LINGER, /* a connection that is closed while the web server
                           still sends takes that much longer, in all */
    /* Bytes; 0: no limit. */
    FCGI_OPTION_PARAMS_LIMIT, /* all pairs of a request, encoded */
    FCGI_OPTION_BODY_LIMIT,   /* STDIN of a request; what is above is an error
                                 of the stream */
    /* Bytes. */
    FCGI_OPTION_OUT_BUFFER, /* of STDOUT, with a record's header; a multiple of
                               8 is used */
    FCGI_OPTION_LOG,        /* where report.h says what it has to say */
    FCGI_OPTION_COUNT
};

enum { FCGI_OPTION_LINGER_DEFAULT = 2000 };

/* The value of an option. */
long fcgi_option(enum fcgi_option which);

/* FCGI_OPTION_LINGER as the devkit reads it from the environment, its only
 * option there (LIBFCGI_OS_CLOSE_POLL_TIMEOUT); -1: it says nothing. */
long fcgi_option_linger(void);

/* Returns 0, or -EINVAL if there is no such option or the value is out of its
 * range. */
int fcgi_option_set(enum fcgi_option which, long value);

#endif
