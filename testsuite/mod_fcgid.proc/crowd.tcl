# SPDX-License-Identifier: BSD-2-Clause
# Many requests at the same time.

# A script of fcgi-peer that works for some time and says who it was.
proc crowd_script {milliseconds} {
    return "read; pause $milliseconds; stdout \"Content-Type:\
        text/plain\n\n\${pid}\"; end"
}

# Sends COUNT requests to /peer.fcgi at once, each on its own connection.
# Returns the channels, in order.
proc crowd_send {count script} {
    set channels {}
    for {set i 0} {$i < $count} {incr i} {
        set channel [http_open]
        http_send $channel [http_request /peer.fcgi?[peer_query $script] \
            -headers {Connection close}]
        lappend channels $channel
    }
    return $channels
}

# Receives the answers; all must be 200. Returns a list of pairs: body, and
# milliseconds from FROM.
proc crowd_receive {channels from} {
    set answers {}
    foreach channel $channels {
        set answer [http_receive $channel]
        http_expect $answer 200
        lappend answers \
            [list [dict get $answer body] [expr {[suite_clock] - $from}]]
        http_close $channel
    }
    return $answers
}

# The pid that answers now.
proc crowd_pid {} {
    set answer [http_peer [crowd_script 0]]
    http_expect $answer 200
    return [dict get $answer body]
}

# The process that looks after the applications.
proc crowd_manager {} {
    set pid ""
    # It may say so after httpd has said that it serves.
    httpd_await_log {Process manager \d+ started}
    foreach line [split [suite_read $httpd::root/logs/error_log] "\n"] {
        regexp {Process manager (\d+) started} $line -> pid
    }
    return $pid
}
