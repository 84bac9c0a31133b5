# SPDX-License-Identifier: BSD-2-Clause
if HAVE_CXX
check_PROGRAMS += %D%/request-test %D%/streambuf-test
%C%_request_test_SOURCES = %D%/request-test.cpp
%C%_request_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib
%C%_request_test_LDADD = libfcgi++.la libfcgi.la
%C%_streambuf_test_SOURCES = %D%/streambuf-test.cpp
%C%_streambuf_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib
%C%_streambuf_test_LDADD = libfcgi++.la libfcgi.la
endif
EXTRA_DIST += %D%/request.exp %D%/streambuf.exp
