/* b2bua/messages.c - MESSAGE between phones (RFC 3428).
 *
 * Not a proxy: each contact gets a request of our own, with its own Call-ID
 * and a From that was proved.  One 2xx is the answer (RFC 3428 6: a text is
 * delivered when somebody has it); else the best failure. */
#include "b2bua/messages.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utlist.h>

#include "b2bua/identity.h"
#include "b2bua/sender.h"
#include "b2bua/targets.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/reach.h"
#include "sip/pager.h"

#define LARGEST_BODY 16384 /* bytes; more is not meant for MESSAGE */
#define MAX_DEVICES  16
#define MAX_OPEN     10000 /* under way, of all senders */

struct copy { /* to one contact */
	struct text *text;         /* borrowed */
	const struct call_branch *branch; /* borrowed from the targets */
	struct resolve *resolving; /* owned */
	struct pager *pager;       /* owned */
	size_t ways;               /* of branch->ways, those that were taken */
};

#define TEXT_MAGIC 0x7e47u
struct text {
	unsigned magic;
	struct server *server;     /* borrowed */
	struct request *rq;        /* owned; NULL: answered */
	struct snapshot *snapshot; /* a reference is held */
	struct targets *targets;   /* owned */
	struct caller_identity from; /* owned */
	char *type, *body;         /* owned */
	size_t len;
	int max_forwards;
	struct copy *copies;       /* owned */
	size_t n, open;
	int best;                  /* of the failures; 0: none yet */
	bool is_starting;
	struct text *prev, *next;  /* server->texts */
};

static void text_free(struct text *t)
{
	for (size_t i = 0; i < t->n; i++) {
		resolve_cancel(&t->copies[i].resolving);
		pager_drop(&t->copies[i].pager);
	}
	DL_DELETE(t->server->texts, t);
	t->server->n_texts--;
	targets_free(&t->targets);
	identity_clear(&t->from);
	snapshot_unref(&t->snapshot);
	free(t->copies);
	free(t->type);
	free(t->body);
	OBJ_KILL(t);
	free(t);
}

/* --- answers ------------------------------------------------------------------ */

/* RFC 3261 16.7 step 6: the answer that says most about the person; what a
 * phone asks of us is not the sender's business. */
static bool is_better(int status, int than)
{
	bool is_vague = status == 408 || status == 503 || status < 400 ||
	                status == 401 || status == 407;

	return than == 0 || (!is_vague && (than == 480 || status < than));
}

static void conclude(struct text *t, int status)
{
	if (status >= 200 && status < 300) {
		if (t->rq)
			request_reply(t->rq, 200, "OK", NULL);
		t->rq = NULL;
	} else if (is_better(status, t->best)) {
		t->best = is_better(status, 480) ? status : 480;
	}
	if (t->open > 0 || t->is_starting)
		return;
	if (t->rq)
		request_reply(t->rq, t->best ? t->best : 480,
		              t->best == 480 || !t->best
		                      ? "Temporarily Unavailable"
		                      : "Not Delivered",
		              NULL);
	text_free(t);
}

static bool try_next_way(struct copy *c, int status);

static void on_answer(int status, void *arg)
{
	struct copy *c = arg;

	OBJ_CHECK(c->text, TEXT_MAGIC);
	c->pager = NULL;
	if (try_next_way(c, status))
		return;
	c->text->open--;
	conclude(c->text, status);
}

/* --- sending ------------------------------------------------------------------- */

static const struct target *target_of(const struct copy *c)
{
	return c->ways ? &c->branch->ways[c->ways - 1].target
	               : &c->branch->invite.target;
}

/* False: it cannot be sent there. */
static bool send_to(struct copy *c, const struct addr *dest)
{
	struct text *t = c->text;
	const struct leg_invite *in = &c->branch->invite;
	struct pager_message m = {
		.target = *target_of(c),
		.from_name = in->from_name,
		.from_user = in->from_user,
		.from_host = in->from_host,
		.to_uri = in->to_uri,
		.type = t->type,
		.body = t->body,
		.len = t->len,
		.headers = in->headers,
		.max_forwards = t->max_forwards,
	};

	m.target.dest = *dest;
	return pager_send(&c->pager, t->server->agent, &m, on_answer, c) == 0;
}

/* RFC 5626 5.3: when a flow has failed, the phone's next one. */
static bool try_next_way(struct copy *c, int status)
{
	if (status != 430 && status != 408 && status != 503)
		return false;
	while (c->ways < c->branch->n_ways) {
		c->ways++;
		if (send_to(c, &target_of(c)->dest))
			return true;
	}
	return false;
}

static void on_resolved(const struct resolve_answer *a, void *arg)
{
	struct copy *c = arg;

	OBJ_CHECK(c->text, TEXT_MAGIC);
	c->resolving = NULL;
	if (a->n > 0 && send_to(c, &a->addr[0]))
		return;
	c->text->open--;
	conclude(c->text, 480);
}

static void start(struct copy *c)
{
	const struct call_branch *b = c->branch;
	struct resolve_question q = {
		.host = b->host,
		.port = b->port,
		.transport = sip_transport_name(b->invite.target.transport),
	};

	c->text->open++;
	if (!addr_is_set(&b->invite.target.dest) && b->host) {
		resolve_start(&c->resolving, c->text->server->resolver, &q,
		              on_resolved, c);
	} else if ((!addr_is_set(&b->invite.target.dest) ||
	            !send_to(c, &b->invite.target.dest)) &&
	           !try_next_way(c, 430)) {
		c->text->open--;
		conclude(c->text, 480);
	}
}

static void start_all(struct text *t)
{
	const struct call_plan *plan = targets_plan(t->targets);

	t->n = plan->n;
	t->copies = xcalloc(t->n, sizeof(*t->copies));
	t->is_starting = true;
	for (size_t i = 0; i < t->n; i++) {
		t->copies[i].text = t;
		t->copies[i].branch = &plan->branches[i];
		start(&t->copies[i]);
	}
	t->is_starting = false;
	if (t->open == 0)
		conclude(t, 480);
}

/* --- one that came ---------------------------------------------------------------- */

static struct text *text_new(struct server *s, struct request *rq,
                             const struct device *d)
{
	const struct message *m = request_message(rq);
	struct text *t = xzalloc(sizeof(*t));
	char *lines;

	OBJ_INIT(t, TEXT_MAGIC);
	t->server = s;
	t->snapshot = snapshot_ref(s->snapshot);
	t->rq = rq;
	t->type = message_content_type(m);
	t->body = m->body ? xmemdup(m->body, m->body_len) : NULL;
	t->len = m->body_len;
	t->max_forwards = message_max_forwards(m) - 1;
	/* answers go to the sender himself: the name that he proved */
	lines = message_crossing_as(m, CROSS_TEXT, 0);
	identity_shown(&t->from, request_from_name(rq),
	               d->username ? d->username : d->id, lines);
	free(lines);
	DL_APPEND(s->texts, t);
	s->n_texts++;
	return t;
}

static void deliver(struct server *s, struct request *rq,
                    const struct device *d, const struct device **to, size_t n)
{
	struct dial_target targets[MAX_DEVICES];
	struct dial_plan plan = { .targets = targets, .n_targets = n };
	char *dialled = xstrdup(request_user(rq));
	struct text *t = text_new(s, rq, d);
	struct identity who = {
		.name = t->from.name,
		.user = t->from.user,
		.host = identity_host(&t->from, d->realm),
		.realm = d->realm,
		.caller = &t->from,
		.dialled = dialled,
		.number = dialled,
	};

	for (size_t i = 0; i < n; i++)
		targets[i] = (struct dial_target){ .device = to[i] };
	t->targets = targets_of_devices(s, &plan, &who);
	if (t->targets)
		start_all(t);
	else
		conclude(t, 480);
	free(dialled);
}

/* What can be said before anybody is looked for; 0: goes on. */
static int screen(const struct server *s, const struct message *m)
{
	if (message_max_forwards(m) <= 0)
		return 483;
	if (m->body_len > LARGEST_BODY)
		return 413;
	if (m->body && !m->type)
		return 415;
	return s->n_texts >= MAX_OPEN ? 503 : 0;
}

static const char *phrase(int status)
{
	return status == 483   ? "Too Many Hops"
	       : status == 413 ? "Request Entity Too Large"
	       : status == 415 ? "Unsupported Media Type"
	                       : "Service Unavailable";
}

void messages_request(struct server *s, struct request *rq)
{
	const struct device *d = sender_device(s, rq), *to[MAX_DEVICES];
	int status;
	size_t n;

	if (!d)
		return;
	status = screen(s, request_message(rq));
	if (status)
		request_reply(rq, status, phrase(status),
		              status == 503 ? "Retry-After: 10\r\n" : NULL);
	else if (callflow_reach(to, MAX_DEVICES, &n, s->snapshot, d->account,
	                        request_user(rq)) < 0)
		request_reply(rq, 404, "Not Found", NULL);
	else
		deliver(s, rq, d, to, n);
}

void messages_end(struct server *s)
{
	struct text *t, *next;

	DL_FOREACH_SAFE (s->texts, t, next) {
		if (t->rq)
			request_reply(t->rq, 503, "Service Unavailable", NULL);
		text_free(t);
	}
}
