# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += %D%/index %D%/index.exp %D%/rules.exp
check_PROGRAMS += %D%/bars-test %D%/checklist-test %D%/odd-test \
	%D%/rest-test

libfcgi_rules_common = %D%/rule.c %D%/rule.h \
	testsuite/libfcgi.api/api.c testsuite/libfcgi.api/api.h
libfcgi_rules_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/testsuite/lib \
	-I$(srcdir)/testsuite/libfcgi.api
%C%_bars_test_SOURCES = %D%/bars-test.c $(libfcgi_rules_common)
%C%_bars_test_CPPFLAGS = $(libfcgi_rules_cppflags)
%C%_bars_test_LDADD = libfcgi.la libfcgiwire.la
%C%_checklist_test_SOURCES = %D%/checklist-test.c $(libfcgi_rules_common)
%C%_checklist_test_CPPFLAGS = $(libfcgi_rules_cppflags)
%C%_checklist_test_LDADD = libfcgi.la libfcgiwire.la
%C%_odd_test_SOURCES = %D%/odd-test.c $(libfcgi_rules_common)
%C%_odd_test_CPPFLAGS = $(libfcgi_rules_cppflags)
%C%_odd_test_LDADD = libfcgi.la libfcgiwire.la
%C%_rest_test_SOURCES = %D%/rest-test.c $(libfcgi_rules_common)
%C%_rest_test_CPPFLAGS = $(libfcgi_rules_cppflags)
%C%_rest_test_LDADD = libfcgi.la libfcgiwire.la

# The same rules on the devkit's libfcgi.so.0, to see it break those that it is
# known to break: make check-devkit DEVKIT=DIRECTORY
check-devkit: all build-checks
	@for rules in bars checklist odd rest; do \
		LD_LIBRARY_PATH=$(DEVKIT) %D%/.libs/$$rules-test --devkit || \
			exit 1; \
	done
phony_targets += check-devkit
