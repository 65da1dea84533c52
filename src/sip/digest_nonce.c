/* sip/digest_nonce.c - nonces that prove themselves, and their counts.
 *
 * A nonce is hex of: 4 bytes of unix time, 8 random bytes, 4 bytes that tell
 * whom it was given to, 16 bytes of HMAC-SHA256 over these and the realm.  Nothing is kept for a challenge; a
 * nonce enters the table with the first right response that uses it. */
#include "sip/digest_impl.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/strutil.h"

#define TIME_BYTES 4
#define NOISE_BYTES 8
#define SOURCE_BYTES 4
#define SOURCE_AT (TIME_BYTES + NOISE_BYTES)
#define KEY_BYTES (SOURCE_AT + SOURCE_BYTES)
#define PROOF_BYTES 16
#define NONCE_BYTES (KEY_BYTES + PROOF_BYTES)
#define WINDOW 64

struct use {
	unsigned char key[KEY_BYTES];
	uint32_t top;  /* the highest nc seen */
	uint64_t seen; /* bit i: top - i */
	UT_hash_handle hh;
};

struct digest_nonces {
	EVP_MAC_CTX *mac;   /* owned; keyed with the secret */
	struct use *uses;   /* owned; in order of their first use */
	size_t max;
	int64_t ttl_s;
	int64_t forgot_s;   /* nonces up to this age were pushed out */
};

static EVP_MAC_CTX *keyed_mac(void)
{
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *mac = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
	unsigned char secret[32];
	char digest[] = "SHA2-256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
		                       sizeof(digest) - 1),
		OSSL_PARAM_END
	};

	EVP_MAC_free(hmac);
	random_bytes(secret, sizeof(secret));
	if (mac && !EVP_MAC_init(mac, secret, sizeof(secret), params)) {
		EVP_MAC_CTX_free(mac);
		mac = NULL;
	}
	return mac;
}

int digest_nonces_create(struct digest_nonces **out,
                         const struct digest_conf *conf)
{
	struct digest_nonces *n = xzalloc(sizeof(*n));

	n->mac = keyed_mac();
	n->max = conf->max_nonces ? conf->max_nonces : 1;
	n->ttl_s = conf->nonce_ttl_s;
	n->forgot_s = -1;
	if (!n->mac) {
		free(n);
		return -ENOTSUP;
	}
	*out = n;
	return 0;
}

static void forget(struct digest_nonces *n, struct use *u)
{
	HASH_DEL(n->uses, u);
	free(u);
}

void digest_nonces_destroy(struct digest_nonces **np)
{
	struct digest_nonces *n = *np;

	if (!n)
		return;
	while (n->uses)
		forget(n, n->uses);
	EVP_MAC_CTX_free(n->mac);
	free(n);
	*np = NULL;
}

/* Initialising without a key keeps the one that is set. */
static bool prove(struct digest_nonces *n, const unsigned char key[KEY_BYTES],
                  const char *realm, unsigned char out[PROOF_BYTES])
{
	unsigned char full[EVP_MAX_MD_SIZE];
	size_t len = 0;

	if (!EVP_MAC_init(n->mac, NULL, 0, NULL) ||
	    !EVP_MAC_update(n->mac, key, KEY_BYTES) ||
	    !EVP_MAC_update(n->mac, (const unsigned char *)realm,
	                    strlen(realm)) ||
	    !EVP_MAC_final(n->mac, full, &len, sizeof(full)))
		return false;
	memcpy(out, full, PROOF_BYTES);
	return len >= PROOF_BYTES;
}

static int64_t time_of(const unsigned char key[KEY_BYTES])
{
	return (int64_t)key[0] << 24 | key[1] << 16 | key[2] << 8 | key[3];
}

int digest_nonce_mint(struct digest_nonces *n, const char *realm,
                      uint32_t source, int64_t unix_s,
                      char out[DIGEST_NONCE_LEN + 1])
{
	unsigned char raw[NONCE_BYTES];
	uint64_t noise = random_u64();

	for (int i = 0; i < TIME_BYTES; i++)
		raw[i] = (unsigned char)(unix_s >> (8 * (3 - i)));
	memcpy(raw + TIME_BYTES, &noise, NOISE_BYTES);
	memcpy(raw + SOURCE_AT, &source, SOURCE_BYTES);
	if (!prove(n, raw, realm, raw + KEY_BYTES))
		return -EIO;
	for (int i = 0; i < NONCE_BYTES; i++) {
		out[2 * i] = "0123456789abcdef"[raw[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[raw[i] & 15];
	}
	out[DIGEST_NONCE_LEN] = '\0';
	return 0;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool decode(const char *nonce, unsigned char raw[NONCE_BYTES])
{
	if (strlen(nonce) != DIGEST_NONCE_LEN)
		return false;
	for (int i = 0; i < NONCE_BYTES; i++) {
		int high = nibble(nonce[2 * i]), low = nibble(nonce[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		raw[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

bool digest_nonce_is_live(struct digest_nonces *n, const char *nonce,
                          const char *realm, int64_t unix_s)
{
	unsigned char raw[NONCE_BYTES], proof[PROOF_BYTES];
	int64_t age_s;

	if (!decode(nonce, raw) || !prove(n, raw, realm, proof))
		return false;
	age_s = unix_s - time_of(raw);
	/* The clock may have been set back meanwhile. */
	return mem_eq_constant_time(proof, raw + KEY_BYTES, PROOF_BYTES) &&
	       age_s <= n->ttl_s && age_s >= -n->ttl_s;
}

bool digest_nonce_source(const char *nonce, uint32_t *out)
{
	unsigned char raw[NONCE_BYTES];

	if (!decode(nonce, raw))
		return false;
	memcpy(out, raw + SOURCE_AT, SOURCE_BYTES);
	return true;
}

/* Room for one more: what expired goes first, two at a time so that no
 * request pays for all.  When the oldest must go while it is alive, we
 * remember how far our memory reaches: an unknown nonce from before may
 * have been used already, so it counts as stale. */
static void make_room(struct digest_nonces *n, int64_t unix_s)
{
	for (int i = 0; i < 2 && n->uses; i++)
		if (unix_s - time_of(n->uses->key) > n->ttl_s)
			forget(n, n->uses);
	if (HASH_COUNT(n->uses) < n->max)
		return;
	if (time_of(n->uses->key) > n->forgot_s)
		n->forgot_s = time_of(n->uses->key);
	forget(n, n->uses);
}

static enum digest_result first_use(struct digest_nonces *n,
                                    const unsigned char *key, uint32_t nc,
                                    int64_t unix_s)
{
	struct use *u;

	if (n->forgot_s > unix_s) /* the clock was set back */
		n->forgot_s = unix_s;
	if (time_of(key) <= n->forgot_s)
		return DIGEST_STALE;
	make_room(n, unix_s);
	u = xzalloc(sizeof(*u));
	memcpy(u->key, key, KEY_BYTES);
	u->top = nc;
	u->seen = 1;
	HASH_ADD(hh, n->uses, key, KEY_BYTES, u);
	return DIGEST_OK;
}

/* A phone may have several requests under way at once and UDP reorders
 * them: a window as in RFC 4303 3.4.3 lets each count through once. */
static enum digest_result use_again(struct use *u, uint32_t nc)
{
	uint32_t behind = u->top - nc;

	if (nc > u->top) {
		uint32_t ahead = nc - u->top;

		u->seen = ahead < WINDOW ? u->seen << ahead | 1 : 1;
		u->top = nc;
		return DIGEST_OK;
	}
	if (behind >= WINDOW || u->seen >> behind & 1)
		return DIGEST_WRONG;
	u->seen |= (uint64_t)1 << behind;
	return DIGEST_OK;
}

enum digest_result digest_nonce_use(struct digest_nonces *n, const char *nonce,
                                    uint32_t nc, int64_t unix_s)
{
	unsigned char raw[NONCE_BYTES];
	struct use *u;

	if (!decode(nonce, raw))
		return DIGEST_STALE;
	HASH_FIND(hh, n->uses, raw, KEY_BYTES, u);
	return u ? use_again(u, nc) : first_use(n, raw, nc, unix_s);
}
