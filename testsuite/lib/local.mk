# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/app.exp %D%/cgi-fcgi.exp %D%/fpm.exp %D%/libfcgi.exp %D%/mod_fcgid.exp \
	%D%/http.exp %D%/httpd.exp %D%/peer.exp %D%/proc.exp %D%/suite.exp \
	%D%/unit.h

# http-load: many clients at once
check_PROGRAMS += %D%/http-load
%C%_http_load_SOURCES = %D%/http-load.c %D%/http-load.h %D%/http-answer.c
%C%_http_load_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
