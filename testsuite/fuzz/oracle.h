/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The oracle of the fuzzers: a decoder is fed the same bytes whole, byte by
 * byte and at splits that the input chooses, and must give the same events.
 * Every slice is a block of memory of its own, so that the address sanitizer
 * sees a read beyond it.
 */
#ifndef FUZZ_ORACLE_H
#define FUZZ_ORACLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with a message if the condition does not hold. */
#define ORACLE(condition)                                                      \
    do {                                                                       \
        if (!(condition)) {                                                    \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__,  \
                    #condition);                                               \
            abort();                                                           \
        }                                                                      \
    } while (0)

/* Events as one number: equal sequences give equal digests. */
struct digest {
    uint64_t hash;
    unsigned long count;
    char last; /* tag of the last note */
};

/* Notes an event.  Notes in a row with the same tag of lower case join. */
void digest_note(struct digest *digest, char tag, const void *data,
                 size_t size);
void digest_note_number(struct digest *digest, char tag, uint64_t number);

struct oracle_decoder {
    void (*start)(void);
    void (*chunk)(const uint8_t *data, size_t size, struct digest *digest);
    void (*finish)(struct digest *digest);
};

/* seed chooses the splits of the third run. */
void oracle_compare(const struct oracle_decoder *decoder, const uint8_t *data,
                    size_t size, unsigned seed);

#endif
