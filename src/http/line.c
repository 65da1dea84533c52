/* http/line.c - who may go now. */
#include "http/line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/hash.h"
#include "base/mem.h"

struct line_host { /* as long as somebody goes there or waits to */
	UT_hash_handle hh;
	struct line_host *prev, *next; /* in line.ready */
	struct line_place *waiting;    /* in order */
	size_t n_live;
	bool is_ready;
	char name[];
};

static struct line_host *host_of(struct line *l, const char *name)
{
	struct line_host *h;
	size_t len = strlen(name);

	HASH_FIND(hh, l->hosts, name, len, h);
	if (h)
		return h;
	h = xzalloc(sizeof(*h) + len + 1);
	memcpy(h->name, name, len + 1);
	HASH_ADD_KEYPTR(hh, l->hosts, h->name, len, h);
	return h;
}

/* Puts it into the round or takes it out, as it has become; and frees the one
 * that nobody wants any more. */
static void update(struct line *l, struct line_host *h)
{
	bool is_ready = h->waiting && h->n_live < l->conf.max_live_of_host;

	if (is_ready && !h->is_ready)
		DL_APPEND(l->ready, h);
	else if (!is_ready && h->is_ready)
		DL_DELETE(l->ready, h);
	h->is_ready = is_ready;
	if (!h->waiting && h->n_live == 0) {
		HASH_DEL(l->hosts, h);
		free(h);
	}
}

static void go(struct line *l, struct line_place *p)
{
	p->is_live = true;
	p->host->n_live++;
	l->n_live++;
}

int line_enter(struct line *l, struct line_place *p, const char *host)
{
	struct line_host *h = host_of(l, host);
	int rc = 0;

	p->host = h;
	if (l->n_live < l->conf.max_live && !l->ready && !h->waiting &&
	    h->n_live < l->conf.max_live_of_host) {
		go(l, p);
	} else if (l->n_waiting < l->conf.max_waiting) {
		DL_APPEND(h->waiting, p);
		l->n_waiting++;
	} else {
		p->host = NULL;
		rc = -EBUSY;
	}
	update(l, h);
	return rc;
}

void line_leave(struct line *l, struct line_place *p)
{
	struct line_host *h = p->host;

	if (!h)
		return;
	if (p->is_live) {
		h->n_live--;
		l->n_live--;
	} else {
		DL_DELETE(h->waiting, p);
		l->n_waiting--;
	}
	*p = (struct line_place){ 0 };
	update(l, h);
}

struct line_place *line_next(struct line *l)
{
	struct line_host *h = l->ready;
	struct line_place *p;

	if (!h || l->n_live >= l->conf.max_live)
		return NULL;
	p = h->waiting;
	DL_DELETE(h->waiting, p);
	l->n_waiting--;
	go(l, p);
	DL_DELETE(l->ready, h); /* the next host's turn */
	h->is_ready = false;
	update(l, h);
	return p;
}
