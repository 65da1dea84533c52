/* call/call_transfer.c - call transfer (RFC 3515, 5589) and replacement (RFC
 * 3891): which legs shall be joined, and what the one who asked for it hears.
 *
 * While a transfer is under way the old call stands.  The one who asked may
 * leave it at any time; the other is kept until somebody answers. */
#include "call/call_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"

static int slot_of(const struct call *c, const struct leg *l)
{
	return l == c->leg[CALLER] ? CALLER : CALLEE;
}

/* --- who is there ----------------------------------------------------------- */

void call_let_bypass(struct call *c)
{
	c->side[CALLER].may_bypass = true;
}

const struct call_party *call_party(const struct call *c, int at)
{
	return &c->party[at];
}

void call_party_clear(struct call_party *p)
{
	free(p->account);
	free(p->id);
	free(p->user);
	free(p->name);
	free(p->told[0]);
	free(p->told[1]);
	*p = (struct call_party){ 0 };
}

void call_set_party(struct call *c, int at, const char *account,
                    const char *id, bool is_device, bool may_refer)
{
	struct call_party *p = &c->party[at];

	free(p->account);
	free(p->id);
	p->account = xstrdup(account);
	p->id = xstrdup(id);
	p->is_device = is_device;
	if (may_refer)
		leg_allow_refer(c->leg[at]);
}

static void replace(char **field, const char *value)
{
	free(*field);
	*field = xstrdup(value);
}

void call_show_caller(struct call *c, const struct call_shown *s)
{
	struct call_party *p = &c->party[CALLER];

	replace(&p->name, s->name);
	replace(&p->user, s->user);
	replace(&p->told[0], s->told[0]);
	replace(&p->told[1], s->told[1]);
	p->hears = s->hears;
}

const char *party_told(const struct call_party *who,
                       const struct call_party *to)
{
	return to->hears ? who->told[!to->is_device] : NULL;
}

void call_set_callee(struct call *c, const struct call_branch *b)
{
	call_party_clear(&c->party[CALLEE]);
	c->party[CALLEE] = (struct call_party){
		.account = xstrdup(b->account),
		.id = xstrdup(b->name),
		.user = xstrdup(c->record.dialled),
		.told = { xstrdup(b->told[0]), xstrdup(b->told[1]) },
		.is_device = strcmp(b->kind, "device") == 0,
		.hears = b->hears,
	};
}

struct call *call_find(struct agent *a, const struct replaces *r, int *at,
                       bool *is_early)
{
	struct leg *l = leg_find(a, r);
	struct call *c = l ? call_of_attempt(l) : NULL;

	if (!l)
		return NULL;
	*is_early = c != NULL || leg_state(l) == LEG_OFFERED;
	*at = CALLEE;
	if (!c && leg_ops_of(l) == &call_leg_ops) {
		c = leg_arg(l);
		OBJ_CHECK(c, CALL_MAGIC);
		*at = slot_of(c, l);
	}
	return c;
}

bool call_is_up(const struct call *c)
{
	return c->state == CALL_UP && !c->join && !c->heir && !c->origin &&
	       !c->is_joining && c->leg[CALLER] && c->leg[CALLEE];
}

/* --- the record ------------------------------------------------------------- */

void call_note_transfer(struct call *c, const char *kind, int by,
                        const char *to, const struct call *other)
{
	size_t n = c->record.n_transfers++;
	struct call_transfer *t;

	c->transfers = xrealloc(c->transfers, (n + 1) * sizeof(*t));
	c->record.transfers = c->transfers;
	t = &c->transfers[n];
	*t = (struct call_transfer){ .kind = kind,
		                     .by = by == CALLER ? "caller" : "callee",
		                     .to = xstrdup(to),
		                     .at_ms = call_unix_ms(c) };
	if (other)
		strcpy(t->call, other->record.id);
}

/* Both the record and the one who asked are told. */
void call_transfer_done(struct call *c, int status)
{
	size_t n = c->record.n_transfers;

	if (n > 0 && c->transfers[n - 1].status == 0)
		c->transfers[n - 1].status = status;
	leg_notify(c->leg[CALLER], status, true);
	leg_notify(c->leg[CALLEE], status, true);
}

/* --- leaving ---------------------------------------------------------------- */

struct call_attempt *call_won(struct call *c)
{
	return c->record.n_attempts > c->winner ? &c->attempts_done[c->winner]
	                                        : NULL;
}

void call_lend(struct call *c, int at, void *lease)
{
	c->lease[at] = lease;
}

void call_return_lease(struct call *c, int at)
{
	static const struct call_attempt good = { .status = 200,
		                                  .ring_ms = 1,
		                                  .answer_ms = 1,
		                                  .retry_after_s = -1 };
	void *lease = c->lease[at];

	c->lease[at] = NULL;
	if (lease)
		c->ops->left(c, &good, lease, c->arg);
}

void call_part(struct call *c, int at)
{
	struct timers *ts = loop_timers(c->conf->loop);

	if (at == CALLEE && call_won(c))
		attempt_over(c, call_won(c));
	call_return_lease(c, at);

	timer_stop(ts, &c->media_timer);
	call_crossing_refuse(c, at);
	leg_release(&c->leg[at], LEG_RELEASE_NORMAL, NULL);
	side_clear(&c->side[at], call_now(c));
	c->side[at] = (struct side){ 0 };
}

bool call_left(struct call *c, struct leg *l)
{
	int at = slot_of(c, l);

	if (!c->heir && !c->join)
		return false;
	if (!c->leg[!at] ||
	    (c->join ? join_needs(c, l) : at != c->refer_by)) {
		call_transfer_over(c);
		return false;
	}
	log_ctx_info(&c->log, "%s leaves while its transfer goes on",
	             at == CALLER ? "caller" : "callee");
	c->record.ended_by = at == CALLER ? CALL_BY_CALLER : CALL_BY_CALLEE;
	call_part(c, at);
	return true;
}

static void end_heir(struct call *c)
{
	struct call *heir = c->heir;

	c->heir = heir->origin = NULL;
	call_hangup(heir, CALL_BY_CALLER, "ORIGINATOR_CANCEL");
}

static void tell_origin(struct call *c)
{
	struct call *o = c->origin;
	int status = c->record.status;

	c->origin = o->heir = NULL;
	call_hold(o);
	call_transfer_failed(o, status >= 300 ? status : 480);
	call_drop(o);
}

void call_transfer_over(struct call *c)
{
	join_abort(c);
	if (c->heir)
		end_heir(c);
	if (c->origin)
		tell_origin(c);
	call_transfer_done(c, 487);
}

void call_transfer_end(struct call *c)
{
	struct call_attempt *won = call_won(c);

	call_transfer_over(c);
	if (won && won->answer_ms) /* also when the other side never agreed */
		attempt_over(c, won);
	call_return_lease(c, CALLER);
	call_return_lease(c, CALLEE);
}

void call_transfer_failed(struct call *c, int status)
{
	log_ctx_info(&c->log, "transfer failed: %d", status);
	call_transfer_done(c, status);
	/* the one who asked has left: nobody is there to go on with */
	if (!c->leg[c->refer_by])
		call_hangup(c, c->record.ended_by, NULL);
}

/* --- REFER ------------------------------------------------------------------ */

static int examine(struct call *c, int by, const struct message *m,
                   struct refer *r)
{
	int status;

	if (!call_is_up(c))
		return 491; /* one at a time */
	status = message_refer(r, m);
	if (status)
		return status;
	status = c->ops->may_transfer(c, by, r, c->arg);
	if (status != 202)
		refer_clear(r);
	return status;
}

void call_referred(struct call *c, struct leg *l, struct leg_request *rq,
                   const struct message *m)
{
	int by = slot_of(c, l);
	struct refer r;
	int status = examine(c, by, m, &r);

	log_ctx_info(&c->log, "%s asks for a transfer: %d",
	             by == CALLER ? "caller" : "callee", status);
	if (status != 202) {
		leg_reply(rq, status, NULL, NULL, NULL, 0, NULL);
		return;
	}
	c->refer_by = by;
	leg_accept_refer(rq, &r);
	c->ops->transfer(c, by, &r, c->arg);
	refer_clear(&r);
}

/* --- to a number: an heir --------------------------------------------------- */

static void fill_heir_record(struct call *c, const struct call *from, int stays)
{
	const struct call_party *p = &from->party[stays];
	struct call_record *r = &c->record;

	id_random(r->id, 16);
	strcpy(r->origin, from->record.id);
	r->start_ms = call_unix_ms(c);
	r->caller_call_id = xstrdup(leg_call_id(from->leg[stays]));
	r->from_user = xstrdup(p->user ? p->user : "");
	r->from_name = xstrdup(p->name ? p->name : "");
	r->source = leg_peer(from->leg[stays]);
	r->ended_by = CALL_BY_SERVER;
}

void call_create_heir(struct call **out, struct call *from, int by,
                      const char *dialled, const struct call_ops *ops,
                      void *arg)
{
	struct call *c = xzalloc(sizeof(*c));

	assert(!from->heir && from->leg[!by]);
	OBJ_INIT(c, CALL_MAGIC);
	dial_init(&c->dial, c, NULL);
	c->conf = from->conf;
	c->ops = ops;
	c->arg = arg;
	c->log = (struct log_ctx){ "call", c->record.id, NULL };
	fill_heir_record(c, from, !by);
	c->record.dialled = xstrdup(dialled);
	c->max_forwards = leg_max_forwards(from->leg[!by]) - 1;
	c->max_breadth = leg_max_breadth(from->leg[!by]);
	c->is_late_offer = true; /* whoever answers offers */
	c->origin = from;
	from->heir = c;
	call_note_transfer(from, "blind", by, dialled, c);
	call_watch_ringing(c);
	*out = c;
}

void call_heir_answered(struct call *c)
{
	struct call *o = c->origin;

	join_begin(o, !o->refer_by, c, CALLEE, "BLIND_TRANSFER");
}

/* --- to somebody who is there already --------------------------------------- */

void call_attend(struct call *a, int at_a, struct call *b, int at_b)
{
	call_note_transfer(a, "attended", at_a, NULL, b);
	call_note_transfer(b, "attended", at_b, NULL, a);
	b->transfers[b->record.n_transfers - 1].status = 200;
	join_begin(a, !at_a, b, !at_b, "ATTENDED_TRANSFER");
}

/* Picks a ringing call up. */
static void pick_up(struct call *fresh, struct call *c)
{
	if (c->join || pickup_answer(fresh, c) < 0) {
		call_respond(fresh, 488, "Not Acceptable Here", NULL);
		return;
	}
	fresh->record.status = 200;
	fresh->record.answer_ms = call_unix_ms(fresh);
	call_note_transfer(fresh, "pickup", CALLER, NULL, c);
	call_note_transfer(c, "pickup", CALLEE, NULL, fresh);
	c->transfers[c->record.n_transfers - 1].status = 200;
	join_begin(fresh, CALLER, c, CALLER, "PICKED_OFF");
}

void call_replace(struct call *fresh, struct call *c, int at)
{
	if (c->state == CALL_DIALLING) {
		pick_up(fresh, c);
		return;
	}
	call_note_transfer(c, "replaced", at, NULL, fresh);
	strcpy(fresh->record.origin, c->record.id);
	join_begin(c, !at, fresh, CALLER, "ATTENDED_TRANSFER");
}
