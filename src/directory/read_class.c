/* directory/read_class.c - the classes of numbers a carrier takes, each in its
 * own way: a virtual carrier each. */
#include <cjson/cJSON.h>

#include "base/strutil.h"
#include "directory/read.h"

#define WEIGHT_MAX 100

int read_weight(int weight)
{
	return weight < 1 ? 1 : weight > WEIGHT_MAX ? WEIGHT_MAX : weight;
}

struct class_doc {
	struct resource_class c;
	const char *regex;
};

static const struct field class_fields[] = {
	FIELD("enabled", FIELD_BOOL, class_doc, c.is_enabled),
	FIELD("regex", FIELD_STRING, class_doc, regex),
	FIELD_TEXT("prefix", class_doc, c.prefix, 64),
	FIELD_TEXT("suffix", class_doc, c.suffix, 64),
	FIELD("weight_cost", FIELD_INT, class_doc, c.weight_cost),
	FIELD("emergency", FIELD_BOOL, class_doc, c.is_emergency),
	FIELD_END
};

static struct resource_class read_one(struct reader *rd,
                                      const struct place *at,
                                      const struct resource *r,
                                      const cJSON *j)
{
	struct class_doc x = {
		.c = { .name = j->string, .is_enabled = true,
		       .weight_cost = r->weight_cost,
		       .is_emergency = r->is_emergency ||
		                       str_eq(j->string, "emergency") },
	};

	struct place at_regex = { at, "regex", 0 };

	read_fields(rd, at, j, class_fields, &x);
	x.c.weight_cost = read_weight(x.c.weight_cost);
	if (x.regex)
		x.c.rule = read_rule(rd, &at_regex, x.regex);
	return x.c;
}

void read_resource_classes(struct reader *rd, struct resource *r, const cJSON *doc)
{
	const cJSON *object = json_member(doc, "classifiers"), *j;
	struct place at = { NULL, "classifiers", 0 };
	struct resource_class *c;

	if (!object || !read_is_object(rd, &at, object))
		return;
	c = pool_alloc(rd->pool,
	               (size_t)cJSON_GetArraySize(object) * sizeof(*c));
	r->classes = c;
	cJSON_ArrayForEach(j, object) {
		struct place here = { &at, j->string, 0 };

		if (!cJSON_IsNull(j) && read_is_object(rd, &here, j))
			c[r->n_classes++] = read_one(rd, &here, r, j);
	}
}
