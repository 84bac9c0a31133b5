# SPDX-License-Identifier: BSD-2-Clause
include mod/sources.mk
dist_man_MANS += %D%/mod_fcgid.8 %D%/fcgi-migration.7 %D%/fcgi-movabletype.7
EXTRA_DIST += %D%/sources.mk %D%/configure.apxs %D%/Makefile.apxs %D%/enable.sh
nobase_dist_doc_DATA += %D%/convert.sh

if HAVE_APACHE
apachelibexec_LTLIBRARIES = %D%/mod_fcgid.la

%C%_mod_fcgid_la_SOURCES = $(fcgid_sources) $(fcgid_headers)
%C%_mod_fcgid_la_CPPFLAGS = $(AM_CPPFLAGS) $(HTTPD_CPPFLAGS)
# APR's rings cast volatile away.
%C%_mod_fcgid_la_CFLAGS = $(AM_CFLAGS) -Wno-cast-qual
%C%_mod_fcgid_la_LDFLAGS = -module -avoid-version -shared \
	-export-symbols-regex '^fcgid_module$$' $(AM_LDFLAGS)
%C%_mod_fcgid_la_LIBADD = libfcgiwire.la

# httpd loads the .so alone: libtool's .la is of no use to it.
install_exec_hooks += remove-mod-la
remove-mod-la:
	rm -f $(DESTDIR)$(apachelibexecdir)/mod_fcgid.la
uninstall_hooks += remove-mod-so
remove-mod-so:
	rm -f $(DESTDIR)$(apachelibexecdir)/mod_fcgid.so

install_data_hooks += say-enable
say-enable:
	@test -n "$(DESTDIR)" || \
		echo "mod_fcgid.so is installed; 'make enable' makes httpd load it"

# Into httpd's own configuration, or out of it
enable disable:
	APXS=$(APXS) sh $(srcdir)/mod/enable.sh $@ \
		$(apachelibexecdir)/mod_fcgid.so
phony_targets += enable disable
endif
