# SPDX-License-Identifier: BSD-2-Clause
# The module with other constants than ours.

# Builds it with other values of constants of proctab.h (without FCGID_): a list
# of names and numbers.  Returns its path.
proc variant_build {constants} {
    global top_srcdir APXS SAN_CFLAGS
    if {$SAN_CFLAGS ne ""} { suite_skip "configure.apxs has no sanitizers" }
    set dir [suite_scratch]
    file mkdir $dir/libfcgi
    exec cp -R $top_srcdir/mod $dir/mod
    exec cp -R $top_srcdir/libfcgi/wire $dir/libfcgi/wire
    exec chmod -R u+w $dir
    set path $dir/mod/proctab.h
    set text [suite_read $path]
    foreach {name number} $constants {
        suite_expect {[regsub "FCGID_$name = \\d+" $text \
            "FCGID_$name = $number" text]} "FCGID_$name"
    }
    suite_write $path $text
    exec env -C $dir/mod APXS=$APXS ./configure.apxs
    exec make -C $dir/mod 2>@1
    return $dir/mod/mod_fcgid.so
}

# Starts httpd with that module.
proc variant_start {module conf args} {
    httpd_prepare
    exec cp $module $httpd::root/mod_fcgid.so
    httpd_start {*}$args -fcgid 0 -conf "
LoadModule fcgid_module @ROOT@/mod_fcgid.so
FcgidIPCDir @IPC@/
FcgidProcessTableFile @IPC@.shm
AddHandler fcgid-script .fcgi
FcgidInitialEnv LD_LIBRARY_PATH @ROOT@/lib
$conf"
}
