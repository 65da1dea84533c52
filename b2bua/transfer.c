/* b2bua/transfer.c - who may transfer a call, and where to. */
#include "b2bua/transfer.h"

#include <stdlib.h>
#include <string.h>

#include "b2bua/session.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/cause.h"
#include "sip/uri.h"

/* --- who asks --------------------------------------------------------------- */

/* A gateway's name is its resource's id and an index. */
static bool names_resource(const char *name, const struct resource *r)
{
	size_t n = strlen(r->id);

	return strncmp(name, r->id, n) == 0 && (!name[n] || name[n] == '/');
}

static const struct resource *resource_of(const struct server *s,
                                          const struct account *a,
                                          const char *name)
{
	size_t n = 0;
	const struct resource *const *global =
	        snapshot_resources(s->snapshot, &n);

	for (size_t i = 0; i < a->n_resources; i++)
		if (names_resource(name, a->resources[i]))
			return a->resources[i];
	for (size_t i = 0; i < n; i++)
		if (names_resource(name, global[i]))
			return global[i];
	return NULL;
}

/* Whoever is at the leg, as the documents know it today. */
static bool identify(const struct server *s, const struct call_party *p,
                     struct flow_caller *out)
{
	const struct account *a =
	        p->account ? snapshot_account(s->snapshot, p->account) : NULL;
	struct flow_caller who = { .account = a };

	if (!a || !a->is_enabled || !p->id)
		return false;
	if (p->is_device)
		who.device = account_device(a, p->id);
	else
		who.resource = resource_of(s, a, p->id);
	*out = who;
	return p->is_device ? who.device && device_is_usable(who.device)
	                    : who.resource && who.resource->is_enabled &&
	                              who.resource->allows_transfer;
}

/* Two legs of one and the same: a device, or two of one user. */
static bool is_same(const struct flow_caller *a, const struct flow_caller *b)
{
	if (a->account != b->account || a->resource != b->resource)
		return false;
	if (a->device == b->device)
		return true;
	return a->device && b->device && a->device->owner &&
	       a->device->owner == b->device->owner;
}

/* --- REFER ------------------------------------------------------------------ */

/* The call that the Replaces in a Refer-To names, when it is one of ours that
 * can be joined; else its number is dialled. */
static struct call *attended(const struct server *s, const struct refer *r,
                             int *at)
{
	bool is_early = false;
	struct call *c = r->to.has_replaces ? call_find(s->agent,
	                                                &r->to.replaces, at,
	                                                &is_early)
	                                    : NULL;

	return c && !is_early && call_is_up(c) ? c : NULL;
}

int transfer_permit(struct server *s, struct call *c, int by,
                    const struct refer *r)
{
	const struct call_party *asks = call_party(c, by);
	struct flow_caller who, there;
	struct call *other;
	int at;

	if (!identify(s, asks, &who))
		return 403;
	other = attended(s, r, &at);
	if (other == c)
		return 403;
	/* nobody gives away the place of somebody else */
	if (other && (!identify(s, call_party(other, at), &there) ||
	              !is_same(&who, &there)))
		return 403;
	return !other && !r->to.user[0] ? 404 : 202;
}

/* Whose account and device it is, RFC 3892; what it says itself goes first. */
static void add_referrer(struct buf *out, const struct flow_caller *who,
                         const struct refer *r)
{
	const struct device *d = who->device;
	char *user;

	if (r->referred_by) {
		buf_fmt(out, "Referred-By: %s\r\n", r->referred_by);
	} else if (d && d->username && d->realm) {
		user = sip_uri_escape(d->username);
		buf_fmt(out, "Referred-By: <sip:%s@%s>\r\n", user, d->realm);
		free(user);
	}
}

/* A dialog that is not ours: the target may know it. */
static void add_replaces(struct buf *out, const struct server *s,
                         const struct refer_to *to)
{
	bool is_early;
	char *text;
	int at;

	if (!to->has_replaces ||
	    call_find(s->agent, &to->replaces, &at, &is_early))
		return;
	text = replaces_text(&to->replaces);
	buf_fmt(out, "Replaces: %s\r\n%s", text,
	        to->requires_replaces ? "Require: replaces\r\n" : "");
	free(text);
}

static void dial(struct server *s, struct call *c, int by,
                 const struct refer *r)
{
	struct flow_caller who;
	struct buf headers = { 0 };

	if (!identify(s, call_party(c, by), &who)) {
		call_transfer_failed(c, 403);
		return;
	}
	add_referrer(&headers, &who, r);
	add_replaces(&headers, s, &r->to);
	session_start_heir(s, &who, c, by, r->to.user, headers.p);
	buf_free(&headers);
}

void transfer_run(struct server *s, struct call *c, int by,
                  const struct refer *r)
{
	int at;
	struct call *other = attended(s, r, &at);

	if (other)
		call_attend(c, by, other, at);
	else
		dial(s, c, by, r);
}

/* --- INVITE with Replaces or Join -------------------------------------------- */

/* RFC 3891 3.  0: it may have the place. */
static int replace_status(struct call *c, int at, bool is_early,
                          const struct replaces *r,
                          const struct flow_caller *who)
{
	const struct call_party *p;

	if (!c)
		return 481;
	/* while a call rings, all that ring are one account's as its caller */
	p = call_party(c, is_early ? CALLER : at);
	if (!who->device || !str_eq(p->account, who->account->id))
		return 403;
	if (is_early) /* only one that we began */
		return at == CALLEE ? 0 : 481;
	if (r->early_only)
		return 486;
	return call_is_up(c) ? 0 : 491;
}

bool transfer_invite(struct server *s, struct request *rq,
                     const struct flow_caller *who)
{
	enum invite_kind kind;
	struct replaces r;
	struct call *c = NULL;
	bool is_early = false;
	int at = CALLEE;
	int status = message_replaces(&kind, &r, request_message(rq));

	if (status == 0 && kind == INVITE_NEW)
		return false;
	if (status == 0) {
		c = call_find(s->agent, &r, &at, &is_early);
		status = replace_status(c, at, is_early, &r, who);
	}
	/* RFC 3911 4: known, but nobody mixes here */
	if (status == 0 && kind == INVITE_JOINS)
		status = 488;
	if (status)
		request_reply(rq, status, phrase_of_status(status), NULL);
	else
		session_start_replacing(s, rq, who, c, at);
	return true;
}
