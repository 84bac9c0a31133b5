# SPDX-License-Identifier: BSD-2-Clause
# Programs of the system that are linked with libfcgi.so.0, on our library and
# without a web server. What is not installed is skipped.
#
# VALGRIND=1 in the environment runs them under valgrind; an error whose stack
# has a frame of libfcgi then fails the test (program_left). Leaks do not count:
# programs end without giving back anything.
load_lib app.exp
load_lib proc.exp

# program_start ENVIRONMENT PROGRAM ARGUMENT...: as app_start; PROGRAM is one
# word, or a list of the places where it may be.
proc program_start {environment program args} {
    global SAN_CFLAGS env
    set program [suite_need {*}$program]
    if {$SAN_CFLAGS ne ""} { suite_skip "$program has no sanitizers" }
    set wrapper {}
    if {[program_valgrind]} {
        set wrapper [list [suite_need valgrind] -q --trace-children=no \
            --log-file=valgrind.%p]
    }
    set app [app_start [concat [app_ours] $environment] {*}$wrapper \
                 $program {*}$args]
    suite_await 30000 {[program_is_up $app]} "$program to load libfcgi"
    app_uses_ours [app_pid $app]
    return $app
}

proc program_valgrind {} {
    global env
    return [expr {[info exists env(VALGRIND)] && $env(VALGRIND) ni {"" 0}}]
}

proc program_is_up {app} {
    if {[file exists $app/status]} {
        suite_fail "the program has ended: [suite_read $app/status]\
            [app_stderr $app]"
    }
    return [regexp {/libfcgi\.so} [suite_read /proc/[app_pid $app]/maps]]
}

# program_pages APP REGEXP OPTION...: asks for a page in four ways, each must
# match: by a connection of its own, three by a kept one, pipelined, and with
# the request in pieces of 7 bytes.
proc program_pages {app regexp args} {
    suite_match [app_page $app {*}$args] $regexp "page"
    set three [app_page $app -k -n 3 {*}$args]
    suite_expect {[regexp -all -- $regexp $three] == 3} \
        "three by one connection: [suite_shorten $three]"
    set two [app_page $app -k -P -n 2 {*}$args]
    suite_expect {[regexp -all -- $regexp $two] == 2} \
        "pipelined: [suite_shorten $two]"
    suite_match [app_page $app -c 7 {*}$args] $regexp "records of 7 bytes"
}

# How the program leaves after a signal ("" for none), as app_stop tells it.
proc program_left {app {signal TERM}} {
    if {$signal ne ""} {
        proc_await_sleep [app_pid $app]
    }
    set left [app_stop $app $signal]
    foreach log [glob -nocomplain $app/valgrind.*] {
        foreach report [split_reports [suite_read $log]] {
            suite_expect {![regexp {libfcgi} $report]} "valgrind:\n$report"
        }
    }
    return $left
}

# Reports of valgrind are parted by lines with its mark alone.
proc split_reports {log} {
    return [split [regsub -all -line {^==\d+== *$} $log \f] \f]
}
