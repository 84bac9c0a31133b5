# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += %D%/params-test
%C%_params_test_SOURCES = %D%/params-test.c \
	cgi-fcgi/params.c cgi-fcgi/params.h
%C%_params_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib \
	-I$(srcdir)
%C%_params_test_LDADD = libfcgiwire.la

EXTRA_DIST += \
	%D%/addresses.exp \
	%D%/apps.exp \
	%D%/bodies.exp \
	%D%/cgi.exp \
	%D%/ends.exp \
	%D%/environment.exp \
	%D%/forms.exp \
	%D%/probe.exp \
	%D%/splits.exp \
	%D%/start.exp
