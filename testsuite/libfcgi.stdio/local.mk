# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += \
	%D%/cgi-app \
	%D%/exit-app \
	%D%/os-test \
	%D%/scan-test \
	%D%/wide-test \
	%D%/stdio-test
%C%_cgi_app_SOURCES = %D%/cgi-app.c
%C%_cgi_app_LDADD = libfcgi.la
%C%_exit_app_SOURCES = %D%/exit-app.c
%C%_exit_app_LDADD = libfcgi.la
%C%_os_test_SOURCES = %D%/os-test.c
%C%_os_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib
%C%_os_test_LDADD = libfcgi.la
%C%_scan_test_SOURCES = %D%/scan-test.c %D%/page.c %D%/page.h
%C%_scan_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib
%C%_scan_test_LDADD = libfcgi.la libfcgiwire.la
%C%_wide_test_SOURCES = %D%/wide-test.c %D%/page.c %D%/page.h
%C%_wide_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib
%C%_wide_test_LDADD = libfcgi.la libfcgiwire.la
%C%_stdio_test_SOURCES = %D%/stdio-test.c %D%/page.c %D%/page.h
%C%_stdio_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib
%C%_stdio_test_LDADD = libfcgi.la libfcgiwire.la
EXTRA_DIST += \
	%D%/bridge.exp \
	%D%/cgi.exp \
	%D%/examples.exp \
	%D%/exit.exp \
	%D%/units.exp
