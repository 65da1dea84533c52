/* tests/fuzz/fuzz_answer.c - any bytes as what a pivot's server answers, over
 * and over, while everything that is rung fails. */
#include "cmocka_all.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
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
	              "{'id': 'd1', 'name': 'd1', 'sip':"
	              " {'username': 'd1', 'password': 'secret'}}");
	documents_put(d, "accounts/a/callflows/c.json",
	              "{'id': 'c', 'numbers': ['1'], 'flow': {'module':"
	              " 'pivot', 'data': {'voice_url': 'http://h/'},"
	              " 'children': {'_': {'module': 'device', 'data':"
	              " {'id': 'd1'}}}}}");
	office = documents_load(d);
	documents_destroy(&d);
	atexit(close_office);
}

static bool is_final(const struct flow_step *s)
{
	return s->kind == FLOW_RESPOND || s->kind == FLOW_HANGUP ||
	       s->kind == FLOW_END;
}

static void play(const char *text, size_t len)
{
	struct flow_outcome answer = { .kind = OUTCOME_FETCHED, .text = text,
		                       .len = len };
	struct flow_outcome failed = { .kind = OUTCOME_FAILED,
		                       .cause = "USER_BUSY", .status = 486 };
	struct flow_outcome done = { .kind = OUTCOME_DONE };
	const struct account *a = snapshot_account(office, "a");
	struct flow_input in = { .snapshot = office,
		                 .caller = { .account = a },
		                 .callflow = account_callflow(a, "c"),
		                 .dialled = "1", .number = "1" };
	const struct flow_step *step;
	struct flow *f;

	if (flow_begin(&f, &in, &step) < 0)
		abort();
	for (int i = 0; !is_final(step); i++) {
		if (i == MAX_STEPS)
			abort(); /* it never ends */
		if (step->kind == FLOW_FETCH)
			step = flow_resume(f, &answer);
		else if (step->kind == FLOW_DIAL ||
		         step->kind == FLOW_CARRIERS)
			step = flow_resume(f, &failed);
		else
			step = flow_resume(f, &done);
	}
	flow_destroy(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmalloc(size + 1);

	if (!office)
		open_office();
	memcpy(text, data, size);
	text[size] = '\0';
	play(text, size);
	free(text);
	return 0;
}
