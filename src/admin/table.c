/* admin/table.c - rows, as a table or as JSON. */
#include "admin/table.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "admin/text.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strutil.h"

struct cell {
	char *text;     /* owned; what a table shows */
	char *json;     /* owned; the value as JSON; NULL: text, quoted */
	bool is_number; /* goes to the right */
};

struct table {
	enum table_style style;
	const char *const *names; /* borrowed */
	size_t n_names;
	struct cell *cells; /* owned */
	size_t n_cells, room;
};

/* --- filling ----------------------------------------------------------- */

void table_create(struct table **out, enum table_style style,
                  const char *const *names, size_t n_names)
{
	struct table *t = xzalloc(sizeof(*t));

	assert(n_names > 0);
	t->style = style;
	t->names = names;
	t->n_names = n_names;
	*out = t;
}

static void add(struct table *t, struct cell cell)
{
	if (t->n_cells == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->cells = xrealloc(t->cells, t->room * sizeof(*t->cells));
	}
	t->cells[t->n_cells++] = cell;
}

void table_str(struct table *t, const char *s)
{
	add(t, (struct cell){ .text = xstrdup(s ? s : "-"),
	                      .json = s ? NULL : xstrdup("null") });
}

void table_fmt(struct table *t, const char *fmt, ...)
{
	struct buf text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(&text, fmt, ap);
	va_end(ap);
	add(t, (struct cell){ .text = buf_take(&text) });
}

void table_int(struct table *t, int64_t v)
{
	add(t, (struct cell){ .text = xasprintf("%" PRId64, v),
	                      .json = xasprintf("%" PRId64, v),
	                      .is_number = true });
}

void table_bool(struct table *t, bool v)
{
	add(t, (struct cell){ .text = xstrdup(v ? "yes" : "no"),
	                      .json = xstrdup(v ? "true" : "false") });
}

void table_duration(struct table *t, int64_t ms)
{
	int64_t s = ms > 0 ? ms / 1000 : 0;
	struct cell cell = { .json = xasprintf("%" PRId64, ms),
		             .is_number = true };

	if (s < 3600)
		cell.text = xasprintf("%d:%02d", (int)(s / 60), (int)(s % 60));
	else
		cell.text = xasprintf("%" PRId64 ":%02d:%02d", s / 3600,
		                      (int)(s / 60 % 60), (int)(s % 60));
	add(t, cell);
}

void table_time(struct table *t, int64_t unix_ms)
{
	time_t s = (time_t)(unix_ms / 1000);
	char text[32];
	struct tm tm;

	if (unix_ms <= 0 || !gmtime_r(&s, &tm)) {
		table_str(t, NULL);
		return;
	}
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%SZ", &tm);
	add(t, (struct cell){ .text = xstrdup(text),
	                      .json = xasprintf("%" PRId64, unix_ms) });
}

size_t table_rows(const struct table *t)
{
	return t->n_cells / t->n_names;
}

/* --- JSON -------------------------------------------------------------- */

static void json_row(struct buf *out, const struct table *t, size_t row)
{
	const struct cell *cells = t->cells + row * t->n_names;

	buf_char(out, '{');
	for (size_t i = 0; i < t->n_names; i++) {
		if (i > 0)
			buf_char(out, ',');
		json_quote(out, t->names[i]);
		buf_char(out, ':');
		if (cells[i].json)
			buf_str(out, cells[i].json);
		else
			json_quote(out, cells[i].text);
	}
	buf_char(out, '}');
}

static void json_rows(struct buf *out, const struct table *t)
{
	buf_char(out, '[');
	for (size_t row = 0; row < table_rows(t); row++) {
		if (row > 0)
			buf_str(out, ",\n");
		json_row(out, t, row);
	}
	buf_str(out, "]\n");
}

/* --- text -------------------------------------------------------------- */

/* "since_ms" as "SINCE" */
static char *heading(const char *name, bool is_upper)
{
	size_t n = strlen(name);
	char *s;

	if (n > 3 && str_eq(name + n - 3, "_ms"))
		n -= 3;
	s = xstrndup(name, n);
	for (char *p = s; *p; p++)
		*p = *p == '_' ? ' ' : is_upper ? (char)toupper(*p) : *p;
	return s;
}

struct column {
	char *heading; /* owned */
	size_t width;
	bool is_number; /* every cell is */
};

static struct column measure(const struct table *t, size_t i)
{
	struct column col = { heading(t->names[i], true), 0, true };

	col.width = text_width(col.heading);
	for (size_t row = 0; row < table_rows(t); row++) {
		const struct cell *c = &t->cells[row * t->n_names + i];
		size_t width = text_width(c->text);

		if (width > col.width)
			col.width = width;
		if (!c->is_number && !str_eq(c->text, "-"))
			col.is_number = false;
	}
	return col;
}

static void blanks(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_char(out, ' ');
}

static void text_cell(struct buf *out, const struct column *col,
                      const char *text, bool is_last)
{
	size_t pad = col->width - text_width(text);

	if (col->is_number)
		blanks(out, pad);
	text_add(out, text);
	if (!col->is_number && !is_last)
		blanks(out, pad);
	buf_str(out, is_last ? "\n" : "  ");
}

static void text_rows(struct buf *out, const struct table *t)
{
	struct column *cols = xcalloc(t->n_names, sizeof(*cols));
	size_t last = t->n_names - 1;

	for (size_t i = 0; i < t->n_names; i++)
		cols[i] = measure(t, i);
	for (size_t i = 0; i < t->n_names; i++)
		text_cell(out, &cols[i], cols[i].heading, i == last);
	for (size_t row = 0; row < table_rows(t); row++)
		for (size_t i = 0; i < t->n_names; i++)
			text_cell(out, &cols[i],
			          t->cells[row * t->n_names + i].text,
			          i == last);
	for (size_t i = 0; i < t->n_names; i++)
		free(cols[i].heading);
	free(cols);
}

static void text_pairs(struct buf *out, const struct table *t)
{
	struct column names = { 0 };

	for (size_t i = 0; i < t->n_names; i++)
		if (strlen(t->names[i]) > names.width)
			names.width = strlen(t->names[i]);
	for (size_t i = 0; i < t->n_cells; i++) {
		char *name = heading(t->names[i % t->n_names], false);

		text_cell(out, &names, name, false);
		text_add(out, t->cells[i].text);
		buf_char(out, '\n');
		free(name);
	}
}

/* --- the end ----------------------------------------------------------- */

static void table_destroy(struct table **tp)
{
	struct table *t = *tp;

	for (size_t i = 0; i < t->n_cells; i++) {
		free(t->cells[i].text);
		free(t->cells[i].json);
	}
	free(t->cells);
	free(t);
	*tp = NULL;
}

void table_end(struct table **tp, struct buf *out)
{
	struct table *t = *tp;

	assert(t->n_cells % t->n_names == 0);
	switch (t->style) {
	case TABLE_TEXT:
		text_rows(out, t);
		break;
	case TABLE_JSON:
		json_rows(out, t);
		break;
	case TABLE_PAIRS:
		text_pairs(out, t);
		break;
	case TABLE_OBJECT:
		assert(table_rows(t) == 1);
		json_row(out, t, 0);
		buf_char(out, '\n');
		break;
	}
	table_destroy(tp);
}
