/* directory/fields.c - every member of every type of document, by table. */
#include "directory/fields.h"

#include "base/strutil.h"
#include "directory/read.h"

static const struct {
	const char *type;
	const struct field *fields;
	bool has_rules; /* whose word holds */
} tables[] = {
	{ "account", fields_account, false },
	{ "callflow", fields_callflow, false },
	{ "device", fields_device, false },
	{ "group", fields_group, false },
	{ "settings", fields_settings, true },
	{ "user", fields_user, false },
};

struct walk { /* through a table and the tables in it */
	struct buf path;
	unsigned on;
	enum merge_rule rule;
	void (*row)(struct walk *w, const struct field *f);
	/* of row */
	struct buf *out;
	bool has_rules;
	const char *type;
	fields_fn *fn;
	void *arg;
};

static void walk(struct walk *w, const struct field *f)
{
	const struct walk was = *w;
	size_t len = w->path.len;

	for (; f->name; f++) {
		buf_fmt(&w->path, "%s%s", len > 0 ? "." : "", f->name);
		w->on = f->on ? f->on : was.on;
		w->rule = f->rule ? f->rule : was.rule;
		if (f->effect || !f->fields)
			w->row(w, f);
		if (f->names_ids || (f->fields && f->type == FIELD_MAP))
			buf_str(&w->path, ".ID");
		if (f->fields)
			walk(w, f->fields);
		w->path.len = len;
		if (w->path.p)
			w->path.p[len] = '\0';
	}
	w->on = was.on;
	w->rule = was.rule;
}

/* --- the table ------------------------------------------------------------- */

static void add_names(struct buf *b, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		buf_fmt(b, "%s`%s`", i > 0 ? " " : "", names[i]);
}

static void add_type(struct buf *b, const struct field *f)
{
	static const char *const texts[] = {
		[FIELD_STRING] = "string",
		[FIELD_BOOL] = "boolean",
		[FIELD_INT] = "whole number",
		[FIELD_DOMAIN] = "domain",
		[FIELD_URI] = "`sip:` or `sips:` URI",
		[FIELD_EXPRESSION] = "expression",
		[FIELD_OBJECT] = "object",
		[FIELD_MAP] = "object",
		[FIELD_ARRAY] = "array",
		[FIELD_STRINGS] = "strings",
		[FIELD_RULES] = "expressions",
		[FIELD_SWITCH] = "boolean",
	};

	if (f->form)
		buf_str(b, f->form);
	else if (f->names)
		add_names(b, f->names);
	else if (f->type == FIELD_INT && f->max > 0)
		buf_fmt(b, "%d..%d", f->min, f->max);
	else
		buf_str(b, texts[f->type]);
	if (f->type == FIELD_STRING && f->max > 0)
		buf_fmt(b, " of up to %d characters", f->max);
}

static void add_documents(struct buf *b, unsigned on)
{
	static const char *const names[] = { "account", "user", "device" };
	const char *comma = "";

	for (unsigned i = 0; i < NELEM(names); i++)
		if (!on || (on & 1u << i)) {
			buf_fmt(b, "%s%s", comma, names[i]);
			comma = ", ";
		}
}

static void add_row(struct walk *w, const struct field *f)
{
	struct buf *b = w->out;

	buf_fmt(b, "| `%s` | ", buf_text(&w->path));
	if (w->has_rules) {
		add_documents(b, w->on);
		buf_str(b, " | ");
	}
	add_type(b, f);
	buf_fmt(b, ", %s | %s |",
	        f->is_required ? "required"
	        : f->absent    ? f->absent
	                       : "none",
	        f->effect ? f->effect : "");
	if (w->has_rules)
		buf_fmt(b, " %s |", merge_rule_text(w->rule));
	buf_char(b, '\n');
}

bool fields_table(struct buf *out, const char *type)
{
	struct walk w = { .row = add_row, .out = out };

	for (size_t i = 0; i < NELEM(tables); i++) {
		if (!str_eq(tables[i].type, type))
			continue;
		w.has_rules = tables[i].has_rules;
		buf_str(out, w.has_rules
		                     ? "| member | of | type, default | effect "
		                       "| whose word holds |\n"
		                       "|---|---|---|---|---|\n"
		                     : "| member | type, default | effect |\n"
		                       "|---|---|---|\n");
		walk(&w, tables[i].fields);
		buf_free(&w.path);
		return true;
	}
	return false;
}

static void check_row(struct walk *w, const struct field *f)
{
	if (!f->effect)
		w->fn(w->type, buf_text(&w->path), w->arg);
}

void fields_each_unexplained(fields_fn *fn, void *arg)
{
	for (size_t i = 0; i < NELEM(tables); i++) {
		struct walk w = { .row = check_row, .type = tables[i].type,
			          .fn = fn, .arg = arg };

		walk(&w, tables[i].fields);
		buf_free(&w.path);
	}
}
