/* directory/read_callflow.c - a callflow's document. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "directory/read.h"

#define NUMBER_MAX 36 /* Kazoo's schema */

static const struct field featurecode_fields[] = {
	FIELD_CHECK("name", FIELD_STRING, .max = 128,
	            .effect = "checked only; `numbers` and `patterns` match"),
	FIELD_CHECK("number", FIELD_STRING, .max = 30, .effect = "likewise"),
	FIELD_END
};

const struct field fields_callflow[] = {
	FIELD("name", FIELD_STRING, callflow_doc, callflow.name,
	      .absent = "the id", .effect = "for logs and records"),
	FIELD_CHECK("numbers", FIELD_STRINGS,
	            .effect = "dialled numbers it serves, as written and "
	                      "normalised (see Numbers). `no_match` serves "
	                      "what nothing else does, for authenticated "
	                      "devices only"),
	FIELD_CHECK("patterns", FIELD_ARRAY, .form = "expressions",
	            .effect = "tried when no callflow has the number; the "
	                      "longest capture wins"),
	FIELD_CHECK("flow", FIELD_OBJECT, .form = "action",
	            .is_required = true, .effect = "what to do"),
	FIELD_SUB("featurecode", featurecode_fields),
	FIELD_CHECK("flags", FIELD_STRINGS, .effect = "checked only"),
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
		else if (utf8_count(j->valuestring) > NUMBER_MAX)
			reader_fault(rd, &here, "longer than %d characters",
			             NUMBER_MAX);
		else
			add_number(rd, x, j->valuestring);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* There may be ten thousand patterns. */
static void check_twice(struct reader *rd, const struct place *at,
                        const cJSON *array)
{
	int room = cJSON_IsArray(array) ? cJSON_GetArraySize(array) : 0;
	const char **texts;
	size_t n = 0;
	const cJSON *j;

	if (room < 2)
		return;
	texts = xcalloc((size_t)room, sizeof(*texts));
	cJSON_ArrayForEach(j, array)
		if (cJSON_IsString(j))
			texts[n++] = j->valuestring;
	qsort(texts, n, sizeof(*texts), by_text);
	for (size_t i = 1; i < n; i++)
		if (strcmp(texts[i], texts[i - 1]) == 0)
			reader_fault(rd, at, "'%.80s' stands twice", texts[i]);
	free(texts);
}

struct callflow_doc *read_callflow(struct reader *rd, const struct account *a,
                                   const char *id, const cJSON *doc)
{
	struct callflow_doc *x = pool_alloc(rd->pool, sizeof(*x));
	struct place at_patterns = { NULL, "patterns", 0 };
	struct place at_numbers = { NULL, "numbers", 0 };
	struct place at_flow = { NULL, "flow", 0 };
	const cJSON *numbers = json_member(doc, "numbers");
	const cJSON *patterns = json_member(doc, "patterns");

	x->callflow = (struct callflow){ .id = id, .name = id, .account = a,
		                         .doc = doc };
	x->callflow.flow = json_member(doc, "flow");
	read_fields(rd, NULL, doc, fields_callflow, x);
	if (cJSON_IsArray(numbers))
		read_numbers(rd, x, numbers);
	if (cJSON_IsArray(patterns))
		x->patterns = read_rules(rd, &at_patterns, patterns,
		                         &x->n_patterns);
	check_twice(rd, &at_numbers, numbers);
	check_twice(rd, &at_patterns, patterns);
	/* As Kazoo's API does; a flow that others jump to has a number that
	 * nobody dials. */
	if (!cJSON_IsString(numbers) && !(numbers && numbers->child) &&
	    !(patterns && patterns->child))
		reader_fault(rd, &at_numbers, "has neither numbers nor "
		                              "patterns");
	if (cJSON_IsObject(x->callflow.flow))
		check_action(rd, &at_flow, x->callflow.flow);
	return x;
}
