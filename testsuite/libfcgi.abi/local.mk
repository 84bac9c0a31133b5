# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += %D%/layout-test
%C%_layout_test_SOURCES = %D%/layout-test.c
%C%_layout_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib
%C%_layout_test_LDADD = libfcgi.la
if HAVE_CXX
check_PROGRAMS += %D%/layout-c-in-cxx-test %D%/layout-cxx-test
%C%_layout_c_in_cxx_test_SOURCES = %D%/layout-c-in-cxx-test.cpp
%C%_layout_c_in_cxx_test_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(srcdir)/testsuite/lib -I$(srcdir)/%D%
%C%_layout_c_in_cxx_test_LDADD = libfcgi.la
%C%_layout_cxx_test_SOURCES = %D%/layout-cxx-test.cpp
%C%_layout_cxx_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib
%C%_layout_cxx_test_LDADD = libfcgi++.la libfcgi.la
endif
EXTRA_DIST += \
	%D%/abidiff \
	%D%/headers.exp \
	%D%/layout.exp \
	%D%/man.exp \
	%D%/libfcgi.names \
	%D%/libfcgi++.names \
	%D%/symbols.exp

# Against the devkit's library, where that is installed.
check-abi: all
	@sh $(srcdir)/testsuite/libfcgi.abi/abidiff .libs
	@$(MAKE) check-lib RUNTESTFLAGS="symbols.exp layout.exp headers.exp"
phony_targets += check-abi
