# SPDX-License-Identifier: BSD-2-Clause
# Applications whose processes the library has made.
load_lib app.exp
load_lib proc.exp

# Waits until the workers are there and wait for requests; returns their pids.
proc workers_await {app count} {
    suite_await 10000 {[llength [workers_asleep $app]] == $count} \
        "workers of $app"
    set pids [workers_of $app]
    foreach pid $pids { suite_note_pid $pid }
    return $pids
}

proc workers_asleep {app} {
    return [lmap pid [workers_of $app] {
        if {[catch {proc_status $pid State} state] || $state ne "S"} continue
        set pid
    }]
}

# The living workers.
proc workers_of {app} {
    return [lmap pid [proc_children [app_pid $app]] {
        if {![suite_alive $pid]} { continue }
        set pid
    }]
}

# A field of worker-app's page.
proc workers_field {page name} {
    if {![regexp -line "^$name (.*)$" $page -> value]} {
        suite_fail "no $name in: [suite_shorten $page]"
    }
    return $value
}

# The notes of a kind, such as "left": what follows the word, in order.
proc workers_notes {app kind} {
    if {[catch {app_stderr $app} text]} { return {} }
    return [lmap line [lsearch -all -inline [split $text "\n"] "$kind *"] {
        lrange $line 1 end
    }]
}
