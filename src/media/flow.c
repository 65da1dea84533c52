/* media/flow.c - the relay thread's half of an endpoint. */
#include "media/flow.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

struct flow *flow_create(const int fds[2])
{
	struct flow *f = xzalloc(sizeof(*f));

	for (int i = 0; i < 2; i++) {
		f->port[i].flow = f;
		f->port[i].fd = fds[i];
		f->port[i].kind = (enum source_kind)i;
	}
	return f;
}

void flow_destroy(struct flow **fp)
{
	struct flow *f = *fp;

	if (!f)
		return;
	assert(!f->peer);
	close(f->port[SOURCE_RTP].fd);
	close(f->port[SOURCE_RTCP].fd);
	free(f);
	*fp = NULL;
}

void flow_set_remote(struct flow *f, const struct endpoint_remote *r)
{
	f->is_mux = r->is_mux;
	source_init(&f->port[SOURCE_RTP].source, SOURCE_RTP, r);
	source_init(&f->port[SOURCE_RTCP].source, SOURCE_RTCP, r);
	atomic_store_explicit(&f->count.is_latched, false,
	                      memory_order_relaxed);
}

void flow_connect(struct flow *a, struct flow *b)
{
	assert(!a->peer && !b->peer && a != b);
	a->peer = b;
	b->peer = a;
}

void flow_disconnect(struct flow *f)
{
	if (!f->peer)
		return;
	f->peer->peer = NULL;
	f->peer = NULL;
}
