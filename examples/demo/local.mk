# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += %D%/fcgi-demo %D%/fcgi-demo.1 %D%/answer.pl %D%/index.html
EXTRA_PROGRAMS += %D%/answer
CLEANFILES += %D%/answer$(EXEEXT)
%C%_answer_SOURCES = %D%/answer.c
%C%_answer_LDADD = libfcgi.la

# The page and its applications, as they are served. The libraries' place is
# httpd's to tell, not the program's.
demo_files = %D%/files
demo-files: all %D%/answer$(EXEEXT)
	@$(MKDIR_P) $(demo_files)
	@for program in %D%/.libs/answer %D%/answer; do \
		test ! -f $$program || break; \
	done && cp -f $$program $(demo_files)/answer-c.fcgi && \
	chmod 755 $(demo_files)/answer-c.fcgi
	@for name in answer.fcgi answer.cgi; do \
		rm -f $(demo_files)/$$name && \
		sed '1s|.*|#!$(PERL)|' $(srcdir)/%D%/answer.pl \
			>$(demo_files)/$$name && \
		chmod 755 $(demo_files)/$$name || exit; \
	done
phony_targets += demo-files

# From the built tree, without installing anything
demo_env = FCGI_DEMO_MODULE=$(abs_top_builddir)/mod/.libs/mod_fcgid.so \
	FCGI_DEMO_LIBRARY=$(abs_top_builddir)/.libs \
	FCGI_DEMO_FILES=$(abs_top_builddir)/$(demo_files) \
	FCGI_DEMO_PAGE=$(abs_top_srcdir)/%D%/index.html
if HAVE_APACHE
demo: demo-files
	@$(demo_env) FCGI_DEMO_NAME='make demo' APXS=$(APXS) \
		sh $(srcdir)/%D%/fcgi-demo

# Installed
demodir = $(libexecdir)/$(PACKAGE)/demo
dist_pkgdata_DATA = %D%/index.html
dist_man_MANS += %D%/fcgi-demo.1
install_exec_hooks += install-demo
install-demo: demo-files
	$(MKDIR_P) "$(DESTDIR)$(demodir)" "$(DESTDIR)$(bindir)"
	$(INSTALL_PROGRAM) $(demo_files)/answer-c.fcgi "$(DESTDIR)$(demodir)"
	$(INSTALL_SCRIPT) $(demo_files)/answer.fcgi $(demo_files)/answer.cgi \
		"$(DESTDIR)$(demodir)"
	sed -e 's|@MODULE@|$(apachelibexecdir)/mod_fcgid.so|' \
		-e 's|@LIBRARY@|$(libdir)|' -e 's|@FILES@|$(demodir)|' \
		-e 's|@PAGE@|$(pkgdatadir)/index.html|' \
		-e 's|@RELEASE@|$(PACKAGE_VERSION)|' \
		$(srcdir)/%D%/fcgi-demo >"$(DESTDIR)$(bindir)/fcgi-demo"
	chmod 755 "$(DESTDIR)$(bindir)/fcgi-demo"
uninstall_hooks += uninstall-demo
uninstall-demo:
	rm -rf "$(DESTDIR)$(libexecdir)/$(PACKAGE)"
	rm -f "$(DESTDIR)$(bindir)/fcgi-demo"
	rmdir "$(DESTDIR)$(pkgdatadir)" 2>/dev/null || :
phony_targets += install-demo
else
demo:
	@echo 'demo: this tree was configured without httpd; install it and its' \
		'apxs (apache2-dev, httpd-devel) and run configure again' >&2; exit 1
endif
phony_targets += demo
clean_hooks += clean-demo
clean-demo:
	rm -rf $(demo_files)
