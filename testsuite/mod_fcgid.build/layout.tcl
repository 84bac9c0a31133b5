# SPDX-License-Identifier: BSD-2-Clause
# Scratch copies of the three layouts of httpd's configuration, and an apxs that
# tells of them: the live one is never touched.

# layout_make KIND: debian, rhel or plain. Returns a dict: root, apxs, main (the
# main configuration file), load (where LoadModule is to come), modules.
proc layout_make {kind} {
    set root [suite_short_scratch]
    foreach dir {sbin modules run} { file mkdir $root/$dir }
    switch $kind {
        debian {
            set conf $root/etc/apache2
            file mkdir $conf/mods-available $conf/mods-enabled
            set load $conf/mods-available/fcgid.load
            set rest "IncludeOptional $conf/mods-enabled/*.load
IncludeOptional $conf/mods-enabled/*.conf"
        }
        rhel {
            set conf $root/etc/httpd/conf
            set above $root/etc/httpd
            file mkdir $conf $above/conf.modules.d $above/conf.d
            set load $above/conf.modules.d/10-fcgid.conf
            suite_write $above/conf.modules.d/00-base.conf "# none\n"
            set rest "# LoadModule foo_module modules/mod_foo.so
Include $above/conf.modules.d/*.conf
IncludeOptional $above/conf.d/*.conf"
        }
        plain {
            set conf $root/conf
            file mkdir $conf
            set load $conf/httpd.conf
            set rest "#LoadModule foo_module modules/mod_foo.so
<IfModule mod_fcgid.c>
  FcgidConnectTimeout 20
</IfModule>"
        }
    }
    set main $conf/httpd.conf
    suite_write $main [layout_main $root]\n$rest\n
    layout_tools $root $conf $main
    return [dict create root $root apxs $root/apxs main $main load $load \
        module $root/modules/mod_fcgid.so]
}

# The part of the configuration that all share.
proc layout_main {root} {
    global HTTPD_MODULES
    set text "ServerRoot \"$root\"
ServerName localhost
Listen 127.0.0.1:1
DefaultRuntimeDir $root/run
ErrorLog $root/run/error.log\n"
    foreach {name source} {mpm_event event.c authz_core mod_authz_core.c
                           mime mod_mime.c} {
        append text "<IfModule !$source>
LoadModule ${name}_module $HTTPD_MODULES/mod_$name.so
</IfModule>\n"
    }
    # A LoadModule line outside of any section: ours is to come after it.
    append text "LoadModule dir_module $HTTPD_MODULES/mod_dir.so
TypesConfig /dev/null"
    return $text
}

# apxs, apachectl and httpd of the scratch tree
proc layout_tools {root conf main} {
    global APXS HTTPD
    file link -symbolic $root/sbin/httpd $HTTPD
    suite_write $root/sbin/apachectl \
        "#!/bin/sh\nexec $root/sbin/httpd -f $main \"\$@\"\n" 0755
    suite_write $root/apxs "#!/bin/sh
case \$2 in
SYSCONFDIR) echo $conf ;;
TARGET) echo httpd ;;
SBINDIR) echo $root/sbin ;;
LIBEXECDIR) echo $root/modules ;;
*) exec $APXS \"\$@\" ;;
esac\n" 0755
}

# layout_enable LAYOUT WORD: enable.sh WORD (enable or disable) on the layout
proc layout_enable {layout word {seconds 20}} {
    global top_srcdir
    return [suite_run $seconds env APXS=[dict get $layout apxs] DESTDIR= \
        sh $top_srcdir/mod/enable.sh $word [dict get $layout module]]
}

# layout_files LAYOUT: a dict of all files' texts (links by their targets)
proc layout_files {layout} {
    set files {}
    set root [dict get $layout root]
    foreach path [lsort [split [exec find $root -path $root/run -prune \
            -o -path $root/modules -prune -o ( -type f -o -type l ) -print] \n]] {
        if {[file type $path] eq "link"} {
            dict set files $path [file readlink $path]
        } else {
            dict set files $path [suite_read $path]
        }
    }
    return $files
}

# layout_loaded LAYOUT: whether httpd takes the configuration and loads us
proc layout_loaded {layout} {
    set said [suite_run 20 [dict get $layout root]/sbin/apachectl -t \
        -D DUMP_MODULES]
    suite_equal [dict get $said status] 0 \
        "httpd takes the configuration: [dict get $said stderr]"
    return [regexp {fcgid_module \(shared\)} [dict get $said stdout]]
}

# Skips without the module and the server that these tests need.
proc layout_need {} {
    global APXS HTTPD MODULE
    if {$APXS eq "" || ![file executable $HTTPD] || ![file exists $MODULE]} {
        suite_skip "needs httpd, apxs and the module"
    }
}
