# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += %D%/units.exp
check_PROGRAMS += \
	%D%/keep-test \
	%D%/manage-test \
	%D%/refuse-test \
	%D%/reply-test \
	%D%/split-test

libfcgi_api_peer = %D%/api.c %D%/api.h
libfcgi_api_libs = libfcgi.la libfcgiwire.la

%C%_keep_test_SOURCES = %D%/keep-test.c $(libfcgi_api_peer)
%C%_keep_test_LDADD = $(libfcgi_api_libs)
%C%_manage_test_SOURCES = %D%/manage-test.c $(libfcgi_api_peer)
%C%_manage_test_LDADD = $(libfcgi_api_libs)
%C%_refuse_test_SOURCES = %D%/refuse-test.c $(libfcgi_api_peer)
%C%_refuse_test_LDADD = $(libfcgi_api_libs)
%C%_reply_test_SOURCES = %D%/reply-test.c $(libfcgi_api_peer)
%C%_reply_test_LDADD = $(libfcgi_api_libs)
%C%_split_test_SOURCES = %D%/split-test.c $(libfcgi_api_peer)
%C%_split_test_LDADD = $(libfcgi_api_libs)
