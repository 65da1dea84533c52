/* callflow/expression.c - regular expressions in an action's data. */
#include "callflow/expression.h"

#include "directory/rule.h"

bool expression_matches(struct flow *f, const char *key,
                        const char *expression, const char *subject)
{
	struct rule_match m;
	struct rule *r = NULL;
	char why[160];
	bool is_match;

	if (rule_compile(&r, expression, why, sizeof(why)) < 0) {
		flow_warn(f, expression, "'%s' does not compile: %s", key,
		          why);
		return false;
	}
	is_match = rule_match(r, subject, &m);
	rule_free(&r);
	return is_match;
}
