# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += %D%/layout-test %D%/unload-test
%C%_layout_test_SOURCES = %D%/layout-test.c
%C%_layout_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib
%C%_layout_test_LDADD = libfcgi.la
%C%_unload_test_SOURCES = %D%/unload-test.c
%C%_unload_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib
%C%_unload_test_LDADD = $(DL_LIBS)
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
	%D%/devkit.exp \
	%D%/headers.exp \
	%D%/layout-show.c \
	%D%/layout.exp \
	%D%/man.exp \
	%D%/libfcgi.names \
	%D%/libfcgi++.names \
	%D%/stock \
	%D%/symbols.exp

# Against the devkit's headers and libraries: those below STOCK_ROOT, else of
# Debian's packages, which are fetched here but not installed.
check-abi: all
	@root=`sh $(srcdir)/testsuite/libfcgi.abi/stock testsuite/stock` && \
	if test -n "$$root"; then \
		for dir in "$$root"/usr/lib/*-linux-gnu* "$$root"/usr/lib64; do \
			test ! -f "$$dir/libfcgi.so.0" || \
			sh $(srcdir)/testsuite/libfcgi.abi/abidiff .libs \
				"$$dir" || exit 1; \
		done; \
	fi && \
	STOCK_ROOT=$$root $(MAKE) check-lib \
		RUNTESTFLAGS="devkit.exp symbols.exp layout.exp headers.exp"
phony_targets += check-abi
