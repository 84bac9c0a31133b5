# SPDX-License-Identifier: BSD-2-Clause
# Programs that say who may come in.

# Makes a program that answers every question by a script of fcgi-peer, which
# stands in a file of its own; returns its path. args: options of fcgi-peer.
proc auth_program {script args} {
    set dir [suite_scratch authorizer]
    exec cp $::PEER $dir/peer
    suite_write $dir/script $script
    suite_write $dir/ask "#!/bin/sh\nexec $dir/peer $args -s $dir/script\n"
    exec chmod 755 $dir/peer $dir/ask
    return $dir/ask
}

proc auth_start {conf} {
    httpd_start -modules {authn_core auth_basic authz_user} \
        -conf "<Location /peer.fcgi>\n$conf\n</Location>"
    httpd_script peer.fcgi $::PEER
}

proc auth_credentials {text} {
    return [list Authorization "Basic [binary encode base64 $text]"]
}
