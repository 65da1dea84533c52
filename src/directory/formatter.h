/* directory/formatter.h - `formatters` of a document: how fields of a call
 * are written for somebody, or taken from him (doc/documents.md). */
#ifndef B2BUA_DIRECTORY_FORMATTER_H
#define B2BUA_DIRECTORY_FORMATTER_H

#include "directory/directory.h"

enum formatter_way { /* of the call */
	FORMATTER_BOTH,
	FORMATTER_INBOUND,
	FORMATTER_OUTBOUND
};

struct formatter { /* one option of a field; the first that acts counts */
	enum formatter_way way;
	struct rule *rule;   /* NULL: none */
	const char *prefix, *suffix; /* of what the rule captures; not NULL */
	const char *value;   /* NULL: none */
	bool strips;
	bool takes_format;   /* match_invite_format */
};

struct formatter_field {
	const char *name;    /* "request", "x_my_header" */
	const struct formatter *options;
	size_t n;
};

struct formatters {
	const struct formatter_field *fields;
	size_t n;
};

enum formatted {
	FORMATTED_NOT,     /* no option acts */
	FORMATTED_STRIPPED,/* the field is to be left out */
	FORMATTED_CHANGED  /* *out is the new value, owned by the caller */
};

/* The value of a field, as it is to be.  fs may be NULL.  format: the one
 * that match_invite_format means. */
enum formatted formatters_apply(const struct formatters *fs,
                                const char *field, enum formatter_way way,
                                enum invite_format format, const char *value,
                                char **out);
/* The same for what cannot be left out: the new value, or a copy of it as it
 * is; owned by the caller. */
char *formatters_text(const struct formatters *fs, const char *field,
                      enum formatter_way way, enum invite_format format,
                      const char *value);

#endif
