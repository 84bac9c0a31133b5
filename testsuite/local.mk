# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += %D%/run %D%/config/default.exp %D%/config/unix.exp

include %D%/lib/local.mk
include %D%/peer/local.mk
include %D%/fuzz/local.mk
include %D%/bench/local.mk
include %D%/libfcgi.wire/local.mk
include %D%/libfcgi.api/local.mk
include %D%/libfcgi.stdio/local.mk
include %D%/libfcgi.cxx/local.mk
include %D%/libfcgi.abi/local.mk
include %D%/libfcgi.ext/local.mk
include %D%/libfcgi.perl/local.mk
include %D%/libfcgi.programs/local.mk
include %D%/libfcgi.rules/local.mk
include %D%/cgi-fcgi.run/local.mk
include %D%/mod_fcgid.unit/local.mk
include %D%/mod_fcgid.conf/local.mk
include %D%/mod_fcgid.http/local.mk
include %D%/mod_fcgid.proc/local.mk
include %D%/mod_fcgid.lanes/local.mk
include %D%/mod_fcgid.auth/local.mk
include %D%/mod_fcgid.status/local.mk
include %D%/mod_fcgid.mt/local.mk
include %D%/mod_fcgid.apps/local.mk
include %D%/mod_fcgid.build/local.mk
include %D%/mod_fcgid.manual/local.mk
include %D%/mod_fcgid.index/local.mk
include %D%/mod_fcgid.packages/local.mk

# Which directories each target runs. Those that need no server and little
# time are in unit_areas too.
unit_areas = libfcgi.wire mod_fcgid.unit
lib_areas = libfcgi.wire libfcgi.api libfcgi.stdio libfcgi.cxx libfcgi.abi \
	libfcgi.ext libfcgi.perl libfcgi.programs libfcgi.rules
bridge_areas = cgi-fcgi.run
mod_areas = mod_fcgid.proc mod_fcgid.http mod_fcgid.lanes mod_fcgid.apps \
	mod_fcgid.mt mod_fcgid.auth mod_fcgid.status mod_fcgid.conf \
	mod_fcgid.unit mod_fcgid.build mod_fcgid.manual mod_fcgid.index
package_areas = mod_fcgid.packages

# make check, or a part of it; with PACKAGES=yes it builds and tries packages
# too, which takes minutes; RUNTESTFLAGS=FILE.exp for a single file, KEEP=1
# to keep the scratch directories. MODULE and HTTPD name others than ours:
# make check-mod MODULE=/usr/lib/apache2/modules/mod_fcgid.so
run_tests = SITE="$(SITE)$(MODULE:%= MODULE=%)" \
	RUNTEST="$(RUNTEST)" RUNTESTFLAGS="$(RUNTESTFLAGS)" \
	sh $(srcdir)/testsuite/run $(srcdir)/testsuite testsuite
check-local: testsuite/site.exp
	@$(if $(PACKAGES),CHECK_TIMEOUT=1800) $(run_tests) \
		$(if $(PACKAGES),$(package_areas)) $(lib_areas) \
		$(bridge_areas) $(mod_areas)
check-unit: testsuite/site.exp all build-checks
	@$(run_tests) $(unit_areas)
check-lib: testsuite/site.exp all build-checks
	@$(run_tests) $(lib_areas)
check-bridge: testsuite/site.exp all build-checks
	@$(run_tests) $(bridge_areas)
check-mod: testsuite/site.exp all build-checks
	@$(run_tests) $(mod_areas)
check-packages: testsuite/site.exp all build-checks
	@CHECK_TIMEOUT=1800 $(run_tests) $(package_areas)
phony_targets += check-unit check-lib check-bridge check-mod check-packages
# The count is the last line, not what make does.
AM_MAKEFLAGS = --no-print-directory

# What the tests must know of this build.
testsuite/site.exp: Makefile
	@$(MKDIR_P) testsuite
	@{ echo "# made by make"; \
	echo 'set srcdir "$(abs_top_srcdir)/testsuite"'; \
	echo 'set top_srcdir "$(abs_top_srcdir)"'; \
	echo 'set top_builddir "$(abs_top_builddir)"'; \
	echo 'set objdir "$(abs_top_builddir)/testsuite"'; \
	echo 'set host_triplet $(host)'; \
	echo 'set CC {$(CC)}'; \
	echo 'set CXX {$(CXX)}'; \
	echo 'set CFLAGS {$(CFLAGS)}'; \
	echo 'set SAN_CFLAGS {$(SAN_CFLAGS)}'; \
	echo 'set APXS {$(APXS)}'; \
	echo 'set HTTPD {$(HTTPD)}'; \
	echo 'set HTTPD_MODULES {$(HTTPD_MODULES)}'; \
	echo 'set MODULE {$(abs_top_builddir)/mod/.libs/mod_fcgid.so}'; \
	echo 'set LIBFCGI {$(abs_top_builddir)/.libs/libfcgi.so.0}'; \
	echo 'set CGI_FCGI {$(abs_top_builddir)/cgi-fcgi/cgi-fcgi}'; \
	echo 'set LOAD {$(abs_top_builddir)/testsuite/lib/http-load}'; \
	echo 'set PEER {$(abs_top_builddir)/testsuite/peer/fcgi-peer}'; \
	echo 'set LAUNCH {$(abs_top_builddir)/testsuite/peer/fcgi-launch}'; \
	echo 'set CLIENT {$(abs_top_builddir)/testsuite/peer/fcgi-client}'; \
	} >$@
CLEANFILES += testsuite/site.exp
clean_hooks += clean-results
clean-results:
	rm -rf testsuite/results testsuite/stock
