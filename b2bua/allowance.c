/* b2bua/allowance.c - how many calls each account has. */
#include "b2bua/allowance.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "directory/number.h"
#include "trunk/limits.h"

struct allowance {
	char *account; /* owned; the key: documents come and go */
	struct limits_use use;
	UT_hash_handle hh;
};

static struct allowance *find(struct server *s, const struct account *a)
{
	struct allowance *w;

	HASH_FIND_STR(s->allowances, a->id, w);
	return w;
}

static void count(struct limits_use *use, enum allowance_way way, int by)
{
	if (way != ALLOWANCE_OUTBOUND)
		use->calls += (unsigned)by;
	if (way == ALLOWANCE_INBOUND)
		use->inbound += (unsigned)by;
	if (way == ALLOWANCE_OUTBOUND)
		use->outbound += (unsigned)by;
}

static void lease(struct server *s, const struct account *a,
                  enum allowance_way way, struct allowance_lease *out)
{
	struct allowance *w = find(s, a);

	if (!w) {
		w = xzalloc(sizeof(*w));
		w->account = xstrdup(a->id);
		HASH_ADD_KEYPTR(hh, s->allowances, w->account,
		                strlen(w->account), w);
	}
	count(&w->use, way, 1);
	*out = (struct allowance_lease){ s, w, way };
}

void allowance_return(struct allowance_lease *l)
{
	struct allowance *w = l->of;

	if (!w)
		return;
	count(&w->use, l->way, -1);
	if (!w->use.calls && !w->use.inbound && !w->use.outbound) {
		HASH_DELETE(hh, l->server->allowances, w);
		free(w->account);
		free(w);
	}
	*l = (struct allowance_lease){ 0 };
}

/* Kazoo lets these through whatever the limits are. */
static bool is_exempt(const struct account *a, const char *number,
                      enum allowance_way way)
{
	char *e164 = number_to_e164(a, number);
	const struct number_class *c = number_classify(a, e164);
	bool is_free = c->is_emergency || (way == ALLOWANCE_OUTBOUND &&
	                                   str_eq(c->name, "tollfree_us"));

	free(e164);
	return is_free;
}

static bool ask(struct server *s, const struct account *a,
                enum allowance_way way)
{
	struct allowance *w = find(s, a);
	struct limits_use use = { 0 };
	enum limits_answer answer;

	if (w)
		use = w->use;
	count(&use, way, 1);
	answer = limits_ask(a->limits, &use, way == ALLOWANCE_INBOUND);
	if (answer != LIMITS_TRUNK)
		log_info("account %s, %s call: %s", a->id,
		         way == ALLOWANCE_INBOUND ? "inbound" : "outbound",
		         limits_text(answer));
	return !limits_refuse(answer);
}

bool allowance_admit(struct server *s, const struct flow_caller *who,
                     const char *number, struct allowance_lease *out)
{
	const struct account *a = who->account;
	enum allowance_way way = ALLOWANCE_INSIDE;

	/* an account's own carriers take none of its trunks (Kazoo) */
	if (!who->device && who->resource && !who->resource->account &&
	    !is_exempt(a, number, ALLOWANCE_INBOUND))
		way = ALLOWANCE_INBOUND;
	if (way == ALLOWANCE_INBOUND && !ask(s, a, way))
		return false;
	lease(s, a, way, out);
	return true;
}

bool allowance_send_out(struct server *s, const struct account *a,
                        const char *number, struct allowance_lease *out)
{
	if (is_exempt(a, number, ALLOWANCE_OUTBOUND))
		return true;
	if (!ask(s, a, ALLOWANCE_OUTBOUND))
		return false;
	lease(s, a, ALLOWANCE_OUTBOUND, out);
	return true;
}
