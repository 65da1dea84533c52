/* b2bua/explain.c - what would happen to a call, and why. */
#include "b2bua/explain_priv.h"

#include <stdlib.h>
#include <time.h>

#include "base/strutil.h"
#include "callflow/permit.h"
#include "directory/number.h"
#include "directory/rule.h"
#include "sip/loop.h"

/* --- the head ----------------------------------------------------------------- */

static void say_time(struct explain *x)
{
	time_t t = (time_t)x->unix_s;
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&t, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	facts_add_text(&x->tree.head, "at", text);
}

static void say_caller(struct explain *x)
{
	const struct device *d = x->who.device;
	struct tree_facts *head = &x->tree.head;

	if (!d) {
		facts_add(head, "from", "carrier %s, gateway %s",
		          x->who.resource->id, x->who.gateway->name);
	} else {
		facts_add(head, "from", "device %s%s%s%s", d->id,
		          d->owner ? " of user " : "",
		          d->owner ? d->owner->id : "",
		          x->query->from ? "" : " (nobody else was named)");
	}
	facts_add(head, "caller shows", "%s", x->identity.number);
}

static void say_match(struct explain *x)
{
	const struct match *m = &x->match;
	struct tree_facts *head = &x->tree.head;
	const struct account *a = x->who.account;

	facts_add(head, "number", "%s", m->number);
	facts_add(head, "class", "%s", number_classify(a, m->number)->name);
	facts_add(head, "callflow", "%s%s%s%s", m->callflow->id,
	          m->callflow->name ? " \"" : "",
	          m->callflow->name ? m->callflow->name : "",
	          m->callflow->name ? "\"" : "");
	if (m->pattern)
		facts_add(head, "matched by", "pattern %s",
		          rule_text(m->pattern->rule));
	else if (account_callflow_by_number(a, m->number) == m->callflow)
		facts_add(head, "matched by", "number %s", m->number);
	else if (account_callflow_by_number(a, x->query->number) ==
	         m->callflow)
		facts_add(head, "matched by", "number %s", x->query->number);
	else
		facts_add(head, "matched by", "no_match");
	facts_add_text(head, "captured", m->capture);
	if (a->preflow)
		facts_add(head, "preflow", "%s", a->preflow->id);
}

static void say_limit(struct tree_facts *f, const char *what, int n)
{
	if (n >= 0)
		facts_add(f, "limit", "%s: %d", what, n);
}

static void say_limits(struct explain *x)
{
	const struct limits *l = x->who.account->limits;
	struct tree_facts *head = &x->tree.head;

	if (!l || !l->is_enabled)
		return;
	say_limit(head, "calls", l->calls);
	say_limit(head, "calls by global carriers",
	          l->resource_consuming_calls);
	say_limit(head, "inbound trunks", l->inbound_trunks);
	say_limit(head, "outbound trunks", l->outbound_trunks);
	say_limit(head, "two-way trunks", l->twoway_trunks);
	say_limit(head, "burst trunks", l->burst_trunks);
}

/* --- the call ----------------------------------------------------------------- */

/* What ingress and the match would refuse; NULL: they let it in. */
static const char *refusal(struct explain *x, const struct account *a)
{
	const struct device *d = x->who.device;

	if (!a->is_enabled)
		return "the account is disabled";
	if (d && !device_is_usable(d))
		return "the device, its owner or its account is disabled: 407";
	if (inbound_match_known(&x->match, &x->who, x->server->snapshot,
	                        x->query->number) < 0)
		return "no callflow: 404 Not Found";
	if (x->who.account != a)
		return "the number is another account's";
	return NULL;
}

static enum explain_status look(struct explain *x, const struct account *a,
                                struct diag *why)
{
	struct tree_facts *head = &x->tree.head;
	const char *refused;

	if (explain_time(x, why) < 0 || explain_caller(x, a, why) < 0)
		return EXPLAIN_BAD_QUERY;
	facts_add(head, "account", "%s%s%s", a->id, a->realm ? ", realm " : "",
	          a->realm ? a->realm : "");
	say_caller(x);
	say_time(x);
	facts_add(head, "dialled", "%s", x->query->number);
	refused = refusal(x, a);
	facts_add_text(head, "refused", refused);
	if (refused)
		return EXPLAIN_NO_MATCH;
	say_match(x);
	say_limits(x);
	facts_add(head, "registered",
	          "every device is taken to be, at phone.invalid");
	explain_walk(x);
	return EXPLAIN_DONE;
}

static void print(struct buf *out, const struct explain *x)
{
	switch (x->query->form) {
	case EXPLAIN_TEXT:
		tree_print_text(out, &x->tree);
		break;
	case EXPLAIN_JSON:
		tree_print_json(out, &x->tree);
		break;
	case EXPLAIN_DOT:
		tree_print_dot(out, &x->tree);
		break;
	}
}

/* A server that hears nobody: what a session asks of one, and no more. */
static int stand_in_create(struct explain *x, struct server *s)
{
	const struct registrar_conf usual = { 60, 600, 3600, 5 };
	static const struct registrar_ops deaf = { NULL, NULL };

	x->server = s;
	registrar_create(&s->registrar, &usual, &deaf, NULL);
	registrar_create(&x->nobody, &usual, &deaf, NULL);
	return loop_create(&s->loop, NULL, NULL);
}

enum explain_status explain(struct buf *out, struct diag *why,
                            const struct config *conf, struct snapshot *s,
                            const struct explain_query *q)
{
	const struct account *a = snapshot_account(s, q->account);
	enum explain_status status = EXPLAIN_BAD_QUERY;
	struct explain x = { .query = q };
	struct server server = { .conf = conf, .snapshot = s };

	if (!a) {
		diag_fault(why, NULL, NULL, "there is no account '%s'",
		           q->account);
		return EXPLAIN_BAD_QUERY;
	}
	if (stand_in_create(&x, &server) == 0)
		status = look(&x, a, why);
	else
		diag_fault(why, NULL, NULL, "no event loop can be made");
	if (status != EXPLAIN_BAD_QUERY)
		print(out, &x);
	match_clear(&x.match);
	identity_clear(&x.identity);
	tree_clear(&x.tree);
	registrar_destroy(&server.registrar);
	registrar_destroy(&x.nobody);
	loop_destroy(&server.loop);
	return status;
}
