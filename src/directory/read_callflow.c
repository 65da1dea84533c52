/* directory/read_callflow.c - a callflow's document. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/strutil.h"
#include "directory/read.h"

#define NUMBER_MAX 128

static const struct field featurecode_fields[] = {
	FIELD_CHECK("name", FIELD_STRING),
	FIELD_CHECK("number", FIELD_STRING),
	FIELD_END
};

static const struct field callflow_fields[] = {
	FIELD("name", FIELD_STRING, callflow_doc, callflow.name),
	FIELD_CHECK("numbers", FIELD_STRINGS),
	FIELD_CHECK("patterns", FIELD_ARRAY),
	FIELD_SUB("featurecode", featurecode_fields),
	FIELD_CHECK("flags", FIELD_STRINGS),
	FIELD_END
};

/* Kazoo normalises numbers when a callflow is saved, and the dialled one
 * before it looks; here a document may come from anywhere, so both forms are
 * found. */
static void add_number(struct reader *rd, struct callflow_doc *x,
                       const char *number)
{
	const struct account *a = x->callflow.account;
	char *normal;

	if (str_eq(number, "no_match")) {
		x->callflow.is_no_match = true;
		return;
	}
	x->numbers[x->n_numbers++] = number;
	normal = number_normalise(a, number);
	if (!str_eq(normal, number))
		x->numbers[x->n_numbers++] = pool_strdup(rd->pool, normal);
	free(normal);
}

static void read_numbers(struct reader *rd, struct callflow_doc *x,
                         const cJSON *numbers)
{
	struct place at = { NULL, "numbers", 0 };
	const cJSON *j;
	size_t i = 0;

	x->numbers = pool_alloc(rd->pool,
	                        2 * (size_t)cJSON_GetArraySize(numbers) *
	                                sizeof(*x->numbers));
	cJSON_ArrayForEach(j, numbers) {
		struct place here = { &at, NULL, i++ };

		if (!cJSON_IsString(j))
			continue; /* a fault already */
		if (!*j->valuestring)
			reader_fault(rd, &here, "is empty");
		else if (strlen(j->valuestring) > NUMBER_MAX)
			reader_fault(rd, &here, "longer than %d characters",
			             NUMBER_MAX);
		else
			add_number(rd, x, j->valuestring);
	}
}

struct callflow_doc *read_callflow(struct reader *rd, const struct account *a,
                                   const char *id, const cJSON *doc)
{
	struct callflow_doc *x = pool_alloc(rd->pool, sizeof(*x));
	struct place at_patterns = { NULL, "patterns", 0 };
	struct place at_flow = { NULL, "flow", 0 };
	const cJSON *numbers = json_member(doc, "numbers");
	const cJSON *patterns = json_member(doc, "patterns");

	x->callflow = (struct callflow){ .id = id, .name = id, .account = a,
		                         .doc = doc };
	x->callflow.flow = json_member(doc, "flow");
	read_fields(rd, NULL, doc, callflow_fields, x);
	if (cJSON_IsArray(numbers))
		read_numbers(rd, x, numbers);
	if (cJSON_IsArray(patterns))
		x->patterns = read_rules(rd, &at_patterns, patterns,
		                         &x->n_patterns);
	if (x->callflow.flow)
		check_action(rd, &at_flow, x->callflow.flow);
	else
		reader_fault(rd, &at_flow, "is missing");
	return x;
}
