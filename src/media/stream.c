/* media/stream.c - the relay thread's half of an endpoint. */
#include "media/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

struct stream *stream_create(const int fds[2])
{
	struct stream *f = xzalloc(sizeof(*f));

	for (int i = 0; i < 2; i++) {
		f->port[i].stream = f;
		f->port[i].fd = fds[i];
		f->port[i].kind = (enum source_kind)i;
	}
	return f;
}

void stream_destroy(struct stream **fp)
{
	struct stream *f = *fp;

	if (!f)
		return;
	assert(!f->peer);
	close(f->port[SOURCE_RTP].fd);
	close(f->port[SOURCE_RTCP].fd);
	free(f);
	*fp = NULL;
}

void stream_set_remote(struct stream *f, const struct endpoint_remote *r)
{
	f->is_mux = r->is_mux;
	source_init(&f->port[SOURCE_RTP].source, SOURCE_RTP, r);
	source_init(&f->port[SOURCE_RTCP].source, SOURCE_RTCP, r);
	atomic_store_explicit(&f->count.is_latched, false,
	                      memory_order_relaxed);
}

void stream_connect(struct stream *a, struct stream *b)
{
	assert(!a->peer && !b->peer && a != b);
	a->peer = b;
	b->peer = a;
}

void stream_disconnect(struct stream *f)
{
	if (!f->peer)
		return;
	f->peer->peer = NULL;
	f->peer = NULL;
}
