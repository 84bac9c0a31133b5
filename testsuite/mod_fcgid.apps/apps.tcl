# SPDX-License-Identifier: BSD-2-Clause
# Applications as people have them.

# Skips the test unless perl has these modules.
proc apps_need_perl {args} {
    set perl [suite_need perl]
    foreach name $args {
        if {[catch {exec $perl -M$name -e 1}]} {
            suite_skip "perl has no module $name"
        }
    }
    return $perl
}

# Copies a program of this directory, or of examples/, to htdocs.
proc apps_put {name file} {
    global srcdir
    return [httpd_write $name [suite_read $srcdir/$file] 0755]
}

# The httpd module that runs plain CGI programs under this MPM, and what it
# wants in the configuration.
proc apps_cgi_module {mpm} {
    return [expr {$mpm eq "prefork" ? "cgi" : "cgid"}]
}

proc apps_cgi_conf {mpm} {
    return [expr {$mpm eq "prefork" ? "" : "ScriptSock @IPC@.cgid\n"}]
}

# Fails unless the process runs on our libfcgi and no other.
proc apps_expect_our_libfcgi {pid} {
    set files [lsearch -all -inline -regexp [proc_maps $pid] {/libfcgi\.so}]
    suite_equal $files [list [file normalize $httpd::root/lib/libfcgi.so.0]] \
        "libfcgi of process $pid"
}

# Fails unless the answer is 200; returns its body.
proc apps_body {answer} {
    http_expect $answer 200
    return [dict get $answer body]
}

# The value of a line "NAME=VALUE" or "NAME: VALUE" in a text.
proc apps_value {text name} {
    if {![regexp -line -- "^${name}(?:=|: )(.*)$" $text -> value]} {
        suite_fail "no $name in: [suite_shorten $text]"
    }
    return $value
}
