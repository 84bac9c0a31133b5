# SPDX-License-Identifier: BSD-2-Clause
# gitweb, which runs under CGI::Fast, on a repository made here.

# The script of the package, or "".
proc gitweb_path {} {
    foreach path {/usr/share/gitweb/gitweb.cgi /var/www/git/gitweb.cgi
                  /usr/lib/cgi-bin/gitweb.cgi} {
        if {[file executable $path]} { return $path }
    }
    return ""
}

proc gitweb_git {dir args} {
    exec env HOME=$dir GIT_CONFIG_NOSYSTEM=1 git -C $dir -c user.name=Ada \
        -c user.email=ada@example.org {*}$args 2>@1
}

# A repository with three commits and a tag; returns the last commit's id.
proc gitweb_repository {dir} {
    file mkdir $dir
    gitweb_git $dir init -q -b trunk
    suite_write $dir/.git/description "Engine notes\n"
    foreach {text subject} {
        "one\n" "first light" "one\ntwo\n" "a second line"
        "one\nthree & four\n" "better <words>"
    } {
        suite_write $dir/notes.txt $text
        gitweb_git $dir add notes.txt
        gitweb_git $dir commit -q -m $subject
    }
    gitweb_git $dir tag -a -m "the first" v1.0
    return [gitweb_git $dir rev-parse HEAD]
}

# Starts httpd with /web/gitweb.fcgi, and /web/gitweb.cgi by plain CGI. conf:
# further configuration. Returns the last commit's id.
proc gitweb_start {mpm {conf ""}} {
    apps_need_perl CGI::Fast FCGI
    suite_need git
    set script [gitweb_path]
    if {$script eq ""} { suite_skip "no gitweb" }
    httpd_start -mpm $mpm -modules [list env [apps_cgi_module $mpm]] \
        -conf "[apps_cgi_conf $mpm]AddHandler cgi-script .cgi
SetEnv GITWEB_CONFIG @ROOT@/conf/gitweb.conf
SetEnv HOME @ROOT@/repos
$conf"
    suite_write $httpd::root/conf/gitweb.conf "
\$site_name = 'Notes';
\$projectroot = '$httpd::root/repos';
\$git_temp = '$httpd::root/tmp';
\$feature{'snapshot'}{'default'} = \['tgz'\];
1;
"
    # The owner of the repository is not who serves it.
    set head [gitweb_repository $httpd::root/repos/notes]
    suite_write $httpd::root/repos/.gitconfig \
        "\[safe\]\n\tdirectory = *\n"
    # Its name's end tells gitweb how it runs.
    httpd_write web/.keep ""
    foreach name {gitweb.fcgi gitweb.cgi} {
        file copy $script $httpd::root/htdocs/web/$name
    }
    return $head
}

# The page with this query, by FastCGI.
proc gitweb_page {query {name gitweb.fcgi}} {
    return [apps_body [http_get "/web/$name?p=notes/.git;$query"]]
}

# A page without what tells its time and its script's name. CGI.pm adds a hidden
# field when it makes a form in a process for the second time.
proc gitweb_bare {page} {
    regsub -all {<div><input type="hidden" name=".cgifields"[^>]*></div>} \
        $page "" page
    regsub -all {gitweb\.f?cgi} $page gitweb page
    # Ages are padded to two digits.
    regsub -all {\s*(?:right now|\d+ (?:sec|min)\w* ago)} $page WHEN page
    return $page
}
