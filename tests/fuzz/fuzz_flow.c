/* tests/fuzz/fuzz_flow.c - any tree of actions, under any outcomes.
 *
 * The input is a line of outcomes (a: answered, e: error, g: caller gone,
 * w: an answer of a web server, others: failures), over and over, and then the tree as JSON. */
#include "cmocka_all.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "callflow/flow.h"
#include "support/documents.h"

#define MAX_STEPS 1000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct snapshot *office; /* made once, for all inputs */

static void close_office(void)
{
	snapshot_unref(&office);
}

static void open_office(void)
{
	struct documents *d = documents_create();

	log_setup(LOG_LVL_ERROR, LOG_FMT_TEXT);
	documents_put(d, "accounts/a/account.json",
	              "{'id': 'a', 'name': 'A', 'realm': 'a.example'}");
	documents_put(d, "accounts/a/devices/d1.json",
	              "{'id': 'd1', 'name': 'd1', 'owner_id': 'u', 'sip':"
	              " {'username': 'd1', 'password': 'secret'}}");
	documents_put(d, "accounts/a/devices/d2.json",
	              "{'id': 'd2', 'name': 'd2', 'sip':"
	              " {'username': 'd2', 'password': 'secret'}}");
	documents_put(d, "accounts/a/users/u.json",
	              "{'id': 'u', 'first_name': 'U', 'last_name': 'U'}");
	documents_put(d, "accounts/a/groups/g.json",
	              "{'id': 'g', 'name': 'g', 'endpoints': {'u': {'type':"
	              " 'user', 'weight': 3}, 'd2': {'delay': 2}, 'g':"
	              " {'type': 'group', 'delay': 1}}}");
	documents_put(d, "accounts/a/callflows/c.json",
	              "{'id': 'c', 'numbers': ['1'], 'flow': {'module':"
	              " 'callflow', 'data': {'id': 'c'}, 'children': {'_':"
	              " {'module': 'user', 'data': {'id': 'u'}}}}}");
	office = documents_load(d);
	documents_destroy(&d);
	atexit(close_office);
}

static const struct flow_step *resume(struct flow *f, char letter)
{
	static const char answer[] = "{\"module\":\"pivot\",\"data\":"
	                             "{\"voice_url\":\"http://h/\"},"
	                             "\"children\":{\"_\":{\"module\":"
	                             "\"callflow\",\"data\":{\"id\":"
	                             "\"c\"}}}}";
	struct flow_outcome o = { .kind = OUTCOME_FAILED,
		                  .cause = "USER_BUSY", .status = 486 };

	if (letter == 'a')
		o = (struct flow_outcome){ .kind = OUTCOME_ANSWERED };
	else if (letter == 'e')
		o = (struct flow_outcome){ .kind = OUTCOME_ERROR };
	else if (letter == 't')
		o = (struct flow_outcome){ .kind = OUTCOME_ERROR, .cause = "NO_ANSWER" };
	else if (letter == 'd')
		o = (struct flow_outcome){ .kind = OUTCOME_DONE };
	else if (letter == 'w')
		o = (struct flow_outcome){ .kind = OUTCOME_FETCHED,
			                   .text = answer,
			                   .len = strlen(answer) };
	else if (letter == 'g')
		o = (struct flow_outcome){ .kind = OUTCOME_CALLER_GONE };
	else if (letter == 's')
		o = (struct flow_outcome){ .kind = OUTCOME_FAILED, .status = 503 };
	return flow_resume(f, &o);
}

static void play(const cJSON *tree, const char *outcomes, size_t n)
{
	struct callflow c = { .id = "fuzz", .flow = tree };
	struct flow_input in = { .snapshot = office, .callflow = &c };
	const struct flow_step *step;
	struct flow *f;
	size_t i = 0;

	c.account = in.caller.account = snapshot_account(office, "a");
	in.caller.device = account_device(c.account, "d2");
	in.dialled = in.number = "1";
	if (flow_begin(&f, &in, &step) < 0)
		abort();
	while (step->kind == FLOW_DIAL || step->kind == FLOW_CARRIERS ||
	       step->kind == FLOW_WAIT || step->kind == FLOW_CHANGE ||
	       step->kind == FLOW_LAMP || step->kind == FLOW_FETCH ||
	       step->kind == FLOW_NOTIFY) {
		if (i == MAX_STEPS)
			abort(); /* it never ends */
		step = resume(f, n > 0 ? outcomes[i % n] : 'f');
		i++;
	}
	flow_destroy(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *line = size > 0 ? memchr(text, '\n', size) : NULL;
	size_t n = line ? (size_t)(line - text) : 0;
	cJSON *tree;

	if (!office)
		open_office();
	if (!line)
		return 0;
	tree = cJSON_ParseWithLength(line + 1, size - n - 1);
	if (tree)
		play(tree, text, n);
	cJSON_Delete(tree);
	return 0;
}
