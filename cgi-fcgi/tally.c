/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tally.h"

#include <stdio.h>
#include <string.h>

void
tally_add(struct tally *tally, const char *text)
{
    struct tally_kind *kind;
    size_t i;

    for (i = 0; i < tally->used; i++)
        if (strncmp(tally->kinds[i].text, text, TALLY_TEXT - 1) == 0)
            break;
    if (i == TALLY_KINDS)
        i--;
    kind = &tally->kinds[i];
    if (i == tally->used) {
        tally->used++;
        snprintf(kind->text, sizeof(kind->text), "%s",
                 i < TALLY_KINDS - 1 ? text : "other");
    }
    kind->count++;
}
