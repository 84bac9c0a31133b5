#!/usr/bin/env perl
# SPDX-License-Identifier: BSD-2-Clause
# The demo's Perl application: says which process answered, and its how-manieth
# answer this is. The same file runs by FastCGI (answer.fcgi) and by plain CGI
# (answer.cgi); what it loads is what a web application of some size loads.
use strict;
use warnings;
use CGI::Fast;
use Data::Dumper ();
use Digest::SHA  ();
use Encode       ();
use File::Temp   ();
use HTTP::Tiny   ();
use JSON::PP     ();
use POSIX        ();
use Storable     ();
use Time::Local  ();

my $served = 0;
while (my $query = CGI::Fast->new) {
    $served++;
    print $query->header(-type => 'application/json', -cache_control => 'no-store');
    print JSON::PP->new->canonical->encode(
        { language => 'Perl', pid => $$, served => $served }), "\n";
}
