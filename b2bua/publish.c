/* b2bua/publish.c - PUBLISH (RFC 3903): a phone says that nobody is there.
 *
 * One publication a phone: a new one takes the place of the old. */
#include "b2bua/presence_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utlist.h>

#include "b2bua/sender.h"
#include "base/id.h"
#include "base/strutil.h"

static void tell(struct line *l)
{
	struct link *k;

	DL_FOREACH (l->links, k)
		watched_changed(k->watched);
}

void line_unpublish(struct line *l)
{
	struct presence *p = l->presence;

	if (!l->published.etag[0])
		return;
	timer_stop(loop_timers(p->server->loop), &l->published.expiry);
	l->published.etag[0] = '\0';
	p->gauges.publications--;
	tell(l);
	line_drop(l);
}

static void expired(struct timer *t, void *arg)
{
	(void)t;
	line_unpublish(arg);
}

static void ok(struct request *rq, const char *etag, int64_t life_s)
{
	struct buf lines = { 0 };

	buf_fmt(&lines, "SIP-ETag: %s\r\nExpires: %lld\r\n", etag,
	        (long long)life_s);
	request_reply(rq, 200, "OK", lines.p);
	buf_free(&lines);
}

/* RFC 3903 4.1: each answer brings another tag. */
static void publish(struct line *l, struct request *rq, int64_t life_s)
{
	const struct message *m = request_message(rq);
	struct presence *p = l->presence;
	char etag[17];

	id_random(etag, 16);
	if (life_s == 0) {
		ok(rq, etag, 0);
		line_unpublish(l);
		return;
	}
	if (!l->published.etag[0])
		p->gauges.publications++;
	memcpy(l->published.etag, etag, sizeof(etag));
	if (m->body)
		l->published.is_closed = pidf_is_closed(m->body, m->body_len);
	timer_start(loop_timers(p->server->loop), &l->published.expiry,
	            life_s * 1000, expired, l);
	ok(rq, etag, life_s);
	tell(l);
}

/* What RFC 3903 6 asks before it is taken; 0: go on. */
static int screen(const struct line *l, const struct request *rq)
{
	const struct message *m = request_message(rq);
	char *match = message_header(m, "SIP-If-Match");
	int status = 0;

	if (match && (!l->published.etag[0] ||
	              !str_eq(match, l->published.etag)))
		status = 412;
	else if (!match && !m->body)
		status = 400;
	else if (m->body && (!m->type || strcasecmp(m->type, PIDF_TYPE) != 0))
		status = 415;
	free(match);
	return status;
}

static void refuse(struct presence *p, struct request *rq, int status)
{
	char lines[32];

	snprintf(lines, sizeof(lines), "Min-Expires: %u\r\n",
	         p->conf[PACKAGE_PRESENCE].min_s);
	if (status == 412)
		request_reply(rq, 412, "Conditional Request Failed", NULL);
	else if (status == 415)
		request_reply(rq, 415, "Unsupported Media Type",
		              "Accept: " PIDF_TYPE "\r\n");
	else if (status == 423)
		request_reply(rq, 423, "Interval Too Brief", lines);
	else
		request_reply(rq, status, "Bad Request", NULL);
}

static void take(struct presence *p, struct request *rq, const struct device *d)
{
	int64_t life_s = subscription_lifetime(&p->conf[PACKAGE_PRESENCE],
	                                       request_expires(rq));
	struct line *l = line_of(p, d);
	int status = life_s < 0 ? 423 : screen(l, rq);

	if (status) {
		refuse(p, rq, status);
		line_drop(l);
	} else {
		publish(l, rq, life_s);
	}
}

void presence_publish(struct server *s, struct request *rq)
{
	const struct device *d = sender_device(s, rq);

	if (!d)
		return;
	if (strcasecmp(request_event(rq), "presence") != 0)
		request_reply(rq, 489, "Bad Event",
		              "Allow-Events: presence\r\n");
	else if (!str_eq_case(request_user(rq), d->username))
		request_reply(rq, 403, "Not Your Address", NULL);
	else
		take(s->presence, rq, d);
}
