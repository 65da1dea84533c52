/* b2bua/explain_legs.c - the legs that a step would place, as they would be
 * given to the call. */
#include "b2bua/explain_priv.h"

#include <stdlib.h>
#include <string.h>

#include "b2bua/registration.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "sip/identity.h"
#include "sip/uri.h"

#define FAR_FUTURE INT64_C(253402300799000) /* unix ms */

/* --- registrations that are taken for granted ------------------------------- */

static void note_one(const struct binding *b, void *arg)
{
	(void)b;
	(void)arg;
}

static void add_registration(struct explain *x, const struct device *d)
{
	struct registrar *r = x->server->registrar;
	char *aor = registration_aor(d), *user = sip_uri_escape(d->username);
	char *contact = xasprintf("sip:%s@phone.invalid", user);
	struct binding b = { .aor = aor,
		             .contact = contact,
		             .path = "",
		             .instance = "",
		             .user_agent = "",
		             .call_id = "explain",
		             .cseq = 1,
		             .q = 1000,
		             .expires_at_ms = FAR_FUTURE };

	addr_parse(&b.source, "192.0.2.1", 5060); /* RFC 5737 */
	if (registrar_each(r, aor, 0, note_one, NULL) == 0)
		registrar_restore(r, &b, 0);
	free(contact);
	free(user);
	free(aor);
}

void explain_register(struct explain *x, const struct flow_step *step)
{
	const struct dial_plan *d = &step->u.dial;

	for (size_t i = 0; i < d->n_targets; i++)
		if (d->targets[i].forward == FORWARD_OFF &&
		    d->targets[i].device->username)
			add_registration(x, d->targets[i].device);
}

/* --- what the whole says ---------------------------------------------------- */

static void add_ms(struct tree_facts *f, const char *key, int ms)
{
	if (ms > 0 && ms % 1000 == 0)
		facts_add(f, key, "%d s", ms / 1000);
	else if (ms > 0)
		facts_add(f, key, "%d ms", ms);
}

static void add_codes(struct tree_facts *f, const struct fork_codes *c)
{
	struct buf b = { 0 };
	int first = 0;

	if (!c)
		return;
	for (int status = 300; status <= 700; status++) {
		bool has = status < 700 && fork_codes_has(c, status);

		if (has && !first)
			first = status;
		if (has || !first)
			continue;
		buf_fmt(&b, b.len ? ", %d" : "%d", first);
		if (status - 1 > first)
			buf_fmt(&b, "-%d", status - 1);
		first = 0;
	}
	facts_add_text(f, "a leg's failure that ends it all", b.p);
	buf_free(&b);
}

static void add_plan(struct tree_facts *f, const struct call_plan *p,
                     unsigned max_ring_s)
{
	facts_add(f, "order", "%s",
	          p->n == 1                         ? "one leg"
	          : p->strategy == FORK_ONE_BY_ONE  ? "one after the other"
	                                            : "all at once");
	add_ms(f, "timeout", p->timeout_ms);
	if (p->timeout_ms <= 0 && max_ring_s > 0)
		facts_add(f, "timeout", "%u s (sip.max_ring_time)",
		          max_ring_s);
	facts_add(f, "early media", "%s",
	          p->passes_early_media ? "passed to the caller" : "kept back");
	if (p->rings_at_once)
		facts_add(f, "180", "sent to the caller at once");
	if (p->follows_redirect)
		facts_add(f, "3xx", "followed");
	add_codes(f, &p->ends_on);
}

/* --- legs --------------------------------------------------------------------- */

static void add_from(struct tree_facts *f, const struct leg_invite *in)
{
	struct buf b = { 0 };

	identity_write(&b, in->from_name, in->from_user ? in->from_user : "",
	               in->from_host ? in->from_host : "");
	facts_add_text(f, "from", b.p);
	buf_free(&b);
}

static void add_lines(struct tree_facts *f, const char *key, const char *lines)
{
	struct buf b = { 0 };

	for (; lines && *lines; lines++)
		if (*lines != '\r' && (*lines != '\n' || lines[1]))
			buf_char(&b, *lines);
	facts_add_text(f, key, b.p);
	buf_free(&b);
}

static void add_limits(struct tree_facts *f, const struct gateway *g)
{
	if (g->channels > 0)
		facts_add(f, "calls at a time", "%d at most", g->channels);
	if (g->cps > 0)
		facts_add(f, "calls a second", "%d at most", g->cps);
}

static void add_invite(struct tree_facts *f, const struct call_branch *b,
                       bool is_inside)
{
	const struct leg_invite *in = &b->invite;

	facts_add_text(f, "invite", in->target.uri);
	facts_add_text(f, "to", in->to_uri);
	add_from(f, in);
	add_lines(f, "headers", in->headers);
	facts_add_text(f, "route", in->target.route);
	facts_add_text(f, "digest user", in->auth.username);
	add_lines(f, "caller is shown", b->told[!is_inside]);
}

static void add_leg(struct explain *x, struct tree_node *n,
                    struct session *ss, const struct call_branch *b)
{
	struct tree_leg *leg = tree_leg(n, "%s %s", b->kind, b->name);
	struct tree_facts *f = &leg->facts;

	if (b->fails_with)
		facts_add(f, "fails at once", "%d", b->fails_with);
	facts_add_text(f, "number", b->number);
	if (!b->divert)
		add_invite(f, b, ss->caller.device != NULL);
	add_ms(f, "delay", b->delay_ms);
	add_ms(f, "leg timeout", b->timeout_ms);
	add_ms(f, "progress timeout", b->progress_ms);
	add_codes(f, b->ends_on);
	if (b->owner)
		add_limits(f, b->owner);
	if (b->mutes_early_media)
		facts_add(f, "its early media", "kept back");
	if (b->needs_confirmation)
		facts_add(f, "confirmation",
		          "needs a key, which nobody asks for: who answers "
		          "is not connected");
	if (b->divert)
		leg->leads_to = explain_forward(x, ss, b);
}

/* Those that only ring when no telephone is there. */
static void add_failovers(struct tree_node *n, const struct dial_plan *d)
{
	for (size_t i = 0; i < d->n_targets; i++) {
		const struct dial_target *t = &d->targets[i];

		if (t->forward == FORWARD_FAILOVER)
			facts_add(&n->facts, "when nobody is registered",
			          "%s is forwarded to %s",
			          t->device ? t->device->id : t->user->id,
			          t->to.number);
	}
}

void explain_legs(struct explain *x, struct tree_node *n, struct session *ss,
                  const struct flow_step *step, bool is_nobody_there)
{
	const struct call_plan *p = targets_plan(ss->targets);

	add_plan(&n->facts, p, x->server->conf->sip.max_ring_time_s);
	if (step->kind == FLOW_DIAL && !is_nobody_there)
		add_failovers(n, &step->u.dial);
	for (size_t i = 0; i < p->n; i++)
		add_leg(x, n, ss, &p->branches[i]);
}
