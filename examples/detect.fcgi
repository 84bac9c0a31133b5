#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
#
# If you read this in a browser, the server runs no program here: switch on
# Options ExecCGI, and a handler for .fcgi.
#
# Does this place have FastCGI? Copy the file there, as detect.fcgi and as
# detect.cgi, chmod 755, and ask for both. The page says how it was run. Needs
# nothing but Perl; it also says what is missing.
use strict;
use warnings;

my $has_fcgi = eval { require FCGI; 1 };
my $started  = localtime;
my $count    = 0;

sub page
{
    my ($kind, $text) = @_;
    my $server = $ENV{SERVER_SOFTWARE} // 'an unknown server';
    s/([&<>"])/'&#' . ord($1) . ';'/ge for $server;
    print "Content-Type: text/html; charset=utf-8\r\n",
        "Cache-Control: no-store\r\n\r\n",
        "<!DOCTYPE html>\n<html lang=\"en\"><title>$kind</title>\n",
        "<body style=\"font: 1.1em sans-serif; margin: 3em; max-width: 40em\">\n",
        "<h1>$kind</h1>\n<p>$text</p>\n",
        "<p>Process $$, started $started, request $count.<br>$server</p>\n";
}

# A FastCGI application starts without any variable of CGI.
if (defined $ENV{GATEWAY_INTERFACE} || defined $ENV{REQUEST_METHOD}) {
    my $next = $has_fcgi
        ? 'The Perl module FCGI is installed. Let the handler of this file be'
        . ' fcgid-script.'
        : 'The Perl module FCGI is missing too (libfcgi-perl, perl-FCGI).';
    $count = 1;
    page('This is plain CGI',
        "A process is started for each request. $next");
    exit 0;
}
# Nobody would see a page: these words come to the error log.
die "detect.fcgi: FastCGI works, but the Perl module FCGI is missing:"
    . " install libfcgi-perl or perl-FCGI\n"
    if !$has_fcgi;
my $request = FCGI::Request();
while ($request->Accept() >= 0) {
    $count++;
    page('This is FastCGI',
        'Reload the page: the process stays, and the number grows.');
}
