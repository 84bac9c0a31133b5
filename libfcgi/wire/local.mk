# SPDX-License-Identifier: BSD-2-Clause
noinst_LTLIBRARIES += libfcgiwire.la
libfcgiwire_la_SOURCES = \
	%D%/wire.h \
	%D%/record.c %D%/record.h \
	%D%/parser.c %D%/parser.h \
	%D%/pairs.c %D%/pairs.h \
	%D%/frame.c %D%/frame.h \
	%D%/names.c %D%/names.h
libfcgiwire_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
