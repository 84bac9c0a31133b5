/* SPDX-License-Identifier: BSD-2-Clause */
/* Files with command lines: "-f FILE", and "#! cgi-fcgi -f" scripts. */
#ifndef CGI_FCGI_ARGFILE_H
#define CGI_FCGI_ARGFILE_H

/*
 * Reads the words of a file, parted by blanks and newlines; lines that start
 * with '#' are left out.  Returns them as an argument list after first, with
 * a NULL at the end, and their number (first included) in *count.  Ends the
 * program if the file cannot be read.  The list is never freed.
 */
char **argfile_read(const char *path, char *first, int *count);

#endif
