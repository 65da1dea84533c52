/* directory/reader.h - reads the members of one document, by a table of what
 * they are called and what type they have, and reports faults by their path.
 *
 * Internal to src/directory, like every header here but directory.h,
 * number.h and rule.h. */
#ifndef B2BUA_DIRECTORY_READER_H
#define B2BUA_DIRECTORY_READER_H

#include <stdbool.h>
#include "base/diag.h"
#include "directory/pool.h"
#include "directory/settings.h"

struct cJSON;
struct rule;
struct shared_plans;

struct reader { /* one document */
	struct pool *pool; /* borrowed; what is read goes here */
	struct diag *why;  /* borrowed; may be NULL */
	const char *file;  /* borrowed */
	unsigned faults;   /* of this document */
	unsigned on;       /* rows for others are passed over; 0: none */
	struct pool *tree; /* borrowed: the document's tree goes there, and
	                      what is read is copied; NULL: it stays, in
	                      `pool` */
	const struct shared_plans *shared; /* borrowed; NULL: none */
	bool is_sharing;   /* what is read is what many say */
	bool is_wrapped;   /* document_parse(): it came as {"data": ...} */
};

/* A place in a document, as a chain on the stack: rendered only for a fault.
 * NULL is the document itself. */
struct place {
	const struct place *up;
	const char *name; /* NULL: an array's element, number `index` */
	size_t index;
};

void reader_fault(struct reader *rd, const struct place *at, const char *fmt,
                  ...) printf_like(3, 4);
void reader_warn(struct reader *rd, const struct place *at, const char *fmt,
                 ...) printf_like(3, 4);

enum field_type {
	FIELD_STRING,  /* const char *, at most `max` bytes when max > 0, no
	                  control characters; "" is taken as absent */
	FIELD_BOOL,    /* bool */
	FIELD_INT,     /* int, within min..max */
	FIELD_ENUM,    /* an enum: the index in `names` */
	FIELD_DOMAIN,  /* const char *: what may stand in a realm or host */
	FIELD_URI,     /* const char *, with scheme sip or sips */
	FIELD_EXPRESSION, /* string that compiles; checked only */
	FIELD_OBJECT,  /* checked by `fields` when there are any */
	FIELD_MAP,     /* object of objects, each checked by `fields` */
	FIELD_ARRAY,   /* of anything */
	FIELD_STRINGS, /* array of strings; const struct strings *, NULL when
	                  absent or empty */
	FIELD_RULES,   /* array of strings that compile; checked only */
	FIELD_SWITCH,  /* boolean; setting_t */
	FIELD_OPTION,  /* unsigned char: 0, or 1 + the index in `names` */
	FIELD_OTHER    /* what `read` makes of it */
};

#define FIELD_NOWHERE ((size_t)-1) /* checked, not stored */

typedef void field_fn(struct reader *rd, const struct place *at,
                      const struct cJSON *j, void *to);

enum { /* field.on: documents that have the member; 0: all */
	ON_ACCOUNT = 1,
	ON_USER = 2,
	ON_DEVICE = 4
};

/* A table ends with an all-zero row. */
struct field {
	const char *name;
	enum field_type type;
	size_t at;                /* offset in the struct that is filled; of a
	                             FIELD_OBJECT: where its fields begin */
	const char *const *names; /* FIELD_ENUM, FIELD_OPTION; ends with NULL */
	const struct field *fields;
	bool names_ids;           /* its fields are of each of its members */
	int min, max;             /* in force when max > 0 */
	field_fn *read;           /* FIELD_OTHER */
	unsigned size;            /* of what it fills */
	/* for doc/documents.md */
	const char *form;         /* its type, when `type` does not say */
	const char *absent;       /* what holds without it; NULL: nothing */
	const char *effect;
	bool is_required;         /* its absence is a fault */
	unsigned on;
	enum merge_rule rule;
};

/* Rows of such a table; what follows are more members by name, such as
 * .effect = "...". */
#define FIELD(n, t, s, m, ...) \
	{ .name = n, .type = t, .at = offsetof(struct s, m), ##__VA_ARGS__ }
#define FIELD_TEXT(n, s, m, longest, ...) \
	FIELD(n, FIELD_STRING, s, m, .max = longest, ##__VA_ARGS__)
#define FIELD_CHOICE(n, s, m, l, ...) \
	FIELD(n, FIELD_ENUM, s, m, .names = l, ##__VA_ARGS__)
#define FIELD_RANGE(n, s, m, from, to, ...) \
	FIELD(n, FIELD_INT, s, m, .min = from, .max = to, ##__VA_ARGS__)
#define FIELD_CHECK(n, t, ...) \
	{ .name = n, .type = t, .at = FIELD_NOWHERE, ##__VA_ARGS__ }
#define FIELD_CHECK_CHOICE(n, l, ...) \
	FIELD_CHECK(n, FIELD_ENUM, .names = l, ##__VA_ARGS__)
#define FIELD_SUB(n, f, ...) \
	FIELD_CHECK(n, FIELD_OBJECT, .fields = f, ##__VA_ARGS__)
#define FIELD_SUB_AT(n, s, m, f, ...) \
	FIELD(n, FIELD_OBJECT, s, m, .fields = f, ##__VA_ARGS__)
#define FIELD_SUBS(n, f, ...) \
	FIELD_CHECK(n, FIELD_MAP, .fields = f, ##__VA_ARGS__)
#define FIELD_END { .name = NULL }

/* Fills *out, which holds the defaults, from the members of `object`; those
 * that are absent, null or not in the table are passed over.  A member of
 * the wrong type is a fault and leaves its default.  Without `out` they are
 * only checked. */
void read_fields(struct reader *rd, const struct place *at,
                 const struct cJSON *object, const struct field *fields,
                 void *out);

/* Single values, for what no table fits.  False, with a fault, when j is of
 * another type. */
bool read_is_object(struct reader *rd, const struct place *at,
                    const struct cJSON *j);
bool read_is_array(struct reader *rd, const struct place *at,
                   const struct cJSON *j);
bool read_is_string(struct reader *rd, const struct place *at,
                    const struct cJSON *j);
bool read_int(struct reader *rd, const struct place *at,
              const struct cJSON *j, int min, int max, int *out);
/* A compiled expression that lives in the pool, or NULL with a fault. */
struct rule *read_rule(struct reader *rd, const struct place *at,
                       const char *expression);
/* The rules of an array of strings; *n counts those that compiled. */
struct rule **read_rules(struct reader *rd, const struct place *at,
                         const struct cJSON *array, size_t *n);

/* The string as it may be kept; likewise a part of the tree. */
const char *reader_keep(struct reader *rd, const char *s);
const struct cJSON *reader_keep_tree(struct reader *rd, const struct cJSON *j);
/* A list of n strings that lives in the pool; NULL when n is 0. */
const struct strings *read_strings(struct reader *rd, const struct place *at,
                                   const struct cJSON *array);
size_t utf8_count(const char *s); /* characters */
/* The member of that name (by case), unless it is absent or null. */
const struct cJSON *json_member(const struct cJSON *object, const char *name);
const char *json_member_string(const struct cJSON *object, const char *name);
const char *json_type_name(const struct cJSON *j);

#endif
