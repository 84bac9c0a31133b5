# SPDX-License-Identifier: BSD-2-Clause
include mod/sources.mk

apachelibexec_LTLIBRARIES = %D%/mod_fcgid.la
EXTRA_DIST += %D%/sources.mk

%C%_mod_fcgid_la_SOURCES = $(fcgid_sources) $(fcgid_headers)
%C%_mod_fcgid_la_CPPFLAGS = $(AM_CPPFLAGS) $(HTTPD_CPPFLAGS)
%C%_mod_fcgid_la_LDFLAGS = -module -avoid-version -shared \
	-export-symbols-regex '^fcgid_module$$' $(AM_LDFLAGS)
%C%_mod_fcgid_la_LIBADD = libfcgiwire.la
