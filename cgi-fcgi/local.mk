# SPDX-License-Identifier: BSD-2-Clause
bin_PROGRAMS += cgi-fcgi/cgi-fcgi
cgi_fcgi_cgi_fcgi_SOURCES = \
	%D%/main.c \
	%D%/address.c %D%/address.h \
	%D%/bridge.c %D%/bridge.h \
	%D%/options.c %D%/options.h \
	%D%/params.c %D%/params.h \
	%D%/spawn.c %D%/spawn.h
cgi_fcgi_cgi_fcgi_LDADD = libfcgiwire.la
