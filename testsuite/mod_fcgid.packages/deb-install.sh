#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# deb-install.sh DIRECTORY PORT PACKAGE...: what an administrator does on
# Debian. In a copy of this system, which is gone afterwards (an overlay in a
# mount namespace of its own, mounted on DIRECTORY), Debian's own packages are
# installed, gitweb is asked for a page on 127.0.0.1:PORT, the PACKAGEs are
# installed over them, gitweb is asked again, and they are purged.
#
# Exit status: 0, 1 (a line says which step failed), 77 (cannot be tried here).
set -u

say() { printf '%s\n' "$*"; }
cannot() { say "$*" && exit 77; }
fail() { say "failed: $*" && exit 1; }

# The copy: all changes go to a tmpfs.
make_copy()
{
    mount -t tmpfs tmpfs "$1" &&
        mkdir "$1/upper" "$1/work" "$1/root" &&
        mount -t overlay overlay -o \
            "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root" &&
        mount -t proc proc "$1/root/proc" &&
        mount --rbind /dev "$1/root/dev" &&
        mount -t tmpfs tmpfs "$1/root/tmp" &&
        mount -t tmpfs tmpfs "$1/root/run" &&
        mkdir -m 1777 "$1/root/run/lock" &&
        mkdir -p "$1/root/srv/gitweb" &&
        printf '#!/bin/sh\nexit 101\n' >"$1/root/usr/sbin/policy-rc.d" &&
        chmod +x "$1/root/usr/sbin/policy-rc.d"
}

# ---- In the copy -------------------------------------------------------------

apt()
{
    DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-install-recommends "$@"
}

configure_httpd()
{
    say "Listen 127.0.0.1:$1" >/etc/apache2/ports.conf
    rm -f /etc/apache2/sites-enabled/*
    cat >/etc/apache2/conf-enabled/gitweb-test.conf <<EOF
ServerName localhost
SetEnv GITWEB_CONFIG /srv/gitweb/conf
Alias /gitweb.fcgi /srv/gitweb/gitweb.fcgi
<Directory /srv/gitweb>
  Options +ExecCGI
  Require all granted
</Directory>
EOF
    cp /usr/share/gitweb/gitweb.cgi /srv/gitweb/gitweb.fcgi
    mkdir -p /srv/gitweb/repos
    cat >/srv/gitweb/conf <<'EOF'
$projectroot = '/srv/gitweb/repos'; $git_temp = '/tmp';
EOF
    # It does not list a repository without commits.
    git init -q /srv/gitweb/repos/notes
    git -C /srv/gitweb/repos/notes -c user.name=Ada -c user.email=ada@localhost \
        commit -q --allow-empty -m first
    chown -R www-data: /srv/gitweb/repos
}

# ask PORT: httpd starts as its service does, with the module of the package,
# and gitweb lists its repository.
ask()
{
    : >/var/log/apache2/error.log
    apachectl -D FOREGROUND &
    httpd=$!
    tries=0
    until page=$(curl -sS --max-time 30 "http://127.0.0.1:$1/gitweb.fcgi"); do
        if [ $tries -ge 100 ] || ! kill -0 $httpd; then
            fail "httpd does not answer"
        fi
        tries=$((tries + 1))
        sleep 0.1
    done
    kill -TERM "$(cat /run/apache2/apache2.pid)"
    wait $httpd
    case $page in
    *notes/.git*) ;;
    *) fail "gitweb says: $page $(tail -n 5 /var/log/apache2/error.log)" ;;
    esac
    version=$(dpkg-query -W -f '${source:Upstream-Version}' \
        libapache2-mod-fcgid)
    grep -q " mod_fcgid/$version configured" /var/log/apache2/error.log ||
        fail "not $version: $(cat /var/log/apache2/error.log)"
}

inside()
{
    port=$1
    apt install apache2 libapache2-mod-fcgid libfcgi-bin libcgi-fast-perl \
        libfcgi-dev gitweb git curl || cannot "apt-get has no stock packages"
    # The package does so itself, unless it was there before apache2 was.
    a2enmod -q fcgid || cannot "Debian's own module cannot be enabled"
    configure_httpd "$port"
    ask "$port"

    apt install /tmp/packages/*.deb || fail "apt-get install"
    for name in libfcgi0 libfcgi-dev libfcgi-bin libapache2-mod-fcgid; do
        [ "$(dpkg-query -W -f '${Status}' $name)" = 'install ok installed' ] ||
            fail "$name is not installed"
    done
    dpkg-query -W -f '${Status}' libcgi-fast-perl | grep -q 'ok installed' ||
        fail "libcgi-fast-perl is gone"
    a2query -q -m fcgid || fail "the module is not enabled"
    apachectl -t -D DUMP_FCGID >/tmp/dump 2>&1 || fail "$(cat /tmp/dump)"
    ask "$port"
    cgi-fcgi -version >/dev/null || fail "cgi-fcgi -version"

    # apt-get would look for other servers, for packages that want any.
    dpkg --purge --force-depends libfcgi0 libfcgi-dev libfcgi-bin \
        libapache2-mod-fcgid || fail "dpkg --purge"
    left=$(find /etc/apache2 /usr/lib /usr/include /usr/share/man \
        -name '*fcgid.load' -o -name '*fcgid.conf' -o -name 'mod_fcgid*' \
        -o -name 'libfcgi*.so*' -o -name fcgiapp.h)
    [ -z "$left" ] || fail "left after purge: $left"
    say "purged, and nothing is left"
}

if [ "$1" = --inside ]; then
    inside "$2"
    exit 0
fi
directory=$1
port=$2
shift 2
make_copy "$directory" || cannot "no overlay can be mounted here"
root=$directory/root
mkdir "$root/tmp/packages"
cp "$@" "$root/tmp/packages"
cp "$0" "$root/tmp/deb-install.sh"
exec chroot "$root" /bin/sh /tmp/deb-install.sh --inside "$port"
