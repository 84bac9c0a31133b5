# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/classes.exp \
	%D%/cleaner.exp \
	%D%/crowd.tcl \
	%D%/death.exp \
	%D%/lanes-ask.exp \
	%D%/lanes-full.exp \
	%D%/lanes-life.exp \
	%D%/lanes-php.exp \
	%D%/lanes.exp \
	%D%/lanes.tcl \
	%D%/life.exp \
	%D%/load.exp \
	%D%/preload.exp \
	%D%/prespawn.exp \
	%D%/queue.exp \
	%D%/recycle.exp \
	%D%/reload.exp \
	%D%/restart.exp \
	%D%/scale.exp \
	%D%/start.exp \
	%D%/upgrade.exp \
	%D%/variant.tcl
if HAVE_APACHE
check_PROGRAMS += %D%/lanes-app
%C%_lanes_app_SOURCES = %D%/lanes-app.c
%C%_lanes_app_LDADD = libfcgi.la -lpthread
endif
