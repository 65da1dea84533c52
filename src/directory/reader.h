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

struct cJSON;
struct rule;

struct reader { /* one document */
	struct pool *pool; /* borrowed; what is read goes here */
	struct diag *why;  /* borrowed; may be NULL */
	const char *file;  /* borrowed */
	unsigned faults;   /* of this document */
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
	FIELD_STRINGS, /* array of strings */
	FIELD_RULES    /* array of strings that compile; checked only */
};

#define FIELD_NOWHERE ((size_t)-1) /* checked, not stored */

/* A table ends with an all-zero row. */
struct field {
	const char *name;
	enum field_type type;
	size_t at;                /* offset in the struct that is filled */
	const char *const *names; /* FIELD_ENUM; ends with NULL */
	const struct field *fields;
	int min, max;             /* in force when max > 0 */
};

/* Rows of such a table. */
#define FIELD(n, t, s, m)  { n, t, offsetof(struct s, m), NULL, NULL, 0, 0 }
#define FIELD_TEXT(n, s, m, longest) \
	{ n, FIELD_STRING, offsetof(struct s, m), NULL, NULL, 0, longest }
#define FIELD_CHOICE(n, s, m, l) \
	{ n, FIELD_ENUM, offsetof(struct s, m), l, NULL, 0, 0 }
#define FIELD_RANGE(n, s, m, from, to) \
	{ n, FIELD_INT, offsetof(struct s, m), NULL, NULL, from, to }
#define FIELD_SUB(n, f)    { n, FIELD_OBJECT, FIELD_NOWHERE, NULL, f, 0, 0 }
#define FIELD_SUBS(n, f)   { n, FIELD_MAP, FIELD_NOWHERE, NULL, f, 0, 0 }
#define FIELD_CHECK(n, t)  { n, t, FIELD_NOWHERE, NULL, NULL, 0, 0 }
#define FIELD_CHECK_CHOICE(n, l) \
	{ n, FIELD_ENUM, FIELD_NOWHERE, l, NULL, 0, 0 }
#define FIELD_END          { NULL, FIELD_STRING, 0, NULL, NULL, 0, 0 }

/* Fills *out, which holds the defaults, from the members of `object`; those
 * that are absent, null or not in the table are passed over.  A member of
 * the wrong type is a fault and leaves its default. */
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

/* The member of that name (by case), unless it is absent or null. */
const struct cJSON *json_member(const struct cJSON *object, const char *name);
const char *json_member_string(const struct cJSON *object, const char *name);
const char *json_type_name(const struct cJSON *j);

#endif
