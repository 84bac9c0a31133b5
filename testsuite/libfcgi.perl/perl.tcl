# SPDX-License-Identifier: BSD-2-Clause
# Perl programs on our library. Debian's FCGI module is linked with libfcgi; a
# module that carries its own copy cannot be tested here.
load_lib app.exp

# perl_start SCRIPT ARGUMENT...: as app_start; SCRIPT is a path, or a name of
# this directory. Skips the test where there is no such Perl.
proc perl_start {script args} {
    perl_need
    if {[file pathtype $script] eq "relative"} {
        set script [perl_file $script]
    }
    set app [app_start [app_ours] perl $script {*}$args]
    suite_await 10000 {[perl_is_up $app]} "the FCGI module to be loaded"
    app_uses_ours [app_pid $app]
    return $app
}

proc perl_is_up {app} {
    if {[file exists $app/status]} {
        suite_fail "the program has ended:\n[app_stderr $app]"
    }
    return [regexp {/libfcgi\.so} [suite_read /proc/[app_pid $app]/maps]]
}

proc perl_file {name} {
    global top_srcdir
    return $top_srcdir/testsuite/libfcgi.perl/$name
}

proc perl_need {{module FCGI}} {
    global SAN_CFLAGS
    suite_need perl
    if {$SAN_CFLAGS ne ""} { suite_skip "Perl has no sanitizers" }
    if {[catch {exec perl -M$module -e 0}]} { suite_skip "needs $module" }
    set find {print grep { m{/FCGI\.so$} } @DynaLoader::dl_shared_objects}
    set object [exec perl -MFCGI -e $find]
    if {![regexp {libfcgi\.so\.0} [exec ldd $object]]} {
        suite_skip "the FCGI module carries a library of its own"
    }
}

# The body of the answer to QUERY_STRING=what; more options of fcgi-client.
proc perl_page {app what args} {
    return [app_body [app_page $app -e QUERY_STRING=$what {*}$args]]
}

# Waits until app.pl has written the line to its own standard error.
proc perl_await_note {app line} {
    suite_await 10000 {$line in [split [app_stderr $app] "\n"]} \
        "note '$line' of the program"
}
