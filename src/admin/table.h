/* admin/table.h - rows written once, shown as a table or as JSON.
 *
 *	static const char *const names[] = { "id", "state", "since_ms" };
 *
 *	table_create(&t, TABLE_TEXT, names, NELEM(names));
 *	for each call {
 *		table_str(t, call->id);
 *		table_str(t, "up");
 *		table_int(t, call->since_ms);
 *	}
 *	table_end(&t, out);
 *
 * Cells fill the columns from left to right, row by row.  In JSON a row is
 * an object whose members are named as the columns; as text, the names are
 * the headings (upper case, '_' as a blank, "_ms" left out: durations and
 * times are named so, and text shows them with their units). */
#ifndef B2BUA_ADMIN_TABLE_H
#define B2BUA_ADMIN_TABLE_H

#include <stdbool.h>
#include "base/buf.h"

enum table_style {
	TABLE_TEXT,   /* columns under headings */
	TABLE_JSON,   /* an array of objects */
	TABLE_PAIRS,  /* text, "name  value" lines: for one row */
	TABLE_OBJECT, /* JSON, one object: for one row */
};

struct table;

/* names: borrowed until table_end(). */
void table_create(struct table **out, enum table_style style,
                  const char *const *names, size_t n_names);
void table_str(struct table *t, const char *s); /* NULL: null, "-" */
void table_fmt(struct table *t, const char *fmt, ...) printf_like(2, 3);
void table_int(struct table *t, int64_t v);
void table_bool(struct table *t, bool v);          /* as text yes, no */
void table_duration(struct table *t, int64_t ms);  /* as text 1:02:03 */
void table_time(struct table *t, int64_t unix_ms); /* as text UTC; 0: null */

size_t table_rows(const struct table *t); /* complete ones */
/* Writes all of it to out, ending in '\n'; releases the table. */
void table_end(struct table **tp, struct buf *out);

#endif
