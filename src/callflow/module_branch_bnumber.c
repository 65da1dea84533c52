/* callflow/module_branch_bnumber.c - "branch_bnumber": goes on by the
 * captured part of the number. */
#include <stdlib.h>
#include <string.h>

#include "callflow/data.h"
#include "callflow/expression.h"
#include "callflow/match.h"
#include "directory/number.h"

static bool may_hunt(struct flow *f, const struct cJSON *data,
                     const char *number)
{
	const char *allow = data_string(f, data, "hunt_allow");
	const char *deny = data_string(f, data, "hunt_deny");

	if (allow && !expression_matches(f, "hunt_allow", allow, number))
		return false;
	return !deny || !expression_matches(f, "hunt_deny", deny, number);
}

/* The callflow that serves the number, as if it had been dialled. */
static enum move hunt(struct flow *f, const char *number)
{
	bool is_ours = f->in.caller.device != NULL;
	struct match m;

	if (callflow_match(&m, f->account, number, is_ours) < 0)
		return MOVE_NEXT;
	return flow_jump_to(f, &m);
}

enum move module_branch_bnumber(struct flow *f, const struct cJSON *data)
{
	const char *number;
	char *normal;

	if (!f->in.capture)
		return MOVE_NEXT;
	normal = number_normalise(f->account, f->in.capture);
	words_add(&f->words, normal, strlen(normal));
	free(normal);
	number = f->words.v[f->words.n - 1];
	if (!data_bool(f, data, "hunt", false))
		return flow_branch(f, number);
	return may_hunt(f, data, number) ? hunt(f, number) : MOVE_NEXT;
}
