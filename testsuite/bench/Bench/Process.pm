# SPDX-License-Identifier: BSD-2-Clause
package Bench::Process;

# Programs that a benchmark starts, and what they use.  A tree is a process
# and all below it, or a list of such.

use strict;
use warnings;
use POSIX ();
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);

my %started;    # pid => 1, of our own children

# start(stdin, stdout_file, environment, command...): returns the pid.  stdin
# is a handle or undef.
sub start {
    my ($stdin, $log, $environment, @command) = @_;
    my $pid = fork;
    die "fork: $!\n" if !defined $pid;
    if ($pid == 0) {
        POSIX::setsid();
        POSIX::dup2(fileno $stdin, 0) if $stdin;
        open STDOUT, '>>', $log or POSIX::_exit(126);
        open STDERR, '>&', \*STDOUT or POSIX::_exit(126);
        %ENV = (PATH => '/usr/local/bin:/usr/bin:/bin', %$environment);
        no warnings 'exec';
        exec { $command[0] } @command or print "$command[0]: $!\n";
        POSIX::_exit(127);
    }
    $started{$pid} = 1;
    return $pid;
}

# stop(signal, pid): and waits until it is gone; after 15 seconds its whole
# process group is killed.
sub stop {
    my ($signal, $pid) = @_;
    return if !delete $started{$pid};
    kill $signal, $pid;
    my $until = clock_gettime(CLOCK_MONOTONIC) + 15;
    while (waitpid($pid, POSIX::WNOHANG()) == 0) {
        kill 'KILL', -$pid if clock_gettime(CLOCK_MONOTONIC) > $until;
        sleep 0.01;
    }
    return;
}

sub stop_all {
    stop('TERM', $_) for keys %started;
    return;
}

sub is_alive {
    my ($pid) = @_;
    return waitpid($pid, POSIX::WNOHANG()) == 0;
}

# The pids of trees with these roots.
sub tree {
    my @found = @_;
    my %below;
    for my $stat (glob '/proc/[0-9]*/stat') {
        open my $file, '<', $stat or next;
        my $line = <$file> // next;
        push @{ $below{$2} }, $1 if $line =~ /^(\d+) \(.*\) \S (\d+)/s;
    }
    for (my $i = 0; $i < @found; $i++) {
        push @found, @{ $below{ $found[$i] } // [] };
    }
    return @found;
}

# CPU seconds that each process of the trees has used: pid => seconds.  The
# clock of a process counts all its threads, ended ones too (Linux:
# MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)).
sub cpu {
    my %used;
    for my $pid (tree(@_)) {
        my $seconds = clock_gettime((-$pid - 1) * 8 + 2);
        $used{$pid} = $seconds if $seconds >= 0;
    }
    return \%used;
}

# What was used between two results of cpu().
sub cpu_between {
    my ($before, $after) = @_;
    my $sum = 0;
    $sum += $after->{$_} - ($before->{$_} // 0) for keys %$after;
    return $sum;
}

# Memory of the trees, proportional share, in KiB.
sub memory {
    my $sum = 0;
    for my $pid (tree(@_)) {
        open my $file, '<', "/proc/$pid/smaps_rollup" or next;
        while (<$file>) { $sum += $1 if /^Pss:\s+(\d+) kB/; }
    }
    return $sum;
}

1;
