# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/bosixnet.exp \
	%D%/clisp.exp \
	%D%/fcgiwrap.exp \
	%D%/iipsrv.exp \
	%D%/lua.exp \
	%D%/mapserver.exp \
	%D%/openjpeg.exp \
	%D%/programs.tcl \
	%D%/ruby.exp \
	%D%/shibboleth.exp

# All that Debian has installed, under valgrind: VALGRIND=0 for without it.
VALGRIND = 1
check-dropin: testsuite/site.exp all build-checks
	@VALGRIND=$(VALGRIND) $(run_tests) libfcgi.programs
phony_targets += check-dropin
