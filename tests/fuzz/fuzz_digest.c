/* Credentials and challenges from strangers: one parameter a line; the first
 * line is a realm.  What we challenge with must always be answerable. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sip/digest.h"

#define NOW 1700000000
#define MAX_LINES 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A challenge with every algorithm, strongest first. */
static void offer_all(struct digest *d, const char *realm, bool is_stale,
                      int64_t unix_s, struct buf out[DIGEST_ALGORITHMS])
{
	static const enum digest_algorithm all[] = { DIGEST_SHA512_256,
		                                     DIGEST_SHA256,
		                                     DIGEST_MD5 };
	struct digest_offer offer = { realm, all, DIGEST_ALGORITHMS, is_stale,
		                      unix_s, 0 };

	digest_challenge(d, &offer, out);
}

static struct digest *fresh(void)
{
	struct digest_conf conf = { .nonce_ttl_s = 300, .max_nonces = 4 };
	struct digest *d = NULL;
	int rc = digest_create(&d, &conf);

	assert(rc == 0);
	(void)rc;
	return d;
}

static void cut(char *text, char separator, const char *lines[MAX_LINES + 1])
{
	bool quoted = false;
	size_t n = 0;

	lines[n++] = text;
	for (; *text && n < MAX_LINES; text++) {
		if (separator == ',' && *text == '\\' && text[1])
			text++;
		else if (separator == ',' && *text == '"')
			quoted = !quoted;
		else if (*text == separator && !quoted) {
			*text = '\0';
			lines[n++] = text + 1;
		}
	}
	lines[n] = NULL;
}

static void check(struct digest *d, const char *const *lines, const char *realm,
                  enum digest_result want)
{
	struct digest_query q = { .params = { lines },
		                  .method = "REGISTER",
		                  .realm = realm,
		                  .username = "alice",
		                  .password = "secret",
		                  .unix_s = NOW };
	enum digest_result r = digest_check(d, &q);

	/* No stranger knows a nonce of ours; STALE takes the password. */
	if (want == DIGEST_OK ? r != DIGEST_OK : r == DIGEST_OK)
		abort();
}

static char *respond(const char *const *lines)
{
	struct digest_params challenge = { lines };
	struct digest_answer a = { .username = "alice",
		                   .password = "secret",
		                   .method = "REGISTER",
		                   .uri = "sip:example.com",
		                   .nc = 1 };
	struct buf out = { 0 };

	if (digest_respond(&out, &challenge, &a) < 0) {
		buf_free(&out);
		return NULL;
	}
	if (strpbrk(buf_text(&out), "\r\n"))
		abort();
	return buf_take(&out);
}

/* Challenge, answer, check: the realm is the stranger's. */
static void round_trip(struct digest *d, const char *realm)
{
	struct buf out[DIGEST_ALGORITHMS] = { 0 };
	const char *lines[MAX_LINES + 1];
	char *answer;

	offer_all(d, realm, false, NOW, out);
	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++) {
		cut(out[i].p + strlen("Digest "), ',', lines);
		answer = respond(lines);
		if (answer) {
			cut(answer + strlen("Digest "), ',', lines);
			check(d, lines, realm,
			      i == 0 ? DIGEST_OK : DIGEST_WRONG);
			free(answer);
		}
		buf_free(&out[i]);
	}
}

static bool is_plain(const char *s)
{
	size_t len = strlen(s);

	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return len > 0 && len < 200;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *lines[MAX_LINES + 1];
	char *text = xstrndup((const char *)data, size);
	struct digest *d = fresh();
	char value[32];

	cut(text, '\n', lines);
	if (is_plain(lines[0]))
		round_trip(d, lines[0]);
	check(d, lines + 1, lines[0], DIGEST_WRONG);
	digest_param(&(struct digest_params){ lines }, "nonce", value,
	             sizeof(value));
	free(respond(lines + 1));
	digest_destroy(&d);
	free(text);
	return 0;
}
