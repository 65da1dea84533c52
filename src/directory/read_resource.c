/* directory/read_resource.c - a carrier's document and its gateways. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/strutil.h"
#include "directory/read.h"

#define PROGRESS_DEFAULT 8 /* s; Kazoo */

static const char *const transport_names[] = { "udp", "tcp", "tls", NULL };

struct gateway_doc {
	struct gateway g;
	const char *server;
	int transport; /* -1: absent */
	int port;      /* 0: absent */
	int format, endpoint_type;
};

/* In the order of gateway_formats. */
static const char *const format_names[] = { "route", "username", "e164",
	                                    "npan",  "1npan", "strip_plus",
	                                    NULL };
static const enum invite_format gateway_formats[] = {
	INVITE_ROUTE, INVITE_USERNAME, INVITE_E164,
	INVITE_NPAN,  INVITE_1NPAN,    INVITE_STRIP_PLUS
};
static const char *const endpoint_names[] = { "sip", "freetdm", "skype",
	                                      "amqp", NULL };

static const struct field gateway_fields[] = {
	FIELD("enabled", FIELD_BOOL, gateway_doc, g.is_enabled),
	FIELD_TEXT("server", gateway_doc, server, 300),
	FIELD_RANGE("port", gateway_doc, port, 1, 65535),
	FIELD_TEXT("prefix", gateway_doc, g.prefix, 64),
	FIELD_TEXT("suffix", gateway_doc, g.suffix, 64),
	FIELD("route", FIELD_URI, gateway_doc, g.route),
	FIELD_CHOICE("invite_format", gateway_doc, format, format_names),
	FIELD("username", FIELD_STRING, gateway_doc, g.username),
	FIELD("password", FIELD_STRING, gateway_doc, g.password),
	FIELD("realm", FIELD_STRING, gateway_doc, g.realm),
	FIELD_CHOICE("transport", gateway_doc, transport, transport_names),
	FIELD_CHOICE("endpoint_type", gateway_doc, endpoint_type,
	             endpoint_names),
	FIELD("emergency", FIELD_BOOL, gateway_doc, g.is_emergency),
	FIELD("force_port", FIELD_BOOL, gateway_doc, g.force_port),
	FIELD("caller_id_type", FIELD_STRING, gateway_doc, g.caller_id_type),
	FIELD_RANGE("connect_timeout", gateway_doc, g.connect_timeout_s, 0, 32),
	FIELD_RANGE("progress_timeout", gateway_doc, g.progress_timeout_s, 0,
	            3600),
	FIELD_RANGE("answer_timeout", gateway_doc, g.answer_timeout_s, 0,
	            3600),
	FIELD("proxy", FIELD_URI, gateway_doc, g.proxy),
	FIELD("register", FIELD_BOOL, gateway_doc, g.registers),
	FIELD("auth_username", FIELD_STRING, gateway_doc, g.auth_username),
	FIELD_TEXT("contact_user", gateway_doc, g.contact_user, 64),
	FIELD_TEXT("extension", gateway_doc, g.extension, 64),
	FIELD_RANGE("expires", gateway_doc, g.expires_s, 30, 604800),
	FIELD_RANGE("channels", gateway_doc, g.channels, 0, 1000000),
	FIELD_RANGE("cps", gateway_doc, g.cps, 0, 10000),
	FIELD_RANGE("options_interval", gateway_doc, g.options_interval_s, 0,
	            86400),
	FIELD_RANGE("options_failures", gateway_doc, g.options_failures, 1,
	            100),
	FIELD_RANGE("options_successes", gateway_doc, g.options_successes, 1,
	            100),
	FIELD("codecs", FIELD_STRINGS, gateway_doc, g.codecs),
	FIELD("bypass_media", FIELD_SWITCH, gateway_doc, g.bypasses_media),
	FIELD("format_from_uri", FIELD_BOOL, gateway_doc, g.from.is_wanted),
	FIELD("from_uri_realm", FIELD_DOMAIN, gateway_doc, g.from_realm),
	FIELD("from_account_realm", FIELD_BOOL, gateway_doc,
	      g.from.is_account_realm),
	FIELD_END
};

/* A host name or an address, and nothing that could end it in a URI. */
static bool is_host(const char *s)
{
	bool is_v6 = *s == '[';
	struct addr a;

	if (is_v6 || strchr(s, ':'))
		return addr_parse(&a, s, 0) == 0;
	for (; *s; s++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz"
		            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_", *s))
			return false;
	return true;
}

static bool split_port(char *host, int *port)
{
	char *colon = strrchr(host, ':'), *end;
	bool is_port = colon && (colon[-1] == ']' ||
	                         strchr(host, ':') == colon);
	long n;

	if (!is_port)
		return true;
	n = strtol(colon + 1, &end, 10);
	if (colon[1] < '0' || colon[1] > '9' || *end || n < 1 || n > 65535)
		return false;
	*colon = '\0';
	if (*port == 0)
		*port = (int)n;
	return true;
}

static bool split_transport(char *params, int *transport)
{
	static const char key[] = "transport=";

	for (char *p = params; p; p = strchr(p, ';')) {
		char *end;

		p += *p == ';';
		if (strncasecmp(p, key, sizeof(key) - 1) != 0)
			continue;
		p += sizeof(key) - 1;
		end = p + strcspn(p, ";");
		for (int i = 0; transport_names[i]; i++)
			if (strlen(transport_names[i]) == (size_t)(end - p) &&
			    strncasecmp(p, transport_names[i],
			                (size_t)(end - p)) == 0) {
				if (*transport < 0)
					*transport = i;
				return true;
			}
		return false;
	}
	return true;
}

/* "host", and for convenience "[sip:]host[:port][;transport=tcp]"; the
 * members `port` and `transport` go before what stands here. */
static bool split_server(struct reader *rd, struct gateway_doc *x)
{
	char *text = pool_strdup(rd->pool, x->server);
	char *params = strchr(text, ';');

	if (strncasecmp(text, "sip:", 4) == 0) {
		text += 4;
	} else if (strncasecmp(text, "sips:", 5) == 0) {
		text += 5;
		x->transport = 2;
	}
	if (params)
		*params++ = '\0';
	if (!*text || *text == ':' || !split_port(text, &x->port) ||
	    !is_host(text) || !split_transport(params, &x->transport))
		return false;
	x->g.server = text;
	return true;
}

static void read_server(struct reader *rd, const struct place *at,
                        struct gateway_doc *x)
{
	struct place at_server = { at, "server", 0 };

	if (x->endpoint_type != 0) {
		reader_warn(rd, at,
		            "endpoint_type %s is not supported: never used",
		            endpoint_names[x->endpoint_type]);
		x->g.is_enabled = false;
		x->g.server = x->server ? x->server : "";
	} else if (!x->server) {
		reader_fault(rd, at, "has no server");
	} else if (!split_server(rd, x)) {
		reader_fault(rd, &at_server, "'%.80s' is not a host",
		             x->server);
	}
}

static void check_register(struct reader *rd, const struct place *at,
                           const struct gateway *g)
{
	if (g->registers && !g->username)
		reader_fault(rd, at, "registers, but has no username");
	else if (g->registers && !g->password)
		reader_warn(rd, at, "registers without a password");
}

/* What is read again for each call. */
static void read_additions(struct reader *rd, const struct place *at,
                           struct gateway *g)
{
	struct place headers = { at, "custom_sip_headers", 0 };
	struct place parameters = { at, "invite_parameters", 0 };

	g->sip_headers = json_member(g->doc, "custom_sip_headers");
	g->invite_parameters = json_member(g->doc, "invite_parameters");
	check_sip_headers(rd, &headers, g->sip_headers);
	check_invite_parameters(rd, &parameters, g->invite_parameters);
}

static void read_gateway(struct reader *rd, const struct place *at,
                         const struct resource *r, struct gateway *out,
                         const cJSON *doc)
{
	struct gateway_doc x = {
		.g = { .is_enabled = true, .prefix = "", .suffix = "",
		       .progress_timeout_s = PROGRESS_DEFAULT,
		       .channels = -1, .cps = -1, .options_interval_s = -1,
		       .is_emergency = r->is_emergency, .from = r->from,
		       .resource = r, .doc = doc },
		.transport = -1,
	};

	read_fields(rd, at, doc, gateway_fields, &x);
	if (x.g.from_realm)
		x.g.from.realm = x.g.from_realm;
	read_additions(rd, at, &x.g);
	read_server(rd, at, &x);
	check_register(rd, at, &x.g);
	x.g.name = pool_fmt(rd->pool, "%s/%zu", r->id, at->index);
	x.g.port = (uint16_t)x.port;
	x.g.invite_format = gateway_formats[x.format];
	if (x.transport >= 0)
		x.g.transport = transport_names[x.transport];
	*out = x.g;
}

static void read_gateways(struct reader *rd, struct resource *r,
                          const cJSON *array)
{
	struct place at = { NULL, "gateways", 0 };
	struct gateway *g;
	const cJSON *j;
	size_t i = 0;

	if (!array || (cJSON_IsArray(array) && !array->child)) {
		reader_fault(rd, &at, "a resource needs at least one");
		return;
	}
	if (!read_is_array(rd, &at, array))
		return;
	g = pool_alloc(rd->pool,
	               (size_t)cJSON_GetArraySize(array) * sizeof(*g));
	r->gateways = g;
	cJSON_ArrayForEach(j, array) {
		struct place here = { &at, NULL, i++ };

		if (read_is_object(rd, &here, j))
			read_gateway(rd, &here, r, &g[r->n_gateways++], j);
	}
}

struct resource_doc {
	struct resource r;
	int strategy;
};

static const char *const strategy_names[] = { "sequential", "random", NULL };

static const struct field options_fields[] = {
	FIELD_CHECK("type", FIELD_STRING),
	FIELD_END
};

static const struct field audio_fields[] = {
	FIELD("codecs", FIELD_STRINGS, resource_doc, r.audio_codecs),
	FIELD_END
};

static const struct field video_fields[] = {
	FIELD("codecs", FIELD_STRINGS, resource_doc, r.video_codecs),
	FIELD_END
};

static const struct field media_fields[] = {
	FIELD_SUB("audio", audio_fields),
	FIELD("bypass_media", FIELD_SWITCH, resource_doc, r.bypasses_media),
	FIELD_SUB("video", video_fields),
	FIELD_END
};

static const struct field resource_fields[] = {
	FIELD("allow_transfer", FIELD_BOOL, resource_doc, r.allows_transfer),
	FIELD("name", FIELD_STRING, resource_doc, r.name, .is_required = true),
	FIELD("enabled", FIELD_BOOL, resource_doc, r.is_enabled),
	FIELD("emergency", FIELD_BOOL, resource_doc, r.is_emergency),
	FIELD("require_flags", FIELD_BOOL, resource_doc, r.requires_flags),
	FIELD("ignore_flags", FIELD_BOOL, resource_doc, r.ignores_flags),
	FIELD_CHOICE("gateway_strategy", resource_doc, strategy,
	             strategy_names),
	FIELD("weight_cost", FIELD_INT, resource_doc, r.weight_cost),
	FIELD_SUB("caller_id_options", options_fields),
	FIELD_SUB("media", media_fields),
	FIELD("format_from_uri", FIELD_BOOL, resource_doc, r.from.is_wanted),
	FIELD("from_uri_realm", FIELD_DOMAIN, resource_doc, r.from.realm),
	FIELD("from_account_realm", FIELD_BOOL, resource_doc,
	      r.from.is_account_realm),
	FIELD_END
};

static struct rule **rules_of(struct reader *rd, const cJSON *doc,
                              const char *name, size_t *n)
{
	const cJSON *array = json_member(doc, name);
	struct place at = { NULL, name, 0 };

	if (!array || !read_is_array(rd, &at, array))
		return NULL;
	return read_rules(rd, &at, array, n);
}

static void read_flags(struct reader *rd, struct resource *r,
                       const cJSON *array)
{
	struct place at = { NULL, "flags", 0 };
	const char **flags;
	const cJSON *j;
	size_t i = 0;

	if (!array || !read_is_array(rd, &at, array))
		return;
	flags = pool_alloc(rd->pool, (size_t)cJSON_GetArraySize(array) *
	                                     sizeof(*flags));
	r->flags = flags;
	cJSON_ArrayForEach(j, array) {
		struct place here = { &at, NULL, i++ };

		if (read_is_string(rd, &here, j) && *j->valuestring)
			flags[r->n_flags++] = j->valuestring;
	}
}

static void read_stop_codes(struct reader *rd, struct resource *r,
                            const cJSON *array)
{
	struct place at = { NULL, "stop_codes", 0 };
	const cJSON *j;
	size_t i = 0;
	int *codes;

	if (!array || !read_is_array(rd, &at, array))
		return;
	codes = pool_alloc(rd->pool, (size_t)cJSON_GetArraySize(array) *
	                                     sizeof(*codes));
	r->stop_codes = codes;
	cJSON_ArrayForEach(j, array) {
		struct place here = { &at, NULL, i++ };

		if (read_int(rd, &here, j, 300, 699, &codes[r->n_stop_codes]))
			r->n_stop_codes++;
	}
}

struct resource *read_resource(struct reader *rd, const struct account *a,
                               const char *id, const cJSON *doc)
{
	struct resource_doc x = {
		.r = { .id = id, .name = id, .account = a,
		       .is_enabled = true, .weight_cost = 50, .doc = doc },
	};
	struct resource *r = pool_alloc(rd->pool, sizeof(*r));
	const cJSON *options = json_member(doc, "caller_id_options");

	read_fields(rd, NULL, doc, resource_fields, &x);
	*r = x.r;
	r->is_random = x.strategy == 1;
	r->weight_cost = read_weight(r->weight_cost);
	if (str_eq(json_member_string(options, "type"), "emergency"))
		r->is_emergency = true;
	r->formatters = read_formatters(rd, doc);
	read_resource_classes(rd, r, doc);
	r->rules = rules_of(rd, doc, "rules", &r->n_rules);
	r->cid_rules = rules_of(rd, doc, "cid_rules", &r->n_cid_rules);
	read_flags(rd, r, json_member(doc, "flags"));
	read_stop_codes(rd, r, json_member(doc, "stop_codes"));
	read_gateways(rd, r, json_member(doc, "gateways"));
	return r;
}
