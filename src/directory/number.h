/* directory/number.h - number plans: dial_plan and E.164 converters of an
 * account, and classification (kazoo.md 1.3, 1.4).  Pure. */
#ifndef B2BUA_DIRECTORY_NUMBER_H
#define B2BUA_DIRECTORY_NUMBER_H

#include <stdbool.h>
#include "directory/directory.h"

/* A copy, owned by the caller: starts with '+': unchanged; else dial_plan
 * (of the account), then the first converter that matches. */
char *number_normalise(const struct account *a, const char *number);
/* Converters only, no dial plan.  a may be NULL: the default converters. */
char *number_to_e164(const struct account *a, const char *number);
/* NANP forms; other numbers come back unchanged. */
char *number_format(const struct account *a, const char *number,
                    enum invite_format format);
/* Is it a number of the public network at all (kazoo.md 1.3)? */
bool number_is_reconcilable(const char *number);

#endif
