#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
# app.pl [FLAGS [HANDLED]]: does what QUERY_STRING names.
#
# FLAGS are those of FCGI::Request; HANDLED is 1 to have Perl's own handlers
# for HUP, USR1 and TERM, as Movable Type has: idle, they end the program with
# status 1, busy, they end it after the request.
use strict;
use warnings;
use FCGI;
use POSIX ();

my ($flags, $handled) = @ARGV;
my ($busy, $stop) = (0, 0);
my %env;

# Outside the request: descriptor 2 itself, which the launcher keeps.
sub note
{
    my ($text) = @_;
    POSIX::write(2, "$text\n", length($text) + 1);
    return;
}

if ($handled) {
    for my $name (qw(HUP USR1 TERM)) {
        $SIG{$name} = sub {
            note("signal $name");
            if   ($busy) { $stop = 1 }
            else         { exit 1 }
        };
    }
}
$SIG{USR2} = sub { note('signal USR2') };

my $request =
    FCGI::Request(\*STDIN, \*STDOUT, \*STDERR, \%env, 0, $flags // 0);

my %does = (
    hello => sub { print "hello\n" },
    body  => sub {
        my ($size, $sum) = (0, 0);
        note('busy');
        while (read STDIN, my $chunk, 10_000) {
            $size += length $chunk;
            $sum = ($sum + unpack '%32C*', $chunk) % 65_521;
        }
        print "$size bytes, sum $sum\n";
    },
    lines => sub {
        while (defined(my $line = <STDIN>)) { print "<$line>" }
        print eof(STDIN) ? "eof\n" : "no eof\n";
    },
    large => sub { print 'x' x 1_000_000 },
    flush => sub {
        local $| = 1;
        print "one\n";
        print "two\n";
        $| = 0;
        print "three\n", "four\n";
    },
    stderr => sub {
        print STDERR "to stderr\n";
        warn "warned\n";
        print "out\n";
    },
    exit => sub { print "leaving\n"; exit 5 },
    die  => sub { print "dying\n"; die "on purpose\n" },
    last => sub {
        print "last\n";
        $request->LastCall();
        POSIX::close(0);
        $request->Finish();
        note('finished');
    },
    env => sub {
        my $e = $request->GetEnvironment();
        print map { "$_=$e->{$_}\n" } sort keys %{$e};
        print 'own PATH ', exists $ENV{PATH} ? "kept\n" : "lost\n";
    },
    flags => sub { print $request->IsFastCGI() ? "FastCGI\n" : "CGI\n" },
    fork  => sub {
        $request->Detach();
        my $pid = fork;
        if (!$pid) {
            # Lives on, with all descriptors, until the fifo is opened.
            open my $fifo, '<', $env{FIFO} or POSIX::_exit(1);
            note('child ends');
            POSIX::_exit(0);
        }
        $request->Attach();
        print "parent of $pid\n";
    },
    'fork-exit' => sub {
        print "before\n";
        $request->Detach();
        my $pid = fork;
        exit 0 if !$pid;
        waitpid $pid, 0;
        $request->Attach();
        print "after\n";
    },
    command => sub { print 'said ', `echo hi; cat <&0 2>&1 | wc -c` },
);

my $result;
while (1) {
    $result = $request->Accept();
    note("accept $result") if $result < 0;
    if ($result < 0) {
        # -EINTR: another signal than those that end the program.
        next if $result == -POSIX::EINTR() && !$stop && ($flags // 0);
        last;
    }
    $busy = 1;
    my $what = $does{$env{QUERY_STRING} // ''};
    print "Content-Type: text/plain\r\n\r\n";
    if ($what) { $what->() }
    $busy = 0;
    last if $stop || ($env{QUERY_STRING} // '') eq 'last';
}
$request->Finish();
note('end');
