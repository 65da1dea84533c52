/* b2bua/targets.c - whom to ring, as legs to place: what devices and carriers
 * have in common. */
#include "b2bua/targets_priv.h"

#include <stdlib.h>
#include <string.h>

#include "b2bua/phones.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/cause.h"
#include "sip/codecs.h"
#include "sip/uri.h"

char *targets_keep(struct targets *t, char *text)
{
	struct owned *o;

	if (!text)
		return NULL;
	o = xzalloc(sizeof(*o));
	o->text = text;
	o->next = t->owned;
	t->owned = o;
	return text;
}

const struct call_plan *targets_plan(const struct targets *t)
{
	return &t->plan;
}

void targets_free(struct targets **tp)
{
	struct targets *t = *tp;

	if (!t)
		return;
	while (t->owned) {
		struct owned *o = t->owned;

		t->owned = o->next;
		free(o->text);
		free(o);
	}
	for (size_t i = 0; i < t->plan.n; i++)
		codecs_unref(&t->branches[i].codecs);
	phones_free(&t->phones);
	allowance_return(&t->lease);
	trunk_choice_clear(&t->choice);
	free(t->branches);
	free(t->codes);
	free(t);
	*tp = NULL;
}

struct call_branch *targets_add(struct targets *t, const struct identity *who)
{
	struct call_branch *b;

	if (t->plan.n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 8;
		t->branches = xrealloc(t->branches,
		                       t->cap * sizeof(*t->branches));
		t->plan.branches = t->branches;
	}
	b = &t->branches[t->plan.n++];
	*b = (struct call_branch){ 0 };
	b->invite.from_name = who->name;
	b->invite.from_user = who->user;
	b->invite.from_host = who->host;
	b->invite.headers = who->caller->headers;
	b->account = who->account;
	b->invite.max_forwards = who->max_forwards;
	b->invite.max_breadth = who->max_breadth;
	return b;
}

/* Where a URI itself says: for Contacts that are not behind NAT, Paths and
 * fixed routes. */
void targets_aim(struct targets *t, struct call_branch *b,
                       const char *uri)
{
	struct sip_uri u;

	if (sip_uri_parse(&u, uri) < 0)
		return;
	b->invite.target.transport = u.transport;
	b->invite.target.dest = (struct addr){ 0 };
	b->host = targets_keep(t, xstrdup(u.host));
	b->port = u.port;
	b->picks_transport = !u.has_transport;
	addr_parse(&b->invite.target.dest, u.host,
	           u.port                   ? u.port
	           : u.transport == SIP_TLS ? 5061
	                                    : 5060);
}

/* RFC 3261 19.1.2: TLS has a default port of its own. */
void targets_by_tls(struct call_branch *b, const char *transport,
                      uint16_t port)
{
	struct target *t = &b->invite.target;

	if (!str_eq_case(transport, "tls"))
		return;
	t->transport = SIP_TLS;
	b->picks_transport = false;
	if (addr_is_set(&t->dest) && !b->port)
		addr_set_port(&t->dest, port ? port : 5061);
}

/* fail_on_single_reject names causes; the fork knows statuses. */
static void reject_codes(const struct single_reject *r, struct fork_codes *out)
{
	if (!r->any && r->n_causes == 0)
		return; /* most calls */
	for (int status = 300; status <= 699; status++)
		if (single_reject_ends(r, cause_of_status(status)))
			fork_codes_add(out, status);
}

/* Kazoo: a forwarded call that a key has to confirm ends with the first leg
 * that says no, whatever else would be tried. */
static const struct single_reject *reject_of(const struct single_reject *own,
                                             const struct identity *who)
{
	static const char *const causes[] = {
		"USER_BUSY", "CALL_REJECTED", "NO_ANSWER", "NORMAL_CLEARING",
		"PROGRESS_TIMEOUT", "ALLOTTED_TIMEOUT"
	};
	static const struct single_reject unconfirmed = {
		.causes = causes, .n_causes = NELEM(causes)
	};
	bool is_said = own && (own->any || own->n_causes > 0);

	return who->needs_confirmation && !is_said ? &unconfirmed : own;
}

void targets_reject(struct fork_codes *out, const struct single_reject *own,
                    const struct identity *who)
{
	reject_codes(reject_of(own, who), out);
}

void targets_lease(struct targets *t, const struct allowance_lease *l)
{
	t->lease = *l;
}
