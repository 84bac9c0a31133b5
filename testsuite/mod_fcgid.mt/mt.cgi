#!/usr/bin/env perl
# SPDX-License-Identifier: BSD-2-Clause
# An application of the shape of Movable Type's: how it tells FastCGI from CGI,
# its request loop, its signals, its ways to leave. __mode says what a page
# does.
use strict;
use warnings;

use POSIX ();

my $limit    = $ENV{MT_MAX_REQUESTS} || 0;
my $fast_cgi = exists $ENV{FAST_CGI} ? $ENV{FAST_CGI} : !grep { $ENV{$_} }
    qw(HTTP_HOST GATEWAY_INTERFACE SCRIPT_FILENAME SCRIPT_URL);
my ($home) = ($ENV{SCRIPT_FILENAME} || $0) =~ m{^(.*)/};
my @found_at_start = sort keys %ENV;
my $count = 0;
my $leave = 0;
my $signal;

sub say_line { print @_, "\n" }

my %mode = (
    view => sub { },
    touch => sub { $leave = 1 },
    exit  => sub { say_line 'leaving'; exit },
    die   => sub { say_line 'dying'; die "no such table\n" },
    start => sub { say_line "start=@found_at_start" },

    warn  => sub { warn 'begin ', 'w' x shift->param('size'), " end\n" },

    # Progress: one line at a time reaches the browser.
    actions => sub {
        my $cgi = shift;

        local $| = 1;
        say_line 'first action';
        # Until the test has seen that line.
        select undef, undef, undef, 0.01 until -e $cgi->param('file');
        say_line 'last action';
    },

    # MT::Mail runs sendmail so.
    mail => sub {
        my $cgi = shift;
        my $pid = open my $mail, '|-';

        defined $pid or die "fork: $!\n";
        if (!$pid) {
            exec $home . '/sendmail', $cgi->param('file') or POSIX::_exit(127);
        }
        print $mail "To: you\n\nhello\n.\n";
        close $mail or die "sendmail: $?\n";
        say_line 'sent';
    },

    # A signal while the page is being made.
    term => sub { kill TERM => $$; select undef, undef, undef, 0.05 },
);

sub page {
    my $cgi = shift;

    $count++;
    # The Data API has methods, a path and a status of its own.
    my $status = $cgi->url_param('status');
    print $cgi->header(-type => 'text/plain',
        $status ? (-status => $status) : (),
        $status && $status == 302 ? (-location => 'http://example.org/') : ());
    say_line "method=", $cgi->request_method, "\npath=", $cgi->path_info,
        "\ntoken=", $cgi->http('X-MT-Authorization') // '' if $status;
    say_line "fast=", $ENV{FAST_CGI} ? 1 : 0, "\npid=$$\ncount=$count";
    say_line "home=$home";
    say_line 'text=', length($cgi->param('text') // '');
    ($mode{ $cgi->param('__mode') || 'view' } || sub { })->($cgi);
    say_line 'end=1';
}

if (!$fast_cgi) {
    require CGI;
    page(CGI->new);
    exit;
}

require FCGI;
require CGI::Fast;
$CGI::Fast::Ext_Request = $CGI::Fast::Ext_Request = FCGI::Request(
    \*STDIN, \*STDOUT, \*STDERR, \%ENV, 0, FCGI::FAIL_ACCEPT_ON_INTR());

my $busy = 0;
for my $name (qw(HUP USR1 TERM)) {
    $SIG{$name} = sub {
        if ($busy) {
            $signal = $name;
        } else {
            print STDERR "idle, leaving on SIG$name\n";
            exit 1;
        }
    };
}
$SIG{PIPE} = 'IGNORE';

while (my $cgi = CGI::Fast->new) {
    $busy = 1;
    $ENV{FAST_CGI} = 1;
    page($cgi);
    $leave ||= $signal || ($limit && $count >= $limit);
    if ($leave) {
        # The socket is closed before the end of the request goes out, so
        # that nobody connects to a process that leaves.
        $CGI::Fast::Ext_Request->LastCall;
        POSIX::close(0);
        $CGI::Fast::Ext_Request->Finish;
        last;
    }
    $CGI::Fast::Ext_Request->Finish;
    $busy = 0;
}
