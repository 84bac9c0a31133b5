#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
# The shortest program with FCGI.pm.
use strict;
use warnings;
use FCGI;

my $count   = 0;
my $request = FCGI::Request();
while ($request->Accept() >= 0) {
    print "Content-Type: text/html\r\n\r\n",
        "<p>Hello, world! Request ", ++$count, " of $$</p>\n";
}
