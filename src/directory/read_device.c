/* directory/read_device.c - a device's document. */
#include <cjson/cJSON.h>
#include <string.h>

#include "base/strutil.h"
#include "directory/document.h"
#include "directory/read.h"

enum method { METHOD_PASSWORD, METHOD_IP };

struct device_doc { /* what is read, before it is weighed */
	struct device d;
	enum method method;
	int transport; /* -1: absent */
	const char *realm, *ip, *device_type;
};

static const char *const method_names[] = { "password", "ip", NULL };
static const char *const transport_names[] = { "udp", "tcp", "tls", NULL };
/* In the order of enum invite_format. */
static const char *const format_names[] = {
	"contact", "username", "e164", "npan", "1npan", "strip_plus", "route",
	NULL
};

static const struct field sip_fields[] = {
	FIELD_TEXT("username", device_doc, d.username, 128,
	           .effect = "digest user name and the user part it registers; "
	                     "one of a kind in its realm, case aside"),
	FIELD_TEXT("password", device_doc, d.password, 128,
	           .effect = "without one nobody can authenticate"),
	FIELD("realm", FIELD_DOMAIN, device_doc, realm,
	      .absent = "the account's",
	      .effect = "its realm when it is not the account's"),
	FIELD_CHOICE("method", device_doc, method, method_names,
	             .absent = "`password`",
	             .effect = "`ip`: calls from `sip.ip` need no password, "
	                       "and calls to it go there"),
	FIELD("ip", FIELD_STRING, device_doc, ip,
	      .effect = "IPv4 or IPv6 address, needed by method `ip`; one of "
	                "a kind"),
	FIELD_CHOICE("invite_format", device_doc, d.invite_format,
	             format_names, .absent = "`contact`",
	             .effect = "user part of the Request-URI of calls to it: "
	                       "its contact's, its username, the number in "
	                       "one of four forms, or the URI `sip.route`"),
	FIELD("number", FIELD_STRING, device_doc, d.number,
	      .absent = "the dialled one",
	      .effect = "the number for these four forms"),
	FIELD("route", FIELD_URI, device_doc, d.route,
	      .effect = "the whole target for `route`"),
	FIELD("static_route", FIELD_STRING, device_doc, d.static_route,
	      .effect = "number or user part of calls to it that does not "
	                "register"),
	FIELD("static_invite", FIELD_STRING, device_doc, d.static_invite,
	      .effect = "user part of Request-URI and To of calls to it"),
	FIELD_CHOICE("transport", device_doc, transport, transport_names,
	             .absent = "the contact's",
	             .effect = "calls to it go over this transport"),
	FIELD("proxy", FIELD_STRING, device_doc, d.proxy,
	      .effect = "calls to it go through this proxy: host, host:port "
	                "or URI"),
	FIELD("forward", FIELD_STRING, device_doc, d.forward,
	      .effect = "next hop of calls to it, behind `sip.proxy` when "
	                "there is one"),
	FIELD_CHECK("expire_seconds", FIELD_INT,
	            .effect = "checked only; the configuration says how long "
	                      "a registration lasts"),
	FIELD_CHECK("custom_sip_headers", FIELD_OBJECT,
	            .form = "`{in, out}`, objects of header to value",
	            .effect = "headers of calls to it (`in`, and those that "
	                      "stand flat) and of calls it makes (`out`); "
	                      "`{account_id}`, `{caller_id_name}`, "
	                      "`{caller_id_number}` and `{billing_id}` are "
	                      "replaced"),
	FIELD_END
};

/* Who they are is all that counts. */
static void read_guests(struct reader *rd, const struct place *at,
                        const cJSON *object, void *to)
{
	size_t room = (size_t)cJSON_GetArraySize(object);
	struct strings *s;
	const cJSON *j;

	if (!read_is_object(rd, at, object) || room == 0)
		return;
	s = pool_alloc(rd->pool, sizeof(*s) + room * sizeof(s->v[0]));
	cJSON_ArrayForEach(j, object)
		s->v[s->n++] = j->string;
	*(const struct strings **)to = s;
}

#define MAC_DIGITS 12

/* Kazoo's API takes it with `:` or `-` between its pairs, or nothing. */
static void read_mac(struct reader *rd, const struct place *at,
                     const cJSON *j, void *to)
{
	char digits[MAC_DIGITS + 1] = "";
	const char *s;
	size_t n = 0;

	if (!read_is_string(rd, at, j) || !*j->valuestring)
		return;
	for (s = j->valuestring; *s && n < MAC_DIGITS; s++) {
		bool is_pair = n > 0 && n % 2 == 0;

		s += is_pair && (*s == ':' || *s == '-');
		if (!*s || !strchr("0123456789abcdefABCDEF", *s))
			break;
		digits[n++] = *s;
	}
	if (*s || n < MAC_DIGITS) {
		reader_fault(rd, at, "'%.40s' is not a hardware address",
		             j->valuestring);
		return;
	}
	str_lower(digits);
	*(const char **)to = pool_strdup(rd->pool, digits);
}

static const struct field hotdesk_fields[] = {
	FIELD("users", FIELD_OTHER, device_doc, d.guests, .read = read_guests,
	      .form = "object",
	      .effect = "guests at this desk: while there are any, these "
	                "users (the keys) own it and `owner_id` does not"),
	FIELD_END
};

const struct field fields_device[] = {
	FIELD("name", FIELD_STRING, device_doc, d.name,
	      .is_required = true, .effect = "for logs and records"),
	FIELD("enabled", FIELD_BOOL, device_doc, d.is_enabled,
	      .absent = "`true`",
	      .effect = "`false`: cannot register, call or be called"),
	FIELD("owner_id", FIELD_STRING, device_doc, d.owner_id,
	      .effect = "the user it belongs to: rings with that user, is "
	                "disabled and undisturbed with that user"),
	FIELD_SUB("hotdesk", hotdesk_fields),
	FIELD("device_type", FIELD_STRING, device_doc, device_type,
	      .effect = "`cellphone` and `landline` are not expected to "
	                "register"),
	FIELD("mac_address", FIELD_OTHER, device_doc, d.mac,
	      .read = read_mac, .form = "string",
	      .effect = "checked only: twelve hexadecimal digits, which no "
	                "other device of the account has"),
	FIELD_SUB("sip", sip_fields),
	FIELD_CHECK("dial_plan", FIELD_OBJECT, .effect = "see Numbers"),
	FIELD_END
};

static const char *lower(struct pool *p, const char *s)
{
	char *copy = pool_strdup(p, s);

	if (copy)
		str_lower(copy);
	return copy;
}

static void weigh_ip(struct reader *rd, struct device_doc *x)
{
	static const struct place sip = { NULL, "sip", 0 };
	struct place at = { &sip, "ip", 0 };

	x->d.is_by_ip = x->method == METHOD_IP;
	if (x->ip && addr_parse(&x->d.ip, x->ip, 0) < 0)
		reader_fault(rd, &at, "'%.80s' is not an IP address", x->ip);
	else if (!x->ip && x->d.is_by_ip)
		reader_fault(rd, &at, "is needed with method ip");
}

/* Phones that are dialled through call forwarding never register. */
static bool never_registers(const struct device_doc *x)
{
	return x->d.is_by_ip || !x->d.is_enabled || x->d.route ||
	       x->d.static_route || str_eq(x->device_type, "cellphone") ||
	       str_eq(x->device_type, "landline");
}

static void weigh_credentials(struct reader *rd, struct device_doc *x)
{
	static const struct place sip = { NULL, "sip", 0 };
	const char *missing = !x->d.username   ? "username"
	                      : !x->d.password ? "password"
	                                       : "realm";
	struct place at = { &sip, missing, 0 };

	if (never_registers(x) ||
	    (x->d.username && x->d.password && x->d.realm))
		return;
	if (x->d.username && x->d.password)
		reader_warn(rd, &at, "neither the device nor its account has "
		                     "one: it cannot register");
	else
		reader_warn(rd, &at, "missing: the device cannot register");
}

void device_take(struct device *d, const struct settings *s, const char *text)
{
	d->settings = s;
	d->text = text;
	d->is_dnd = s->is_dnd == SETTING_ON;
	d->ignores_early_media = s->ignores_early_media == SETTING_ON;
	d->progress_timeout_s = s->progress_timeout_s;
}

struct device *read_device(struct reader *rd, const struct account *a,
                           const char *id, const cJSON *doc)
{
	struct device_doc x = {
		.d = { .id = id, .name = id, .account = a,
		       .is_enabled = true },
		.transport = -1,
	};
	struct device *d;

	read_fields(rd, NULL, doc, fields_device, &x);
	x.d.dial_plan = plan_read_dial_plan(rd, doc);
	if (x.transport >= 0)
		x.d.transport = transport_names[x.transport];
	x.d.realm = x.realm ? lower(rd->pool, x.realm) : a ? a->realm : NULL;
	weigh_ip(rd, &x);
	if (a)
		weigh_credentials(rd, &x);
	x.d.formatters = read_formatters(rd, doc);
	device_take(&x.d, read_settings(rd, doc, ON_DEVICE),
	            document_text(rd, doc));
	x.d.sip_headers = reader_keep_tree(
		rd, json_member(json_member(doc, "sip"),
	                        "custom_sip_headers"));
	d = pool_alloc(rd->pool, sizeof(*d));
	*d = x.d;
	return d;
}
