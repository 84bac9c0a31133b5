# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += %D%/units.exp
check_PROGRAMS += \
	%D%/calls-test \
	%D%/close-test \
	%D%/drain-test \
	%D%/hub-test \
	%D%/idle-test \
	%D%/keep-test \
	%D%/leave-test \
	%D%/limit-test \
	%D%/look-test \
	%D%/manage-test \
	%D%/mpx-leave-test \
	%D%/mpx-test \
	%D%/printf-test \
	%D%/refuse-test \
	%D%/reply-test \
	%D%/shortage-test \
	%D%/signal-test \
	%D%/socket-test \
	%D%/split-test \
	%D%/stream-test \
	%D%/thread-test \
	%D%/turn-test

libfcgi_api_peer = testsuite/libfcgi.api/api.c testsuite/libfcgi.api/api.h
libfcgi_api_libs = libfcgi.la libfcgiwire.la

%C%_calls_test_SOURCES = %D%/calls-test.c $(libfcgi_api_peer)
%C%_calls_test_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
%C%_calls_test_LDADD = $(libfcgi_api_libs)
%C%_close_test_SOURCES = %D%/close-test.c $(libfcgi_api_peer)
%C%_close_test_LDADD = $(libfcgi_api_libs)
%C%_hub_test_SOURCES = %D%/hub-test.c $(libfcgi_api_peer)
%C%_hub_test_LDADD = libfcgi-inside.la
%C%_idle_test_SOURCES = %D%/idle-test.c $(libfcgi_api_peer)
%C%_idle_test_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
%C%_idle_test_LDADD = $(libfcgi_api_libs)
%C%_drain_test_SOURCES = %D%/drain-test.c $(libfcgi_api_peer)
%C%_drain_test_LDADD = $(libfcgi_api_libs)
%C%_keep_test_SOURCES = %D%/keep-test.c $(libfcgi_api_peer)
%C%_keep_test_LDADD = $(libfcgi_api_libs)
%C%_leave_test_SOURCES = %D%/leave-test.c $(libfcgi_api_peer)
%C%_leave_test_LDADD = $(libfcgi_api_libs)
# The options are set as the library sees them: a program with the library's
# own objects, which --disable-static does not install.
check_LTLIBRARIES += libfcgi-inside.la
libfcgi_inside_la_SOURCES = $(libfcgi_la_SOURCES)
libfcgi_inside_la_LIBADD = libfcgiwire.la
%C%_limit_test_SOURCES = %D%/limit-test.c $(libfcgi_api_peer)
%C%_limit_test_LDADD = libfcgi-inside.la
%C%_look_test_SOURCES = %D%/look-test.c $(libfcgi_api_peer)
%C%_look_test_LDADD = $(libfcgi_api_libs)
%C%_manage_test_SOURCES = %D%/manage-test.c $(libfcgi_api_peer)
%C%_manage_test_LDADD = $(libfcgi_api_libs)
%C%_mpx_leave_test_SOURCES = %D%/mpx-leave-test.c $(libfcgi_api_peer)
%C%_mpx_leave_test_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
%C%_mpx_leave_test_LDADD = $(libfcgi_api_libs)
%C%_mpx_leave_test_LDFLAGS = $(AM_LDFLAGS) -static
%C%_mpx_test_SOURCES = %D%/mpx-test.c $(libfcgi_api_peer)
%C%_mpx_test_LDADD = libfcgi-inside.la
%C%_printf_test_SOURCES = %D%/printf-test.c $(libfcgi_api_peer)
%C%_printf_test_LDADD = $(libfcgi_api_libs)
%C%_refuse_test_SOURCES = %D%/refuse-test.c $(libfcgi_api_peer)
%C%_refuse_test_LDADD = $(libfcgi_api_libs)
%C%_reply_test_SOURCES = %D%/reply-test.c $(libfcgi_api_peer)
%C%_reply_test_LDADD = $(libfcgi_api_libs)
%C%_shortage_test_SOURCES = %D%/shortage-test.c $(libfcgi_api_peer)
%C%_shortage_test_LDADD = $(libfcgi_api_libs)
%C%_signal_test_SOURCES = %D%/signal-test.c $(libfcgi_api_peer)
%C%_signal_test_LDADD = $(libfcgi_api_libs)
%C%_socket_test_SOURCES = %D%/socket-test.c $(libfcgi_api_peer)
# The list of addresses is tested by itself.
%C%_socket_test_SOURCES += libfcgi/peers.c libfcgi/peers.h \
	libfcgi/address.c libfcgi/address.h
%C%_socket_test_CPPFLAGS = $(AM_CPPFLAGS)
%C%_socket_test_LDADD = $(libfcgi_api_libs)
%C%_split_test_SOURCES = %D%/split-test.c $(libfcgi_api_peer)
%C%_split_test_LDADD = $(libfcgi_api_libs)
%C%_stream_test_SOURCES = %D%/stream-test.c $(libfcgi_api_peer)
%C%_stream_test_LDADD = $(libfcgi_api_libs)
%C%_thread_test_SOURCES = %D%/thread-test.c $(libfcgi_api_peer)
%C%_thread_test_LDADD = $(libfcgi_api_libs)
%C%_turn_test_SOURCES = %D%/turn-test.c $(libfcgi_api_peer)
%C%_turn_test_LDADD = libfcgi-inside.la
