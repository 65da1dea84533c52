/* sip/session_timer.c - the algebra of session timers (RFC 4028). */
#include "sip/session_timer.h"

#define LEAST_RETRY_MS 2000

static uint32_t max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* --- as the server ----------------------------------------------------- */

/* RFC 4028 9, table 2.  Where it leaves the choice, the roles stay as they
 * are; and at first the client refreshes, whose way through NAT that keeps
 * open. */
static enum refresher choose(const struct session_state *s,
                             const struct session_said *rq)
{
	if (!rq->supports)
		return REFRESHER_UAS;
	if (rq->refresher != REFRESHER_NONE)
		return rq->refresher;
	return s->interval_s && s->we_refresh ? REFRESHER_UAS : REFRESHER_UAC;
}

/* RFC 4028 9: a wish may be shortened, to no less than its Min-SE, and never
 * be made longer. */
static uint32_t interval(const struct session_policy *p,
                         const struct session_state *s,
                         const struct session_said *rq)
{
	uint32_t least = max(max(rq->min_s, p->min_s), SESSION_LEAST_S);
	uint32_t ours = max(p->expires_s, least);

	if (rq->expires_s)
		return p->expires_s && ours < rq->expires_s
		               ? ours
		               : max(rq->expires_s, SESSION_LEAST_S);
	if (s->interval_s) /* it goes on */
		return max(s->interval_s, least);
	return rq->supports && p->expires_s ? ours : 0;
}

struct session_answer session_answer(const struct session_policy *p,
                                     const struct session_state *s,
                                     const struct session_said *rq)
{
	struct session_answer a = { 0 };

	/* who does not know 422 cannot be sent one */
	if (rq->supports && rq->expires_s && rq->expires_s < p->min_s) {
		a.refuse_min_s = p->min_s;
		return a;
	}
	a.expires_s = interval(p, s, rq);
	if (!a.expires_s)
		return a;
	a.refresher = choose(s, rq);
	a.requires = rq->supports;
	return a;
}

void session_answered(struct session_state *s, const struct session_said *rq,
                      const struct session_answer *a)
{
	s->interval_s = a->expires_s;
	s->we_refresh = a->refresher == REFRESHER_UAS;
	s->min_s = max(s->min_s, rq->min_s);
}

/* --- as the client ----------------------------------------------------- */

struct session_said session_ask(const struct session_policy *p,
                                const struct session_state *s, bool is_first)
{
	struct session_said q = { .supports = true };

	q.expires_s = is_first ? p->expires_s : s->interval_s;
	if (!q.expires_s)
		return q;
	q.min_s = max(max(s->min_s, p->min_s), SESSION_LEAST_S);
	q.expires_s = max(q.expires_s, q.min_s);
	/* RFC 4028 7.4: the roles stay; at first the server chooses */
	if (!is_first)
		q.refresher = s->we_refresh ? REFRESHER_UAC : REFRESHER_UAS;
	return q;
}

void session_accepted(struct session_state *s,
                      const struct session_said *response)
{
	s->interval_s = response->expires_s;
	if (s->interval_s) /* RFC 4028 4: shorter is not to be believed */
		s->interval_s = max(s->interval_s, SESSION_LEAST_S);
	/* one that names nobody is no harm when we do it */
	s->we_refresh = response->refresher != REFRESHER_UAS;
}

bool session_raise(struct session_state *s,
                   const struct session_said *response)
{
	if (response->min_s <= max(s->min_s, SESSION_LEAST_S))
		return false;
	s->min_s = response->min_s;
	return true;
}

/* --- in time ----------------------------------------------------------- */

int64_t session_refresh_ms(uint32_t interval_s)
{
	return (int64_t)interval_s * 1000 / 2;
}

int64_t session_end_ms(uint32_t interval_s)
{
	int64_t whole = (int64_t)interval_s * 1000, early = whole / 3;

	return whole - (early < 32000 ? early : 32000);
}

int64_t session_retry_ms(int64_t left_ms)
{
	if (left_ms <= LEAST_RETRY_MS)
		return -1;
	return left_ms / 2 > LEAST_RETRY_MS ? left_ms / 2 : LEAST_RETRY_MS;
}

int64_t glare_wait_ms(bool owns_call_id, uint64_t random)
{
	if (owns_call_id) /* 2.1 to 4 s in steps of 10 ms */
		return 2100 + (int64_t)(random % 191) * 10;
	return (int64_t)(random % 201) * 10;
}
