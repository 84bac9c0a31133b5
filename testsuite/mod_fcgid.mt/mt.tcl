# SPDX-License-Identifier: BSD-2-Clause
# A server with an application of Movable Type's shape, as /mt/mt.fcgi and as
# /mt/mt.cgi. The settings are those of the founding page.

source $srcdir/mod_fcgid.apps/apps.tcl

# mt_start MPM ?CONFIGURATION?
proc mt_start {mpm {conf ""}} {
    apps_need_perl CGI::Fast FCGI
    httpd_start -mpm $mpm -threads 16 -modules [apps_cgi_module $mpm] \
        -conf "[apps_cgi_conf $mpm]AddHandler cgi-script .cgi
<IfModule mod_fcgid.c>
  IPCConnectTimeout 20
  MaxProcessCount 8
  DefaultMaxClassProcessCount 2
  TerminationScore 10
  SpawnScore 80
  IdleTimeout 300
</IfModule>
$conf"
    apps_put mt/mt.fcgi mod_fcgid.mt/mt.cgi
    apps_put mt/mt.cgi mod_fcgid.mt/mt.cgi
}

# The text of a page; it must be whole.
proc mt_page {mode args} {
    set text [apps_body [http_get "/mt/mt.fcgi?__mode=$mode" {*}$args]]
    suite_equal [apps_value $text end] 1 "the page's end"
    return $text
}

# Sends COUNT requests at once, every other one a POST of SIZE bytes; returns
# their channels.
proc mt_send {count mode {size 100}} {
    set channels {}
    set form {Content-Type application/x-www-form-urlencoded Connection close}
    for {set i 0} {$i < $count} {incr i} {
        set channel [http_open]
        if {$i % 2} {
            http_send $channel [http_request /mt/mt.fcgi -headers $form \
                -body "__mode=$mode&text=[string repeat x $size]"]
        } else {
            http_send $channel [http_request /mt/mt.fcgi?__mode=$mode \
                -headers {Connection close}]
        }
        lappend channels $channel
    }
    return $channels
}

# Receives all pages; returns the pids that made them.
proc mt_receive {channels {size 100} {end 1}} {
    set pids {}
    set i 0
    foreach channel $channels {
        set text [apps_body [http_receive $channel]]
        if {$end} { suite_equal [apps_value $text end] 1 "page $i's end" }
        suite_equal [apps_value $text text] [expr {$i % 2 ? $size : 0}] \
            "bytes of page $i's form"
        lappend pids [apps_value $text pid]
        incr i
    }
    return $pids
}
