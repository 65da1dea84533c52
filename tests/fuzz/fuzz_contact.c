/* Contacts and paths from strangers, as REGISTER brings them to the store: a
 * line each.  Whatever is kept is as it was sent, no more than allowed, found
 * again by the same URI, and gone when it is taken back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "registrar/contact.h"
#include "registrar/registrar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST      16
#define MOST_KEPT 5
#define NOW       1700000000000

struct count {
	size_t n;
	const char *uri;
	bool has_it;
};

static void see(const struct binding *b, void *arg)
{
	struct count *c = arg;

	c->n++;
	if (c->uri && contact_eq(b->contact, c->uri))
		c->has_it = true;
	if (b->expires_at_ms <= NOW)
		abort();
}

static struct count count(struct registrar *r, const char *uri)
{
	struct count c = { .uri = uri };

	registrar_each(r, "a@b", NOW, see, &c);
	if (c.n > MOST_KEPT)
		abort();
	return c;
}

static int apply(struct registrar *r, uint32_t cseq, const char *uri,
                 int64_t expires_s, const char *path)
{
	struct register_contact c = { .uri = uri,
		                      .expires_s = expires_s,
		                      .q = 1000 };
	struct register_request q = {
		.aor = "a@b",
		.call_id = "c",
		.cseq = cseq,
		.expires_s = -1,
		.contacts = &c,
		.n_contacts = 1,
		.path = path,
		.now_ms = NOW,
	};

	return registrar_apply(r, &q).status;
}

static size_t cut(char *text, const char *lines[MOST])
{
	size_t n = 0;
	char *line;

	while (n < MOST && (line = strsep(&text, "\n")))
		lines[n++] = line;
	return n;
}

/* RFC 3261 19.1.4: of equal URIs each is the other's equal. */
static void compare(const char *const lines[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!contact_eq(lines[i], lines[i]))
			abort();
		for (size_t j = 0; j < i; j++)
			if (contact_eq(lines[i], lines[j]) !=
			    contact_eq(lines[j], lines[i]))
				abort();
	}
}

/* One URI may equal several that do not equal each other: "sip:a" does
 * "sip:a;x=1" and "sip:a;x=2".  They go one by one. */
static void take_back(struct registrar *r, uint32_t cseq, const char *uri)
{
	struct count c = count(r, uri);

	for (size_t left = c.n; c.has_it; left = c.n) {
		if (apply(r, cseq++, uri, 0, NULL) != 200)
			return;
		c = count(r, uri);
		if (c.n >= left)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct registrar_conf conf = { 60, 600, 3600, MOST_KEPT };
	char *text = xstrndup((const char *)data, size);
	const char *lines[MOST];
	size_t n = cut(text, lines);
	struct registrar *r = NULL;

	compare(lines, n);
	if (registrar_create(&r, &conf, NULL, NULL) < 0)
		abort();
	for (size_t i = 0; i < n; i++)
		if (apply(r, (uint32_t)i + 1, lines[i], -1, lines[0]) == 200 &&
		    !count(r, lines[i]).has_it)
			abort();
	for (size_t i = 0; i < n; i++)
		take_back(r, (uint32_t)(n + i * MOST_KEPT) + 1, lines[i]);
	registrar_destroy(&r);
	free(text);
	return 0;
}
