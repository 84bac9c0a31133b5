# SPDX-License-Identifier: BSD-2-Clause
# From the tarball to an application that answers, whichever way the suite is
# installed.
source $srcdir/mod_fcgid.apps/apps.tcl
source $srcdir/mod_fcgid.apps/gitweb.tcl

# The tarball of this tree, made once for all files of the area.
proc packages_tarball {} {
    global objdir top_srcdir top_builddir
    set release fcgi-suite-[packages_version]
    set tarball $objdir/$release.tar.gz
    if {![file exists $tarball]} {
        packages_run make -C $top_builddir distdir distdir=$objdir/$release
        packages_run sh -c "cd $objdir && sh $top_srcdir/build-aux/dist-tar\
            $release >$release.tar && gzip -9n $release.tar"
        file delete -force $objdir/$release
    }
    return $tarball
}

proc packages_version {} {
    regexp {AC_INIT\(\[[^]]*\], \[([^]]*)\]} \
        [suite_read $::top_srcdir/configure.ac] -> version
    return $version
}

# Runs a command that must succeed; returns what it said.
proc packages_run {args} {
    set said [suite_run 900 {*}$args]
    if {[dict get $said status] ne 0} {
        suite_fail "[lrange $args 0 3]: status [dict get $said status]\n[string \
            range [dict get $said stdout][dict get $said stderr] end-3000 end]"
    }
    return [dict get $said stdout][dict get $said stderr]
}

# The one file of this name below a directory.
proc packages_find {dir name} {
    set found [split [exec find $dir -name $name] \n]
    suite_equal [llength $found] 1 "$name below $dir: $found"
    return [lindex $found 0]
}

# No library or program says where others are to be found.
proc packages_expect_no_run_path {dir} {
    foreach path [split [exec find $dir -type f -name *.so -o -type f -name\
            *.so.* -o -path */bin/cgi-fcgi] \n] {
        suite_expect {![regexp {R(?:UN)?PATH} [exec readelf -d $path]]} \
            "$path has a run path"
    }
}

# gitweb, or else a program on CGI::Fast, answers through this module, on this
# libfcgi.so.0. conf: what httpd is told besides.
proc packages_expect_service {module libfcgi {conf ""}} {
    global MODULE LIBFCGI
    suite_on_exit [list set ::MODULE $MODULE]
    suite_on_exit [list set ::LIBFCGI $LIBFCGI]
    set MODULE $module
    set LIBFCGI $libfcgi
    apps_need_perl CGI::Fast FCGI
    if {[gitweb_path] ne "" && [suite_program git] ne ""} {
        gitweb_start event $conf
        foreach text {{Engine notes} {better &lt;words&gt;}} {
            suite_match [gitweb_page a=summary] $text "gitweb's summary"
        }
        set pid [httpd_apps gitweb.fcgi]
    } else {
        httpd_start -conf $conf
        apps_put fast.fcgi mod_fcgid.apps/fast.fcgi
        http_expect [http_get /fast.fcgi] 200
        set pid [httpd_apps fast.fcgi]
    }
    apps_expect_our_libfcgi [lindex $pid 0]
    set maps [proc_maps [lindex [httpd_pids] 0]]
    suite_expect {[file normalize $module] in $maps} "httpd runs on $module"
}
