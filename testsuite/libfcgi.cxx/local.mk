# SPDX-License-Identifier: BSD-2-Clause
if HAVE_CXX
check_PROGRAMS += %D%/streambuf-test
%C%_streambuf_test_SOURCES = %D%/streambuf-test.cpp
%C%_streambuf_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib
%C%_streambuf_test_LDADD = libfcgi++.la libfcgi.la
endif
EXTRA_DIST += %D%/streambuf.exp
