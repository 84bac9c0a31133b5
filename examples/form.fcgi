#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
# A form with an upload, by CGI::Fast (Debian: libcgi-fast-perl): each request
# is a CGI object.  Also runs as a plain CGI program.
use strict;
use warnings;

use CGI::Fast;

my $count = 0;

while (my $cgi = CGI::Fast->new) {
    my $name = $cgi->param('name');
    my $file = $cgi->upload('file');

    $count++;
    print $cgi->header(-type => 'text/html', -charset => 'utf-8');
    print "<!DOCTYPE html>\n<title>form</title>\n",
        "<p>Request $count of process $$</p>\n";
    print '<p>Hello, ', $cgi->escapeHTML($name), "!</p>\n" if defined $name;
    if ($file) {
        my $size = 0;
        my $got;

        binmode $file;
        $size += $got while $got = read $file, my $chunk, 65536;
        print '<p>Your file ', $cgi->escapeHTML("$file"),
            " has $size bytes.</p>\n";
    }
    print <<'END';
<form method="post" enctype="multipart/form-data">
<p>Your name: <input name="name"> A file: <input type="file" name="file">
<input type="submit"></p>
</form>
END
}
