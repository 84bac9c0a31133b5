# SPDX-License-Identifier: BSD-2-Clause
package Bench::Report;

# Medians and ratios of what was measured: as text and JSON.
#
# A cell is one load on one server: { mpm, load, server, shows => the column
# that matters, ideal => milliseconds, where there is one, rounds => [ {rate,
# cpu, p50, p99, max, failed, memory, growth} ] }; cpu in microseconds per
# request, p50 to max in microseconds, memory and growth in KiB.

use strict;
use warnings;
use JSON::PP ();

my @columns = qw(rate cpu p50 p99 max failed memory growth);

sub median {
    my @sorted = sort { $a <=> $b } @_;
    my $middle = @sorted >> 1;
    return 0 if !@sorted;
    return @sorted % 2 ? $sorted[$middle]
                       : ($sorted[ $middle - 1 ] + $sorted[$middle]) / 2;
}

# Adds to each cell of a load its medians, and the ratio of CPU to that of the
# first server, taken round by round.
sub summarize {
    my ($cells, $first) = @_;
    my ($base) = map { $_->{rounds} } grep { $_->{server} eq $first } @$cells;
    for my $cell (@$cells) {
        my @rounds = @{ $cell->{rounds} };
        for my $column (@columns) {
            $cell->{$column} = median(map { $_->{$column} } @rounds)
                if defined $rounds[0]{$column};
        }
        $cell->{ratio} = median(map {
            $base->[$_] && $rounds[$_]{cpu}
                ? $base->[$_]{cpu} / $rounds[$_]{cpu} : ()
        } 0 .. $#rounds);
    }
    return;
}

# The cells of one load.
sub text {
    my ($cells, $first) = @_;
    my $load = $cells->[0];
    my $grew = defined $load->{growth};
    my $text = "\n$load->{load}";
    $text .= sprintf ' (ideal: %.1f ms)', $load->{ideal} if $load->{ideal};
    $text .= sprintf "\n%-12s %9s %9s %8s %9s %9s %9s %6s %8s\n", '', 'req/s',
        'us CPU', "$first/it", 'p50 ms', 'p99 ms', 'max ms', 'failed',
        $grew ? 'grew MiB' : 'MiB';
    for my $cell (@$cells) {
        $text .= sprintf
            "  %-10s %9.0f %9.1f %8.2f %9.2f %9.2f %9.2f %6d %8.1f\n",
            $cell->{server}, $cell->{rate}, $cell->{cpu}, $cell->{ratio},
            $cell->{p50} / 1e3, $cell->{p99} / 1e3, $cell->{max} / 1e3,
            $cell->{failed}, ($grew ? $cell->{growth} : $cell->{memory}) / 1024;
    }
    return $text;
}

sub json {
    my ($about, $cells) = @_;
    return JSON::PP->new->canonical->pretty->encode(
        { about => $about, cells => $cells });
}

1;
