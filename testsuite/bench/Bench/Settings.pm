# SPDX-License-Identifier: BSD-2-Clause
package Bench::Settings;

# What the servers are started from: programs that are found, a directory for
# the run.

use strict;
use warnings;
use File::Temp ();
use Bench::Server;

# The module that is not ours, or undef.
sub stock_module {
    my ($set) = @_;
    my $path = $ENV{STOCK_MODULE} || "$set->{modules}/mod_fcgid.so";
    return undef if !-f $path;
    return Bench::Server::slurp($path) =~ /DUMP_FCGID/ ? undef : $path;
}

# The first one that may be run, or undef: in a list, too.
sub first_file {
    my ($first) = grep { -x } @_;
    return $first;
}

# Environment: HTTPD, HTTPD_MODULES, NGINX.
sub find {
    my $dir = File::Temp::tempdir('fcgid-bench-XXXXXX', TMPDIR => 1);
    chmod 0755, $dir;
    my %set = (
        dir   => $dir,
        httpd => $ENV{HTTPD} || first_file(qw(/usr/sbin/apache2
            /usr/sbin/httpd /usr/sbin/httpd2)),
        modules => $ENV{HTTPD_MODULES} || (grep { -d } qw(
            /usr/lib/apache2/modules /usr/lib64/httpd/modules
            /usr/lib64/apache2 /usr/lib/httpd/modules))[0],
        nginx  => $ENV{NGINX} || first_file('/usr/sbin/nginx'),
        libdir => "$dir/lib",
    );
    die "no httpd: set HTTPD and HTTPD_MODULES\n"
        if !$set{httpd} || !$set{modules};
    if ($> == 0) {
        for my $name (qw(www-data apache wwwrun nobody)) {
            my @user = getpwnam $name or next;
            @set{qw(user uid gid group)} =
                ($name, @user[ 2, 3 ], scalar getgrgid $user[3]);
            last;
        }
    }
    return %set;
}

# To where applications that run as another user can read them.
sub copy_programs {
    my ($set, %from) = @_;
    mkdir $set->{libdir};
    for my $path (sort keys %from) {
        system('cp', '-L', $path, "$set->{libdir}/$from{$path}") == 0
            or die "needs $path: run make\n";
    }
    return;
}

1;
