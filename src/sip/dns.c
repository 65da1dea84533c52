/* sip/dns.c - questions to the hosts file and to DNS.
 *
 * A record is the answer to one question, on its way or known.  It lives as
 * long as somebody holds it or the cache has it: a known one until its time
 * is over or room is needed.  c-ares calls back from deep within itself, so
 * what it says is only noted; a timer passes it on. */
#include "sip/dns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "sip/hosts.h"

#define MAX_UNDER_WAY   1000
#define MIN_TTL_S       1
#define MAX_TTL_S       3600
#define MIN_NEGATIVE_S  5
#define MAX_NEGATIVE_S  60
#define NO_SOA_S        30 /* for what is missing when no SOA tells */
#define FAILED_S        5
#define REOPEN_AFTER_MS 10000
#define STALE_S         86400 /* RFC 8767 5: how long the old may stand in */
#define STALE_AGAIN_S   30

struct dns_record {
	UT_hash_handle hh;              /* in dns.cache, by key */
	struct dns_record *prev, *next; /* in dns.under_way or dns.known */
	struct dns *dns;                /* borrowed */
	struct dns_query query;
	struct dns_ask *asks; /* borrowed: who holds us */
	struct timer timer;   /* passes the answer on */
	struct dns_answer answer;
	int64_t expires_ms;       /* when known */
	struct dns_answer *stale; /* owned; what was known before; NULL */
	int64_t stale_until_ms;   /* 0: no old answer stands in */
	enum dns_type type;
	bool is_known, is_cached;
	size_t key_len;
	char key[]; /* the type as a digit, then the name */
};

struct dns {
	struct loop *loop;            /* borrowed */
	struct dns_channel *channel;  /* owned */
	struct hosts *hosts;          /* owned */
	struct dns_record *cache;     /* owned */
	struct dns_record *under_way; /* the cached ones that are not known */
	struct dns_record *known;     /* the cached ones that are, by age */
	size_t n_under_way, max_records;
	int64_t opened_ms; /* the channel */
};

int dns_create(struct dns **out, struct loop *l, const struct dns_conf *conf)
{
	struct dns *d = xzalloc(sizeof(*d));
	int rc;

	d->loop = l;
	d->max_records = conf->max_records;
	d->opened_ms = loop_now_ms(l);
	hosts_create(&d->hosts, conf->hosts);
	rc = dns_channel_create(&d->channel, l, &conf->channel);
	if (rc < 0)
		dns_destroy(&d);
	else
		*out = d;
	return rc;
}

static void free_record(struct dns_record *r)
{
	timer_stop(loop_timers(r->dns->loop), &r->timer);
	dns_answer_clear(&r->answer);
	if (r->stale)
		dns_answer_clear(r->stale);
	free(r->stale);
	free(r);
}

/* Out of the cache; whoever holds it may go on reading. */
static void forget(struct dns_record *r)
{
	struct dns *d = r->dns;

	HASH_DEL(d->cache, r);
	if (r->is_known) {
		DL_DELETE(d->known, r);
	} else {
		DL_DELETE(d->under_way, r);
		d->n_under_way--;
	}
	r->is_cached = false;
	if (!r->asks)
		free_record(r);
}

void dns_destroy(struct dns **dp)
{
	struct dns *d = *dp;

	if (!d)
		return;
	dns_channel_destroy(&d->channel);
	while (d->under_way)
		forget(d->under_way);
	while (d->known)
		forget(d->known);
	hosts_destroy(&d->hosts);
	free(d);
	*dp = NULL;
}

static unsigned clamp(unsigned v, unsigned min, unsigned max)
{
	return v < min ? min : v > max ? max : v;
}

static unsigned lifetime_s(const struct dns_record *r)
{
	if (r->stale_until_ms)
		return STALE_AGAIN_S;
	switch (r->answer.status) {
	case DNS_FOUND:
		return clamp(r->answer.ttl_s, MIN_TTL_S, MAX_TTL_S);
	case DNS_NOTHING:
		return clamp(r->answer.ttl_s, MIN_NEGATIVE_S, MAX_NEGATIVE_S);
	default:
		return FAILED_S;
	}
}

/* Tells those who wait.  They put other questions, they end none. */
static void pass_on(struct timer *t, void *arg)
{
	struct dns_record *r = arg;
	struct dns *d = r->dns;
	struct dns_ask *a, *next;

	(void)t;
	DL_DELETE(d->under_way, r);
	d->n_under_way--;
	r->is_known = true;
	r->expires_ms = loop_now_ms(d->loop) + lifetime_s(r) * 1000;
	DL_APPEND(d->known, r);
	DL_FOREACH_SAFE (r->asks, a, next)
		a->fn(a, a->arg);
}

/* RFC 8767: when nobody can say, what was known before. */
static void use_stale(struct dns_record *r)
{
	if (r->answer.status != DNS_FAILED || !r->stale ||
	    loop_now_ms(r->dns->loop) >= r->stale_until_ms) {
		r->stale_until_ms = 0;
		return;
	}
	log_warn("dns: no answer about %s; what was known is used on",
		 r->key + 1);
	r->answer = *r->stale;
	free(r->stale);
	r->stale = NULL;
}

static void reply_came(struct dns_query *q, enum dns_status status,
		       const unsigned char *msg, size_t len)
{
	struct dns_record *r = container_of(q, struct dns_record, query);

	if (status == DNS_FOUND) {
		dns_read(&r->answer, r->type, msg, len);
	} else {
		r->answer.status = status;
		r->answer.ttl_s = NO_SOA_S;
	}
	if (r->answer.status == DNS_NOTHING &&
	    !dns_negative_ttl(&r->answer.ttl_s, msg, len))
		r->answer.ttl_s = NO_SOA_S;
	use_stale(r);
	timer_start(loop_timers(r->dns->loop), &r->timer, 0, pass_on, r);
}

static void send_query(struct dns_record *r)
{
	dns_channel_query(r->dns->channel, &r->query, r->type, r->key + 1,
			  reply_came);
}

/* Questions under way are put again. */
static void reopen(struct dns *d)
{
	struct dns_record *r;

	d->opened_ms = loop_now_ms(d->loop);
	dns_channel_reopen(d->channel);
	DL_FOREACH (d->under_way, r)
		if (!timer_is_running(&r->timer))
			send_query(r);
}

void dns_reload(struct dns *d)
{
	struct dns_record *r, *next;

	reopen(d);
	DL_FOREACH_SAFE (d->known, r, next)
		if (r->answer.status != DNS_FOUND)
			forget(r);
}

/* A resolver that went away may have come back under another address, which
 * resolv.conf knows. */
static void reopen_if_need_be(struct dns *d)
{
	if (dns_channel_is_outdated(d->channel)) {
		log_info("dns: the configuration has changed");
		dns_reload(d);
	} else if (dns_channel_is_failing(d->channel) &&
		   loop_now_ms(d->loop) - d->opened_ms >= REOPEN_AFTER_MS) {
		log_warn("dns: no server answers; reading the configuration "
			 "again");
		reopen(d);
	}
}

static struct dns_record *new_record(struct dns *d, enum dns_type type,
				     const char *key, size_t key_len)
{
	struct dns_record *r = xzalloc(sizeof(*r) + key_len + 1);

	r->dns = d;
	r->type = type;
	r->key_len = key_len;
	memcpy(r->key, key, key_len + 1);
	return r;
}

static void make_room(struct dns *d)
{
	struct dns_record *r, *next;

	DL_FOREACH_SAFE (d->known, r, next) {
		if (HASH_COUNT(d->cache) < d->max_records)
			return;
		forget(r);
	}
}

/* Known at once, and only for the one who asks. */
static struct dns_record *answered(struct dns *d, enum dns_type type,
				   const char *key, enum dns_status status)
{
	struct dns_record *r = new_record(d, type, key, strlen(key));

	r->answer.status = status;
	r->is_known = true;
	return r;
}

static struct dns_record *ask_hosts(struct dns *d, enum dns_type type,
				    const char *key)
{
	const struct addr *all = NULL;
	struct dns_record *r;
	size_t n;

	if (type == DNS_A || type == DNS_AAAA)
		all = hosts_find(d->hosts, key + 1, &n);
	if (!all)
		return NULL;
	r = answered(d, type, key, DNS_NOTHING);
	for (size_t i = 0; i < n && r->answer.n < DNS_MAX_RECORDS; i++)
		if (addr_is_v6(&all[i]) == (type == DNS_AAAA))
			r->answer.addrs[r->answer.n++] = all[i];
	if (r->answer.n)
		r->answer.status = DNS_FOUND;
	return r;
}

/* NULL: nothing, or nothing fresh. */
static struct dns_record *ask_cache(struct dns *d, const char *key,
				    size_t key_len)
{
	struct dns_record *r;

	HASH_FIND(hh, d->cache, key, key_len, r);
	return r && r->is_known && loop_now_ms(d->loop) >= r->expires_ms
		       ? NULL
		       : r;
}

/* Takes the place of one that is out of date, and keeps what it knew. */
static void replace_outdated(struct dns *d, struct dns_record *r)
{
	struct dns_record *old;

	HASH_FIND(hh, d->cache, r->key, r->key_len, old);
	if (!old)
		return;
	if (old->answer.status != DNS_FAILED) {
		r->stale = xzalloc(sizeof(*r->stale));
		dns_answer_copy(r->stale, &old->answer);
		r->stale_until_ms = old->stale_until_ms
					    ? old->stale_until_ms
					    : old->expires_ms + STALE_S * 1000;
	}
	forget(old);
}

static struct dns_record *ask_server(struct dns *d, enum dns_type type,
				     const char *key, size_t key_len)
{
	struct dns_record *r;

	if (d->n_under_way >= MAX_UNDER_WAY)
		return answered(d, type, key, DNS_FAILED);
	reopen_if_need_be(d);
	r = new_record(d, type, key, key_len);
	replace_outdated(d, r);
	make_room(d);
	r->is_cached = true;
	HASH_ADD_KEYPTR(hh, d->cache, r->key, r->key_len, r);
	DL_APPEND(d->under_way, r);
	d->n_under_way++;
	send_query(r);
	return r;
}

/* RFC 8767 5: while no server answers nobody waits for one to be sure of it,
 * but the question stays, for the one that comes back. */
static struct dns_record *stand_in(struct dns *d, struct dns_record *r)
{
	struct dns_record *old;

	if (r->is_known || !r->stale || !dns_channel_is_failing(d->channel) ||
	    loop_now_ms(d->loop) >= r->stale_until_ms)
		return r;
	old = answered(d, r->type, r->key, r->stale->status);
	dns_answer_copy(&old->answer, r->stale);
	return old;
}

void dns_ask(struct dns *d, struct dns_ask *a, enum dns_type type,
	     const char *name, dns_fn *fn, void *arg)
{
	char key[300];
	struct dns_record *r;
	size_t len = strlen(name) + 1;

	key[0] = (char)('0' + type);
	key[1] = '\0';
	if (len > 1 && len < sizeof(key)) {
		memcpy(key + 1, name, len);
		r = ask_hosts(d, type, key);
		if (!r)
			r = ask_cache(d, key, len);
		if (!r)
			r = ask_server(d, type, key, len);
		r = stand_in(d, r);
	} else {
		r = answered(d, type, key, DNS_NOTHING);
	}
	*a = (struct dns_ask){ .dns = d, .record = r, .fn = fn, .arg = arg };
	DL_APPEND(r->asks, a);
}

const struct dns_answer *dns_answer_of(const struct dns_ask *a)
{
	return a->record && a->record->is_known ? &a->record->answer : NULL;
}

void dns_release(struct dns_ask *a)
{
	struct dns_record *r = a->record;

	if (!r)
		return;
	DL_DELETE(r->asks, a);
	*a = (struct dns_ask){ 0 };
	if (!r->asks && !r->is_cached)
		free_record(r);
}

bool dns_has_host(struct dns *d, const char *name)
{
	size_t n;

	return hosts_find(d->hosts, name, &n) != NULL;
}

size_t dns_record_count(const struct dns *d)
{
	return HASH_COUNT(d->cache);
}
