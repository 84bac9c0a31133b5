/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as text: every number has one, and known ones are told apart. */
#include "wire/names.h"

#include <limits.h>
#include <string.h>

#include "unit.h"

static const char *
error_name(unsigned number)
{
    return fcgi_wire_strerror(-(int)number);
}

/* Names of first to last are distinct, and unlike that of other. */
static bool
are_distinct(const char *(*name)(unsigned), unsigned first, unsigned last,
             unsigned other)
{
    unsigned i, j;

    for (i = first; i <= last; i++) {
        if (strcmp(name(i), name(other)) == 0)
            return false;
        for (j = i + 1; j <= last; j++)
            if (strcmp(name(i), name(j)) == 0)
                return false;
    }
    return true;
}

static bool
are_never_null(const char *(*name)(unsigned))
{
    unsigned i;

    for (i = 0; i <= 70000; i++)
        if (name(i) == NULL || name(i)[0] == '\0')
            return false;
    return name(UINT_MAX) != NULL;
}

int
main(void)
{
    UNIT_CHECK(are_distinct(fcgi_type_name, 1, 11, 12),
               "wire names: the 11 types are told apart");
    UNIT_CHECK(strcmp(fcgi_type_name(FCGI_TYPE_STDOUT), "STDOUT") == 0,
               "wire names: STDOUT is called so");
    UNIT_CHECK(strcmp(fcgi_type_name(0), "unknown type") == 0 &&
                   strcmp(fcgi_type_name(255), "unknown type") == 0,
               "wire names: other types are unknown");
    UNIT_CHECK(are_distinct(fcgi_role_name, 1, 3, 4),
               "wire names: the three roles are told apart");
    UNIT_CHECK(strcmp(fcgi_role_name(FCGI_ROLE_RESPONDER), "RESPONDER") == 0,
               "wire names: RESPONDER is called so");
    UNIT_CHECK(are_distinct(fcgi_status_name, 0, 3, 4),
               "wire names: the four protocol statuses are told apart");
    UNIT_CHECK(strcmp(fcgi_status_name(FCGI_STATUS_OVERLOADED), "OVERLOADED") ==
                   0,
               "wire names: OVERLOADED is called so");
    UNIT_CHECK(are_distinct(error_name, 0, 6, 7),
               "wire names: every error names its rule");
    UNIT_CHECK(strcmp(fcgi_wire_strerror(FCGI_WIRE_E_VERSION),
                      "record version is not 1") == 0,
               "wire names: the rule of the version is called so");
    UNIT_CHECK(
        are_never_null(fcgi_type_name) && are_never_null(fcgi_role_name) &&
            are_never_null(fcgi_status_name) && are_never_null(error_name) &&
            fcgi_wire_strerror(INT_MIN) != NULL &&
            fcgi_wire_strerror(1) != NULL,
        "wire names: no number is without a text");
    return unit_done();
}
