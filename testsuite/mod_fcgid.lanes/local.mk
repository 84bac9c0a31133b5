# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/ask.exp \
	%D%/children.exp \
	%D%/full.exp \
	%D%/lanes.tcl \
	%D%/lives.exp \
	%D%/several.exp
if HAVE_APACHE
check_PROGRAMS += %D%/lanes-app
%C%_lanes_app_SOURCES = %D%/lanes-app.c
%C%_lanes_app_LDADD = libfcgi.la -lpthread
endif
