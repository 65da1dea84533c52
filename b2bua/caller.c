/* b2bua/caller.c - who a leg says is calling. */
#include "b2bua/caller.h"

#include <stdlib.h>

#include "b2bua/shown.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/caller_id.h"
#include "sip/identity.h"

static void replace(char **field, const char *value)
{
	char *was = *field; /* value may point into it */

	*field = xstrdup(value);
	free(was);
}

/* Kazoo: a call from outside, one that is transferred, and a forwarded one
 * that keeps its caller are shown as they came. */
static bool is_kept(const struct session *ss)
{
	if (ss->n_flows > 1 || ss->keeps_caller)
		return true;
	return !ss->caller.device && !ss->caller.user;
}

/* --- as the documents want it --------------------------------------------- */

static void set_asserted(struct caller_identity *id,
                         const struct caller_id_shown *s)
{
	if (s->asserted.number) {
		replace(&id->asserted_user, s->asserted.number);
		replace(&id->asserted_name, s->asserted.name);
		replace(&id->asserted_host, s->asserted.realm);
		id->is_asserted_always = true;
	} else if (s->has_number) {
		replace(&id->asserted_user, s->number);
		replace(&id->asserted_name, s->name);
	}
}

static void hide(struct caller_identity *id, bool name, bool number)
{
	if (name)
		replace(&id->name, "Anonymous");
	if (number) {
		replace(&id->user, "anonymous");
		id->is_private = true;
	} else if (name) {
		replace(&id->asserted_name, NULL);
	}
}

static void apply_documents(struct caller_identity *id,
                            const struct session *ss,
                            const struct caller_wish *w)
{
	const struct call_data *changes = flow_call_data(ss->flows[0]);
	bool was_private = id->is_private;
	struct settings settings;
	struct caller_id_query q = { .settings = &settings,
		                     .kind = w->kind,
		                     .number = id->number,
		                     .name = id->name,
		                     .is_off_net = w->is_off_net,
		                     .is_emergency = w->is_emergency };
	struct caller_id_shown s;
	char *number, *name;

	caller_id_settings(&settings, ss->caller.device, ss->caller.user);
	/* a private caller is nobody: not even by what came */
	if (was_private) {
		q.number = id->asserted_user;
		q.name = id->asserted_name;
	}
	caller_id_show(&s, &q);
	number = xstrdup(s.number);
	name = xstrdup(s.name);
	if (w->is_off_net)
		set_asserted(id, &s);
	replace(&id->number, number);
	replace(&id->user, number);
	replace(&id->name, name);
	free(number);
	free(name);
	id->is_private = false;
	/* who forwards hides nobody but himself */
	if (was_private && !w->is_emergency && !(ss->within && s.has_number))
		hide(id, true, true);
	else if (!changes->has_privacy || changes->merges_privacy)
		hide(id, s.hides_name, s.hides_number);
	id->asks_privacy = s.asks_privacy;
}

void caller_make(struct caller_identity *out, const struct session *ss,
                 const struct caller_wish *w)
{
	size_t last = ss->n_flows - 1;
	struct caller_identity id;

	identity_copy(&id, last > 0 ? &ss->inside[last] : &ss->identity);
	if (!is_kept(ss))
		apply_documents(&id, ss, w);
	shown_make(&id, &id, flow_call_data(ss->flows[last]));
	identity_clear(out);
	*out = id;
}

/* A carrier is told where its document wants to be (RFC 3325 trusts it). */
static bool is_told(const struct flow_caller *who)
{
	return who->device ||
	       (who->gateway && str_eq(who->gateway->caller_id_type, "pid"));
}

void caller_tell(struct session *ss)
{
	static const struct caller_wish inside = { CALLER_ID_INTERNAL, false,
		                                   false };
	static const struct caller_wish outside = { CALLER_ID_EXTERNAL, true,
		                                    false };
	const char *realm = ss->caller.account->realm;
	struct caller_identity in = { 0 }, out = { 0 };
	struct call_shown s = { .hears = is_told(&ss->caller) };
	char *to_phone, *to_carrier;

	caller_make(&in, ss, &inside);
	caller_make(&out, ss, &outside);
	s.name = in.name;
	s.user = in.user;
	s.told[0] = to_phone = identity_line(&in, realm);
	s.told[1] = to_carrier = identity_line(&out, realm);
	call_show_caller(ss->call, &s);
	identity_clear(&in);
	identity_clear(&out);
	free(to_phone);
	free(to_carrier);
}

/* --- forwarded ------------------------------------------------------------ */

/* RFC 5806 3: why it left. */
static const char *reason_of(const struct session *ss)
{
	switch (forward_use(&ss->to, false)) {
	case FORWARD_TOO:
		return "follow-me";
	case FORWARD_FAILOVER:
		return "unavailable";
	default:
		return "unconditional";
	}
}

/* Kazoo: when the caller is kept, and came from outside. */
static bool tells_diversion(const struct session *ss)
{
	const struct session *up = ss;

	while (up->within)
		up = up->within;
	return ss->server->conf->sip.diversion && !up->caller.device;
}

/* The number that was called, as the world knows it. */
static void add_diversion(struct session *ss)
{
	const struct flow_caller *who = &ss->caller;
	const char *realm = who->account->realm;
	const char *dialled = session_dialled(ss->within);
	struct settings settings;
	struct caller_id id;
	struct buf b = { 0 };

	caller_id_settings(&settings, who->device, who->user);
	id = settings.caller_id[CALLER_ID_EXTERNAL];
	if (!id.number)
		id.number = dialled;
	buf_str(&b, "Diversion: ");
	identity_write(&b, id.name, id.number, realm ? realm : "invalid");
	buf_fmt(&b, ";reason=%s;counter=1;privacy=%s\r\n", reason_of(ss),
	        settings.privacy == PRIVACY_ABSENT ||
	                        settings.privacy == PRIVACY_NONE
	                ? "off"
	                : "full");
	if (ss->identity.headers)
		buf_str(&b, ss->identity.headers); /* the newest is on top */
	free(ss->identity.headers);
	ss->identity.headers = buf_take(&b);
}

void caller_forwarded(struct session *ss, const struct caller_identity *shown)
{
	const struct device *d = ss->caller.device;
	struct caller_identity *id = &ss->identity;

	identity_copy(id, shown);
	ss->keeps_caller = forward_keeps_caller(&ss->to);
	if (ss->keeps_caller) {
		if (tells_diversion(ss))
			add_diversion(ss);
		return;
	}
	replace(&id->asserted_host, NULL);
	id->is_asserted_always = false;
	if (!d || id->is_private)
		return;
	replace(&id->asserted_user, d->username ? d->username : d->id);
	replace(&id->asserted_name, d->owner ? d->owner->name : d->name);
}
