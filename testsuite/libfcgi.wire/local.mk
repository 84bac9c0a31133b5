# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += %D%/wire.exp %D%/fuzz.exp %D%/peer.exp
check_PROGRAMS += \
	%D%/record-test \
	%D%/parser-test \
	%D%/pairs-test \
	%D%/frame-test \
	%D%/names-test

libfcgi_wire_feed = %D%/feed.c %D%/feed.h

%C%_record_test_SOURCES = %D%/record-test.c $(libfcgi_wire_feed)
%C%_record_test_LDADD = libfcgiwire.la
%C%_parser_test_SOURCES = %D%/parser-test.c $(libfcgi_wire_feed)
%C%_parser_test_LDADD = libfcgiwire.la
%C%_pairs_test_SOURCES = %D%/pairs-test.c $(libfcgi_wire_feed)
%C%_pairs_test_LDADD = libfcgiwire.la
%C%_frame_test_SOURCES = %D%/frame-test.c $(libfcgi_wire_feed)
%C%_frame_test_LDADD = libfcgiwire.la
%C%_names_test_SOURCES = %D%/names-test.c
%C%_names_test_LDADD = libfcgiwire.la
