# SPDX-License-Identifier: BSD-2-Clause
package Bench::Server;

# The servers that are compared: each a private one on a port of the loopback,
# below a directory of its own, with the same applications.

use strict;
use warnings;
use File::Path qw(make_path);
use IO::Socket::INET;
use IO::Socket::UNIX;
use Time::HiRes qw(sleep);
use Bench::Process;

my @paths = qw(small page large huge upload work);    # of the C application

# new(name, what to start, settings): settings are those of run-mod.
sub new {
    my ($class, $name, $kind, $set, %more) = @_;
    my $dir  = "$set->{dir}/$set->{mpm}/$name";
    my $self = bless { name => $name, kind => $kind, set => $set, dir => $dir,
        pids => [], %more }, $class;
    make_path(map { "$dir/$_" } qw(logs run htdocs tmp s));
    write_file("$dir/htdocs/static", "Hello world\n");
    # Programs are files, as a rule; httpd looks longer for what is none.
    write_file("$dir/htdocs/$_", '') for @paths;
    write_file("$dir/htdocs/perl",   slurp($set->{perl_app}));
    chmod 0755, "$dir/htdocs/perl";
    # Applications run as another user if root starts the server.
    chmod 01777, "$dir/tmp";
    chown $set->{uid}, $set->{gid}, "$dir/s" if $set->{user};
    return $self;
}

# Starts it; dies with what it said if it does not serve within 20 seconds.
sub start {
    my ($self) = @_;
    @$self{qw(port wide_port)} = free_ports(2);
    my $kind = $self->{kind};
    $self->start_pools if $kind eq 'nginx' || $kind =~ /^proxy/;
    my @command = $kind eq 'nginx' ? $self->nginx : $self->httpd;
    $self->{pid} = Bench::Process::start(undef, "$self->{dir}/logs/stdout", {},
        @command);
    push @{ $self->{pids} }, $self->{pid};
    for (1 .. 2000) {
        last if !Bench::Process::is_alive($self->{pid});
        my $try = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
            PeerPort => $self->{port});
        return if $try;
        sleep 0.01;
    }
    my $said = slurp("$self->{dir}/logs/stdout");
    die "$self->{name} does not start: $said\n";
}

sub stop {
    my ($self) = @_;
    Bench::Process::stop($self->{kind} eq 'nginx' ? 'QUIT' : 'TERM',
        $self->{pid}) if $self->{pid};
    Bench::Process::stop('TERM', $_) for @{ $self->{pids} };
    $self->{pids} = [];
    return;
}

# The pids of applications, for kill -9.
sub applications {
    my ($self) = @_;
    return grep { (readlink "/proc/$_/exe" // '') eq $self->{set}{app} }
        Bench::Process::tree(@{ $self->{pids} });
}

# Servers that do not start applications get them on sockets.
sub start_pools {
    my ($self) = @_;
    my $set = $self->{set};
    my %app = (app => [$set->{app}], perl => ["$self->{dir}/htdocs/perl"]);
    for my $name (sort keys %app) {
        my $path   = "$self->{dir}/s/$name";
        my $is_tcp = $self->{kind} eq 'proxy-tcp';
        my ($port) = $is_tcp ? free_ports(1) : 0;
        my $socket = $is_tcp
            ? IO::Socket::INET->new(Listen => 511, LocalAddr => '127.0.0.1',
                LocalPort => $port)
            : IO::Socket::UNIX->new(Listen => 511, Local => $path);
        die "listen at $path: $!\n" if !$socket;
        chmod 0666, $path if !$is_tcp;
        $self->{pool}{$name} = $is_tcp ? "127.0.0.1:$port" : "unix:$path";
        push @{ $self->{pids} }, map {
            Bench::Process::start($socket, "$self->{dir}/logs/$name",
                { LD_LIBRARY_PATH => $set->{libdir} }, @{ $app{$name} })
        } 1 .. $set->{processes};
    }
    return;
}

sub httpd {
    my ($self) = @_;
    my $set    = $self->{set};
    my $kind   = $self->{kind};
    my $text   = $self->httpd_common;
    if ($kind eq 'fcgid') {
        $text .= $self->httpd_fcgid;
    } elsif ($kind =~ /^proxy/) {
        $text .= $self->httpd_proxy;
    }
    write_file("$self->{dir}/httpd.conf", $text);
    return ($set->{httpd}, '-d', $self->{dir}, '-f', "$self->{dir}/httpd.conf",
        '-DFOREGROUND');
}

sub httpd_common {
    my ($self) = @_;
    my $set    = $self->{set};
    my $text   = "ServerRoot $self->{dir}\n";
    $text .= $self->load_module($_)
        for "mpm_$set->{mpm}", qw(unixd authz_core mime dir);
    $text .= "User $set->{user}\nGroup $set->{group}\n" if $set->{user};
    $text .= $set->{mpm} eq 'prefork'
        ? "StartServers 16\nMinSpareServers 16\nMaxSpareServers 150\n"
        . "ServerLimit 256\nMaxRequestWorkers 256\n"
        : "StartServers 4\nThreadsPerChild 64\nMaxRequestWorkers 256\n"
        . "MinSpareThreads 64\nMaxSpareThreads 256\n";
    write_file("$self->{dir}/mime.types", "text/plain txt\n");
    return $text . <<"END";
ServerName 127.0.0.1
Listen 127.0.0.1:$self->{port}
ListenBackLog 1024
PidFile run/httpd.pid
DefaultRuntimeDir run
Mutex default:run
ErrorLog logs/error_log
TypesConfig mime.types
DefaultType none
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 10
DocumentRoot $self->{dir}/htdocs
<Directory />
    AllowOverride None
</Directory>
<Directory $self->{dir}/htdocs>
    Options +ExecCGI
    Require all granted
</Directory>
END
}

sub httpd_fcgid {
    my ($self) = @_;
    my $set    = $self->{set};
    my $text   = "LoadModule fcgid_module $self->{module}\n" . <<"END";
FcgidMaxProcesses 500
FcgidSpawnScoreUpLimit 1000
FcgidIPCDir $self->{dir}/s
FcgidProcessTableFile $self->{dir}/s/table
FcgidMaxProcessesPerClass $set->{processes}
FcgidMinProcessesPerClass $set->{processes}
FcgidMaxRequestLen 1073741824
FcgidMaxRequestsPerProcess 0
FcgidInitialEnv LD_LIBRARY_PATH $set->{libdir}
<Location /perl>
    SetHandler fcgid-script
</Location>
END
    $text .= location($_, $set->{app}) for @paths;
    for my $round (0 .. $set->{rounds}) {
        $text .= location("cold-app-$round",  "$set->{app} $round");
        $text .= location("cold-perl-$round",
            "$self->{dir}/htdocs/perl $round");
    }
    return $text . $self->httpd_wide;
}

# A class of its own, whose limit is that of the server.
sub location {
    my ($path, $command) = @_;
    return <<"END";
<Location /$path>
    SetHandler fcgid-script
    FcgidWrapper "$command" virtual
</Location>
END
}

# Another port, where classes may have 20 processes.
sub httpd_wide {
    my ($self) = @_;
    my $set    = $self->{set};
    my $text   = <<"END";
Listen 127.0.0.1:$self->{wide_port}
<VirtualHost 127.0.0.1:$self->{wide_port}>
    DocumentRoot $self->{dir}/htdocs
    FcgidMaxProcessesPerClass 20
    FcgidInitialEnv LD_LIBRARY_PATH $set->{libdir}
END
    $text .= location("burst-$_", "$set->{app} burst $_")
        for 0 .. $set->{rounds};
    return "$text</VirtualHost>\n";
}

sub httpd_proxy {
    my ($self) = @_;
    my $text = join '', map { $self->load_module($_) } qw(proxy proxy_fcgi);
    for my $path (@paths, 'perl') {
        my $pool = $self->{pool}{ $path eq 'perl' ? 'perl' : 'app' };
        my $to   = $pool =~ /^unix:/ ? "$pool|fcgi://$self->{name}-$path"
                                     : "fcgi://$pool";
        $text .= "<Location /$path>\n    SetHandler \"proxy:$to\"\n"
            . "</Location>\n";
    }
    return $text;
}

sub load_module {
    my ($self, $name) = @_;
    my $set = $self->{set};
    $set->{built_in} //= join ' ', `$set->{httpd} -l`;
    return '' if $set->{built_in} =~ /\b(?:mod_)?$name\.c/;
    return "LoadModule ${name}_module $set->{modules}/mod_$name.so\n";
}

sub nginx {
    my ($self) = @_;
    my $set    = $self->{set};
    my $user   = $set->{user} ? "user $set->{user} $set->{group};\n" : '';
    my $dir    = $self->{dir};
    my $places = '';
    for my $path (@paths, 'perl') {
        my $pool = $path eq 'perl' ? 'perl' : 'app';
        $places .= "location = /$path { fastcgi_pass $pool;\n"
            . join('', map { "    fastcgi_param $_->[0] $_->[1];\n" }
                [ SCRIPT_NAME     => '$fastcgi_script_name' ],
                [ QUERY_STRING    => '$query_string' ],
                [ REQUEST_METHOD  => '$request_method' ],
                [ CONTENT_TYPE    => '$content_type' ],
                [ CONTENT_LENGTH  => '$content_length' ],
                [ REQUEST_URI     => '$request_uri' ],
                [ DOCUMENT_ROOT   => '$document_root' ],
                [ SERVER_PROTOCOL => '$server_protocol' ],
                [ REMOTE_ADDR     => '$remote_addr' ],
                [ SERVER_NAME     => '$server_name' ])
            . "    fastcgi_keep_conn on; }\n";
    }
    my $pools = join '', map {
        "upstream $_ { server $self->{pool}{$_}; "
            . "keepalive $set->{processes}; }\n"
    } qw(app perl);
    write_file("$dir/nginx.conf", <<"END");
${user}worker_processes 2;
daemon off;
pid $dir/run/nginx.pid;
error_log $dir/logs/error_log;
events { worker_connections 1024; }
http {
access_log off;
client_max_body_size 0;
client_body_temp_path $dir/tmp/body;
fastcgi_temp_path $dir/tmp/fastcgi;
proxy_temp_path $dir/tmp/proxy;
uwsgi_temp_path $dir/tmp/uwsgi;
scgi_temp_path $dir/tmp/scgi;
keepalive_requests 1000000000;
$pools
server { listen 127.0.0.1:$self->{port} backlog=1024; root $dir/htdocs;
$places
}
}
END
    return ($set->{nginx}, '-p', $dir, '-c', "$dir/nginx.conf");
}

# So many of them, each another one.
sub free_ports {
    my ($count) = @_;
    my @sockets = map {
        IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1',
            LocalPort => 0) or die "no free port: $!\n"
    } 1 .. $count;
    return map { $_->sockport } @sockets;
}

sub write_file {
    my ($path, $text) = @_;
    open my $file, '>', $path or die "$path: $!\n";
    print {$file} $text;
    close $file or die "$path: $!\n";
    return;
}

sub slurp {
    my ($path) = @_;
    open my $file, '<', $path or return '';
    local $/ = undef;
    return scalar <$file> // '';
}

1;
