/* b2bua/sweep.c - after a reload: what is registered of devices that are gone
 * or disabled. */
#include "b2bua/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"

#define PIECE    1000 /* addresses of record: a millisecond or two */
#define PAUSE_MS 5

struct gone { /* AoRs whose device may no longer register */
	struct server *server;
	char **aors; /* owned */
	size_t n;
};

static void note_gone(const struct binding *b, void *arg)
{
	struct gone *g = arg;
	const char *at = strrchr(b->aor, '@');
	size_t n = at ? (size_t)(at - b->aor) : strlen(b->aor);
	char *user = xstrndup(b->aor, n);
	const struct device *d = snapshot_device_by_auth(
	        g->server->snapshot, at ? at + 1 : "", user);

	free(user);
	if (d && device_is_usable(d))
		return;
	if (g->n > 0 && str_eq(g->aors[g->n - 1], b->aor))
		return; /* another contact of it */
	g->aors = xrealloc(g->aors, (g->n + 1) * sizeof(char *));
	g->aors[g->n++] = xstrdup(b->aor);
}

static void sweep(struct timer *t, void *arg)
{
	struct server *s = arg;
	struct gone g = { .server = s };
	bool has_more = registrar_sweep(s->registrar, PIECE,
	                                loop_unix_ms(s->loop), note_gone, &g);

	for (size_t i = 0; i < g.n; i++) {
		registrar_forget(s->registrar, g.aors[i]);
		free(g.aors[i]);
	}
	free(g.aors);
	if (has_more)
		timer_start(loop_timers(s->loop), t, PAUSE_MS, sweep, s);
}

void sweep_start(struct server *s)
{
	registrar_sweep_start(s->registrar);
	timer_stop(loop_timers(s->loop), &s->sweep);
	sweep(&s->sweep, s);
}
