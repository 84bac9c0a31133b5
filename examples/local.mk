# SPDX-License-Identifier: BSD-2-Clause
# One program for each way to use the library; built, tested, not installed.
noinst_PROGRAMS += \
	%D%/authorizer \
	%D%/echo \
	%D%/echo-x \
	%D%/filter \
	%D%/size \
	%D%/threaded
%C%_authorizer_LDADD = libfcgi.la
%C%_echo_LDADD = libfcgi.la
%C%_echo_x_SOURCES = %D%/echo-x.c
%C%_echo_x_LDADD = libfcgi.la
%C%_filter_LDADD = libfcgi.la
%C%_size_LDADD = libfcgi.la
%C%_threaded_LDADD = libfcgi.la

if HAVE_CXX
noinst_PROGRAMS += %D%/echo-cpp %D%/request-cpp
%C%_echo_cpp_SOURCES = %D%/echo-cpp.cpp
%C%_echo_cpp_LDADD = libfcgi++.la libfcgi.la
%C%_request_cpp_SOURCES = %D%/request-cpp.cpp
%C%_request_cpp_LDADD = libfcgi++.la libfcgi.la
endif

dist_man_MANS += %D%/fcgi-guide.7
EXTRA_DIST += %D%/echo.pl
# What the manuals name, below $(docdir)/examples
nobase_dist_doc_DATA += \
	%D%/Dockerfile \
	%D%/detect.fcgi \
	%D%/docker-fcgid.conf \
	%D%/form.fcgi \
	%D%/httpd-fcgid.conf \
	%D%/logrotate \
	%D%/systemd/fcgi-app.service \
	%D%/systemd/fcgi-app.socket \
	%D%/systemd/fcgi-app@.service \
	%D%/supervise/app.service \
	%D%/supervise/app.socket \
	%D%/supervise/fcgi@.service \
	%D%/supervise/run

uninstall_hooks += uninstall-examples
uninstall-examples:
	@test ! -d "$(DESTDIR)$(docdir)" || \
		find "$(DESTDIR)$(docdir)" -depth -type d -empty -delete
phony_targets += uninstall-examples
