/* base/id.c - random tokens, and the key of every seeded hash. */
#include "base/id.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/hash.h"

static uint64_t sip_key[2]; /* written once, by pthread_once */
static pthread_once_t sip_key_once = PTHREAD_ONCE_INIT;

void random_bytes(void *out, size_t len)
{
	char *p = out;

	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno != EINTR) {
			perror("b2bua: getrandom");
			abort();
		}
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

/* One system call for many small draws; each thread has its own store. */
uint64_t random_u64(void)
{
	static _Thread_local uint64_t store[64];
	static _Thread_local size_t left;

	if (left == 0) {
		random_bytes(store, sizeof(store));
		left = NELEM(store);
	}
	return store[--left];
}

void id_random(char *out, size_t n)
{
	uint64_t r = 0;

	for (size_t i = 0; i < n; i++) {
		if (i % 16 == 0)
			r = random_u64();
		out[i] = "0123456789abcdef"[r & 15];
		r >>= 4;
	}
	out[n] = '\0';
}

void id_call(char out[ID_CALL_LEN + 1])
{
	char proof[17];

	id_random(out, 16);
	snprintf(proof, sizeof(proof), "%016llx",
	         (unsigned long long)hash_bytes(out, 16));
	memcpy(out + 16, proof, sizeof(proof));
}

bool id_is_ours(const char *call_id)
{
	char proof[17];

	if (strlen(call_id) != ID_CALL_LEN)
		return false;
	snprintf(proof, sizeof(proof), "%016llx",
	         (unsigned long long)hash_bytes(call_id, 16));
	return memcmp(call_id + 16, proof, 16) == 0;
}

static void draw_key(void)
{
	random_bytes(sip_key, sizeof(sip_key));
}

#define ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = ROTL(v[1], 13) ^ v[0];
	v[3] = ROTL(v[3], 16) ^ v[2];
	v[0] = ROTL(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = ROTL(v[1], 17) ^ v[2];
	v[3] = ROTL(v[3], 21) ^ v[0];
	v[2] = ROTL(v[2], 32);
}

static void absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

/* SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF"). */
uint64_t hash_bytes(const void *p, size_t len)
{
	const unsigned char *s = p;
	uint64_t v[4], last = (uint64_t)len << 56, word;
	size_t tail = len % 8;

	pthread_once(&sip_key_once, draw_key);
	v[0] = sip_key[0] ^ 0x736f6d6570736575u;
	v[1] = sip_key[1] ^ 0x646f72616e646f6du;
	v[2] = sip_key[0] ^ 0x6c7967656e657261u;
	v[3] = sip_key[1] ^ 0x7465646279746573u;
	for (; s + 8 <= (const unsigned char *)p + len; s += 8) {
		memcpy(&word, s, 8);
		absorb(v, word);
	}
	for (size_t i = 0; i < tail; i++)
		last |= (uint64_t)s[i] << (8 * i);
	absorb(v, last);
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void hash_out_of_memory(void)
{
	fputs("b2bua: out of memory\n", stderr);
	abort();
}
