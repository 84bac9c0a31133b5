#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
# A CGI::Fast application: the parameter "do" says what it does.
use strict;
use warnings;

use CGI::Fast;
use Digest::MD5;

my $count = 0;

my %can = (
    say => sub {
        my $cgi = shift;

        print $cgi->header('text/plain');
        print "pid=$$\ncount=$count\nmethod=", $cgi->request_method, "\n";
        print "header=", $cgi->http('X-Test') // '', "\n";
        print "cookie=", $cgi->cookie('taste') // '', "\n";
        for my $name (sort $cgi->param) {
            print "param $name=", join('|', $cgi->multi_param($name)), "\n";
        }
        my $file = $cgi->upload('file') or return;
        binmode $file;
        print "size=", -s $file, "\n",
            "md5=", Digest::MD5->new->addfile($file)->hexdigest, "\n";
    },
    cookies => sub {
        my $cgi = shift;

        print $cgi->header(
            -type => 'text/plain', -charset => 'utf-8', -status => '201 Made',
            -X_Answer => 'forty-two',
            -cookie => [$cgi->cookie(taste => 'sweet'),
                $cgi->cookie(-name => 'size', -value => 'xl', -path => '/x')]);
        print "pid=$$\n";
    },
    away => sub { print shift->redirect('http://127.0.0.2/there?a=b') },
    inside => sub { print "Location: /inside.txt?x=y\r\n\r\n" },
    warn => sub {
        my $cgi = shift;

        warn "begin ", 'w' x $cgi->param('size'), " end\n";
        print STDERR "in ";
        print STDERR "pieces\n";
        print $cgi->header('text/plain'), "pid=$$\n";
        warn "after the page\n";
    },
    exit => sub {
        print shift->header('text/plain'), "before the end\n";
        exit 0;
    },
    die => sub {
        print shift->header('text/plain'), "before the fall\n";
        die "fallen\n";
    },
);

while (my $cgi = CGI::Fast->new) {
    my $do = $cgi->url_param('do') || 'say';

    $count++;
    $can{$do}->($cgi);
}
