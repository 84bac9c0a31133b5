# SPDX-License-Identifier: BSD-2-Clause
# Looks at configurations by "apache2 -t", without starting anything.

# The first of these files that exists, as an absolute path, or "".
proc conf_first {args} {
    foreach path $args {
        if {[file exists $path]} {
            return [file normalize $path]
        }
    }
    return ""
}

proc conf_httpd {} {
    foreach name {apache2 httpd} {
        set found [auto_execok $name]
        if {$found ne ""} {
            return [lindex $found 0]
        }
    }
    return [conf_first /usr/sbin/apache2 /usr/sbin/httpd \
                /usr/local/apache2/bin/httpd]
}

proc conf_modules {} {
    return [conf_first /usr/lib/apache2/modules /usr/lib64/httpd/modules \
                /usr/local/apache2/modules]
}

proc conf_module {} {
    return [conf_first mod/.libs/mod_fcgid.so ../mod/.libs/mod_fcgid.so]
}

# Whether there is all that these tests need.
proc conf_ready {} {
    return [expr {[conf_httpd] ne "" && [conf_modules] ne ""
                  && [conf_module] ne ""}]
}

# Returns a list: 1 if httpd takes the configuration, and what it said.  args:
# further options of httpd.
proc conf_try {text args} {
    set dir [file normalize "conf-[pid]"]
    file mkdir $dir
    set modules [conf_modules]
    set file [open $dir/httpd.conf w]
    puts $file "ServerRoot $dir
PidFile $dir/pid
DefaultRuntimeDir $dir
ServerName localhost
Listen 127.0.0.1:65000
ErrorLog $dir/error"
    foreach name {mpm_event authz_core} {
        puts $file "LoadModule ${name}_module $modules/mod_$name.so"
    }
    puts $file "LoadModule fcgid_module [conf_module]"
    puts $file $text
    close $file
    set status [catch {exec timeout 20 [conf_httpd] -t {*}$args -f \
                             $dir/httpd.conf 2>@1} said]
    file delete -force $dir
    return [list [expr {$status == 0}] $said]
}

proc conf_accepts {name text} {
    lassign [conf_try $text] ok said
    if {$ok} {
        pass $name
    } else {
        verbose -log $said
        fail $name
    }
}

# The message must hold what.
proc conf_refuses {name text what} {
    lassign [conf_try $text] ok said
    if {!$ok && [string first $what $said] >= 0} {
        pass $name
    } else {
        verbose -log $said
        fail $name
    }
}

# What the module makes of a configuration: a list of lines without the
# blanks before them, from the line "main server" on, or from that of a host.
proc conf_dump {text {host "main server"}} {
    set lines {}
    foreach line [split [lindex [conf_try $text -D DUMP_FCGID] 1] \n] {
        if {[regexp {^ [^ ]} $line]} {
            set here [string match "$host*" [string trim $line]]
        } elseif {[info exists here] && $here} {
            lappend lines [string trim $line]
        }
    }
    return $lines
}

# All of lines must be in dump.
proc conf_holds {name dump args} {
    foreach line $args {
        if {[lsearch -exact $dump $line] < 0} {
            verbose -log "no line '$line' in:\n[join $dump \n]"
            fail $name
            return
        }
    }
    pass $name
}
