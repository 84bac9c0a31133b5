# SPDX-License-Identifier: BSD-2-Clause
bin_PROGRAMS += %D%/cgi-fcgi
%C%_cgi_fcgi_SOURCES = \
	%D%/main.c \
	%D%/address.c %D%/address.h \
	%D%/answer.c %D%/answer.h \
	%D%/argfile.c %D%/argfile.h \
	%D%/bridge.c %D%/bridge.h \
	%D%/cgi.c %D%/cgi.h \
	%D%/clock.h \
	%D%/env.c %D%/env.h \
	%D%/histogram.c %D%/histogram.h \
	%D%/identity.c %D%/identity.h \
	%D%/json.c %D%/json.h \
	%D%/listeners.c %D%/listeners.h \
	%D%/load.c %D%/load.h \
	%D%/load-report.c %D%/load-report.h \
	%D%/notify.c %D%/notify.h \
	%D%/option-table.c %D%/option-table.h \
	%D%/options.c %D%/options.h \
	%D%/params.c %D%/params.h \
	%D%/pidfile.c %D%/pidfile.h \
	%D%/ping.c %D%/ping.h \
	%D%/policy.c %D%/policy.h \
	%D%/process.c %D%/process.h \
	%D%/request.c %D%/request.h \
	%D%/say.c %D%/say.h \
	%D%/signals.c %D%/signals.h \
	%D%/sink.c %D%/sink.h \
	%D%/spawn.c %D%/spawn.h \
	%D%/starter.c %D%/starter.h \
	%D%/supervise.c %D%/supervise.h \
	%D%/tally.c %D%/tally.h \
	%D%/trace.c %D%/trace.h \
	%D%/verdict.c %D%/verdict.h
# Of the library only the codec: no fcgiapp.h, no libfcgi.so.
%C%_cgi_fcgi_LDADD = libfcgiwire.la

dist_man_MANS += %D%/cgi-fcgi.1

# Named as the command that it completes.
dist_bashcompletion_DATA = %D%/bash-completion/cgi-fcgi
