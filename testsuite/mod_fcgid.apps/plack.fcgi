#!/usr/bin/perl
# SPDX-License-Identifier: BSD-2-Clause
# A PSGI application under Plack's handler for FastCGI: what frameworks such
# as Catalyst, Dancer and Mojolicious stand on.
use strict;
use warnings;
use Plack::Handler::FCGI;
use Plack::Request;

$| = 1; # what is written goes out at once

my @plain = ('Content-Type', 'text/plain');

my %pages = (
    '/stream' => sub {
        my $request = shift;
        my $go = $request->param('go');
        return sub {
            my $writer = shift->([200, [@plain]]);
            $writer->write("first\n");
            select undef, undef, undef, 0.01 until -e $go;
            $writer->write("second\n");
            $writer->close;
        };
    },
    '/upload' => sub {
        my $request = shift;
        my $upload = $request->upload('file');
        return [200, [@plain], [join ' ', $request->param('a'),
            $upload->filename, -s $upload->path]];
    },
    '/errors' => sub {
        my $request = shift;
        $request->env->{'psgi.errors'}->print("a complaint\n");
        return [500, [@plain, 'X-Own', 'yes'], ['its own page']];
    },
    '/die' => sub { die "dead" },
    '/file' => sub {
        open my $file, '<', $0 or die;
        return [200, [@plain], $file];
    },
    '/cookies' => sub {
        my $request = shift;
        my $response = $request->new_response(302);
        $response->cookies->{seen} = $request->cookies->{one};
        $response->cookies->{two} = 2;
        $response->redirect('http://other.test/');
        return $response->finalize;
    },
);

my $application = sub {
    my $request = Plack::Request->new(shift);
    my $page = $pages{$request->path_info};
    return $page->($request) if $page;
    return [200, [@plain], [join '|', $request->method, $request->script_name,
        $request->path_info, $request->query_string,
        length $request->content, $$]];
};

Plack::Handler::FCGI->new->run($application);
