# SPDX-License-Identifier: BSD-2-Clause
include_HEADERS += %D%/fastcgi.h %D%/fcgi_config.h %D%/fcgi_stdio.h \
	%D%/fcgiapp.h %D%/fcgiext.h %D%/fcgimisc.h %D%/fcgios.h
pkgconfig_DATA += libfcgi/fcgi.pc

# What is exported is decided by libfcgi.sym alone: the objects have default
# visibility, and _fcgi_sF is reached through the GOT because programs carry
# copy relocations of it.
lib_LTLIBRARIES += libfcgi.la
libfcgi_la_SOURCES = \
	%D%/accept.c \
	%D%/address.c %D%/address.h \
	%D%/attach.c %D%/attach.h \
	%D%/branch.c \
	%D%/bulk.c \
	%D%/capacity.c %D%/capacity.h \
	%D%/classic.c %D%/process.h \
	%D%/conn.c %D%/conn.h \
	%D%/ext.c %D%/ext.h \
	%D%/file.c %D%/file.h \
	%D%/head.c %D%/seek.h \
	%D%/hub.c %D%/hub.h \
	%D%/hubs.c %D%/hub_int.h \
	%D%/health.c %D%/health.h \
	%D%/io.c %D%/io.h \
	%D%/next.c %D%/next.h \
	%D%/options.c %D%/options.h \
	%D%/leave.c \
	%D%/listen.c %D%/listen.h \
	%D%/lock.c %D%/lock.h \
	%D%/oscompat.c %D%/osloop.c %D%/osloop.h \
	%D%/params.c %D%/params.h \
	%D%/peers.c %D%/peers.h \
	%D%/printf.c \
	%D%/probe.c %D%/probe.h \
	%D%/queue.c %D%/queue.h \
	%D%/reader.c \
	%D%/report.c %D%/report.h \
	%D%/request.c %D%/request.h \
	%D%/sig.c %D%/sig.h \
	%D%/sock.c %D%/sock.h \
	%D%/stats.c %D%/stats.h \
	%D%/stdio.c %D%/stdio_rw.c %D%/stdio_scan.c %D%/stdio_wide.c \
	%D%/stdio_int.h \
	%D%/stream.c %D%/stream.h \
	%D%/threads.c \
	%D%/values.c %D%/values.h \
	%D%/trunk.c %D%/trunk.h %D%/trunk_int.h \
	%D%/workers.c %D%/workers.h \
	%D%/waitset.c %D%/waitset_poll.c %D%/waitset.h \
	%D%/writer.c \
	%D%/zygote.c %D%/zygote.h
libfcgi_la_LIBADD = libfcgiwire.la
libfcgi_la_LDFLAGS = $(AM_LDFLAGS) $(NODELETE_LDFLAGS) \
	-version-info 0:0:0 -no-undefined -export-symbols $(srcdir)/%D%/libfcgi.sym
libfcgi_la_DEPENDENCIES = libfcgiwire.la $(srcdir)/%D%/libfcgi.sym
EXTRA_DIST += %D%/libfcgi.sym

if HAVE_CXX
include_HEADERS += %D%/fcgio.h %D%/fcgirequest.h
pkgconfig_DATA += libfcgi/fcgi++.pc
lib_LTLIBRARIES += libfcgi++.la
libfcgi___la_SOURCES = %D%/fcgio.cpp
libfcgi___la_LIBADD = libfcgi.la
libfcgi___la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -no-undefined \
	$(libfcgi___la_exports)
libfcgi___la_DEPENDENCIES = libfcgi.la $(srcdir)/%D%/libfcgi++.sym
# For C++, libtool's -export-symbols retains these names but hides no other.
if GNU_LD
libfcgi___la_exports = -Wl,--version-script=%D%/libfcgi++.map
libfcgi___la_DEPENDENCIES += %D%/libfcgi++.map
%D%/libfcgi++.map: $(srcdir)/%D%/libfcgi++.sym
	$(AM_V_GEN)$(MKDIR_P) %D% && { echo '{ global:'; \
		$(SED) 's/$$/;/' $(srcdir)/%D%/libfcgi++.sym; \
		echo 'local: *; };'; } >$@.new && mv $@.new $@
CLEANFILES += %D%/libfcgi++.map
else
libfcgi___la_exports = -export-symbols $(srcdir)/%D%/libfcgi++.sym
endif
endif
EXTRA_DIST += %D%/libfcgi++.sym

include libfcgi/man/local.mk
