/* directory/patterns.c - which of an account's patterns may match a number. */
#include "directory/patterns.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/strutil.h"
#include "directory/directory.h"
#include "directory/pool.h"
#include "directory/rule.h"

#define FEW 16 /* patterns that are not worth an index */

/* What a number is made of; all other characters count as one. */
static const char symbols[] = "0123456789+*#";
enum { OTHER = sizeof(symbols) - 1, SYMBOLS };

static unsigned symbol_of(char c)
{
	const char *s = c ? strchr(symbols, c) : NULL;

	return s ? (unsigned)(s - symbols) : OTHER;
}

/* --- what an expression says of its beginning ------------------------------ */

struct shape {
	uint16_t places[PATTERN_PLACES]; /* a bit a symbol that may be there */
	size_t n;          /* so many places are told of */
	size_t min, max;   /* length */
};

#define ANY_SYMBOL ((uint16_t)((1u << SYMBOLS) - 1))

struct reading {
	const char *p;
	struct shape *shape;
	bool is_open; /* nothing is known of what follows */
};

static uint16_t literal(char c)
{
	return (uint16_t)(1u << symbol_of(c));
}

#define DIGITS ((uint16_t)((1u << 10) - 1))

/* The bracket that closes the class at p; NULL for classes within classes. */
static const char *class_end(const char *p)
{
	p += 1 + (p[1] == '^');
	p += *p == ']'; /* stands for itself there */
	for (; *p && *p != ']'; p++) {
		if (*p == '[')
			return NULL;
		if (*p == '\\' && p[1])
			p++;
	}
	return *p ? p : NULL;
}

/* "[0-9*]", "[^12]"; 0 when it is cleverer. */
static uint16_t read_class(const char **pp)
{
	const char *end = class_end(*pp), *p = *pp + 1;
	bool is_not = *p == '^';
	uint16_t set = 0;

	if (!end)
		return 0;
	for (p += is_not; p < end; p++) {
		if (*p == '\\' && p[1] == 'd') {
			set |= DIGITS;
			p++;
		} else if (*p == '\\') {
			return 0;
		} else if (p[1] == '-' && p + 2 < end) {
			if (p[2] == '\\')
				return 0;
			for (int c = (unsigned char)p[0];
			     c <= (unsigned char)p[2]; c++)
				set |= literal((char)c);
			p += 2;
		} else {
			set |= literal(*p);
		}
	}
	*pp = end + 1;
	/* some other character may still be there */
	return is_not ? (uint16_t)((ANY_SYMBOL & ~set) | 1u << OTHER) : set;
}

/* Which symbols one character of the expression stands for: a literal, an
 * escape, a class, a dot.  0 when it is something else. */
static uint16_t read_character(struct reading *r)
{
	char c = *r->p;

	if (c == '[')
		return read_class(&r->p);
	if (c == '.') {
		r->p++;
		return ANY_SYMBOL;
	}
	if (c == '\\') {
		c = r->p[1];
		if (c == 'd') {
			r->p += 2;
			return DIGITS;
		}
		if (!c || strchr("0123456789", c) ||
		    isalpha((unsigned char)c)) /* \b, \1, \x41, ... */
			return 0;
		r->p += 2;
		return literal(c);
	}
	if (!c || strchr("^$|()*+?{}", c))
		return 0;
	r->p++;
	return literal(c);
}

/* How often what was just read stands there at least; *most is SIZE_MAX for
 * any number of times. */
static size_t read_times(struct reading *r, size_t *most)
{
	size_t least = 1;
	char *end;

	*most = 1;
	switch (*r->p) {
	case '*':
	case '?':
		*most = *r->p++ == '*' ? SIZE_MAX : 1;
		least = 0;
		break;
	case '+':
		*most = SIZE_MAX;
		r->p++;
		break;
	case '{':
		if (r->p[1] < '0' || r->p[1] > '9')
			return 0; /* a brace, or "up to": left to others */
		least = *most = strtoul(r->p + 1, &end, 10);
		if (*end == ',') {
			*most = end[1] == '}' ? SIZE_MAX
			                      : strtoul(end + 1, &end, 10);
			end += *end == ',';
		}
		r->p = *end == '}' ? end + 1 : end;
		break;
	default:
		return 1;
	}
	if (*r->p && strchr("?+", *r->p)) /* lazy, possessive */
		r->p++;
	return least;
}

static void add_places(struct shape *s, uint16_t set, size_t times)
{
	for (size_t i = 0; i < times; i++, s->min++)
		if (s->min < PATTERN_PLACES) {
			s->places[s->min] = set;
			s->n = s->min + 1;
		}
}

/* Where what begins at p ends: at a bracket that closes nothing in it, or at
 * the end.  NULL for classes within classes. */
static const char *find_end(const char *p, bool *has_alternatives)
{
	int depth = 0;

	*has_alternatives = false;
	while (*p) {
		if (*p == '\\' && p[1]) {
			p += 2;
			continue;
		}
		if (*p == '[') {
			p = class_end(p);
			if (!p)
				return NULL;
		} else if (*p == '(') {
			depth++;
		} else if (*p == '|' && depth == 0) {
			*has_alternatives = true;
		} else if (*p == ')' && depth-- == 0) {
			break;
		}
		p++;
	}
	return p;
}

/* Is it nothing but brackets around a sequence, once? */
static bool is_plain_group(const char *p)
{
	bool has_alternatives;
	const char *end = find_end(p + 1, &has_alternatives);

	return end && *end == ')' && !has_alternatives &&
	       !(end[1] && strchr("*+?{", end[1]));
}

/* "(", "(?:", "(?<name>" and "(?P<name>". */
static bool enter_group(struct reading *r)
{
	const char *p = r->p + 1;

	if (!is_plain_group(r->p) || *p == '*')
		return false;
	if (*p == '?' && p[1] == ':') {
		p += 2;
	} else if (*p == '?') {
		p += 1 + (p[1] == 'P');
		if (*p != '<' || p[1] == '=' || p[1] == '!')
			return false;
		p = strchr(p, '>');
		if (!p)
			return false;
		p++;
	}
	r->p = p;
	return true;
}

static void read_item(struct reading *r)
{
	size_t least, most;
	uint16_t set;

	if (*r->p == '(') {
		r->is_open = !enter_group(r);
		return;
	}
	if (*r->p == ')') {
		r->p++;
		return;
	}
	set = read_character(r);
	if (!set) {
		r->is_open = true;
		return;
	}
	least = read_times(r, &most);
	if (least > 256 || most < least) {
		r->is_open = true;
		return;
	}
	add_places(r->shape, set, least);
	r->is_open = most != least;
}

/* Quotes, comments, options: things that change what the rest means. */
static bool is_odd(const char *p)
{
	if (strstr(p, "\\Q") || strstr(p, "(*"))
		return true;
	while ((p = strstr(p, "(?"))) {
		p += 2;
		if (!*p || !strchr(":<P=!>", *p))
			return true;
	}
	return false;
}

/* Alternatives at the top have nothing in common. */
static bool is_readable(const char *expression)
{
	bool has_alternatives;
	const char *end;

	if (*expression != '^' || is_odd(expression))
		return false;
	end = find_end(expression, &has_alternatives);
	return end && !*end && !has_alternatives;
}

static struct shape shape_of(const char *expression)
{
	struct shape s = { .max = SIZE_MAX };
	struct reading r = { .p = expression, .shape = &s };

	if (!is_readable(expression))
		return s;
	for (r.p++; *r.p && !r.is_open;) {
		if (str_eq(r.p, "$")) {
			s.max = s.min;
			break;
		}
		read_item(&r);
	}
	return s;
}

/* --- the index ------------------------------------------------------------- */

struct pattern_index {
	size_t n_words;
	uint64_t *places; /* [place][symbol][word] */
	uint64_t *lengths; /* [length][word] */
};

static void set_bit(uint64_t *column, size_t i)
{
	column[i / 64] |= (uint64_t)1 << i % 64;
}

static uint64_t *place_column(const struct pattern_index *ix, size_t place,
                              unsigned symbol)
{
	return ix->places + (place * SYMBOLS + symbol) * ix->n_words;
}

static void add_shape(struct pattern_index *ix, size_t i,
                      const struct shape *s)
{
	for (size_t place = 0; place < PATTERN_PLACES; place++)
		for (unsigned c = 0; c < SYMBOLS; c++)
			if (place >= s->n || (s->places[place] >> c & 1))
				set_bit(place_column(ix, place, c), i);
	for (size_t len = 0; len <= PATTERN_LENGTH; len++)
		if ((len >= s->min && len <= s->max) || len == PATTERN_LENGTH)
			set_bit(ix->lengths + len * ix->n_words, i);
}

const struct pattern_index *pattern_index(struct pool *p,
                                          const struct pattern *patterns,
                                          size_t n)
{
	struct pattern_index *ix;

	if (n <= FEW)
		return NULL;
	ix = pool_alloc(p, sizeof(*ix));
	ix->n_words = (n + 63) / 64;
	ix->places = pool_alloc(p, (size_t)PATTERN_PLACES * SYMBOLS *
	                                   ix->n_words * sizeof(uint64_t));
	ix->lengths = pool_alloc(p, (size_t)(PATTERN_LENGTH + 1) *
	                                    ix->n_words * sizeof(uint64_t));
	for (size_t i = 0; i < n; i++) {
		struct shape s = shape_of(rule_text(patterns[i].rule));

		add_shape(ix, i, &s);
	}
	return ix;
}

/* --- searching ------------------------------------------------------------- */

void patterns_search(struct pattern_search *s, const struct account *a,
                     const char *number)
{
	const struct pattern_index *ix = a->pattern_index;
	size_t len = strlen(number);

	*s = (struct pattern_search){ .account = a };
	/* "$" matches before a line feed at the end, too */
	if (!ix || strchr(number, '\n'))
		return;
	s->n_words = ix->n_words;
	s->columns[s->n_columns++] =
		ix->lengths +
		(len < PATTERN_LENGTH ? len : PATTERN_LENGTH) * ix->n_words;
	for (size_t i = 0; i < len && i < PATTERN_PLACES; i++)
		s->columns[s->n_columns++] =
			place_column(ix, i, symbol_of(number[i]));
}

static uint64_t word_at(const struct pattern_search *s, size_t word)
{
	uint64_t bits = ~(uint64_t)0;

	for (size_t i = 0; i < s->n_columns && bits; i++)
		bits &= s->columns[i][word];
	return bits;
}

const struct pattern *patterns_next(struct pattern_search *s)
{
	const struct account *a = s->account;
	size_t i;

	if (s->n_columns == 0)
		return s->next < a->n_patterns ? &a->patterns[s->next++]
		                               : NULL;
	while (!s->left) {
		if (s->next == s->n_words)
			return NULL;
		s->left = word_at(s, s->next++);
	}
	i = (s->next - 1) * 64 + (size_t)__builtin_ctzll(s->left);
	s->left &= s->left - 1;
	return &a->patterns[i];
}
