# SPDX-License-Identifier: BSD-2-Clause
# fcgi-peer and fcgi-client: the other side of the tests of all three parts;
# fcgi-launch runs an application for them.
check_PROGRAMS += %D%/fcgi-peer %D%/fcgi-client %D%/fcgi-launch

peer_common = \
	%D%/net.c %D%/net.h \
	%D%/records.c %D%/records.h \
	%D%/util.c %D%/util.h

%C%_fcgi_peer_SOURCES = \
	%D%/fcgi-peer.c \
	%D%/conn.c %D%/conn.h \
	%D%/script.c %D%/script.h \
	%D%/steps.c %D%/steps.h \
	%D%/steps-control.c %D%/steps-receive.c %D%/steps-send.c \
	$(peer_common)
%C%_fcgi_peer_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
%C%_fcgi_peer_LDADD = libfcgiwire.la

%C%_fcgi_client_SOURCES = \
	%D%/fcgi-client.c %D%/client.h %D%/judge.c %D%/plan.c \
	$(peer_common)
%C%_fcgi_client_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
%C%_fcgi_client_LDADD = libfcgiwire.la

%C%_fcgi_launch_SOURCES = %D%/fcgi-launch.c
%C%_fcgi_launch_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
