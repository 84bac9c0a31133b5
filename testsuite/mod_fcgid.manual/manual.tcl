# SPDX-License-Identifier: BSD-2-Clause
# The examples of the manual pages. In the source of a page a comment
#
#     .\" test: KIND ?WORD...?
#
# stands before a literal display that a test is to try.

# The pages of the tree: short name -> path.
proc manual_pages {} {
    global top_srcdir
    set pages {}
    foreach dir {libfcgi/man cgi-fcgi mod examples examples/demo} {
        foreach path [glob -nocomplain $top_srcdir/$dir/*.\[1-8\]] {
            dict set pages [file tail $path] $path
        }
    }
    return $pages
}

# The lines of a literal display as a reader sees them.
proc manual_plain {text} {
    regsub -all -line {^\\&} $text {} text
    return [string map {{\e} \\ {\&} {} {\-} -} $text]
}

# manual_examples KIND: a list of page, words, text for each such example.
proc manual_examples {kind} {
    set examples {}
    dict for {page path} [manual_pages] {
        set words ""
        set text ""
        set state outside
        foreach line [split [suite_read $path] \n] {
            if {[regexp "^\\.\\\\\" test: $kind\\y(.*)" $line -> words]} {
                set state before
            } elseif {$state eq "before" && [string match ".Bd *" $line]} {
                set state inside
            } elseif {$state eq "inside" && $line eq ".Ed"} {
                lappend examples $page [string trim $words] \
                    [manual_plain $text]
                set text ""
                set state outside
            } elseif {$state eq "inside"} {
                append text $line \n
            }
        }
    }
    return $examples
}
