# SPDX-License-Identifier: BSD-2-Clause
# Looks at configurations by "apache2 -t", without starting anything.

# Returns a list: 1 if httpd takes the configuration, and what it said.  args:
# further options of httpd.
proc conf_try {text args} {
    global HTTPD HTTPD_MODULES MODULE
    if {$HTTPD eq "" || ![file executable $HTTPD]} {
        suite_skip "no httpd ($HTTPD)"
    }
    set dir [suite_scratch conf]
    suite_write $dir/httpd.conf "ServerRoot $dir
PidFile $dir/pid
DefaultRuntimeDir $dir
ServerName localhost
Listen 127.0.0.1:65000
ErrorLog $dir/error
LoadModule mpm_event_module $HTTPD_MODULES/mod_mpm_event.so
LoadModule authz_core_module $HTTPD_MODULES/mod_authz_core.so
LoadModule fcgid_module $MODULE
$text
"
    set status [catch {exec env {*}[httpd_sanitizer_env] timeout 20 $HTTPD \
                           -t {*}$args -f $dir/httpd.conf 2>@1} said]
    return [list [expr {$status == 0}] $said]
}

proc conf_accepts {name text} {
    suite_test $name [list text $text] {
        lassign [conf_try $text] ok said
        suite_expect {$ok} "refused: $said"
    }
}

# The message must hold what.
proc conf_refuses {name text what} {
    suite_test $name [list text $text what $what] {
        lassign [conf_try $text] ok said
        suite_expect {!$ok} "taken: $said"
        suite_expect {[string first $what $said] >= 0} \
            "'$what' is not in: $said"
    }
}

# What the module makes of a configuration: a list of lines without the
# blanks before them, those of the main server or of another host or command.
proc conf_dump {text {host "main server"}} {
    set lines {}
    set here 0
    foreach line [split [lindex [conf_try $text -D DUMP_FCGID] 1] \n] {
        if {[regexp {^ [^ ]} $line]} {
            set here [string match "$host*" [string trim $line]]
        } elseif {$here} {
            lappend lines [string trim $line]
        }
    }
    return $lines
}

# The dump of a configuration holds all of the lines.
proc conf_holds {name text host args} {
    suite_test $name [list text $text host $host lines $args] {
        set dump [conf_dump $text $host]
        foreach line $lines {
            suite_expect {$line in $dump} \
                "no line '$line' in:\n[join $dump \n]"
        }
    }
}

# Name, old name, scope (G: main server, S: also virtual hosts, D: also
# directories), argument.
set conf_directives {
    FcgidAccessChecker FastCgiAccessChecker D /bin/sh
    FcgidAccessCheckerAuthoritative FastCgiAccessCheckerAuthoritative D Off
    FcgidAuthenticator FastCgiAuthenticator D /bin/sh
    FcgidAuthenticatorAuthoritative FastCgiAuthenticatorAuthoritative D Off
    FcgidAuthorizer FastCgiAuthorizer D /bin/sh
    FcgidAuthorizerAuthoritative FastCgiAuthorizerAuthoritative D On
    FcgidBusyScanInterval BusyScanInterval G 100
    FcgidBusyTimeout BusyTimeout S 100
    FcgidCmdOptions {} S {/bin/sh IdleTimeout 5}
    FcgidConnectTimeout IPCConnectTimeout S 20
    FcgidErrorScanInterval ErrorScanInterval G 3
    FcgidFixPathinfo PHP_Fix_Pathinfo_Enable G 1
    FcgidIOTimeout IPCCommTimeout S 20
    FcgidIPCDir SocketPath G /tmp/fcgid_sock/
    FcgidIdleScanInterval IdleScanInterval G 20
    FcgidIdleTimeout IdleTimeout S 0
    FcgidInitialEnv DefaultInitEnv S {A_NAME "a value"}
    FcgidMaxProcesses MaxProcessCount G 8
    FcgidMaxProcessesPerClass DefaultMaxClassProcessCount S 2
    FcgidMaxRequestInMem MaxRequestInMem S 0
    FcgidMaxRequestLen MaxRequestLen S 131072
    FcgidMaxRequestsPerProcess MaxRequestsPerProcess S -1
    FcgidMinProcessesPerClass DefaultMinClassProcessCount S 0
    FcgidOutputBufferSize OutputBufferSize S 0
    FcgidPassHeader PassHeader D Authorization
    FcgidProcessLifeTime ProcessLifeTime S 0
    FcgidProcessTableFile SharememPath G /tmp/fcgid_shm
    FcgidSpawnScore SpawnScore G 80
    FcgidSpawnScoreUpLimit SpawnScoreUpLimit G 10
    FcgidTerminationScore TerminationScore G -1
    FcgidTimeScore TimeScore G 1
    FcgidWrapper FCGIWrapper D {"/bin/sh -c true" .php}
    FcgidZombieScanInterval ZombieScanInterval G 3
}
