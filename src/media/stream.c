/* media/stream.c - the relay thread's half of an endpoint. */
#include "media/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

struct stream *stream_create(const int fds[2])
{
	struct stream *s = xzalloc(sizeof(*s));

	for (int i = 0; i < 2; i++) {
		s->port[i].stream = s;
		s->port[i].fd = fds[i];
		s->port[i].kind = (enum source_kind)i;
	}
	return s;
}

void stream_destroy(struct stream **sp)
{
	struct stream *s = *sp;

	if (!s)
		return;
	assert(!s->peer);
	close(s->port[SOURCE_RTP].fd);
	close(s->port[SOURCE_RTCP].fd);
	free(s->numbers);
	free(s->silence);
	free(s);
	*sp = NULL;
}

void stream_set_remote(struct stream *s, const struct endpoint_remote *r)
{
	s->is_mux = r->is_mux;
	source_init(&s->port[SOURCE_RTP].source, SOURCE_RTP, r);
	source_init(&s->port[SOURCE_RTCP].source, SOURCE_RTCP, r);
	atomic_store_explicit(&s->count.is_latched, false,
	                      memory_order_relaxed);
}

void stream_connect(struct stream *a, struct stream *b)
{
	assert(!a->peer && !b->peer && a != b);
	a->peer = b;
	b->peer = a;
}

void stream_disconnect(struct stream *s)
{
	if (!s->peer)
		return;
	s->peer->peer = NULL;
	s->peer = NULL;
}

void stream_set_numbers(struct stream *s, uint8_t *numbers)
{
	free(s->numbers);
	s->numbers = numbers;
}
