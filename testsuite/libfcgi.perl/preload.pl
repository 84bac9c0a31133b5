#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
# preload.pl: loads modules, then serves; its pages tell who loaded them and
# who answers, its END block who left.
use strict;
use warnings;
use FCGI;
use POSIX      ();
use Storable   ();
use List::Util qw(sum);

my $loader = $$;
my %table  = map { $_ => $_ * $_ } 1 .. 10_000;
my $sum    = sum(values %table);

sub note
{
    my ($text) = @_;
    POSIX::write(2, "$text\n", length($text) + 1);
    return;
}

END { note("left $$") }

my $request = FCGI::Request();
while ($request->Accept() >= 0) {
    my $variable = $ENV{FCGI_WORKERS} // 'none';
    print "Content-Type: text/plain\r\n\r\n",
        "pid $$\nparent ", getppid, "\nmemory $loader\n",
        "variable $variable\nsum $sum\ncommand ",
        `echo \${FCGI_WORKERS-none}`;
}
