/* SPDX-License-Identifier: BSD-2-Clause */
/* Files with command lines: "-f FILE", and "#! cgi-fcgi -f" scripts. */
#ifndef CGI_FCGI_ARGFILE_H
#define CGI_FCGI_ARGFILE_H

/*
 * Reads the words of a file, parted by blanks and newlines; lines that start
 * with '#' are left out.  Returns them as an argument list after first, with
 * a NULL at the end, and their number (first included) in *count.  Ends the
 * program if the file cannot be read.  first stays the caller's; the list is
 * to be given to argfile_free.
 */
char **argfile_read(const char *path, char *first, int *count);
void argfile_free(char **list); /* NULL is accepted */

#endif
