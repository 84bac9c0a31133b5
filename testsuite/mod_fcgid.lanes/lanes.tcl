# SPDX-License-Identifier: BSD-2-Clause
# Programs that serve several requests at once in one process; see lanes-app.c.

# /app.fcgi becomes a lanes-app of so many threads.
proc lanes_script {threads args} {
    httpd_script app.fcgi \
        $::top_builddir/testsuite/mod_fcgid.lanes/lanes-app $threads {*}$args
}

# Starts httpd with a lanes-app of so many threads as /app.fcgi, once it is
# known how many it can serve.
proc lanes_start {threads conf args} {
    httpd_start -threads 32 -conf $conf {*}$args
    lanes_script $threads
    set pid [lindex [lanes_ask] 0]
    httpd_await_log "can serve $threads requests at once"
    return $pid
}

# One answer: a list of pid, requests at work, the most ever, requests so far.
proc lanes_ask {{query ""}} {
    set answer [http_get /app.fcgi?$query]
    http_expect $answer 200
    return [string trim [dict get $answer body]]
}

# Sends so many requests at once, each on its own connection.
proc lanes_send {count query} {
    set channels {}
    for {set i 0} {$i < $count} {incr i} {
        set channel [http_open]
        http_send $channel \
            [http_request /app.fcgi?$query -headers {Connection close}]
        lappend channels $channel
    }
    return $channels
}

# Their answers: a list of lists.
proc lanes_receive {channels} {
    set answers {}
    foreach channel $channels {
        set answer [http_receive $channel]
        http_expect $answer 200
        lappend answers [string trim [dict get $answer body]]
        http_close $channel
    }
    return $answers
}

# That field of each answer.
proc lanes_field {answers index} {
    set fields {}
    foreach answer $answers { lappend fields [lindex $answer $index] }
    return $fields
}

proc lanes_most {answers index} {
    return [lindex [lsort -integer [lanes_field $answers $index]] end]
}

# Whether the httpd child has the other end of a client's connection.
proc lanes_serves {child channel} {
    set port [lindex [fconfigure $channel -sockname] 2]
    set ends [format {0100007F:%04X 0100007F:%04X} $httpd::port $port]
    foreach line [split [suite_read /proc/net/tcp] "\n"] {
        if {[string first $ends $line] != -1} {
            set inode [lindex $line 9]
            return [expr {"socket:\[$inode\]" in [dict values [proc_fds $child]]}]
        }
    }
    return 0
}

# A lanes-app that serves one request at a time, in so many processes; returns
# the pid of their supervisor.
proc lanes_workers {count conf} {
    httpd_start -threads 32 -conf "
        FcgidInitialEnv FCGI_WORKERS $count
        <Location \"/fcgid-status\">
            SetHandler fcgid-status
        </Location>
        $conf"
    lanes_script 1
    set pid [lindex [lanes_ask] 0]
    httpd_await_log "can serve $count requests at once"
    return [proc_status $pid PPid]
}

# Requests that are at work, as the status tells.
proc lanes_working {} {
    set json [dict get [http_get /fcgid-status?json] body]
    set sum 0
    foreach {- working} [regexp -all -inline {"working": (\d+)} $json] {
        incr sum $working
    }
    return $sum
}

# Requests that are at work until lanes_open_gate.
proc lanes_hold {count} {
    set channels [lanes_send $count gate=$httpd::root/tmp/gate]
    suite_await 5000 {[lindex [lanes_ask] 1] == $count + 1} \
        "$count requests are at work"
    return $channels
}

proc lanes_open_gate {} {
    suite_write $httpd::root/tmp/gate ""
}
