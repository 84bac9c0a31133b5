/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of cgi-fcgi, read into one structure. */
#ifndef CGI_FCGI_OPTIONS_H
#define CGI_FCGI_OPTIONS_H

#include <stdbool.h>

struct options {
    bool bind;              /* never start the application */
    bool start;             /* start it and leave */
    bool help;
    bool version;
    const char *connect;    /* address; NULL only with help or version */
    const char *app;        /* program to start; NULL: none */
    int count;              /* processes to start, >= 1 */
    int connect_timeout;    /* milliseconds; -1: none */
    int timeout;            /* of silence, milliseconds; -1: none */
    int backlog;
    const char *problem;    /* what is wrong, without a newline */
    char problem_text[512];
    char *file_text;        /* what a -f file held; the strings point there */
    char **file_words;
};

/*
 * Reads the command line; -f FILE replaces it by the words of the file.
 * Returns true, or false and options->problem.  The strings point into argv
 * or into memory that options_free releases.
 */
bool options_parse(struct options *options, int argc, char **argv);
void options_free(struct options *options);

extern const char options_usage[];

#endif
