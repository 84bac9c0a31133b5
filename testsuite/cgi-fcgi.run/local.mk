# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += %D%/params-test
%C%_params_test_SOURCES = %D%/params-test.c \
	cgi-fcgi/params.c cgi-fcgi/params.h
%C%_params_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib \
	-I$(srcdir)
%C%_params_test_LDADD = libfcgiwire.la

check_PROGRAMS += %D%/json-test
%C%_json_test_SOURCES = %D%/json-test.c cgi-fcgi/json.c cgi-fcgi/json.h
%C%_json_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)

check_PROGRAMS += %D%/histogram-test
%C%_histogram_test_SOURCES = %D%/histogram-test.c \
	cgi-fcgi/histogram.c cgi-fcgi/histogram.h
%C%_histogram_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)

check_PROGRAMS += %D%/policy-test
%C%_policy_test_SOURCES = %D%/policy-test.c \
	cgi-fcgi/policy.c cgi-fcgi/policy.h
%C%_policy_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib \
	-I$(srcdir)

EXTRA_DIST += \
	%D%/addresses.exp \
	%D%/apps.exp \
	%D%/bad.exp \
	%D%/bodies.exp \
	%D%/cgi.exp \
	%D%/completion.exp \
	%D%/ends.exp \
	%D%/environment.exp \
	%D%/forms.exp \
	%D%/fpm.exp \
	%D%/host.exp \
	%D%/hostile.exp \
	%D%/json.exp \
	%D%/load.exp \
	%D%/manual.exp \
	%D%/probe.exp \
	%D%/services.exp \
	%D%/splits.exp \
	%D%/start.exp \
	%D%/start-options.exp \
	%D%/supervise.exp
