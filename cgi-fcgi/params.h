/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An environment as PARAMS records.  Each record holds whole pairs: there are
 * applications (PHP) that decode every record by itself.  Only a pair that no
 * record can hold, larger than 65535 bytes, goes on in the next record; it
 * then has its records for itself.
 */
#ifndef CGI_FCGI_PARAMS_H
#define CGI_FCGI_PARAMS_H

#include "wire/record.h"

/* What a buffer for one record must have: header, content, padding. */
enum {
    RECORD_ROOM =
        FCGI_WIRE_HEADER_SIZE + FCGI_WIRE_MAX_CONTENT + FCGI_WIRE_ALIGN
};

struct params {
    char *const *next; /* entry that is encoded next */
    size_t done;       /* bytes of its pair that earlier records took */
};

/* entries: "NAME=VALUE", NULL-terminated, without fault (env.h); the caller
 * keeps them. */
void params_init(struct params *params, char *const *entries);

/*
 * Writes the next record, with header and padding, to out, which has room for
 * RECORD_ROOM bytes.  Returns its size in bytes; 0 when there is no more pair
 * (the empty record that ends the stream is left to the caller).
 */
size_t params_fill(struct params *params, unsigned request_id, uint8_t *out);

#endif
