/* callflow/members.c - from the members of groups and ring groups to the
 * devices to ring. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/data.h"
#include "callflow/endpoints.h"
#include "callflow/watch.h"

#define UNIX_TO_GREGORIAN 62167219200
#define DEFAULT_TIMEOUT_S 20
#define DEFAULT_WEIGHT 20
#define MAX_GROUP_DEPTH 16
#define MAX_GROUP_VISITS 1000

struct visit { /* a group gives nothing new when asked the same again */
	const struct group *group;
	int delay_s, timeout_s;
};

/* How one list of members is resolved. */
struct search {
	struct flow *f;
	bool once;             /* a device rings once, whatever its delay */
	bool devices_first;    /* of a group's members */
	enum plan_order order; /* PLAN_IN_TURN: a group's by weight */
	bool uses_entries;     /* a group's entries are its members' props */
	struct visit *visits;  /* owned */
	size_t n_visits;
};

struct found { /* what an id stands for: at most one of these */
	const struct device *device;
	const struct user *user;
	const struct group *group;
};

static struct found look_up(const struct flow *f, const char *id,
                            enum member_type type)
{
	const struct account *a = f->account;
	struct found it = { NULL, NULL, NULL };

	if (type == MEMBER_ANY || type == MEMBER_DEVICE)
		it.device = account_device(a, id);
	if (!it.device && (type == MEMBER_ANY || type == MEMBER_USER))
		it.user = account_user(a, id);
	if (!it.device && !it.user &&
	    (type == MEMBER_ANY || type == MEMBER_GROUP))
		it.group = account_group(a, id);
	return it;
}

/* The same phone may ring again after another delay, on purpose; at the same
 * time it rings once, which is also what Kazoo's switch makes of it. */
static struct target *find_same(const struct search *s,
                                const struct device *d, const struct wish *w)
{
	struct targets *t = &s->f->targets;

	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].dial.device == d &&
		    (s->once || t->v[i].dial.delay_ms == w->delay_s * 1000))
			return &t->v[i];
	return NULL;
}

/* Of two wishes for one phone the longer is granted. */
static void lengthen(struct dial_target *t, const struct wish *w)
{
	int timeout_ms = w->timeout_s > 0 ? w->timeout_s * 1000 : 0;

	if (t->timeout_ms > 0 &&
	    (timeout_ms == 0 || timeout_ms > t->timeout_ms))
		t->timeout_ms = timeout_ms;
}

static void search_device(struct search *s, const struct device *d,
                          const struct wish *w)
{
	struct target *same = find_same(s, d, w);

	if (d == s->f->in.caller.device) { /* whatever can_call_self says */
		flow_saw(s->f, WATCH_LEFT_OUT, d->id, "it is the caller");
		return;
	}
	if (!same)
		endpoints_device(s->f, d, w);
	else if (s->order == PLAN_TOGETHER && !s->once)
		lengthen(&same->dial, w);
}

static void search_user(struct search *s, const struct user *u,
                        const struct wish *w)
{
	endpoints_watch_user(s->f, u);
	for (size_t i = 0; i < u->n_devices; i++)
		if (endpoints_is_theirs(u, u->devices[i]))
			search_device(s, u->devices[i], w);
	if (u->n_devices == 0)
		endpoints_deskless(s->f, u, w);
}

static void search_group(struct search *s, const struct group *g,
                         const struct wish *w, unsigned depth);

static void search_found(struct search *s, const struct found *it,
                         const struct wish *w, unsigned depth)
{
	if (it->device)
		search_device(s, it->device, w);
	else if (it->user)
		search_user(s, it->user, w);
	else if (it->group)
		search_group(s, it->group, w, depth);
}

/* Groups may contain each other, even themselves. */
static bool is_new_visit(struct search *s, const struct group *g,
                         const struct wish *w)
{
	struct visit v = { g, w->delay_s, w->timeout_s };

	for (size_t i = 0; i < s->n_visits; i++)
		if (s->visits[i].group == v.group &&
		    s->visits[i].delay_s == v.delay_s &&
		    s->visits[i].timeout_s == v.timeout_s)
			return false;
	if (s->n_visits == MAX_GROUP_VISITS) {
		flow_warn(s->f, "visits", "too many groups: '%s' left out",
		          g->id);
		return false;
	}
	s->visits = xrealloc(s->visits,
	                     (s->n_visits + 1) * sizeof(*s->visits));
	s->visits[s->n_visits++] = v;
	return true;
}

/* By weight, those without one last; document order among equals. */
static int compare_weights(const void *a, const void *b)
{
	const struct group_member *x = *(const struct group_member *const *)a;
	const struct group_member *y = *(const struct group_member *const *)b;
	unsigned wx = (unsigned)x->weight, wy = (unsigned)y->weight;

	if (wx != wy)
		return wx < wy ? -1 : 1; /* -1 is the largest unsigned */
	return (x > y) - (x < y);
}

static const struct group_member **in_order(const struct search *s,
                                            const struct group *g)
{
	const struct group_member **v = xcalloc(g->n_members + 1, sizeof(*v));

	for (size_t i = 0; i < g->n_members; i++)
		v[i] = &g->members[i];
	if (s->order == PLAN_IN_TURN)
		qsort(v, g->n_members, sizeof(*v), compare_weights);
	return v;
}

/* The entry of a member in its group's document; entries come in the order
 * of the members, so the search goes on from the last one. */
static const struct cJSON *entry_of(const struct cJSON **from, const char *id)
{
	for (const struct cJSON *e = *from; e; e = e->next)
		if (str_eq(e->string, id)) {
			*from = e->next;
			return e;
		}
	return NULL;
}

static void search_members(struct search *s, const struct group *g,
                           const struct wish *w, unsigned depth, bool devices,
                           bool others)
{
	const struct cJSON *endpoints = data_any(g->doc, "endpoints");
	const struct cJSON *entry = endpoints ? endpoints->child : NULL;
	const struct group_member **v = in_order(s, g);

	for (size_t i = 0; i < g->n_members; i++) {
		struct found it = look_up(s->f, v[i]->id, v[i]->type);
		struct wish mine = *w;

		if (it.device ? !devices : !others)
			continue;
		if (v[i]->delay_s >= 0)
			mine.delay_s = v[i]->delay_s;
		if (v[i]->timeout_s >= 0)
			mine.timeout_s = v[i]->timeout_s;
		if (s->uses_entries)
			mine.props = entry_of(&entry, v[i]->id);
		search_found(s, &it, &mine, depth);
	}
	free(v);
}

static void search_group(struct search *s, const struct group *g,
                         const struct wish *w, unsigned depth)
{
	struct wish mine = *w;

	if (depth == MAX_GROUP_DEPTH) {
		flow_warn(s->f, "depth", "groups are nested too deep at '%s'",
		          g->id);
		return;
	}
	if (!is_new_visit(s, g, w))
		return;
	if (s->devices_first) {
		search_members(s, g, w, depth + 1, true, false);
		search_members(s, g, w, depth + 1, false, true);
		return;
	}
	if (mine.timeout_s < 0)
		mine.timeout_s = DEFAULT_TIMEOUT_S;
	search_members(s, g, &mine, depth + 1, true, true);
}

void endpoints_group(struct flow *f, const struct group *g)
{
	struct wish w = { 0, -1, DEFAULT_WEIGHT, NULL, false };
	struct search s = { .f = f };

	s.once = s.devices_first = s.uses_entries = true;
	search_group(&s, g, &w, 0);
	free(s.visits);
}

static enum member_type member_type(struct flow *f, const struct cJSON *m)
{
	const char *type = data_string(f, m, "endpoint_type");

	if (!type)
		return MEMBER_ANY;
	if (strcmp(type, "device") == 0)
		return MEMBER_DEVICE;
	if (strcmp(type, "user") == 0)
		return MEMBER_USER;
	if (strcmp(type, "group") == 0)
		return MEMBER_GROUP;
	flow_warn(f, "endpoint_type", "endpoint_type '%s' is not known", type);
	return MEMBER_ANY;
}

static bool is_paused(struct flow *f, const struct cJSON *m)
{
	if (data_int(f, m, "disable_until", 0) <=
	    f->in.unix_s + UNIX_TO_GREGORIAN)
		return false;
	flow_saw(f, WATCH_LEFT_OUT, data_string(f, m, "id"), "disable_until");
	return true;
}

static struct wish member_wish(struct flow *f, const struct cJSON *m)
{
	int64_t weight = data_int(f, m, "weight", DEFAULT_WEIGHT);
	struct wish w = { 0, -1, 0, m, true };

	w.delay_s = data_seconds(f, m, "delay", 0);
	if (data_any(m, "timeout"))
		w.timeout_s = data_seconds(f, m, "timeout", 0);
	w.weight = weight < 1 ? 1 : weight > 100 ? 100 : (int)weight;
	return w;
}

static void search_member(struct search *s, const struct cJSON *m)
{
	bool is_plain = cJSON_IsString(m);
	const char *id = is_plain ? m->valuestring
	                          : data_string(s->f, m, "id");
	enum member_type type = is_plain ? MEMBER_ANY : member_type(s->f, m);
	struct wish w = member_wish(s->f, m);
	struct found it;

	if (!id) {
		flow_warn(s->f, "member", "an endpoint without an id");
		return;
	}
	if (is_paused(s->f, m))
		return;
	it = look_up(s->f, id, type);
	if (!it.device && !it.user && !it.group) {
		flow_warn(s->f, id, "endpoint '%s' is not known", id);
		return;
	}
	search_found(s, &it, &w, 0);
}

void endpoints_members(struct flow *f, const struct cJSON *members,
                       enum plan_order order)
{
	struct search s = { .f = f, .order = order };
	const struct cJSON *m;

	cJSON_ArrayForEach(m, members)
		search_member(&s, m);
	free(s.visits);
}
