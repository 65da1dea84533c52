/* b2bua/lamps.c - what a name shows because somebody has dialled so
 * (manual_presence): "night", "lunch".  It is kept until it is set again, over
 * reloads, not over a restart. */
#include "b2bua/presence_priv.h"

#include <stdlib.h>

#include "base/mem.h"

#define MOST 10000 /* names that show something: anybody may dial more */

static struct shown *find(const struct presence *p, const char *key)
{
	struct shown *s;

	HASH_FIND_STR(p->shown, key, s);
	return s;
}

enum lamp_state lamp_of(const struct presence *p, const char *key)
{
	const struct shown *s = find(p, key);

	return s ? s->state : LAMP_IDLE;
}

bool lamp_exists(const struct account *a, const struct watched *w)
{
	return w->lamp != LAMP_IDLE || account_has_lamp(a, w->user);
}

static void forget(struct presence *p, struct shown *s)
{
	HASH_DELETE(hh, p->shown, s);
	free(s->key);
	free(s);
}

static void remember(struct presence *p, const char *key,
                     enum lamp_state state)
{
	struct shown *s = find(p, key);

	if (state == LAMP_IDLE) {
		if (s)
			forget(p, s);
		return;
	}
	if (!s && HASH_COUNT(p->shown) == MOST) {
		log_warn("%d names show something: no more", MOST);
		return;
	}
	if (!s) {
		s = xzalloc(sizeof(*s));
		s->key = xstrdup(key);
		HASH_ADD_KEYPTR(hh, p->shown, s->key, strlen(s->key), s);
	}
	s->state = state;
}

void presence_set(struct presence *p, const struct lamp *lamp)
{
	char *key = xasprintf("%s\n%s", lamp->account->id, lamp->name);
	struct watched *w;

	remember(p, key, lamp->state);
	HASH_FIND_STR(p->watched, key, w);
	free(key);
	if (!w || w->lamp == lamp->state)
		return;
	w->lamp = lamp->state;
	watched_changed(w);
}

void lamps_clear(struct presence *p)
{
	struct shown *s, *next;

	HASH_ITER (hh, p->shown, s, next)
		forget(p, s);
}
