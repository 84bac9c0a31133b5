# SPDX-License-Identifier: BSD-2-Clause
package Bench::Chart;

# What was measured as an SVG picture: a panel for each load, two beside each
# other, with a bar for each server.  Cells are those of Bench::Report.

use strict;
use warnings;

# What the bars of a panel show: below the title, scale and format of a value,
# and what the longest bar is at least.
my %shown = (
    cpu    => [ 'CPU time per request',       1,        '%.1f µs',  1 ],
    max    => [ 'longest wait of a client',   1e-3,     '%.1f ms',  1 ],
    failed => [ 'failed requests in a round', 1,        '%.0f',     10 ],
    growth => [ 'memory used in addition',    1 / 1024, '%.1f MiB', 10 ],
);
my %color = (ours => '#0b6e4f', stock => '#c8553d', 'proxy-unix' => '#8d99ae',
    'proxy-tcp' => '#a9b4c2', nginx => '#6c7a89', static => '#d5c7a3');
my ($width, $margin, $bar, $names) = (460, 24, 20, 84);

sub escape {
    my ($text) = @_;
    $text =~ s/&/&amp;/g;
    $text =~ s/</&lt;/g;
    return $text;
}

# In groups of equal values of a key, in their order.
sub group {
    my ($key, @cells) = @_;
    my (@groups, %place);
    for my $cell (@cells) {
        my $value = $cell->{$key};
        push @groups, $place{$value} = [] if !$place{$value};
        push @{ $place{$value} }, $cell;
    }
    return @groups;
}

sub text {
    my ($x, $y, $class, $text) = @_;
    return sprintf qq{<text x="%.0f" y="%.0f" class="%s">%s</text>\n}, $x, $y,
        $class, escape($text);
}

# What stands behind a bar, besides its value.
sub remark {
    my ($cell) = @_;
    return sprintf '%.0f/s, p99 %.1f ms', $cell->{rate}, $cell->{p99} / 1e3
        if $cell->{shows} eq 'cpu';
    return sprintf '%.0f/s', $cell->{rate} if $cell->{shows} eq 'failed';
    return '';
}

# A panel at x, y: its text and its height.
sub panel {
    my ($x, $y, $cells) = @_;
    my ($what, $scale, $format, $least) = @{ $shown{ $cells->[0]{shows} } };
    my @values = map { $scale * $_->{ $_->{shows} } } @$cells;
    my $ideal  = $cells->[0]{ideal} // 0;
    my $room   = $width - $names - 190;
    my ($longest) = sort { $b <=> $a } @values, $ideal, $least;
    $what .= sprintf ', ideal %.1f ms', $ideal if $ideal;
    my $out = text($x, $y + 14, 'l', ucfirst $cells->[0]{load})
        . text($x, $y + 30, 'u', $what);
    my $top    = $y + 38;
    my $height = 38 + $bar * @values;
    my $labels = '';
    for my $i (0 .. $#values) {
        my $line   = $top + $i * $bar;
        my $length = $room * $values[$i] / $longest;
        my $server = $cells->[$i]{server};
        $length = 1.5 if $length < 1.5;
        $out .= sprintf qq{<rect x="%.0f" y="%.0f" width="%.1f" height="15" }
            . qq{rx="2" fill="%s"/>\n}, $x + $names, $line + 2, $length,
            $color{$server} // '#888';
        $labels .= text($x + $names - 8, $line + 14, "n $server", $server)
            . sprintf qq{<text x="%.0f" y="%.0f"><tspan class="v">%s</tspan>}
            . qq{<tspan class="u" dx="6">%s</tspan></text>\n},
            $x + $names + $length + 6, $line + 14,
            sprintf($format, $values[$i]), remark($cells->[$i]);
    }
    if ($ideal) {
        my $at = $x + $names + $room * $ideal / $longest;
        $out .= sprintf qq{<line x1="%.1f" x2="%.1f" y1="%.0f" y2="%.0f"/>\n},
            $at, $at, $top - 1, $y + $height + 1;
    }
    $out .= $labels;
    return ($out, $height);
}

# The panels of one MPM, from y on: their text and where they end.
sub panels {
    my ($y, @cells) = @_;
    my $out = sprintf qq{<text x="%d" y="%d" class="m">httpd with the %s MPM}
        . qq{</text>\n}, $margin, $y + 16, $cells[0]{mpm};
    my @panels = group('load', @cells);
    $y += 34;
    while (my @row = splice @panels, 0, 2) {
        my $highest = 0;
        for my $i (0 .. $#row) {
            my ($panel, $height)
                = panel($margin + $i * ($width + $margin), $y, $row[$i]);
            $out .= $panel;
            $highest = $height if $height > $highest;
        }
        $y += $highest + 24;
    }
    return ($out, $y + 8);
}

sub svg {
    my ($about, $cells) = @_;
    my ($body, $y, $part) = ('', 90);
    for my $group (group('mpm', @$cells)) {
        ($part, $y) = panels($y, @$group);
        $body .= $part;
    }
    my $all   = 2 * $width + 3 * $margin;
    my $title = 'FastCGI behind httpd';
    my $facts = escape(join ', ',
        (grep { defined } @$about{qw(httpd nginx system)}),
        "$about->{processors} processors, $about->{date}");
    my $how = "$about->{processes} processes of each application, medians of "
        . "$about->{rounds} rounds. CPU time is that of the server and its "
        . 'applications. Shorter bars are better.';
    return <<"END";
<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="$all" height="$y"
     viewBox="0 0 $all $y" role="img" aria-label="$title">
<style>
text { font: 12px "DejaVu Sans", Verdana, sans-serif; fill: #222 }
.t { font-size: 20px; font-weight: bold } .m { font-size: 15px; fill: #444 }
.l { font-weight: bold } .n { text-anchor: end }
.u { fill: #777; font-size: 11px } .v { font-size: 11px }
.ours, .v { font-weight: bold }
tspan { paint-order: stroke; stroke: #fff; stroke-width: 3px }
line { stroke: #222; stroke-width: 1; stroke-dasharray: 3 2 }
</style>
<rect width="$all" height="$y" fill="#fff"/>
<text x="$margin" y="34" class="t">$title</text>
<text x="$margin" y="54" class="u">$facts</text>
<text x="$margin" y="70" class="u">$how</text>
$body</svg>
END
}

1;
