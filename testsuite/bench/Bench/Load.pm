# SPDX-License-Identifier: BSD-2-Clause
package Bench::Load;

# What is asked of the servers, and how one of them did in one round.
#
# A load is { name, path, clients, keep, seconds or count of requests, more
# options of http-load, shows => the column that matters }, and of these what
# applies:
#   disturb   what happens meanwhile: is called with the server, returns the
#             seconds until the next time
#   fresh     a new path for each round: one that nobody has asked for
#   rounds    that many, whatever was asked for, and none to warm
#   samples   memory is looked at all the time, and the growth reported
#   kinds     regular expression of the servers that it is for
#   ideal     milliseconds: what latency cannot be better than
#   port      key of the server's port (port)

use strict;
use warnings;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);
use Bench::Process;
use Bench::Server;

my $all  = 'fcgid|nginx|proxy';
my $work = 200;    # milliseconds that /work and /burst take

# Each second as long as the load runs: graceful restart of an httpd.
sub restart {
    my ($server) = @_;
    kill 'USR1', $server->{pid};
    return 1;
}

# Every 200 ms: one application is killed, where somebody restarts it.
sub kill_one {
    my ($server) = @_;
    my @pids = $server->applications;
    kill 'KILL', $pids[ rand @pids ] if @pids;
    return 0.2;
}

sub load {
    my ($name, $path, $clients, %more) = @_;
    return { name => $name, path => $path, clients => $clients, keep => 1,
        options => [], shows => 'cpu', kinds => $all, port => 'port', %more };
}

# all(processes): in the order in which they run.
sub all {
    my ($processes) = @_;
    my $rounds_of_work = 5;
    return (
        load('12 bytes, 1 client',    'small', 1,   kinds => "static|$all"),
        load('12 bytes, 16 clients',  'small', 16,  kinds => "static|$all"),
        load('12 bytes, 128 clients', 'small', 128, kinds => "static|$all"),
        load('CGI::Fast, 16 clients', 'perl',  16),
        load('64 KiB down, 8 clients', 'page', 8, options => [ -x => 1 << 16 ]),
        load('10 MiB down, 4 clients', 'large', 4,
            options => [ -x => 10 << 20 ]),
        load('64 KiB up, 8 clients', 'upload', 8, options => [ -b => 1 << 16 ]),
        load('10 MiB up, 4 clients', 'upload', 4,
            options => [ -b => 10 << 20 ]),
        load('restart each second', 'small', 16, keep => 0,
            shows => 'failed', disturb => \&restart,
            kinds => 'static|fcgid|proxy'),
        load('kill -9 of an application', 'small', 16, shows => 'failed',
            disturb => \&kill_one, kinds => 'fcgid'),
        load("work of $work ms, twice as many clients as processes", 'work',
            2 * $processes, count => 2 * $processes * $rounds_of_work,
            shows => 'max', ideal => 2 * $work),
        load("burst of 20, work of $work ms, no process yet", 'burst', 20,
            count => 20, fresh => 1, shows => 'max', kinds => 'fcgid',
            ideal => $work, port => 'wide_port'),
        load('cold start of a C program', 'cold-app', 1, count => 1,
            fresh => 1, shows => 'max', kinds => 'fcgid'),
        load('cold start of CGI::Fast', 'cold-perl', 1, count => 1,
            fresh => 1, shows => 'max', kinds => 'fcgid'),
        load('1 GiB down, 1 client', 'huge', 1, count => 1, rounds => 1,
            samples => 1, shows => 'growth', options => [ -x => 1 << 30 ]),
        load('1 GiB up, 1 client', 'upload', 1, count => 1, rounds => 1,
            samples => 1, shows => 'growth', options => [ -b => 1 << 30 ]),
    );
}

sub is_for {
    my ($load, $server) = @_;
    return $server->{kind} =~ /^(?:$load->{kinds})/;
}

# Follows the load to its end: disturbs it, and samples memory.  Returns the
# most that was used, KiB.
sub accompany {
    my ($load, $server, $pid) = @_;
    my $most = 0;
    my $next = clock_gettime(CLOCK_MONOTONIC) + ($load->{disturb} ? 0.1 : 3600);
    while (Bench::Process::is_alive($pid)) {
        $next += $load->{disturb}->($server)
            if clock_gettime(CLOCK_MONOTONIC) >= $next;
        if ($load->{samples}) {
            my $memory = Bench::Process::memory(@{ $server->{pids} });
            $most = $memory if $memory > $most;
        }
        sleep 0.02;
    }
    return $most;
}

# measure(load, server, round, settings): settings has seconds, client and dir.
# Returns rate, cpu, p50, p99, max, failed, memory and, with samples, growth:
# see Bench::Report.
sub measure {
    my ($load, $server, $round, $set) = @_;
    my $path = $server->{kind} eq 'static' ? 'static' : $load->{path};
    $path .= "-$round" if $load->{fresh};
    my @command = ($set->{client}, -c => $load->{clients},
        ($load->{count} ? (-n => $load->{count}) : (-t => $set->{seconds})),
        ($load->{keep} ? '-k' : ()), @{ $load->{options} },
        "127.0.0.1:$server->{$load->{port}}", "/$path");
    my @pids   = @{ $server->{pids} };
    my $memory = $load->{samples} ? Bench::Process::memory(@pids) : 0;
    my $before = Bench::Process::cpu(@pids);
    my $out    = "$set->{dir}/load.out";
    unlink $out;
    my $most = accompany($load, $server,
        Bench::Process::start(undef, $out, {}, @command));
    my $used = Bench::Process::cpu_between($before,
        Bench::Process::cpu(@pids));
    my %said = Bench::Server::slurp($out) =~ /^(\w+) (\d+)$/mg;
    die "$server->{name}: $load->{name}: " . Bench::Server::slurp($out)
        if !$said{requests};
    return {
        rate   => $said{requests} / ($said{micros} / 1e6),
        cpu    => $used * 1e6 / $said{requests},
        p50    => $said{median}, p99 => $said{p99}, max => $said{max},
        failed => $said{failed}, memory => Bench::Process::memory(@pids),
        ($load->{samples} ? (growth => $most - $memory) : ()),
    };
}

# What a program needs by itself from its start to the end of its first
# answer, milliseconds: the median of 5.
sub own_start {
    my ($set, @command) = @_;
    my @took;
    for (1 .. 5) {
        my $path   = "$set->{dir}/own";
        my $socket = IO::Socket::UNIX->new(Listen => 5, Local => $path);
        my $begin  = clock_gettime(CLOCK_MONOTONIC);
        my $pid    = Bench::Process::start($socket, "$set->{dir}/own.out",
            { LD_LIBRARY_PATH => $set->{libdir} }, @command);
        my $client = IO::Socket::UNIX->new(Peer => $path);
        # BEGIN_REQUEST for a responder, and PARAMS and STDIN that are empty.
        syswrite $client, pack('H*', '0101000100080000' . '0001000000000000'
            . '0104000100000000' . '0105000100000000');
        1 while sysread $client, my $answer, 4096;
        push @took, 1e3 * (clock_gettime(CLOCK_MONOTONIC) - $begin);
        close $client;
        Bench::Process::stop('TERM', $pid);
        unlink $path;
    }
    return (sort { $a <=> $b } @took)[2];
}

1;
