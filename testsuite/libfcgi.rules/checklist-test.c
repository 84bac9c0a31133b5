/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The specification's demands on an application's side, A1 to A49, by its
 * sections.  Those about several requests at once (A5, A37, A38) and about
 * leaving (A51, A52) have programs of their own in libfcgi.api.
 */
#include "config.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rule.h"
#include "wire/pairs.h"

static char filling[FCGI_WIRE_MAX_CONTENT + 1];

static void
fill(void)
{
    memset(filling, 'x', FCGI_WIRE_MAX_CONTENT);
}

/* --- 2.2, 3.2: how a process starts, and who may connect ----------------- */

static bool
starts_with_descriptor_0_alone(void)
{
    FCGX_Stream *in, *out, *err;
    FCGX_ParamArray envp;
    char name[64];
    int listener = listen_local(name);

    web.fd = connect_to(name);
    unlink(name);
    put_get(&input, 1, 0, "/");
    send_input();
    dup2(listener, 0);
    close(1);
    close(2);
    if (FCGX_IsCGI() || FCGX_Accept(&in, &out, &err, &envp) != 0)
        return false;
    FCGX_PutS("page", out);
    FCGX_Finish();
    return strcmp(web_trace(&web, 1), "STDOUT 1 4; STDOUT 1 0; END 1 0 0; "
                                      "EOF") == 0;
}

static bool
no_listener_no_fastcgi(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0 &&
           dup2(fd, 0) == 0 && FCGX_IsCGI() == 1;
}

/* What becomes of one that connects while the list of addresses is this. */
static bool
lets_in(const char *addresses, bool is_tcp)
{
    char name[64];
    int listener = is_tcp ? listen_tcp(name) : listen_local(name);

    setenv("FCGI_WEB_SERVER_ADDRS", addresses, 1);
    FCGX_Init();
    FCGX_InitRequest(&web.request, listener, 0);
    web.fd = connect_to(name);
    if (!is_tcp)
        unlink(name);
    put_get(&input, 1, 0, "/");
    send_input();
    accept_aside();
    return is_served_aside();
}

static bool
listed_address_is_served(void)
{
    return lets_in("10.1.1.1,127.0.0.1", true);
}

static bool
blanks_part_addresses(void)
{
    return lets_in("10.1.1.1, 127.0.0.1", true);
}

static bool
other_address_is_refused(void)
{
    return !lets_in("10.1.1.1", true);
}

static bool
other_transport_is_refused(void)
{
    return !lets_in("127.0.0.1", false);
}

/* --- 3.3: records -------------------------------------------------------- */

static bool
padding_everywhere(void)
{
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    put_record(&input, FCGI_TYPE_PARAMS, 1, "\3\1URI/", 6, 255);
    put_record(&input, FCGI_TYPE_PARAMS, 1, NULL, 0, 255);
    put_record(&input, FCGI_TYPE_STDIN, 1, "abc", 3, 255);
    put_record(&input, FCGI_TYPE_STDIN, 1, NULL, 0, 255);
    put_get(&input, 1, 1, "/next");
    return serves("/") && has_body("abc", 0) && accepts("/next");
}

static bool
largest_records(void)
{
    fill();
    put_head(&input, 1, 1, "/");
    put_record(&input, FCGI_TYPE_STDIN, 1, filling, FCGI_WIRE_MAX_CONTENT, 255);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    return serves("/") && has_body(filling, 0);
}

static bool
answers_are_aligned(void)
{
    size_t pos;

    put_get(&input, 1, 0, "/");
    if (!serves("/"))
        return false;
    FCGX_PutS("12345", web.request.out);
    FCGX_PutS("123", web.request.err);
    FCGX_Finish_r(&web.request);
    web_trace(&web, 1);
    for (pos = 0; pos < web.raw.size;) {
        const uint8_t *header = web.raw.data + pos;
        size_t size = (size_t)header[4] * 256 + header[5] + header[6];

        if (size % 8 != 0 || header[7] != 0)
            return false;
        pos += 8 + size;
    }
    return pos == web.raw.size && pos > 0;
}

static bool
reserved_bytes_are_ignored(void)
{
    put_get(&input, 1, 1, "/");
    input.data[7] = 0xff;             /* of the header */
    memset(input.data + 11, 0xff, 5); /* of BEGIN_REQUEST */
    return serves("/") && ends_as("STDOUT 1 0; END 1 0 0; ", 1);
}

static bool
ids_are_echoed(void)
{
    put_get(&input, 65535, 1, "/");
    if (!serves("/") || !ends_as("STDOUT 65535 0; END 65535 0 0; ", 1))
        return false;
    put_get(&input, 256, 1, "/next");
    send_input();
    return accepts("/next") && ends_as("STDOUT 256 0; END 256 0 0; ", 1);
}

static bool
inactive_ids_are_ignored(void)
{
    put_get(&input, 1, 1, "/");
    put_record(&input, FCGI_TYPE_STDIN, 7, NULL, 0, 0);
    put_record(&input, FCGI_TYPE_ABORT_REQUEST, 1, NULL, 0, 0);
    put_record(&input, FCGI_TYPE_STDIN, 1, "late", 4, 4);
    put_get(&input, 1, 1, "/next");
    return serves("/") && accepts("/next") && has_body("", 0);
}

static bool
requests_have_ids(void)
{
    put_get(&input, 0, 1, "/");
    web_open(&web, SOCK_STREAM);
    send_input();
    web_end(&web);
    return FCGX_Accept_r(&web.request) < 0;
}

static bool
splits_do_not_matter(void)
{
    static const char params[] = "\3\1URI/\1\2AB=";
    size_t i;

    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    for (i = 0; i + 1 < sizeof(params); i++)
        put_record(&input, FCGI_TYPE_PARAMS, 1, params + i, 1, i % 8);
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    for (i = 0; i < 5; i++)
        put_record(&input, FCGI_TYPE_STDIN, 1, &"body!"[i], 1, 0);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    return serves("/") &&
           strcmp(FCGX_GetParam("A", web.request.envp), "B=") == 0 &&
           has_body("body!", 0);
}

static bool
cut_parameters_are_no_request(void)
{
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 0);
    put_param(&input, 1, "URI", "/");
    web_open(&web, SOCK_STREAM);
    send_input();
    web_end(&web);
    return FCGX_Accept_r(&web.request) < 0;
}

static bool
aborted_parameters_are_no_request(void)
{
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 0);
    put_param(&input, 1, "URI", "/");
    put_record(&input, FCGI_TYPE_ABORT_REQUEST, 1, NULL, 0, 0);
    web_open(&web, SOCK_STREAM);
    send_input();
    web_end(&web);
    return FCGX_Accept_r(&web.request) < 0;
}

static bool
cut_body_is_an_error(void)
{
    put_head(&input, 1, 1, "/");
    put_record(&input, FCGI_TYPE_STDIN, 1, "abc", 3, 0);
    web_open(&web, SOCK_STREAM);
    send_input();
    web_end(&web);
    return accepts("/") && has_body("abc", FCGX_PROTOCOL_ERROR);
}

/* --- 3.4: names and values ----------------------------------------------- */

static bool
lengths_of_both_forms(void)
{
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    put_record(&input, FCGI_TYPE_PARAMS, 1, "\3\1URI/", 6, 0);
    put_record(&input, FCGI_TYPE_PARAMS, 1, "\1\x80\0\0\0A", 6, 0);
    put_record(&input, FCGI_TYPE_PARAMS, 1, "\x80\0\0\1\1B2", 7, 0);
    put_record(&input, FCGI_TYPE_PARAMS, 1, "\x80\0\0\1\x80\0\0\1C3", 10, 0);
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    return serves("/") &&
           strcmp(FCGX_GetParam("A", web.request.envp), "") == 0 &&
           strcmp(FCGX_GetParam("B", web.request.envp), "2") == 0 &&
           strcmp(FCGX_GetParam("C", web.request.envp), "3") == 0;
}

static bool
long_values(void)
{
    fill();
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    put_param(&input, 1, "URI", "/");
    put_param(&input, 1, "LONG", filling);
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    return serves("/") &&
           strcmp(FCGX_GetParam("LONG", web.request.envp), filling) == 0;
}

static bool
binary_values(void)
{
    char value[256];
    int i;

    for (i = 0; i < 255; i++)
        value[i] = (char)(i + 1);
    value[255] = '\0';
    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    put_param(&input, 1, "URI", value);
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    return serves(value);
}

/* --- 3.5: connections ---------------------------------------------------- */

static bool
closed_unless_kept(void)
{
    put_get(&input, 1, 0, "/");
    return serves("/") && ends_as("STDOUT 1 0; END 1 0 0; EOF", 1);
}

static bool
kept_when_asked(void)
{
    put_get(&input, 1, 1, "/");
    if (!serves("/") || !ends_as("STDOUT 1 0; END 1 0 0; ", 1))
        return false;
    put_get(&input, 1, 1, "/next");
    send_input();
    return accepts("/next");
}

static bool
another_after_one_that_closed(void)
{
    char name[64];
    int listener = listen_local(name);
    bool good;

    FCGX_Init();
    FCGX_InitRequest(&web.request, listener, 0);
    web.fd = connect_to(name);
    put_get(&input, 1, 1, "/");
    send_input();
    good = accepts("/") && ends_as("STDOUT 1 0; END 1 0 0; ", 1);
    close(web.fd);
    web.fd = connect_to(name);
    unlink(name);
    put_get(&input, 1, 1, "/next");
    send_input();
    return good && accepts("/next");
}

/* --- 5.1, 5.5: beginning and end ------------------------------------------ */

static bool
unknown_flags_are_ignored(void)
{
    put_get(&input, 1, 0xfe, "/");
    return serves("/") && ends_as("STDOUT 1 0; END 1 0 0; EOF", 1);
}

static bool
unknown_role_is_named(void)
{
    put_begin(&input, 1, 9, 1);
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    web_open(&web, SOCK_STREAM);
    send_input();
    accept_aside();
    return strcmp(web_trace(&web, 1), "END 1 0 3; ") == 0;
}

static bool
end_request_has_8_bytes(void)
{
    static const uint8_t end[] = {1, 3, 0, 1, 0, 8, 0, 0,
                                  1, 2, 3, 4, 0, 0, 0, 0};

    put_get(&input, 1, 1, "/");
    if (!serves("/"))
        return false;
    FCGX_SetExitStatus(0x01020304, web.request.out);
    FCGX_Finish_r(&web.request);
    web_trace(&web, 1);
    return web.raw.size >= sizeof(end) &&
           memcmp(web.raw.data + web.raw.size - sizeof(end), end,
                  sizeof(end)) == 0;
}

/* --- 6: roles and streams ------------------------------------------------- */

static bool
stderr_is_optional(void)
{
    put_get(&input, 1, 1, "/");
    if (!serves("/") || !ends_as("STDOUT 1 0; END 1 0 0; ", 1))
        return false;
    put_get(&input, 1, 1, "/next");
    send_input();
    if (!accepts("/next"))
        return false;
    FCGX_PutS("oops", web.request.err);
    return ends_as("STDERR 1 4; STDERR 1 0; STDOUT 1 0; END 1 0 0; ", 1);
}

static bool
outputs_interleave(void)
{
    put_get(&input, 1, 1, "/");
    if (!serves("/"))
        return false;
    FCGX_PutS("a", web.request.out);
    FCGX_FFlush(web.request.out);
    FCGX_PutS("b", web.request.err);
    FCGX_FFlush(web.request.err);
    FCGX_PutS("c", web.request.out);
    return ends_as("STDOUT 1 1; STDERR 1 1; STDERR 1 0; STDOUT 1 1; "
                   "STDOUT 1 0; END 1 0 0; ",
                   1) &&
           strcmp((char *)web.out.data, "ac") == 0;
}

static bool
no_nul_in_values(void)
{
    char **entry;

    put_begin(&input, 1, FCGI_ROLE_RESPONDER, 1);
    put_record(&input, FCGI_TYPE_PARAMS, 1, "\3\1URI/\1\3Aa\0b", 12, 0);
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    if (!serves("/"))
        return true;
    for (entry = web.request.envp; *entry != NULL; entry++)
        if (strncmp(*entry, "A=", 2) == 0)
            return false;
    return true;
}

static bool
output_before_the_body(void)
{
    put_head(&input, 1, 1, "/");
    if (!serves("/"))
        return false;
    FCGX_PutS("early", web.request.out);
    FCGX_FFlush(web.request.out);
    if (strcmp(web_trace(&web, 0), "STDOUT 1 5; ") != 0)
        return false;
    put_record(&input, FCGI_TYPE_STDIN, 1, "body", 4, 0);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    send_input();
    return has_body("body", 0);
}

static bool
authorizer_without_stdin(void)
{
    int i;

    web_open(&web, SOCK_STREAM);
    for (i = 0; i < 3; i++) {
        put_begin(&input, 1, FCGI_ROLE_AUTHORIZER, 1);
        put_param(&input, 1, "URI", "/");
        put_end(&input, FCGI_TYPE_PARAMS, 1);
        send_input();
        if (!accepts("/") ||
            strcmp(web.request.envp[0], "FCGI_ROLE=AUTHORIZER") != 0 ||
            !ends_as("STDOUT 1 0; END 1 0 0; ", 1))
            return false;
    }
    return true;
}

/* Its application need not know that. */
static bool
authorizer_reads_nothing(void)
{
    put_begin(&input, 1, FCGI_ROLE_AUTHORIZER, 1);
    put_param(&input, 1, "URI", "/");
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    return serves("/") && has_body("", 0) &&
           ends_as("STDOUT 1 0; END 1 0 0; ", 1);
}

static bool
filter_reads_both(void)
{
    put_begin(&input, 1, FCGI_ROLE_FILTER, 1);
    put_param(&input, 1, "URI", "/");
    put_param(&input, 1, "FCGI_DATA_LAST_MOD", "123");
    put_param(&input, 1, "FCGI_DATA_LENGTH", "4");
    put_end(&input, FCGI_TYPE_PARAMS, 1);
    put_record(&input, FCGI_TYPE_STDIN, 1, "body", 4, 0);
    put_end(&input, FCGI_TYPE_STDIN, 1);
    put_record(&input, FCGI_TYPE_DATA, 1, "data", 4, 0);
    put_end(&input, FCGI_TYPE_DATA, 1);
    return serves("/") && has_body("body", 0) &&
           FCGX_StartFilterData(web.request.in) == 0 && has_body("data", 0) &&
           strcmp(FCGX_GetParam("FCGI_DATA_LENGTH", web.request.envp), "4") ==
               0;
}

static const struct rule rules[] = {
    {"A1: descriptor 0 is all that a process starts with", KEEPS,
     starts_with_descriptor_0_alone},
    {"A2: a socket that does not listen is no FastCGI", BREAKS,
     no_listener_no_fastcgi},
    {"A3: a listed web server is served", KEEPS, listed_address_is_served},
    {"A3: blanks may part the addresses", BREAKS, blanks_part_addresses},
    {"A3: one that is not listed is refused", KEEPS, other_address_is_refused},
    {"A4: other transports are refused then", BREAKS,
     other_transport_is_refused},
    {"A6, A7, B5: padding is nothing, on empty records too", BREAKS,
     padding_everywhere},
    {"A6: content of 65535 bytes, padding of 255", KEEPS, largest_records},
    {"A8: records are sent on boundaries of 8 bytes", KEEPS,
     answers_are_aligned},
    {"A9, A32: reserved bytes are ignored", KEEPS, reserved_bytes_are_ignored},
    {"A10: ids up to 65535 come back", KEEPS, ids_are_echoed},
    {"A11, A12: records of inactive ids are ignored", BREAKS,
     inactive_ids_are_ignored},
    {"A13: no request has id 0", KEEPS, requests_have_ids},
    {"A14, A17: how a stream is cut into records does not matter", KEEPS,
     splits_do_not_matter},
    {"A15, B8: parameters that are cut off are no request", BREAKS,
     cut_parameters_are_no_request},
    {"A15, B8: nor are those that are aborted", BREAKS,
     aborted_parameters_are_no_request},
    {"A15, A35, A47: a body that is cut off is an error", KEEPS,
     cut_body_is_an_error},
    {"A16: lengths of 1 or 4 bytes", KEEPS, lengths_of_both_forms},
    {"A16: a value of 65535 bytes", KEEPS, long_values},
    {"A18: any bytes in values", KEEPS, binary_values},
    {"A19: the connection ends with the request", KEEPS, closed_unless_kept},
    {"A20: unless it is to be kept", KEEPS, kept_when_asked},
    {"A21, A22: after one that the web server closed comes another", KEEPS,
     another_after_one_that_closed},
    {"A30: unknown flags are ignored", KEEPS, unknown_flags_are_ignored},
    {"A31, B10: an unknown role is told", BREAKS, unknown_role_is_named},
    {"A36: the end of a request, byte by byte", KEEPS, end_request_has_8_bytes},
    {"A39, A40: STDERR is ended if it was used, STDOUT always", KEEPS,
     stderr_is_optional},
    {"A41: STDOUT and STDERR interleave", KEEPS, outputs_interleave},
    {"A42: no value ends at a NUL", BREAKS, no_nul_in_values},
    {"A44, A45: output may start before the body has come", KEEPS,
     output_before_the_body},
    {"A48: an authorizer may have no STDIN at all", KEEPS,
     authorizer_without_stdin},
    {"A48: what it reads is nothing then", BREAKS, authorizer_reads_nothing},
    {"A49: a filter reads STDIN, then DATA", KEEPS, filter_reads_both},
};

int
main(int argc, char **argv)
{
    return try_rules(argc, argv, rules, sizeof(rules) / sizeof(rules[0]));
}
