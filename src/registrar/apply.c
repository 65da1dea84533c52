/* registrar/apply.c - a REGISTER request, RFC 3261 10.3: first everything
 * is checked, then everything is done. */
#include <stdio.h>
#include <string.h>

#include "base/strutil.h"
#include "registrar/contact.h"
#include "registrar/registrar_impl.h"

#define MAX_URI 2048
#define MAX_TOKEN 512
#define MAX_AGENT 256
#define MAX_IN_REQUEST 64

static const struct register_reply ok = { 200, "OK", 0 };
static const struct register_reply old_cseq = { 500, "CSeq Out Of Order", 0 };

static struct register_reply bad(const char *reason)
{
	return (struct register_reply){ 400, reason, 0 };
}

struct change { /* what one contact of the request will do */
	const struct register_contact *contact;
	const char *instance; /* never NULL */
	unsigned reg_id;
	int64_t expires_s;    /* 0: removes */
	struct entry *match;  /* what it refreshes or removes; may be NULL */
};

/* RFC 5626 6: instance and reg-id name the binding, whatever its URI.  One
 * that the same phone made before it did outbound has its URI only. */
struct entry *registrar_match(const struct aor *a, const char *contact,
                              const char *instance, unsigned reg_id)
{
	struct entry *same_uri = NULL;

	for (struct entry *e = a->newest; e; e = e->next) {
		if (reg_id > 0 && e->b.reg_id == reg_id &&
		    strcmp(e->b.instance, instance) == 0)
			return e;
		if (reg_id > 0 && e->b.reg_id > 0)
			continue;
		if (!same_uri && contact_eq(e->b.contact, contact))
			same_uri = e;
	}
	return same_uri;
}

/* No longer than max, and nothing that would end a header or a URI. */
static bool is_clean(const char *s, size_t max, const char *forbidden)
{
	size_t n = 0;

	for (; s && s[n]; n++)
		if (n >= max || (unsigned char)s[n] < ' ' || s[n] == 0x7f ||
		    strchr(forbidden, s[n]))
			return false;
	return true;
}

bool registrar_is_sane(const struct binding *b)
{
	return *b->aor && is_clean(b->aor, REGISTRAR_MAX_AOR, "") &&
	       *b->contact && is_clean(b->contact, MAX_URI, "<> ") &&
	       *b->call_id && is_clean(b->call_id, MAX_TOKEN, "") &&
	       is_clean(b->path, MAX_URI, "") &&
	       is_clean(b->instance, MAX_TOKEN, "") &&
	       is_clean(b->user_agent, MAX_AGENT, "");
}

static const char *fault(const struct register_request *rq)
{
	if (str_is_empty(rq->aor) || !is_clean(rq->aor, REGISTRAR_MAX_AOR, ""))
		return "Bad Address Of Record";
	if (str_is_empty(rq->call_id) || !is_clean(rq->call_id, MAX_TOKEN, ""))
		return "Bad Call-ID";
	if (!is_clean(rq->path, MAX_URI, ""))
		return "Bad Path";
	/* RFC 3261 10.3 step 6 */
	if (rq->is_wildcard && (rq->n_contacts > 0 || rq->expires_s != 0))
		return "Wildcard Needs Expires 0 And No Other Contact";
	if (rq->n_contacts > MAX_IN_REQUEST)
		return "Too Many Contacts";
	for (size_t i = 0; i < rq->n_contacts; i++) {
		const struct register_contact *c = &rq->contacts[i];

		if (str_is_empty(c->uri) || !is_clean(c->uri, MAX_URI, "<> "))
			return "Bad Contact";
		if (!is_clean(c->instance, MAX_TOKEN, ""))
			return "Bad Instance";
	}
	return NULL;
}

static void drop_expired(struct registrar *r, const char *aor, int64_t now_ms)
{
	const struct aor *a = registrar_find(r, aor);
	size_t n = a ? a->n : 0;
	struct entry *e = a ? a->newest : NULL;

	for (size_t i = 0; i < n; i++) { /* a goes with its last entry */
		struct entry *next = e->next;

		if (e->b.expires_at_ms <= now_ms)
			registrar_drop(r, e);
		e = next;
	}
}

/* RFC 3261 10.3 steps 6 and 7: under one Call-ID, only a higher CSeq may
 * change a binding. */
static bool is_older(const struct register_request *rq, const struct entry *e)
{
	return strcmp(rq->call_id, e->b.call_id) == 0 && rq->cseq <= e->b.cseq;
}

static struct register_reply remove_all(struct registrar *r,
                                        const struct register_request *rq)
{
	struct aor *a = registrar_find(r, rq->aor);

	for (const struct entry *e = a ? a->newest : NULL; e; e = e->next)
		if (is_older(rq, e))
			return old_cseq;
	if (a)
		registrar_drop_all(r, a);
	return ok;
}

static int64_t wanted_s(const struct register_request *rq,
                        const struct register_contact *c)
{
	return c->expires_s >= 0 ? c->expires_s : rq->expires_s;
}

static void plan_one(struct registrar *r, const struct register_request *rq,
                     const struct register_contact *c, struct change *out)
{
	const struct aor *a = registrar_find(r, rq->aor);
	int64_t expires_s = wanted_s(rq, c);

	if (expires_s < 0)
		expires_s = r->conf.default_expires_s;
	if (expires_s > r->conf.max_expires_s)
		expires_s = r->conf.max_expires_s;
	out->contact = c;
	out->expires_s = expires_s;
	out->instance = c->instance ? c->instance : "";
	/* RFC 5626 4.2.1: reg-id means nothing without an instance. */
	out->reg_id = *out->instance ? c->reg_id : 0;
	out->match = a ? registrar_match(a, c->uri, out->instance, out->reg_id)
	               : NULL;
}

static bool are_one(const struct change *x, const struct change *y)
{
	if (x->match && x->match == y->match)
		return true;
	if (x->reg_id > 0 && y->reg_id > 0)
		return x->reg_id == y->reg_id &&
		       strcmp(x->instance, y->instance) == 0;
	return contact_eq(x->contact->uri, y->contact->uri);
}

static struct register_reply judge(const struct registrar *r,
                                   const struct register_request *rq,
                                   const struct change *plan)
{
	size_t n_kept = 0, n_flows = 0;

	for (size_t i = 0; i < rq->n_contacts; i++) {
		const struct change *c = &plan[i];
		int64_t s = wanted_s(rq, c->contact);

		if (s > 0 && s < r->conf.min_expires_s)
			return (struct register_reply){
				423, "Interval Too Brief", r->conf.min_expires_s
			};
		if (c->match && is_older(rq, c->match))
			return old_cseq;
		for (size_t j = 0; j < i; j++)
			if (are_one(&plan[j], c))
				return bad("Contact Given Twice");
		n_kept += c->expires_s > 0;
		n_flows += c->expires_s > 0 && c->reg_id > 0;
	}
	/* RFC 5626 6: one flow a request. */
	if (n_flows > 1)
		return bad("More Than One Contact With Reg-ID");
	if (n_kept > r->conf.max_contacts)
		return (struct register_reply){ 403, "Too Many Contacts", 0 };
	return ok;
}

/* No reason to refuse a phone: cut and cleaned. */
static void copy_agent(char out[MAX_AGENT + 1], const char *agent)
{
	snprintf(out, MAX_AGENT + 1, "%s", agent ? agent : "");
	for (; *out; out++)
		if ((unsigned char)*out < ' ' || *out == 0x7f)
			*out = '?';
}

static void save(struct registrar *r, const struct register_request *rq,
                 const struct change *c)
{
	char aor[REGISTRAR_MAX_AOR + 1], agent[MAX_AGENT + 1];
	struct entry *e = c->match;
	struct binding b = {
		.aor = aor,
		.contact = c->contact->uri,
		.path = rq->path ? rq->path : "",
		.instance = c->instance,
		.user_agent = agent,
		.call_id = rq->call_id,
		.cseq = rq->cseq,
		.reg_id = c->reg_id,
		.q = c->contact->q < 1000 ? c->contact->q : 1000,
		.expires_at_ms = rq->now_ms + c->expires_s * 1000,
		.updated_at_ms = rq->now_ms,
		.source = rq->source,
		.local = rq->local,
		.transport = rq->transport,
		.is_natted = c->contact->is_natted,
		.flow = rq->flow,
		.row = e ? e->b.row : 0,
	};

	snprintf(aor, sizeof(aor), "%s", rq->aor);
	str_lower(aor);
	copy_agent(agent, rq->user_agent);
	if (e)
		bindings_update(r->table, e, &b);
	else
		e = bindings_add(r->table, &b);
	if (r->ops.saved)
		r->ops.saved(&e->b, r->arg);
}

/* Backwards, so that the request's first contact ends up as the newest. */
static void carry_out(struct registrar *r, const struct register_request *rq,
                      const struct change *plan)
{
	struct aor *a;

	for (size_t i = rq->n_contacts; i-- > 0;) {
		if (plan[i].expires_s > 0)
			save(r, rq, &plan[i]);
		else if (plan[i].match)
			registrar_drop(r, plan[i].match);
	}
	a = registrar_find(r, rq->aor);
	/* The oldest makes room; the list's head knows its tail. */
	while (a && a->n > r->conf.max_contacts)
		registrar_drop(r, a->newest->prev);
}

struct register_reply registrar_apply(struct registrar *r,
                                      const struct register_request *rq)
{
	struct change plan[MAX_IN_REQUEST];
	struct register_reply reply;
	const char *what = fault(rq);

	if (what)
		return bad(what);
	drop_expired(r, rq->aor, rq->now_ms);
	if (rq->is_wildcard)
		return remove_all(r, rq);
	for (size_t i = 0; i < rq->n_contacts; i++)
		plan_one(r, rq, &rq->contacts[i], &plan[i]);
	reply = judge(r, rq, plan);
	if (reply.status == 200)
		carry_out(r, rq, plan);
	return reply;
}
