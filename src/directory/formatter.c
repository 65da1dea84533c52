/* directory/formatter.c - how fields of a call are written for somebody. */
#include "directory/formatter.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "directory/number.h"
#include "directory/read.h"
#include "directory/rule.h"

/* --- applying -------------------------------------------------------------- */

static const struct formatter_field *find(const struct formatters *fs,
                                          const char *name)
{
	for (size_t i = 0; fs && i < fs->n; i++)
		if (str_eq_case(fs->fields[i].name, name))
			return &fs->fields[i];
	return NULL;
}

static bool is_number_format(enum invite_format format)
{
	return format == INVITE_E164 || format == INVITE_NPAN ||
	       format == INVITE_1NPAN;
}

/* Kazoo: strip goes before value, that before the format, and that before
 * the expression. */
static enum formatted act(const struct formatter *f,
                          enum invite_format format, const char *value,
                          char **out)
{
	struct rule_match m;
	struct span s;

	if (f->strips)
		return FORMATTED_STRIPPED;
	if (f->value) {
		*out = xstrdup(f->value);
		return FORMATTED_CHANGED;
	}
	if (f->takes_format && is_number_format(format)) {
		*out = number_format(NULL, value, format);
		return FORMATTED_CHANGED;
	}
	if (!f->rule || !rule_match(f->rule, value, &m))
		return FORMATTED_NOT;
	s = m.first;
	*out = xasprintf("%s%.*s%s", f->prefix, (int)s.len, value + s.start,
	                 f->suffix);
	return FORMATTED_CHANGED;
}

enum formatted formatters_apply(const struct formatters *fs,
                                const char *field, enum formatter_way way,
                                enum invite_format format, const char *value,
                                char **out)
{
	const struct formatter_field *f = find(fs, field);

	for (size_t i = 0; f && i < f->n; i++) {
		const struct formatter *o = &f->options[i];
		enum formatted did;

		if (o->way != FORMATTER_BOTH && o->way != way)
			continue;
		did = act(o, format, value, out);
		if (did != FORMATTED_NOT)
			return did;
	}
	return FORMATTED_NOT;
}

char *formatters_text(const struct formatters *fs, const char *field,
                      enum formatter_way way, enum invite_format format,
                      const char *value)
{
	char *out;

	if (formatters_apply(fs, field, way, format, value, &out) ==
	    FORMATTED_CHANGED)
		return out;
	return xstrdup(value);
}

/* --- reading --------------------------------------------------------------- */

struct formatter_doc {
	struct formatter f;
	const char *regex;
};

/* In the order of enum formatter_way. */
static const char *const way_names[] = { "both", "inbound", "outbound", NULL };

static const struct field formatter_fields[] = {
	FIELD_CHOICE("direction", formatter_doc, f.way, way_names),
	FIELD("regex", FIELD_STRING, formatter_doc, regex),
	FIELD("prefix", FIELD_STRING, formatter_doc, f.prefix),
	FIELD("suffix", FIELD_STRING, formatter_doc, f.suffix),
	FIELD("value", FIELD_STRING, formatter_doc, f.value),
	FIELD("strip", FIELD_BOOL, formatter_doc, f.strips),
	FIELD("match_invite_format", FIELD_BOOL, formatter_doc,
	      f.takes_format),
	FIELD_END
};

static bool read_option(struct reader *rd, const struct place *at,
                        const cJSON *j, struct formatter *out)
{
	struct formatter_doc x = { .f = { .prefix = "", .suffix = "" } };

	if (!read_is_object(rd, at, j))
		return false;
	read_fields(rd, at, j, formatter_fields, &x);
	if (x.regex)
		x.f.rule = read_rule(rd, at, x.regex);
	*out = x.f;
	return true;
}

/* An option, or a list of them. */
static void read_options(struct reader *rd, const struct place *at,
                         const cJSON *j, struct formatter_field *out)
{
	struct formatter *v;
	const cJSON *item;
	size_t i = 0;

	if (!cJSON_IsArray(j)) {
		v = pool_alloc(rd->pool, sizeof(*v));
		out->options = v;
		out->n = read_option(rd, at, j, v);
		return;
	}
	v = pool_alloc(rd->pool, (size_t)cJSON_GetArraySize(j) * sizeof(*v));
	out->options = v;
	cJSON_ArrayForEach(item, j) {
		struct place here = { at, NULL, i++ };

		out->n += read_option(rd, &here, item, &v[out->n]);
	}
}

const struct formatters *read_formatters(struct reader *rd, const cJSON *doc)
{
	const cJSON *object = json_member(doc, "formatters"), *j;
	struct place at = { NULL, "formatters", 0 };
	struct formatter_field *fields;
	struct formatters *fs;

	if (!object || !read_is_object(rd, &at, object) || !object->child)
		return NULL;
	fs = pool_alloc(rd->pool, sizeof(*fs));
	fields = pool_alloc(rd->pool, (size_t)cJSON_GetArraySize(object) *
	                                      sizeof(*fields));
	fs->fields = fields;
	cJSON_ArrayForEach(j, object) {
		struct place here = { &at, j->string, 0 };

		if (cJSON_IsNull(j))
			continue;
		fields[fs->n].name = j->string;
		read_options(rd, &here, j, &fields[fs->n++]);
	}
	return fs;
}
