/* directory/plan.c - the number plan of an account. */
#include "directory/plan.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/strutil.h"
#include "directory/rule.h"

static const struct {
	const char *name, *expression;
	bool is_emergency;
} default_classes[] = {
	{ "tollfree_us",
	  "^\\+1((?:800|88\\d|877|866|855|844|833|822)\\d{7})$", false },
	{ "toll_us", "^\\+1(900\\d{7})$", false },
	{ "emergency", "^(911|922|933|833|811|711|999)$", true },
	{ "caribbean",
	  "^\\+?1((?:684|264|268|242|246|441|284|345|767|809|829|849|473|671|"
	  "876|664|670|787|939|869|758|784|721|868|649|340)\\d{7})$", false },
	{ "did_us", "^(\\+?1)?([2-9][0-9]{2}[2-9][0-9]{6})$", false },
	{ "international", "^\\+([2-9]\\d{7,})$", false },
	{ "unknown", "^(.*)$", false },
};

static size_t count(const cJSON *object)
{
	return object ? (size_t)cJSON_GetArraySize(object) : 0;
}

struct plan_classes plan_default_classes(struct pool *p)
{
	struct reader rd = { .pool = p };
	struct plan_classes c = { NULL, NELEM(default_classes) };

	c.classes = pool_alloc(p, c.n * sizeof(*c.classes));
	for (size_t i = 0; i < c.n; i++) {
		c.classes[i].what.name = default_classes[i].name;
		c.classes[i].what.is_emergency =
			default_classes[i].is_emergency;
		c.classes[i].rule =
			read_rule(&rd, NULL, default_classes[i].expression);
		assert(c.classes[i].rule);
	}
	return c;
}

struct plan_entry { /* one member of dial_plan or e164_converters */
	const char *regex, *prefix, *suffix;
};

static const struct field entry_fields[] = {
	FIELD("regex", FIELD_STRING, plan_entry, regex),
	FIELD("prefix", FIELD_STRING, plan_entry, prefix),
	FIELD("suffix", FIELD_STRING, plan_entry, suffix),
	FIELD_CHECK("description", FIELD_STRING),
	FIELD_END
};

static void read_plan_rule(struct reader *rd, const struct place *at,
                           const cJSON *j, struct plan_rules *out)
{
	struct plan_entry e = { j->string, "", "" };
	struct rule *rule;

	if (!read_is_object(rd, at, j))
		return;
	read_fields(rd, at, j, entry_fields, &e);
	rule = read_rule(rd, at, e.regex);
	if (rule)
		out->rules[out->n++] =
			(struct plan_rule){ rule, e.prefix, e.suffix };
}

static bool is_listed(const cJSON *names, const char *name)
{
	const cJSON *j;

	cJSON_ArrayForEach(j, names)
		if (str_eq(cJSON_GetStringValue(j), name))
			return true;
	return false;
}

static bool is_shared(const struct reader *rd, const char *name)
{
	for (size_t i = 0; rd->shared && i < rd->shared->n; i++)
		if (str_eq(rd->shared->v[i].name, name))
			return true;
	return false;
}

/* Kazoo: the names of plans that stand elsewhere, by name. */
static void read_shared(struct reader *rd, const struct place *at,
                        const cJSON *names, struct plan_rules *out)
{
	size_t n = rd->shared ? rd->shared->n : 0;
	const struct plan_rules **list = pool_alloc(rd->pool,
	                                            n * sizeof(*list));
	const cJSON *j;

	out->shared = list;
	for (size_t i = 0; i < n; i++)
		if (is_listed(names, rd->shared->v[i].name))
			list[out->n_shared++] = &rd->shared->v[i].rules;
	cJSON_ArrayForEach(j, names) {
		const char *name = cJSON_GetStringValue(j);

		if (!name)
			reader_fault(rd, at, "expected strings, found %s",
			             json_type_name(j));
		else if (!is_shared(rd, name))
			reader_warn(rd, at, "dial plan '%.80s' is not known "
			                    "in dialplans.json", name);
	}
}

/* An object of expression -> entry, in the order of the document. */
static struct plan_rules read_rules_of(struct reader *rd,
                                       const struct place *at,
                                       const cJSON *object)
{
	struct plan_rules out = { .rules = NULL };
	const cJSON *j;

	if (!object || !read_is_object(rd, at, object))
		return out;
	out.rules = pool_alloc(rd->pool, count(object) * sizeof(*out.rules));
	cJSON_ArrayForEach(j, object) {
		struct place here = { at, j->string, 0 };

		if (cJSON_IsArray(j) && str_eq(j->string, "system"))
			read_shared(rd, &here, j, &out);
		else if (!cJSON_IsNull(j))
			read_plan_rule(rd, &here, j, &out);
	}
	return out;
}

static struct plan_rules read_plan_rules(struct reader *rd, const char *name,
                                         const cJSON *account)
{
	struct place at = { NULL, name, 0 };

	return read_rules_of(rd, &at, json_member(account, name));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct shared_plan *)a)->name,
	              ((const struct shared_plan *)b)->name);
}

struct shared_plans *plan_read_shared(struct reader *rd, const cJSON *doc)
{
	struct shared_plans *all = pool_alloc(rd->pool, sizeof(*all));
	const cJSON *j;

	all->v = pool_alloc(rd->pool, count(doc) * sizeof(*all->v));
	cJSON_ArrayForEach(j, doc) {
		struct place at = { NULL, j->string, 0 };

		/* what Kazoo adds to a document of its own */
		if (str_starts(j->string, "_") || str_starts(j->string, "pvt_") ||
		    str_eq(j->string, "id"))
			continue;
		all->v[all->n++] = (struct shared_plan){
			j->string, read_rules_of(rd, &at, j)
		};
	}
	if (all->n > 1)
		qsort(all->v, all->n, sizeof(*all->v), by_name);
	return all;
}

struct class_entry {
	const char *regex;
	bool is_emergency;
};

static const struct field class_fields[] = {
	FIELD("regex", FIELD_STRING, class_entry, regex),
	FIELD("emergency", FIELD_BOOL, class_entry, is_emergency),
	FIELD_CHECK("friendly_name", FIELD_STRING),
	FIELD_CHECK("pretty_print", FIELD_STRING),
	FIELD_END
};

static void read_class(struct reader *rd, const struct place *at,
                       const cJSON *j, struct plan_classes *out)
{
	struct class_entry e = { NULL, false };
	struct rule *rule;

	if (!read_is_object(rd, at, j))
		return;
	read_fields(rd, at, j, class_fields, &e);
	if (!e.regex) {
		reader_fault(rd, at, "has no regex");
		return;
	}
	rule = read_rule(rd, at, e.regex);
	if (rule)
		out->classes[out->n++] = (struct plan_class){
			{ j->string, e.is_emergency }, rule
		};
}

static struct plan_classes read_classes(struct reader *rd,
                                        const cJSON *account,
                                        struct plan_classes defaults)
{
	const cJSON *object = json_member(account, "classifiers"), *j;
	struct place at = { NULL, "classifiers", 0 };
	struct plan_classes out = { NULL, 0 };

	if (!object || !read_is_object(rd, &at, object))
		return defaults;
	out.classes = pool_alloc(rd->pool,
	                         count(object) * sizeof(*out.classes));
	cJSON_ArrayForEach(j, object) {
		struct place here = { &at, j->string, 0 };

		read_class(rd, &here, j, &out);
	}
	return out;
}

struct number_plan *plan_read(struct reader *rd, const cJSON *account,
                              struct plan_classes defaults)
{
	struct number_plan *p = pool_alloc(rd->pool, sizeof(*p));

	p->dial_plan = read_plan_rules(rd, "dial_plan", account);
	p->converters = read_plan_rules(rd, "e164_converters", account);
	p->has_converters = json_member(account, "e164_converters") != NULL;
	p->classes = read_classes(rd, account, defaults);
	return p;
}

const struct plan_rules *plan_read_dial_plan(struct reader *rd,
                                             const cJSON *doc)
{
	struct plan_rules rules = read_plan_rules(rd, "dial_plan", doc);
	struct plan_rules *out;

	if (rules.n == 0 && !rules.shared)
		return NULL;
	out = pool_alloc(rd->pool, sizeof(*out));
	*out = rules;
	return out;
}

char *plan_apply(const struct plan_rules *rules, const char *number)
{
	struct rule_match m;
	struct buf b = { 0 };
	unsigned hit = 0;

	for (size_t i = 0; i < rules->n; i++) {
		const struct plan_rule *r = &rules->rules[i];

		if (!rule_match_patiently(r->rule, number, &m, &hit))
			continue;
		buf_str(&b, r->prefix);
		buf_add(&b, number + m.last.start, m.last.len);
		buf_str(&b, r->suffix);
		return buf_take(&b);
	}
	return NULL;
}

char *plan_apply_shared(const struct plan_rules *rules, const char *number)
{
	char *dialled = NULL;

	for (size_t i = 0; i < rules->n_shared && !dialled; i++)
		dialled = plan_apply(rules->shared[i], number);
	return dialled;
}
