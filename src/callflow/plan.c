/* callflow/plan.c - makes a FLOW_DIAL step of the targets gathered. */
#include "callflow/plan.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "callflow/data.h"

enum plan_order plan_order(struct flow *f, const struct cJSON *data,
                           const char *key)
{
	const char *name = data_string(f, data, key);

	if (!name || strcmp(name, "simultaneous") == 0)
		return PLAN_TOGETHER;
	if (strcmp(name, "single") == 0)
		return PLAN_IN_TURN;
	if (strcmp(name, "weighted_random") == 0)
		return PLAN_SHUFFLED;
	flow_warn(f, "strategy", "strategy '%s' is not known: all ring at once",
	          name);
	return PLAN_TOGETHER;
}

bool plan_ignores_early_media(const struct flow *f)
{
	for (size_t i = 0; i < f->targets.n; i++)
		if (f->targets.v[i].dial.forward == FORWARD_OFF &&
		    f->targets.v[i].dial.device->ignores_early_media)
			return true;
	return false;
}

void plan_note_ringback(struct flow *f, const struct cJSON *data)
{
	if (data_string(f, data, "ringback"))
		flow_note(f, "ringback",
		          "ringback is not played to the caller");
}

/* --- fail_on_single_reject ------------------------------------------------ */

static void add_cause(struct flow *f, const char *s, size_t len)
{
	while (len > 0 && *s == ' ') {
		s++;
		len--;
	}
	while (len > 0 && s[len - 1] == ' ')
		len--;
	if (len > 0)
		words_add(&f->words, s, len);
}

static void split_causes(struct flow *f, const char *list)
{
	while (*list) {
		size_t len = strcspn(list, ",");

		add_cause(f, list, len);
		list += len;
		if (*list == ',')
			list++;
	}
}

/* FreeSWITCH: a '!' in front of the list negates all of it. */
static void spread_negation(struct words *w)
{
	if (w->n == 0 || *w->v[0] != '!')
		return;
	for (size_t i = 1; i < w->n; i++)
		if (*w->v[i] != '!') {
			char *was = w->v[i];

			w->v[i] = xasprintf("!%s", was);
			free(was);
		}
}

static void set_reject(struct flow *f, const struct cJSON *data,
                       struct single_reject *out)
{
	const char *key = "fail_on_single_reject";
	const struct cJSON *item = data_any(data, key), *name;

	if (cJSON_IsArray(item)) {
		cJSON_ArrayForEach(name, item)
			if (cJSON_IsString(name))
				split_causes(f, name->valuestring);
	} else if (cJSON_IsString(item) &&
	           strcmp(item->valuestring, "true") != 0 &&
	           strcmp(item->valuestring, "false") != 0) {
		split_causes(f, item->valuestring);
	} else {
		out->any = data_bool(f, data, key, false);
	}
	spread_negation(&f->words);
	out->causes = (const char *const *)f->words.v;
	out->n_causes = f->words.n;
}

bool single_reject_ends(const struct single_reject *r, const char *cause)
{
	bool is_negated = r->n_causes > 0 && *r->causes[0] == '!';

	if (r->any || r->n_causes == 0)
		return r->any;
	for (size_t i = 0; i < r->n_causes; i++)
		if (str_eq(r->causes[i] + is_negated, cause))
			return !is_negated;
	return is_negated;
}

/* --- order ---------------------------------------------------------------- */

static void swap(struct target *a, struct target *b)
{
	struct target was = *a;

	*a = *b;
	*b = was;
}

/* Stable: those with the same delay keep the order of the document. */
static void sort_by_delay(struct targets *t)
{
	for (size_t i = 1; i < t->n; i++)
		for (size_t j = i; j > 0 && t->v[j - 1].dial.delay_ms >
		                                    t->v[j].dial.delay_ms;
		     j--)
			swap(&t->v[j - 1], &t->v[j]);
}

/* Draws one after another, each with the odds of its weight. */
static void shuffle(struct flow *f, struct targets *t)
{
	for (size_t i = 0; i + 1 < t->n; i++) {
		uint64_t sum = 0, draw;
		size_t j = i;

		for (size_t k = i; k < t->n; k++)
			sum += (uint64_t)t->v[k].weight;
		draw = flow_random(f) % sum;
		while (draw >= (uint64_t)t->v[j].weight)
			draw -= (uint64_t)t->v[j++].weight;
		swap(&t->v[i], &t->v[j]);
	}
}

/* A target that could ring to the end of the whole needs no limit of its
 * own: so the end of the whole, which is NO_ANSWER, is what happened. */
static int own_timeout(const struct plan_options *o,
                       const struct dial_target *t)
{
	int64_t end = t->timeout_ms;

	if (o->order == PLAN_TOGETHER)
		end += t->delay_ms;
	if (o->timeout_s > 0 && end >= (int64_t)o->timeout_s * 1000)
		return 0;
	return t->timeout_ms;
}

/* Kazoo: a ring group's go before those of its members. */
static void set_ringtones(struct flow *f, const struct cJSON *ringtones,
                          struct dial_plan *p)
{
	p->ringtone_internal = data_string(f, ringtones, "internal");
	p->ringtone_external = data_string(f, ringtones, "external");
}

enum move plan_dial(struct flow *f, const struct plan_options *o)
{
	struct dial_plan *p = &f->step.u.dial;
	struct targets *t = &f->targets;

	if (t->n == 0)
		return MOVE_NEXT;
	if (o->order == PLAN_TOGETHER)
		sort_by_delay(t);
	else if (o->order == PLAN_SHUFFLED)
		shuffle(f, t);
	f->dials = xcalloc(t->n, sizeof(*f->dials));
	for (size_t i = 0; i < t->n; i++) {
		f->dials[i] = t->v[i].dial;
		f->dials[i].timeout_ms = own_timeout(o, &t->v[i].dial);
	}
	f->step.kind = FLOW_DIAL;
	p->strategy = o->order == PLAN_TOGETHER ? DIAL_SIMULTANEOUS
	                                        : DIAL_SINGLE;
	p->targets = f->dials;
	p->n_targets = t->n;
	p->timeout_ms = o->timeout_s * 1000;
	p->passes_early_media = o->passes_early_media;
	p->follows_redirect = o->follows_redirect;
	p->rings_at_once = p->strategy == DIAL_SIMULTANEOUS && t->n > 1;
	set_reject(f, o->data, &p->reject);
	set_ringtones(f, data_object(f, o->data, "ringtones"), p);
	return MOVE_STEP;
}
