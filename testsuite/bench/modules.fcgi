#!/usr/bin/env perl
# SPDX-License-Identifier: BSD-2-Clause
# The application of run-preload: loads 50 of Perl's own modules.  It notes in
# $BENCH_DIR/began who begins a request and when, and answers when there is
# $BENCH_DIR/release.
use strict;
use warnings;
use FCGI;

use B              ();
use Benchmark      ();
use Compress::Zlib ();
use Config         ();
use Cwd            ();
use Data::Dumper   ();
use Digest::MD5    ();
use Digest::SHA    ();
use Encode         ();
use English        ();
use Fcntl          ();
use File::Basename ();
use File::Copy     ();
use File::Find     ();
use File::Path     ();
use File::Spec     ();
use File::Temp     ();
use FindBin        ();
use Getopt::Long   ();
use HTTP::Tiny     ();
use Hash::Util     ();
use I18N::LangTags ();
use IO::File       ();
use IO::Select     ();
use IO::Socket::INET ();
use IPC::Open3      ();
use JSON::PP        ();
use List::Util      ();
use Locale::Maketext ();
use MIME::Base64    ();
use MIME::QuotedPrint ();
use Math::BigFloat  ();
use Memoize         ();
use Module::Load    ();
use Net::FTP        ();
use Net::SMTP       ();
use POSIX           ();
use Params::Check   ();
use Pod::Usage      ();
use Scalar::Util    ();
use Storable        ();
use Term::ANSIColor ();
use Text::Balanced  ();
use Text::ParseWords ();
use Text::Wrap      ();
use Tie::File       ();
use Time::HiRes     ();
use Time::Local     ();
use Time::Piece     ();
use Unicode::UCD    ();

my $dir     = $ENV{BENCH_DIR};
my $request = FCGI::Request();
while ($request->Accept() >= 0) {
    my $now = Time::HiRes::clock_gettime(Time::HiRes::CLOCK_MONOTONIC());
    open my $file, '>>', "$dir/began" or die "$dir/began: $!\n";
    syswrite $file, "$$ $now\n";
    close $file;
    Time::HiRes::sleep(0.01) while !-e "$dir/release";
    print "Content-Type: text/plain\r\n\r\n$$\n";
}
