/* directory/patterns.h - which of an account's patterns may match a number.
 *
 * An account may have ten thousand of them, nearly all of which begin with
 * digits of their own.  What an expression says of the first characters and
 * of the length is kept as one column of bits for each character at each
 * place, a bit a pattern; a number picks its columns, and the patterns that
 * have their bit in all of them are the only ones to be tried. */
#ifndef B2BUA_DIRECTORY_PATTERNS_H
#define B2BUA_DIRECTORY_PATTERNS_H

#include <stddef.h>
#include <stdint.h>

struct account;
struct pattern;
struct pattern_index;
struct pool;

#define PATTERN_PLACES  16 /* characters looked at: E.164 with its '+' */
#define PATTERN_LENGTH  40 /* longer numbers are as long as that */

/* NULL when there are so few that trying all is as quick. */
const struct pattern_index *pattern_index(struct pool *p,
                                          const struct pattern *patterns,
                                          size_t n);

struct pattern_search {
	const struct account *account;
	const uint64_t *columns[PATTERN_PLACES + 1];
	size_t n_columns, n_words;
	size_t next;   /* the pattern, without columns; else the word */
	uint64_t left; /* of the word before it */
};

/* Those that may match, in the order of the account's list. */
void patterns_search(struct pattern_search *s, const struct account *a,
                     const char *number);
const struct pattern *patterns_next(struct pattern_search *s);

#endif
