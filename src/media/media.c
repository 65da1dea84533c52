/* media/media.c - the ports and the relay threads that endpoints share. */
#include "media/media_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

#define THREADS_MAX 256

static unsigned thread_count(unsigned asked)
{
	long n = asked ? (long)asked : sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (unsigned)n;
}

static void stop(struct media *m)
{
	for (unsigned i = 0; i < m->n_seats; i++)
		relay_stop(m->seats[i].relay);
	for (unsigned i = 0; i < m->n_seats; i++)
		relay_destroy(&m->seats[i].relay);
}

int media_create(struct media **out, const struct media_conf *conf)
{
	unsigned n = thread_count(conf->threads);
	struct media *m = xzalloc(sizeof(*m));
	int rc = 0;

	m->address = conf->address;
	m->ports = ports_create(conf->port_min, conf->port_max,
	                        conf->quarantine_ms, conf->seed);
	m->seats = xcalloc(n, sizeof(*m->seats));
	if (ports_count(m->ports).free == 0)
		rc = -EINVAL;
	while (rc == 0 && m->n_seats < n) {
		rc = relay_create(&m->seats[m->n_seats].relay, m->n_seats);
		if (rc == 0)
			m->n_seats++;
	}
	if (rc < 0)
		media_destroy(&m);
	else
		*out = m;
	return rc;
}

void media_destroy(struct media **mp)
{
	struct media *m = *mp;

	if (!m)
		return;
	assert(m->n_endpoints == 0);
	stop(m);
	ports_destroy(&m->ports);
	free(m->seats);
	free(m);
	*mp = NULL;
}

void media_flush(struct media *m)
{
	for (unsigned i = 0; i < m->n_seats; i++)
		relay_flush(m->seats[i].relay);
}

void media_age(struct media *m, int64_t now_ms)
{
	ports_age(m->ports, now_ms);
}

void media_hold(struct media *m)
{
	for (unsigned i = 0; i < m->n_seats; i++)
		relay_hold(m->seats[i].relay);
}

void media_push(struct media *m)
{
	for (unsigned i = 0; i < m->n_seats; i++)
		relay_push(m->seats[i].relay);
}

static uint64_t value(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

struct media_gauges media_gauges(const struct media *m)
{
	struct ports_count ports = ports_count(m->ports);
	struct media_gauges g = {
		.endpoints = m->n_endpoints,
		.ports_used = ports.used,
		.ports_free = ports.free,
		.ports_quarantined = ports.quarantined,
	};

	for (unsigned i = 0; i < m->n_seats; i++) {
		const struct forward_totals *t =
			relay_totals(m->seats[i].relay);

		g.packets_relayed += value(&t->relayed);
		g.packets_refused += value(&t->refused);
		g.packets_unsent += value(&t->unsent);
	}
	return g;
}
