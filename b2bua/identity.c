/* b2bua/identity.c - who calls, and who is told so. */
#include "b2bua/identity.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "sip/identity.h"

/* What a carrier says of the caller, the surest first (Kazoo's order). */
static bool read_asserted(const struct message *m, struct identity_value *out)
{
	static const char *const headers[] = { "P-Asserted-Identity",
		                               "P-Preferred-Identity",
		                               "Remote-Party-ID" };
	bool is_read = false;
	char *value;

	for (size_t i = 0; i < NELEM(headers) && !is_read; i++) {
		value = message_header(m, headers[i]);
		is_read = value && identity_parse(out, value);
		free(value);
	}
	return is_read;
}

static unsigned read_privacy(const struct message *m, bool is_trusted)
{
	char *value = message_header(m, "Privacy");
	unsigned bits = value ? privacy_parse(value) : 0;

	free(value);
	value = is_trusted ? message_header(m, "Remote-Party-ID") : NULL;
	if (value)
		bits |= identity_rpid_privacy(value);
	free(value);
	return bits;
}

static void take_carrier(struct caller_identity *id, const struct request *rq)
{
	bool is_anonymous = identity_is_anonymous(request_from_user(rq),
	                                          request_from_host(rq));
	const char *name = is_anonymous ? "" : request_from_name(rq);
	struct identity_value v;

	if (read_asserted(request_message(rq), &v)) {
		id->asserted_name = xstrdup(v.name[0] ? v.name : name);
		id->asserted_user = xstrdup(v.user);
	} else if (!is_anonymous) {
		id->asserted_name = xstrdup(name);
		id->asserted_user = xstrdup(request_from_user(rq));
	}
}

static void take_device(struct caller_identity *id, const struct device *d)
{
	id->asserted_name = xstrdup(d->owner ? d->owner->name : d->name);
	id->asserted_user = xstrdup(d->username ? d->username : d->id);
}

/* A phone shows what it says in From; a carrier's caller is the one that is
 * asserted. */
static void choose_shown(struct caller_identity *id, const struct request *rq,
                         bool is_trusted)
{
	bool is_known = is_trusted && id->asserted_user;

	id->number = xstrdup(is_known ? id->asserted_user
	                              : request_from_user(rq));
	if (id->is_private) {
		id->name = xstrdup("Anonymous");
		id->user = xstrdup("anonymous");
	} else {
		id->name = xstrdup(is_known ? id->asserted_name
		                            : request_from_name(rq));
		id->user = xstrdup(id->number);
	}
}

void identity_read(struct caller_identity *out, const struct request *rq,
                   const struct flow_caller *who)
{
	struct caller_identity id = { 0 };
	const struct message *m = request_message(rq);
	bool is_trusted = !who->device;
	unsigned privacy = read_privacy(m, is_trusted);

	id.is_private = (privacy & PRIVACY_OF_CALLER) ||
	                (!str_is_empty(request_from_user(rq)) &&
	                 identity_is_anonymous(request_from_user(rq),
	                                       request_from_host(rq)));
	if (is_trusted)
		take_carrier(&id, rq);
	else
		take_device(&id, who->device);
	choose_shown(&id, rq, is_trusted);
	id.headers = message_crossing_as(
	        m, is_trusted ? CROSS_CARRIER_CALL : CROSS_CALL, privacy);
	*out = id;
}

void identity_of_device(struct caller_identity *out, const struct device *d,
                        const char *user, const char *name)
{
	identity_shown(out, name, user, NULL);
	free(out->asserted_name);
	free(out->asserted_user);
	take_device(out, d);
}

void identity_shown(struct caller_identity *out, const char *name,
                    const char *user, const char *lines)
{
	*out = (struct caller_identity){
		.name = xstrdup(name),
		.user = xstrdup(user),
		.number = xstrdup(user),
		.asserted_name = xstrdup(name),
		.asserted_user = xstrdup(user),
		.headers = xstrdup(lines),
	};
}

void identity_copy(struct caller_identity *out,
                   const struct caller_identity *from)
{
	*out = *from;
	out->name = xstrdup(from->name);
	out->user = xstrdup(from->user);
	out->number = xstrdup(from->number);
	out->asserted_name = xstrdup(from->asserted_name);
	out->asserted_user = xstrdup(from->asserted_user);
	out->asserted_host = xstrdup(from->asserted_host);
	out->headers = xstrdup(from->headers);
}

void identity_clear(struct caller_identity *id)
{
	free(id->name);
	free(id->user);
	free(id->number);
	free(id->asserted_name);
	free(id->asserted_user);
	free(id->asserted_host);
	free(id->headers);
	*id = (struct caller_identity){ 0 };
}

const char *identity_host(const struct caller_identity *id, const char *realm)
{
	return id->is_private || !realm ? "anonymous.invalid" : realm;
}

char *identity_line(const struct caller_identity *id, const char *realm)
{
	struct buf b = { 0 };

	if (!realm || str_is_empty(id->user))
		return NULL;
	buf_str(&b, "P-Asserted-Identity: ");
	identity_write(&b, id->name, id->user, identity_host(id, realm));
	buf_str(&b, "\r\n");
	return buf_take(&b);
}

char *identity_for_gateway(const struct caller_identity *id,
                           const struct gateway *g, const char *realm)
{
	bool wants_rpid = str_eq(g->caller_id_type, "rpid");
	bool wants_pai = !wants_rpid && !str_eq(g->caller_id_type, "from") &&
	                 (id->is_private || id->asks_privacy ||
	                  id->is_asserted_always ||
	                  str_eq(g->caller_id_type, "pid"));
	struct buf b = { 0 };

	if (id->asserted_host)
		realm = id->asserted_host;
	if (id->headers)
		buf_str(&b, id->headers);
	if (id->asserted_user && realm && (wants_pai || wants_rpid)) {
		buf_str(&b, wants_rpid ? "Remote-Party-ID: "
		                       : "P-Asserted-Identity: ");
		identity_write(&b, id->asserted_name, id->asserted_user,
		               realm);
		if (wants_rpid)
			buf_fmt(&b, ";party=calling;screen=yes;privacy=%s",
			        id->is_private || id->asks_privacy ? "full"
			                                           : "off");
		buf_str(&b, "\r\n");
	}
	if (id->is_private || id->asks_privacy)
		buf_str(&b, "Privacy: id\r\n");
	return b.p;
}
