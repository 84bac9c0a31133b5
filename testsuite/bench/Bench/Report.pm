# SPDX-License-Identifier: BSD-2-Clause
package Bench::Report;

# Medians and ratios of what was measured: as text, JSON and an SVG chart.
#
# text() shows the cells of one load.  A cell is one load on one server: { load, server, rounds => [ {rate, cpu,
# p50, p99, max, failed, memory} ] }; cpu in microseconds per request, p50 to
# max in microseconds, memory in KiB.

use strict;
use warnings;
use JSON::PP ();

my @columns = qw(rate cpu p50 p99 max failed memory);

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
            $cell->{$column} = median(map { $_->{$column} } @rounds);
        }
        $cell->{ratio} = median(map {
            $base->[$_] && $rounds[$_]{cpu}
                ? $base->[$_]{cpu} / $rounds[$_]{cpu} : ()
        } 0 .. $#rounds);
    }
    return;
}

sub text {
    my ($cells, $first) = @_;
    my $text = sprintf "\n%-28s %9s %8s %8s %8s %8s %9s %6s %7s\n",
        $cells->[0]{load}, 'req/s', 'us CPU', "$first/it", 'p50 ms', 'p99 ms',
        'max ms', 'failed', 'MiB';
    for my $cell (@$cells) {
        $text .= sprintf
            "  %-26s %9.0f %8.1f %8.2f %8.2f %8.2f %9.2f %6d %7.1f\n",
            $cell->{server}, $cell->{rate}, $cell->{cpu}, $cell->{ratio},
            $cell->{p50} / 1e3, $cell->{p99} / 1e3, $cell->{max} / 1e3,
            $cell->{failed}, $cell->{memory} / 1024;
    }
    return $text;
}

sub json {
    my ($about, $cells) = @_;
    return JSON::PP->new->canonical->pretty->encode(
        { about => $about, cells => $cells });
}

sub escape {
    my ($text) = @_;
    $text =~ s/&/&amp;/g;
    $text =~ s/</&lt;/g;
    return $text;
}

# A bar per server and load: CPU per request, relative to the longest of the
# load, with the figures beside it.
sub svg {
    my ($title, $cells) = @_;
    my ($y, $load, $body, %longest) = (48, '', '');
    for my $cell (@$cells) {
        my $cpu = $cell->{cpu};
        $longest{ $cell->{load} } = $cpu
            if $cpu > ($longest{ $cell->{load} } // 0);
    }
    for my $cell (@$cells) {
        if ($cell->{load} ne $load) {
            $load = $cell->{load};
            $y += 16;
            $body .= sprintf qq{<text x="12" y="%d" class="l">%s</text>\n}, $y,
                escape($load);
            $y += 8;
        }
        my $width = 360 * $cell->{cpu} / ($longest{$load} || 1);
        $body .= sprintf
            qq{<text x="132" y="%d" class="n">%s</text>}
            . qq{<rect x="140" y="%d" width="%.0f" height="14" class="%s"/>}
            . qq{<text x="%.0f" y="%d">%.1f us, %.0f/s, p99 %.1f ms</text>\n},
            $y + 12, escape($cell->{server}), $y, $width || 1,
            $cell->{server} eq 'ours' ? 'o' : 's', 146 + $width, $y + 12,
            $cell->{cpu}, $cell->{rate}, $cell->{p99} / 1e3;
        $y += 18;
    }
    my $height = $y + 12;
    $title = escape($title);
    return <<"END";
<svg xmlns="http://www.w3.org/2000/svg" width="720" height="$height"
     viewBox="0 0 720 $height" role="img" aria-label="$title">
<style>text{font:12px sans-serif;fill:#222}.t{font-size:16px}
.l{font-weight:bold}.n{text-anchor:end}.o{fill:#1a7f5a}.s{fill:#a9b4c0}</style>
<rect width="720" height="$height" fill="#fff"/>
<text x="12" y="24" class="t">$title</text>
<text x="12" y="44">CPU time of server and applications per request (shorter
is better)</text>
$body</svg>
END
}

1;
