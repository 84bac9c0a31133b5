#!/usr/bin/env perl
# SPDX-License-Identifier: BSD-2-Clause
# The benchmark's Perl application: 12 bytes by CGI::Fast.
use strict;
use warnings;
use CGI::Fast;

while (my $cgi = CGI::Fast->new) {
    print $cgi->header('text/plain'), "Hello world\n";
}
