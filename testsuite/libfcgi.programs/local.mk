# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += %D%/node-app
%C%_node_app_SOURCES = %D%/node-app.c
%C%_node_app_LDADD = libfcgi.la
EXTRA_DIST += \
	%D%/bosixnet.exp \
	%D%/clisp.exp \
	%D%/drain.exp \
	%D%/fcgiwrap.exp \
	%D%/iipsrv.exp \
	%D%/lua.exp \
	%D%/mapserver.exp \
	%D%/multiplex.exp \
	%D%/openjpeg.exp \
	%D%/programs.tcl \
	%D%/ruby.exp \
	%D%/shibboleth.exp

# All that Debian has installed, under valgrind: VALGRIND=0 for without it.
VALGRIND = 1
check-dropin: testsuite/site.exp all build-checks
	@VALGRIND=$(VALGRIND) $(run_tests) libfcgi.programs
phony_targets += check-dropin
