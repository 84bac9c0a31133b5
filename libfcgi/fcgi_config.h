/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What applications may want to know of the library's build.  Include it
 * before fcgi_stdio.h to get FCGI_fgetpos and FCGI_fsetpos, and before
 * fcgio.h to keep char_type out of the global name space.
 *
 * This file is not the configuration of an Autotools build: nothing here
 * speaks of the application's own package, and each macro gives way to one
 * that is defined already.
 */
#ifndef _FCGI_CONFIG_H
#define _FCGI_CONFIG_H

/* <stdio.h> has fpos_t. */
#ifndef HAVE_FPOS
#define HAVE_FPOS 1
#endif

/* std::streambuf has a member type char_type. */
#ifndef HAVE_STREAMBUF_CHAR_TYPE
#define HAVE_STREAMBUF_CHAR_TYPE 1
#endif

/* Version of the suite. */
#ifndef VERSION
#define VERSION "3.0.0"
#endif

#endif /* _FCGI_CONFIG_H */
