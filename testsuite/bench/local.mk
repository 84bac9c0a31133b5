# SPDX-License-Identifier: BSD-2-Clause
# Measurements, see README: `make bench`.
EXTRA_DIST += %D%/README %D%/run-lib %D%/run-mod %D%/run-preload \
	%D%/hello.fcgi %D%/modules.fcgi \
	%D%/Bench/Chart.pm %D%/Bench/Load.pm %D%/Bench/Process.pm \
	%D%/Bench/Report.pm %D%/Bench/Server.pm %D%/Bench/Settings.pm
check_PROGRAMS += %D%/bench-lib %D%/responder %D%/minimal

%C%_bench_lib_SOURCES = %D%/bench-lib.c %D%/load.c %D%/load.h
%C%_bench_lib_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
%C%_bench_lib_LDADD = libfcgiwire.la
%C%_responder_SOURCES = %D%/responder.c
%C%_responder_LDADD = libfcgi.la
%C%_minimal_SOURCES = %D%/minimal.c
%C%_minimal_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE

bench_programs = %D%/bench-lib$(EXEEXT) %D%/responder$(EXEEXT) \
	%D%/minimal$(EXEEXT)

STOCK_LIBDIR =
STOCK_MODULE =
BENCHFLAGS =
bench: bench-lib bench-mod bench-preload
bench-lib: all $(bench_programs)
	@STOCK_LIBDIR='$(STOCK_LIBDIR)' \
		sh $(top_srcdir)/testsuite/bench/run-lib . \
		-j testsuite/bench/bench-lib.json $(BENCHFLAGS)
bench-mod: all $(bench_programs) testsuite/lib/http-load$(EXEEXT)
	@STOCK_MODULE='$(STOCK_MODULE)' \
		perl $(top_srcdir)/testsuite/bench/run-mod . \
		-j testsuite/bench/bench-mod.json \
		-g testsuite/bench/bench-mod.svg $(BENCHFLAGS)
bench-preload: all
	@STOCK_MODULE='$(STOCK_MODULE)' \
		perl $(top_srcdir)/testsuite/bench/run-preload . \
		-j testsuite/bench/bench-preload.json $(BENCHFLAGS)
phony_targets += bench bench-lib bench-mod bench-preload
CLEANFILES += %D%/bench-lib.json %D%/bench-mod.json %D%/bench-mod.svg \
	%D%/bench-preload.json
