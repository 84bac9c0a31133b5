# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += %D%/dist-tar %D%/lint/run %D%/lint/source \
	%D%/lint/manual

# The spec for rpmbuild -ta, made by configure, and what it installs
EXTRA_DIST += %D%/rpm/fcgi-suite.spec %D%/rpm/fcgi-suite.spec.in \
	%D%/rpm/fcgid.conf %D%/rpm/rpmlintrc

# Debian's packages, in _deb/; DEB_BUILD_OPTIONS=nocheck without tests
EXTRA_DIST += %D%/deb \
	%D%/debian/changelog \
	%D%/debian/control \
	%D%/debian/copyright \
	%D%/debian/fcgid.conf \
	%D%/debian/fcgid.load \
	%D%/debian/libapache2-mod-fcgid.apache2 \
	%D%/debian/libapache2-mod-fcgid.install \
	%D%/debian/libapache2-mod-fcgid.lintian-overrides \
	%D%/debian/libfcgi-bin.lintian-overrides \
	%D%/debian/libfcgi-dev.lintian-overrides \
	%D%/debian/libfcgi-bin.install \
	%D%/debian/libfcgi-dev.examples \
	%D%/debian/libfcgi-dev.install \
	%D%/debian/libfcgi0.install \
	%D%/debian/libfcgi0.lintian-overrides \
	%D%/debian/libfcgi0.symbols \
	%D%/debian/rules \
	%D%/debian/source/format
deb: dist-gzip
	sh $(srcdir)/%D%/deb $(PACKAGE)-$(VERSION).tar.gz _deb
phony_targets += deb
clean_hooks += clean-deb
clean-deb:
	rm -rf _deb

# All manual pages as HTML, in html/
EXTRA_DIST += %D%/html %D%/manual.css
html-local:
	sh $(srcdir)/%D%/html html $(html_pages)
html_pages = $(addprefix $(srcdir)/,$(dist_man_MANS))
clean_hooks += clean-html
clean-html:
	rm -rf html

# The tarball carries the date of its commit: `make dist` is reproducible from
# a clone and from the tarball itself.
GZIP_ENV = -9n
dist_hooks += dist-release-date
dist-release-date:
	@file=$(srcdir)/build-aux/release-date; \
	if test -n "$$SOURCE_DATE_EPOCH"; then echo "$$SOURCE_DATE_EPOCH"; \
	elif test -f $$file; then cat $$file; \
	else git -C $(srcdir) log -1 --format=%ct 2>/dev/null || date +%s; \
	fi >$(distdir)/build-aux/release-date

# What is outside $(prefix) by default must not be in distcheck's test install.
AM_DISTCHECK_CONFIGURE_FLAGS = $(distcheck_apache) $(distcheck_cxx)
if HAVE_APACHE
distcheck_apache = --with-apxs=$(APXS) \
	--with-apache-libexecdir=$$dc_install_base/apache-modules
else
distcheck_apache = --without-apache
endif
if HAVE_CXX
distcheck_cxx = --enable-cxx
else
distcheck_cxx = --disable-cxx
endif

# The rules of the house; lint-quick is a test too.
lint:
	sh $(srcdir)/build-aux/lint/run $(srcdir)
lint-quick:
	sh $(srcdir)/build-aux/lint/run $(srcdir) quick
build-checks: $(check_PROGRAMS) $(check_LTLIBRARIES)
phony_targets += lint lint-quick build-checks
