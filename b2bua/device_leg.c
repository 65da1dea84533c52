/* b2bua/device_leg.c - what documents want of a call to a telephone beside
 * its number. */
#include "b2bua/device_leg.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/caller_id.h"
#include "directory/formatter.h"
#include "directory/sip_headers.h"

/* --- hops ----------------------------------------------------------------- */

/* "host", "host:port" or a URI. */
static char *uri_of(const char *text)
{
	bool is_uri = strncasecmp(text, "sip:", 4) == 0 ||
	              strncasecmp(text, "sips:", 5) == 0;

	return xasprintf("%s%s", is_uri ? "" : "sip:", text);
}

static void add_hop(struct buf *route, const char *text)
{
	char *uri;

	if (!text)
		return;
	uri = uri_of(text);
	buf_fmt(route, "%s<%s%s>", route->len > 0 ? ", " : "", uri,
	        strstr(uri, ";lr") ? "" : ";lr");
	free(uri);
}

void device_leg_hops(struct device_hops *out, const struct device *d)
{
	const char *first = d->proxy ? d->proxy : d->forward;
	struct buf route = { 0 };

	*out = (struct device_hops){ NULL, NULL };
	if (!first)
		return;
	add_hop(&route, d->proxy);
	add_hop(&route, d->forward);
	out->next = uri_of(first);
	out->route = buf_take(&route);
}

/* --- From ----------------------------------------------------------------- */

/* The word of the owner goes before the device's, that before the account's;
 * the first that acts has its way. */
static char *formatted(const struct device *d, const char *field,
                       const char *text)
{
	const struct formatters *all[] = {
		d->owner ? d->owner->formatters : NULL, d->formatters,
		d->account->formatters
	};
	char *out = NULL;

	for (size_t i = 0; i < NELEM(all); i++)
		if (formatters_apply(all[i], field, FORMATTER_OUTBOUND,
		                     d->invite_format, text,
		                     &out) == FORMATTED_CHANGED)
			return out;
	return xstrdup(text);
}

char *device_leg_from(const struct device *d, bool is_name, const char *text)
{
	char *once, *twice;

	if (!text)
		return NULL;
	if (is_name)
		return formatted(d, "outbound_caller_id_name", text);
	once = formatted(d, "outbound_caller_id_number", text);
	twice = formatted(d, "from", once);
	free(once);
	return twice;
}

char *device_leg_callee(const struct device *d, const char *dialled,
                        bool is_from_outside)
{
	struct caller_identity shown = { 0 };
	struct caller_id id;
	struct settings s;

	caller_id_settings(&s, d, NULL);
	caller_id_of_callee(&id, d, &s, dialled, is_from_outside);
	shown.name = (char *)id.name;
	shown.user = (char *)id.number;
	return identity_line(&shown, d->account->realm);
}

/* --- headers -------------------------------------------------------------- */

static bool has_alert_info(const char *lines)
{
	static const char name[] = "Alert-Info:";

	for (; lines && *lines; lines = strchr(lines, '\n')) {
		lines += *lines == '\n';
		if (strncasecmp(lines, name, sizeof(name) - 1) == 0)
			return true;
	}
	return false;
}

/* Kazoo: the ring group's ringtone, else the device's; `internal` when a
 * device of the account calls. */
static void add_ringtone(struct buf *b, const struct dial_plan *p,
                         const struct device *d, const struct identity *who)
{
	bool is_inside = who->device && who->device->account == d->account;
	const char *tone = is_inside ? p->ringtone_internal
	                             : p->ringtone_external;
	struct settings s;

	device_settings(d, &s);
	if (!tone)
		tone = is_inside ? s.ringtone_internal : s.ringtone_external;
	if (tone && !has_alert_info(buf_text(b)))
		buf_fmt(b, "Alert-Info: %s\r\n", tone);
}

static const struct formatters *header_formatters(const struct device *d)
{
	if (d->owner && d->owner->formatters)
		return d->owner->formatters;
	return d->formatters ? d->formatters : d->account->formatters;
}

char *device_leg_headers(const struct dial_plan *p,
                         const struct dial_target *t,
                         const struct identity *who)
{
	const struct device *d = t->device;
	const struct formatters *fs = header_formatters(d);
	struct buf b = { 0 };

	if (who->caller->headers)
		buf_str(&b, who->caller->headers);
	add_ringtone(&b, p, d, who);
	sip_headers_write(&b, t->custom_sip_headers, SIP_HEADERS_CARRY,
	                  who->facts, fs);
	sip_headers_write(&b, d->sip_headers, SIP_HEADERS_IN, who->facts, fs);
	if (who->device)
		sip_headers_write(&b, who->device->sip_headers,
		                  SIP_HEADERS_OUT, who->facts, fs);
	return b.p;
}
