# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/health.exp \
	%D%/listen.exp \
	%D%/manual.exp \
	%D%/options.exp \
	%D%/units.exp \
	%D%/workers.exp \
	%D%/workers.tcl
check_PROGRAMS += \
	%D%/bulk-test \
	%D%/log-test \
	%D%/probe-test \
	%D%/state-test \
	%D%/threads-test \
	%D%/timed-test \
	%D%/worker-app \
	%D%/zygote-test

libfcgi_ext_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib \
	-I$(srcdir)/testsuite/libfcgi.api

%C%_bulk_test_SOURCES = %D%/bulk-test.c $(libfcgi_api_peer)
%C%_bulk_test_CPPFLAGS = $(libfcgi_ext_cppflags)
%C%_bulk_test_LDADD = $(libfcgi_api_libs)
%C%_log_test_SOURCES = %D%/log-test.c $(libfcgi_api_peer)
%C%_log_test_CPPFLAGS = $(libfcgi_ext_cppflags)
%C%_log_test_LDADD = $(libfcgi_api_libs)
%C%_probe_test_SOURCES = %D%/probe-test.c libfcgi/probe.c libfcgi/probe.h
%C%_probe_test_CPPFLAGS = $(libfcgi_ext_cppflags)
%C%_state_test_SOURCES = %D%/state-test.c $(libfcgi_api_peer)
%C%_state_test_CPPFLAGS = $(libfcgi_ext_cppflags)
%C%_state_test_LDADD = $(libfcgi_api_libs)
%C%_threads_test_SOURCES = %D%/threads-test.c $(libfcgi_api_peer)
%C%_threads_test_CPPFLAGS = $(libfcgi_ext_cppflags) -D_GNU_SOURCE
%C%_threads_test_LDADD = $(libfcgi_api_libs)
%C%_timed_test_SOURCES = %D%/timed-test.c $(libfcgi_api_peer)
%C%_timed_test_CPPFLAGS = $(libfcgi_ext_cppflags)
%C%_timed_test_LDADD = $(libfcgi_api_libs)
%C%_worker_app_SOURCES = %D%/worker-app.c
%C%_worker_app_LDADD = libfcgi.la
%C%_zygote_test_SOURCES = %D%/zygote-test.c $(libfcgi_api_peer)
%C%_zygote_test_CPPFLAGS = $(libfcgi_ext_cppflags)
%C%_zygote_test_LDADD = $(libfcgi_api_libs)
