# SPDX-License-Identifier: BSD-2-Clause
EXTRA_PROGRAMS += %D%/answer
CLEANFILES += %D%/answer$(EXEEXT)
EXTRA_DIST += %D%/run %D%/answer.pl %D%/index.html
%C%_answer_SOURCES = %D%/answer.c
%C%_answer_LDADD = libfcgi.la

# All that examples/demo/run wants to have below $(prefix).
demo_www = $(DESTDIR)$(prefix)/demo/www
install-demo: install %D%/answer$(EXEEXT)
	$(MKDIR_P) $(demo_www)
	$(LIBTOOL) $(AM_LIBTOOLFLAGS) --mode=install $(INSTALL_PROGRAM) \
		%D%/answer$(EXEEXT) $(demo_www)/answer-c.fcgi
	for name in answer.fcgi answer.cgi; do \
		sed '1s|.*|#!$(PERL)|' $(srcdir)/%D%/answer.pl \
			>$(demo_www)/$$name && chmod 755 $(demo_www)/$$name \
			|| exit; \
	done
	$(INSTALL_DATA) $(srcdir)/%D%/index.html $(demo_www)/index.html
phony_targets += install-demo
