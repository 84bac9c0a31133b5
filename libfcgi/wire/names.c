/* SPDX-License-Identifier: BSD-2-Clause */
#include "names.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const type_names[] = {
    [FCGI_TYPE_BEGIN_REQUEST] = "BEGIN_REQUEST",
    [FCGI_TYPE_ABORT_REQUEST] = "ABORT_REQUEST",
    [FCGI_TYPE_END_REQUEST] = "END_REQUEST",
    [FCGI_TYPE_PARAMS] = "PARAMS",
    [FCGI_TYPE_STDIN] = "STDIN",
    [FCGI_TYPE_STDOUT] = "STDOUT",
    [FCGI_TYPE_STDERR] = "STDERR",
    [FCGI_TYPE_DATA] = "DATA",
    [FCGI_TYPE_GET_VALUES] = "GET_VALUES",
    [FCGI_TYPE_GET_VALUES_RESULT] = "GET_VALUES_RESULT",
    [FCGI_TYPE_UNKNOWN_TYPE] = "UNKNOWN_TYPE",
};

static const char *const role_names[] = {
    [FCGI_ROLE_RESPONDER] = "RESPONDER",
    [FCGI_ROLE_AUTHORIZER] = "AUTHORIZER",
    [FCGI_ROLE_FILTER] = "FILTER",
};

static const char *const status_names[] = {
    [FCGI_STATUS_REQUEST_COMPLETE] = "REQUEST_COMPLETE",
    [FCGI_STATUS_CANT_MPX_CONN] = "CANT_MPX_CONN",
    [FCGI_STATUS_OVERLOADED] = "OVERLOADED",
    [FCGI_STATUS_UNKNOWN_ROLE] = "UNKNOWN_ROLE",
};

static const char *
lookup(const char *const *names, size_t count, unsigned number,
       const char *otherwise)
{
    if (number >= count || names[number] == NULL)
        return otherwise;
    return names[number];
}

const char *
fcgi_type_name(unsigned type)
{
    return lookup(type_names, COUNT(type_names), type, "unknown type");
}

const char *
fcgi_role_name(unsigned role)
{
    return lookup(role_names, COUNT(role_names), role, "unknown role");
}

const char *
fcgi_status_name(unsigned status)
{
    return lookup(status_names, COUNT(status_names), status, "unknown status");
}

const char *
fcgi_wire_strerror(int result)
{
    switch (result) {
    case FCGI_WIRE_OK:
        return "no error";
    case FCGI_WIRE_E_VERSION:
        return "record version is not 1";
    case FCGI_WIRE_E_TYPE:
        return "record type is not one that this peer may send";
    case FCGI_WIRE_E_ID:
        return "request id does not fit the record type";
    case FCGI_WIRE_E_LENGTH:
        return "record body is not 8 bytes long";
    case FCGI_WIRE_E_PAIR_CUT:
        return "name-value stream ends inside a pair";
    case FCGI_WIRE_E_PAIR_LIMIT:
        return "name-value pairs exceed the limit";
    default:
        return "unknown error";
    }
}
