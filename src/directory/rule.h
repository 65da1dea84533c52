/* directory/rule.h - one Perl regular expression of a document (PCRE2), with
 * match and depth limits, so that no number can stall the server. */
#ifndef B2BUA_DIRECTORY_RULE_H
#define B2BUA_DIRECTORY_RULE_H

#include <stdbool.h>
#include <stddef.h>

struct rule;

/* 0, or -EINVAL with a reason (static or of *why_size bytes) in why. */
int rule_compile(struct rule **out, const char *expression, char *why,
                 size_t why_size);
void rule_free(struct rule **rp); /* NULL-safe; clears *rp */
const char *rule_text(const struct rule *r); /* the expression itself */

/* A piece of the subject. */
struct span {
	size_t start, len;
};
struct rule_match {
	struct span whole;
	struct span longest; /* of the capturing groups that took part, of
	                        equals the last; the whole match when none
	                        did (Kazoo: patterns, rules of carriers) */
	struct span last;    /* the last group that took part, likewise
	                        (Kazoo: converters, dial plans) */
	struct span first;   /* the first group that took part, likewise
	                        (Kazoo: formatters) */
	bool has_groups;     /* the expression has capturing groups */
};
/* An unanchored search.  A match limit that is hit, and a subject of more
 * than 256 bytes, count as no match. */
bool rule_match(const struct rule *r, const char *subject,
                struct rule_match *m);
/* The same for one of many: each limit costs up to a millisecond, so where
 * RULE_PATIENCE of them were hit the others count as no match untried.
 * *limits_hit is 0 at first. */
#define RULE_PATIENCE 8
bool rule_match_patiently(const struct rule *r, const char *subject,
                          struct rule_match *m, unsigned *limits_hit);

#endif
