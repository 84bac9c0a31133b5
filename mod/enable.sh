#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# enable.sh enable|disable MODULE
#
# Makes httpd load MODULE, the absolute path of mod_fcgid.so, or stops it from
# doing so, in the layout of configuration that apxs (APXS, default apxs) tells
# of:
#   SYSCONFDIR/mods-available         (Debian)  fcgid.load, fcgid.conf, a2enmod
#   SYSCONFDIR/../conf.modules.d      (RHEL)    10-fcgid.conf, ../conf.d/fcgid.conf
#   SYSCONFDIR/PROGNAME.conf          (others)  a line LoadModule
# A LoadModule line that is there already is corrected in place, an existing
# fcgid.conf is left alone, and doing it twice changes nothing. httpd -t has the
# last word: what it rejects is taken back. With DESTDIR the files are written
# below it, nothing is enabled or checked, and no existing file is edited.
set -eu

: "${APXS:=apxs}" "${DESTDIR:=}"
loads='^[[:space:]]*LoadModule[[:space:]]+fcgid_module[[:space:]]'
# The same for awk, and what to do with such lines.
# shellcheck disable=SC2016 # awk's own
awk_loads='tolower($1) == "loadmodule" && $2 == "fcgid_module"'
correct="$awk_loads { \$0 = line } { print }"
remove="!($awk_loads)"

say()
{
    printf 'mod_fcgid: %s\n' "$*"
}

fail()
{
    printf 'mod_fcgid: %s\n' "$*" >&2
    exit 1
}

# may_write FILE: an error for people where FILE cannot be written
may_write()
{
    for thing in "$1" "$(dirname "$1")"; do
        [ ! -e "$thing" ] || [ -w "$thing" ] ||
            fail "$thing cannot be written: run this as root"
        [ ! -e "$thing" ] || break
    done
}

# example_conf: what fcgid.conf says at first
example_conf()
{
    cat <<'END'
# FastCGI applications: files *.fcgi, where Options has ExecCGI.
<IfModule mod_fcgid.c>
  FcgidConnectTimeout 20
  <IfModule mod_mime.c>
    AddHandler fcgid-script .fcgi
  </IfModule>
</IfModule>
END
}

# new_file FILE TEXT: makes it unless it is there
new_file()
{
    [ ! -e "$1" ] || return 0
    may_write "$1"
    mkdir -p "$(dirname "$1")"
    printf '%s\n' "$2" >"$1"
    chmod 644 "$1"
    say "wrote $1"
    made="$made $1"
}

# edit FILE AWK: runs FILE through an awk program, with the line to have in
# `line`; keeps FILE.bak
edit()
{
    set -- "$(readlink -f "$1")" "$2"
    may_write "$1"
    line="LoadModule fcgid_module $module" \
        awk "BEGIN { line = ENVIRON[\"line\"] } $2" "$1" >"$1.new"
    if cmp -s "$1" "$1.new"; then
        rm -f "$1.new"
        return 0
    fi
    cp -p "$1" "$1.bak"
    cat "$1.new" >"$1"
    rm -f "$1.new"
    say "edited $1 (as it was: $1.bak)"
    edited="$edited $1"
}

# insert_line FILE: after the last LoadModule outside of any section, else after
# the last such Include of modules, else at the top: modules must be loaded
# before the configuration that asks for them
insert_line()
{
    # shellcheck disable=SC2016 # awk's own
    edit "$1" '
        { text[NR] = $0; word = tolower($1) }
        word ~ /^<\// { depth-- }
        word ~ /^<[^\/]/ { depth++ }
        !depth && word == "loadmodule" { after = NR }
        !depth && word ~ /^include/ && tolower($2) ~ /mod|load/ { included = NR }
        END {
            if (!after)
                after = included
            if (!after)
                print line
            for (i = 1; i <= NR; i++) {
                print text[i]
                if (i == after)
                    print line
            }
        }'
}

# layout: sets layout, confs (files that may load the module), load, conf
layout()
{
    sysconfdir=$("$APXS" -q SYSCONFDIR)
    target=$("$APXS" -q TARGET)
    sbindir=$("$APXS" -q SBINDIR)
    main=$sysconfdir/$target.conf
    [ -e "$main" ] || [ ! -e "$sysconfdir/httpd.conf" ] ||
        main=$sysconfdir/httpd.conf
    above=$(dirname "$sysconfdir")
    if [ -d "$sysconfdir/mods-available" ]; then
        layout=debian
        load=$sysconfdir/mods-available/fcgid.load
        conf=$sysconfdir/mods-available/fcgid.conf
        confs="$main $sysconfdir/mods-enabled/*.load"
    elif [ -d "$above/conf.modules.d" ]; then
        layout=rhel
        load=$above/conf.modules.d/10-fcgid.conf
        conf=$above/conf.d/fcgid.conf
        confs="$main $above/conf.modules.d/*.conf $above/conf.d/*.conf"
    else
        layout=plain
        load=$main
        confs=$main
    fi
}

# check: what httpd says of its configuration, by the tool that knows its
# environment; true where there is none to ask
check()
{
    for tool in "$sbindir/apachectl" "$sbindir/apache2ctl"; do
        [ ! -x "$tool" ] || { "$tool" -t && return 0 || return 1; }
    done
    [ ! -x "$sbindir/$target" ] || "$sbindir/$target" -t
}

# a2 en|dis: Debian's a2enmod or a2dismod where it is about this layout, else
# the links themselves
a2()
{
    if [ "$sysconfdir" = /etc/apache2 ] && command -v "a2$1mod" >/dev/null; then
        "a2$1mod" -q fcgid
        return
    fi
    for name in fcgid.load fcgid.conf; do
        link=$sysconfdir/mods-enabled/$name
        may_write "$link"
        if [ "$1" = en ]; then
            mkdir -p "$sysconfdir/mods-enabled"
            ln -sf "../mods-available/$name" "$link"
        else
            rm -f "$link"
        fi
    done
}

enable()
{
    found=
    # shellcheck disable=SC2086 # patterns
    found=$(grep -lisE "$loads" $confs | head -n 1) || :
    before=0
    check >/dev/null 2>&1 || before=$?
    if [ -n "$found" ]; then
        edit "$found" "$correct"
    elif [ $layout = plain ]; then
        [ -f "$main" ] || fail "there is no $main; add to your configuration:
LoadModule fcgid_module $module"
        insert_line "$main"
    else
        files_of_layout
        [ $layout = rhel ] || a2 en
    fi
    verdict "$before"
}

# files_of_layout: fcgid.load and fcgid.conf, or what they are called
files_of_layout()
{
    new_file "$DESTDIR$load" "LoadModule fcgid_module $module"
    if [ -z "$DESTDIR" ] && ! grep -qiE "$loads" "$load"; then
        insert_line "$load"
    elif [ -z "$DESTDIR" ]; then
        edit "$load" "$correct"
    fi
    new_file "$DESTDIR$conf" "$(example_conf)"
}

# verdict BEFORE: lets httpd check the configuration; BEFORE is what it said
# before the change
verdict()
{
    if [ ! -x "$sbindir/$target" ]; then
        say "enabled; there is no $sbindir/$target to check the configuration"
    elif output=$(check 2>&1); then
        say "enabled in ${found:-$load}; the configuration is valid"
        say "now restart httpd: apachectl restart"
    elif [ "$1" -ne 0 ]; then
        printf '%s\n' "$output" >&2
        say "enabled in ${found:-$load}; but httpd -t rejected the configuration"
        say "before already: the lines above must be put right first"
    else
        printf '%s\n' "$output" >&2
        take_back
        fail "httpd -t rejects the configuration with mod_fcgid (see above);
mod_fcgid is installed, but not enabled: every change was taken back"
    fi
}

# take_back: undoes what this run has changed
take_back()
{
    [ $layout != debian ] || [ -n "$found" ] || a2 dis
    for file in $made; do
        rm -f "$file"
    done
    for file in $edited; do
        cat "$file.bak" >"$file"
    done
}

disable()
{
    [ $layout != debian ] || [ ! -e "$sysconfdir/mods-enabled/fcgid.load" ] ||
        a2 dis
    # shellcheck disable=SC2013,SC2086 # patterns, and names without blanks
    for file in $(grep -lisE "$loads" $confs); do
        [ "$file/$layout" != "$load/rhel" ] || continue
        edit "$file" "$remove"
    done
    [ $layout != plain ] || return 0
    if [ -f "$load" ]; then
        may_write "$load"
        rm -f "$load" "$load.bak"
        say "removed $load"
    fi
    if [ -f "$conf" ] && example_conf | cmp -s - "$conf"; then
        rm -f "$conf"
        say "removed $conf"
    fi
}

module=${2-}
made='' edited='' found=''
case ${1-}:$module in
enable:/* | disable:/*) ;;
*) fail "usage: enable.sh enable|disable /ABSOLUTE/PATH/mod_fcgid.so" ;;
esac
layout
if [ -z "$DESTDIR" ]; then
    "$1"
elif [ "$1" = enable ] && [ $layout != plain ]; then
    files_of_layout
else
    say "DESTDIR is set: no configuration was edited"
fi
