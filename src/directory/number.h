/* directory/number.h - number plans: dial_plan and E.164 converters of an
 * account, and classification.  Pure.  doc/documents.md, "Numbers", has the
 * defaults and how an account changes them. */
#ifndef B2BUA_DIRECTORY_NUMBER_H
#define B2BUA_DIRECTORY_NUMBER_H

#include <stdbool.h>
#include "directory/directory.h"
#include "directory/rule.h"

/* A copy, owned by the caller: starts with '+': unchanged; else dial_plan
 * (of the account), then the first converter that matches.  a may be NULL,
 * here and below: no dial plan and the default converters. */
char *number_normalise(const struct account *a, const char *number);
/* The number as the device dials it under its owner's dial_plan, else under
 * its own, else under its account's, else under those that the first of them
 * shares; NULL when none has a rule for it.  No converters. */
char *number_dialled_by(const struct device *d, const char *number);
/* Converters only, no dial plan. */
char *number_to_e164(const struct account *a, const char *number);
/* NANP forms; other numbers come back unchanged. */
char *number_format(const struct account *a, const char *number,
                    enum invite_format format);
/* Is it a number of the public network at all? */
bool number_is_reconcilable(const char *number);

struct number_class {
	const char *name; /* "emergency", "did_us", ..., "unknown" */
	bool is_emergency;
};
/* The first of the account's classifiers (or the default ones) that matches;
 * never NULL.  The number is taken as given: normalise it first.  a is not
 * NULL. */
const struct number_class *number_classify(const struct account *a,
                                           const char *number);
/* What the expression of a class, as number_classify() gave it, captures of
 * the number: a piece of it. */
struct span number_class_capture(const struct account *a,
                                 const struct number_class *c,
                                 const char *number);

#endif
