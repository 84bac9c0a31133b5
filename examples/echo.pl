#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
# A FastCGI program in Perl, with the FCGI module (Debian: libfcgi-perl).
# Also runs as a plain CGI program: then there is one request.
use strict;
use warnings;

use FCGI;

my $request = FCGI::Request();
my $count   = 0;

while ($request->Accept() >= 0) {
    my $kind = $request->IsFastCGI() ? 'FastCGI' : 'CGI';
    my $body = '';
    my $left = $ENV{CONTENT_LENGTH} || 0;

    $count++;
    while ($left > 0) {
        my $got = read STDIN, $body, $left, length $body;
        last unless $got;
        $left -= $got;
    }
    print "Content-Type: text/plain; charset=utf-8\r\n\r\n";
    print "Request $count of process $$, by $kind\n\n";
    print "$_=$ENV{$_}\n" for sort keys %ENV;
    print "\n$body";
}
