#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sip/digest.h"

#define REALM "pbx.example.com"
#define NOW 1700000000
#define TTL 300
#define MAX_PARAMS 64

/* A header value cut at its commas, as the SIP parser does it. */
struct list {
	char *text;
	const char *items[MAX_PARAMS];
	struct digest_params params;
};

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

static void cut(struct list *l, const char *header)
{
	bool quoted = false;
	size_t n = 0;
	char *p;

	l->text = xstrdup(header);
	p = l->text;
	if (strncmp(p, "Digest ", 7) == 0)
		p += 7;
	l->items[n++] = p;
	for (; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (*p == ',' && !quoted && n + 1 < MAX_PARAMS) {
			*p = '\0';
			l->items[n++] = p + 1;
		}
	}
	l->items[n] = NULL;
	l->params.params = l->items;
}

static struct digest *server(size_t max_nonces)
{
	struct digest_conf conf = { .nonce_ttl_s = TTL,
		                    .max_nonces = max_nonces };
	struct digest *d = NULL;

	assert_int_equal(digest_create(&d, &conf), 0);
	return d;
}

/* The challenge for one algorithm: [0] is the strongest. */
static char *challenge(struct digest *d, size_t which, int64_t now_s)
{
	struct buf out[DIGEST_ALGORITHMS] = { 0 };
	char *text;

	offer_all(d, REALM, false, now_s, out);
	text = buf_take(&out[which]);
	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++)
		buf_free(&out[i]);
	return text;
}

static char *answer_as(const char *user, const char *password,
                       const char *challenge_text, unsigned nc)
{
	struct digest_answer a = { .username = user,
		                   .password = password,
		                   .method = "REGISTER",
		                   .uri = "sip:pbx.example.com",
		                   .nc = nc };
	struct buf out = { 0 };
	struct list l;

	cut(&l, challenge_text);
	assert_int_equal(digest_respond(&out, &l.params, &a), 0);
	free(l.text);
	return buf_take(&out);
}

static enum digest_result check_as(struct digest *d, const char *credentials,
                                   const char *user, const char *password,
                                   int64_t now_s)
{
	struct digest_query q = { .method = "REGISTER",
		                  .realm = REALM,
		                  .username = user,
		                  .password = password,
		                  .unix_s = now_s };
	enum digest_result r;
	struct list l;

	cut(&l, credentials);
	q.params = l.params;
	r = digest_check(d, &q);
	free(l.text);
	return r;
}

static enum digest_result check(struct digest *d, const char *credentials,
                                int64_t now_s)
{
	return check_as(d, credentials, "alice", "secret", now_s);
}

/* Answers challenge_text as alice with count nc, and checks that. */
static enum digest_result try_nc(struct digest *d, const char *challenge_text,
                                 unsigned nc, int64_t now_s)
{
	char *text = answer_as("alice", "secret", challenge_text, nc);
	enum digest_result r = check(d, text, now_s);

	free(text);
	return r;
}

/* text with the first `from` replaced by `to`. */
static char *swap(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	struct buf b = { 0 };

	assert_non_null(at);
	buf_add(&b, text, (size_t)(at - text));
	buf_str(&b, to);
	buf_str(&b, at + strlen(from));
	return buf_take(&b);
}

static enum digest_result check_swapped(const char *from, const char *to)
{
	struct digest *d = server(10);
	char *c = challenge(d, 0, NOW);
	char *good = answer_as("alice", "secret", c, 1);
	char *bad = swap(good, from, to);
	enum digest_result r = check(d, bad, NOW);

	/* What was broken by the swap alone must be what was refused. */
	assert_int_equal(check(d, good, NOW), r == DIGEST_OK ? DIGEST_WRONG
	                                                     : DIGEST_OK);
	free(bad);
	free(good);
	free(c);
	digest_destroy(&d);
	return r;
}

static void a_right_password_is_accepted_with_every_algorithm(void **unused)
{
	static const char *const names[] = { "SHA-512-256", "SHA-256", "MD5" };
	struct digest *d = server(10);

	(void)unused;
	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++) {
		char *c = challenge(d, i, NOW);
		char name[40];

		snprintf(name, sizeof(name), "algorithm=%s,", names[i]);
		assert_non_null(strstr(c, name));
		assert_int_equal(try_nc(d, c, 1, NOW), DIGEST_OK);
		free(c);
	}
	digest_destroy(&d);
	assert_null(d);
}

static void a_challenge_says_realm_nonce_algorithm_and_qop(void **unused)
{
	struct buf out[DIGEST_ALGORITHMS] = { 0 };
	struct digest *d = server(10);
	char value[128];
	struct list l;

	(void)unused;
	offer_all(d, "a \"b\\c\"", true, NOW, out);
	cut(&l, buf_text(&out[0]));
	assert_true(digest_param(&l.params, "Realm", value, sizeof(value)));
	assert_string_equal(value, "a \"b\\c\"");
	assert_true(digest_param(&l.params, "stale", value, sizeof(value)));
	assert_string_equal(value, "true");
	assert_true(digest_param(&l.params, "qop", value, sizeof(value)));
	assert_string_equal(value, "auth");
	assert_true(digest_param(&l.params, "nonce", value, sizeof(value)));
	free(l.text);
	offer_all(d, REALM, false, NOW, out);
	assert_null(strstr(buf_text(&out[0]), "stale"));
	assert_null(strstr(buf_text(&out[0]), value));
	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++)
		buf_free(&out[i]);
	digest_destroy(&d);
}

static void wrong_password_unknown_user_and_disabled_device_look_alike(void **u)
{
	struct digest *d = server(10);
	char *c = challenge(d, 0, NOW);
	char *text = answer_as("alice", "secret", c, 1);
	char *dummy = answer_as("alice", "no such user", c, 1);

	(void)u;
	assert_int_equal(check_as(d, text, "alice", "other", NOW),
	                 DIGEST_WRONG);
	assert_int_equal(check_as(d, text, NULL, NULL, NOW), DIGEST_WRONG);
	assert_int_equal(check_as(d, text, "alice", NULL, NOW), DIGEST_WRONG);
	assert_int_equal(check_as(d, text, NULL, "secret", NOW), DIGEST_WRONG);
	/* The stand-in password opens nothing. */
	assert_int_equal(check_as(d, dummy, NULL, NULL, NOW), DIGEST_WRONG);
	assert_int_equal(check_as(d, dummy, "alice", NULL, NOW), DIGEST_WRONG);
	/* None of these has used up the nonce. */
	assert_int_equal(check(d, text, NOW), DIGEST_OK);
	free(dummy);
	free(text);
	free(c);
	digest_destroy(&d);
}

static void the_user_may_write_its_name_in_another_case(void **unused)
{
	struct digest *d = server(10);
	char *c = challenge(d, 0, NOW);
	char *text = answer_as("ALICE", "secret", c, 1);

	(void)unused;
	assert_int_equal(check(d, text, NOW), DIGEST_OK);
	assert_int_equal(check_as(d, text, "bob", "secret", NOW), DIGEST_WRONG);
	free(text);
	free(c);
	digest_destroy(&d);
}

static void the_method_is_part_of_the_answer(void **unused)
{
	struct digest *d = server(10);
	char *c = challenge(d, 0, NOW);
	char *text = answer_as("alice", "secret", c, 1);
	struct digest_query q = { .method = "INVITE",
		                  .realm = REALM,
		                  .username = "alice",
		                  .password = "secret",
		                  .unix_s = NOW };
	struct list l;

	(void)unused;
	cut(&l, text);
	q.params = l.params;
	assert_int_equal(digest_check(d, &q), DIGEST_WRONG);
	q.method = "REGISTER";
	q.realm = "other.example.com";
	assert_int_equal(digest_check(d, &q), DIGEST_WRONG);
	q.realm = REALM;
	assert_int_equal(digest_check(d, &q), DIGEST_OK);
	free(l.text);
	free(text);
	free(c);
	digest_destroy(&d);
}

static void a_missing_parameter_is_malformed(void **unused)
{
	static const char *const names[] = { "username=", "realm=", " nonce=",
		                             "uri=",      "response=", "cnonce=",
		                             "qop=",      "nc=" };

	(void)unused;
	for (size_t i = 0; i < NELEM(names); i++)
		assert_int_equal(check_swapped(names[i], "x-was="),
		                 DIGEST_MALFORMED);
}

static void a_duplicate_parameter_is_malformed(void **unused)
{
	static const char *const extra[] = {
		"Digest username=\"alice\", ",  "Digest Realm=\"x\", ",
		"Digest nonce=\"x\", ",         "Digest uri=\"x\", ",
		"Digest response=\"x\", ",      "Digest cnonce=\"x\", ",
		"Digest qop=auth, ",            "Digest nc=00000001, ",
		"Digest algorithm = SHA-256, ", "Digest opaque=\"\", opaque=\"\", "
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(extra); i++)
		assert_int_equal(check_swapped("Digest ", extra[i]),
		                 DIGEST_MALFORMED);
}

static void broken_quoting_is_malformed(void **unused)
{
	(void)unused;
	assert_int_equal(check_swapped("username=\"alice\"",
	                               "username=\"alice"),
	                 DIGEST_MALFORMED);
	assert_int_equal(check_swapped("username=\"alice\"",
	                               "username=\"alice\"x"),
	                 DIGEST_MALFORMED);
	assert_int_equal(check_swapped("username=\"alice\"",
	                               "username=\"alice\\"),
	                 DIGEST_MALFORMED);
	assert_int_equal(check_swapped("qop=auth", "qop="), DIGEST_MALFORMED);
	assert_int_equal(check_swapped("qop=auth", "qop=auth x"),
	                 DIGEST_MALFORMED);
	assert_int_equal(check_swapped("qop=auth", "qop"), DIGEST_MALFORMED);
}

static void quoting_and_spaces_do_not_matter(void **unused)
{
	(void)unused;
	assert_int_equal(check_swapped("qop=auth", "QOP = \"auth\" "),
	                 DIGEST_OK);
	assert_int_equal(check_swapped("nc=00000001", " nc=\"00000001\""),
	                 DIGEST_OK);
	assert_int_equal(check_swapped("\"alice\"", "\"\\a\\lice\""),
	                 DIGEST_OK);
	assert_int_equal(check_swapped("algorithm=SHA-512-256",
	                               "algorithm=\"sha-512-256\""),
	                 DIGEST_OK);
}

static void values_beyond_the_limits_are_malformed(void **unused)
{
	char huge[5000];

	(void)unused;
	memset(huge, 'a', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	memcpy(huge, "uri=\"", 5);
	huge[sizeof(huge) - 2] = '"';
	assert_int_equal(check_swapped("uri=\"sip:pbx.example.com\"", huge),
	                 DIGEST_MALFORMED);
	for (size_t i = 0; i < 50; i++)
		memcpy(huge + 4 * i, "x=1,", 4);
	huge[200] = '\0';
	assert_int_equal(check_swapped("Digest ", huge), DIGEST_MALFORMED);
}

static void a_bad_nonce_count_is_malformed(void **unused)
{
	static const char *const bad[] = { "nc=1",        "nc=0000001",
		                           "nc=00000000", "nc=0000000g",
		                           "nc=-0000001", "nc=0x000001" };

	(void)unused;
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_int_equal(check_swapped("nc=00000001", bad[i]),
		                 DIGEST_MALFORMED);
}

static void what_was_not_offered_is_wrong(void **unused)
{
	(void)unused;
	assert_int_equal(check_swapped("qop=auth", "qop=auth-int"),
	                 DIGEST_WRONG);
	assert_int_equal(check_swapped("SHA-512-256", "SHA-512-256-sess"),
	                 DIGEST_WRONG);
	assert_int_equal(check_swapped("SHA-512-256", "SHA-1"), DIGEST_WRONG);
	assert_int_equal(check_swapped("SHA-512-256", "MD5"), DIGEST_WRONG);
	assert_int_equal(check_swapped(", algorithm=SHA-512-256", ""),
	                 DIGEST_WRONG);
	assert_int_equal(check_swapped("response=\"", "response=\"0"),
	                 DIGEST_WRONG);
}

static void an_answer_in_the_style_of_rfc_2069_is_malformed(void **unused)
{
	struct digest *d = server(10);
	char *c = challenge(d, 2, NOW);
	char *old = swap(c, ", qop=\"auth\"", "");
	char *text = answer_as("alice", "secret", old, 1);

	(void)unused;
	assert_int_equal(check(d, text, NOW), DIGEST_MALFORMED);
	free(text);
	free(old);
	free(c);
	digest_destroy(&d);
}

static void an_expired_nonce_is_stale_only_for_the_right_password(void **u)
{
	struct digest *d = server(10);
	char *c = challenge(d, 0, NOW);
	char *text = answer_as("alice", "secret", c, 1);

	(void)u;
	assert_int_equal(check(d, text, NOW + TTL + 1), DIGEST_STALE);
	assert_int_equal(check_as(d, text, "alice", "x", NOW + TTL + 1),
	                 DIGEST_WRONG);
	assert_int_equal(check(d, text, NOW - TTL - 1), DIGEST_STALE);
	assert_int_equal(check(d, text, NOW + TTL), DIGEST_OK);
	free(text);
	free(c);
	digest_destroy(&d);
}

static void a_nonce_from_before_a_restart_is_stale(void **unused)
{
	struct digest *before = server(10), *after = server(10);
	char *c = challenge(before, 0, NOW);
	char *text = answer_as("alice", "secret", c, 1);

	(void)unused;
	assert_int_equal(check(after, text, NOW), DIGEST_STALE);
	assert_int_equal(check_as(after, text, "alice", "x", NOW),
	                 DIGEST_WRONG);
	assert_int_equal(check(before, text, NOW), DIGEST_OK);
	free(text);
	free(c);
	digest_destroy(&before);
	digest_destroy(&after);
}

static void a_nonce_that_was_tampered_with_is_stale(void **unused)
{
	struct digest *d = server(10);
	char *c = challenge(d, 0, NOW);
	char *at = strstr(c, "nonce=\"") + 7;

	(void)unused;
	for (size_t i = 0; i < 56; i++) {
		char was = at[i];

		at[i] = was == '0' ? '1' : '0';
		assert_int_equal(try_nc(d, c, 1, NOW), DIGEST_STALE);
		at[i] = was;
	}
	at[3] = 'A'; /* upper case would be a second name of one nonce */
	assert_int_equal(try_nc(d, c, 1, NOW), DIGEST_STALE);
	free(c);
	digest_destroy(&d);
}

static void a_nonce_of_one_realm_is_not_valid_in_another(void **unused)
{
	struct buf out[DIGEST_ALGORITHMS] = { 0 };
	struct digest *d = server(10);
	char *moved;

	(void)unused;
	offer_all(d, "other", false, NOW, out);
	moved = swap(buf_text(&out[0]), "\"other\"", "\"" REALM "\"");
	assert_int_equal(try_nc(d, moved, 1, NOW), DIGEST_STALE);
	free(moved);
	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++)
		buf_free(&out[i]);
	digest_destroy(&d);
}

static void a_replayed_answer_is_refused(void **unused)
{
	struct digest *d = server(10);
	char *c = challenge(d, 0, NOW);

	(void)unused;
	assert_int_equal(try_nc(d, c, 1, NOW), DIGEST_OK);
	assert_int_equal(try_nc(d, c, 1, NOW), DIGEST_WRONG);
	assert_int_equal(try_nc(d, c, 2, NOW), DIGEST_OK);
	assert_int_equal(try_nc(d, c, 1, NOW), DIGEST_WRONG);
	assert_int_equal(try_nc(d, c, 2, NOW), DIGEST_WRONG);
	free(c);
	digest_destroy(&d);
}

static void counts_may_overtake_each_other_within_a_window_of_64(void **unused)
{
	struct digest *d = server(10);
	char *c = challenge(d, 0, NOW);

	(void)unused;
	assert_int_equal(try_nc(d, c, 100, NOW), DIGEST_OK);
	assert_int_equal(try_nc(d, c, 36, NOW), DIGEST_WRONG); /* 64 behind */
	assert_int_equal(try_nc(d, c, 37, NOW), DIGEST_OK);
	assert_int_equal(try_nc(d, c, 37, NOW), DIGEST_WRONG);
	assert_int_equal(try_nc(d, c, 99, NOW), DIGEST_OK);
	assert_int_equal(try_nc(d, c, 101, NOW), DIGEST_OK);
	assert_int_equal(try_nc(d, c, 100, NOW), DIGEST_WRONG);
	assert_int_equal(try_nc(d, c, 99, NOW), DIGEST_WRONG);
	assert_int_equal(try_nc(d, c, 165, NOW), DIGEST_OK); /* 64 ahead */
	assert_int_equal(try_nc(d, c, 101, NOW), DIGEST_WRONG);
	assert_int_equal(try_nc(d, c, 102, NOW), DIGEST_OK);
	assert_int_equal(try_nc(d, c, 0xffffffff, NOW), DIGEST_OK);
	assert_int_equal(try_nc(d, c, 166, NOW), DIGEST_WRONG);
	free(c);
	digest_destroy(&d);
}

static void a_nonce_that_the_table_lost_is_stale_never_replayable(void **unused)
{
	struct digest *d = server(2);
	char *c[4];

	(void)unused;
	for (int i = 0; i < 4; i++) {
		c[i] = challenge(d, 0, NOW + i);
		assert_int_equal(try_nc(d, c[i], 1, NOW + i), DIGEST_OK);
	}
	assert_int_equal(try_nc(d, c[0], 1, NOW + 4), DIGEST_STALE);
	assert_int_equal(try_nc(d, c[1], 2, NOW + 4), DIGEST_STALE);
	assert_int_equal(try_nc(d, c[2], 2, NOW + 4), DIGEST_OK);
	assert_int_equal(try_nc(d, c[3], 1, NOW + 4), DIGEST_WRONG);
	for (int i = 0; i < 4; i++)
		free(c[i]);
	digest_destroy(&d);
}

static void a_clock_set_back_does_not_lock_anybody_out(void **unused)
{
	struct digest *d = server(1);

	(void)unused;
	for (int i = 0; i < 3; i++) { /* the table overflows in the future */
		char *c = challenge(d, 0, NOW + 1000000 + i);

		assert_int_equal(try_nc(d, c, 1, NOW + 1000000 + i), DIGEST_OK);
		free(c);
	}
	for (int i = 0; i < 2; i++) {
		char *c = challenge(d, 0, NOW + i);

		assert_int_equal(try_nc(d, c, 1, NOW + i),
		                 i == 0 ? DIGEST_STALE : DIGEST_OK);
		free(c);
	}
	digest_destroy(&d);
}

/* --- the client's side --------------------------------------------------- */

struct vector {
	const char *challenge;
	struct digest_answer answer;
	const char *response, *also;
};

static const struct vector vectors[] = {
	/* RFC 7616 3.9.1 */
	{ "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", "
	  "algorithm=SHA-256, "
	  "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
	  "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
	  { "Mufasa", "Circle of Life", "GET", "/dir/index.html", 1,
	    "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ" },
	  "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	  "algorithm=SHA-256" },
	{ "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", "
	  "algorithm=MD5, "
	  "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
	  "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
	  { "Mufasa", "Circle of Life", "GET", "/dir/index.html", 1,
	    "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ" },
	  "8ca523f5e9506fed4657c9700eebdbec",
	  "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"" },
	/* RFC 7616 3.9.2, as corrected by erratum 4897 */
	{ "Digest realm=\"api@example.org\", qop=\"auth\", "
	  "algorithm=SHA-512-256, "
	  "nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", "
	  "opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", "
	  "charset=UTF-8, userhash=true",
	  { "J\xc3\xa4s\xc3\xb8n Doe", "Secret, or not?", "GET", "/doe.json", 1,
	    "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v" },
	  "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
	  "nc=00000001" },
	/* RFC 2617 3.5 */
	{ "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", "
	  "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
	  "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
	  { "Mufasa", "Circle Of Life", "GET", "/dir/index.html", 1,
	    "0a4f113b" },
	  "6629fae49393a05397450978507c4ef1", "qop=auth" },
	/* The same without qop, as in RFC 2069 */
	{ "Digest realm=\"testrealm@host.com\", "
	  "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
	  "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
	  { "Mufasa", "Circle Of Life", "GET", "/dir/index.html", 1,
	    "0a4f113b" },
	  "670fd8c2df070c60b045671b8b24ff02", "uri=\"/dir/index.html\"" },
};

static void a_client_answers_as_in_the_rfcs(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < NELEM(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct buf out = { 0 };
		char response[128];
		struct list l;

		cut(&l, v->challenge);
		assert_int_equal(digest_respond(&out, &l.params, &v->answer),
		                 0);
		free(l.text);
		cut(&l, buf_text(&out));
		assert_true(digest_param(&l.params, "response", response,
		                         sizeof(response)));
		assert_string_equal(response, v->response);
		assert_non_null(strstr(buf_text(&out), v->also));
		free(l.text);
		buf_free(&out);
	}
}

static void an_answer_without_qop_carries_neither_nc_nor_cnonce(void **unused)
{
	char *text = answer_as("a", "b", "Digest realm=\"r\", nonce=\"n\"", 1);

	(void)unused;
	assert_null(strstr(text, "nc="));
	assert_null(strstr(text, "cnonce"));
	assert_null(strstr(text, "algorithm"));
	free(text);
}

static void a_session_key_mixes_nonce_and_cnonce(void **unused)
{
	struct digest_answer a = { "u", "p", "REGISTER", "sip:r", 1, "c" };
	struct buf out = { 0 };
	struct list l;

	(void)unused;
	cut(&l, "realm=\"r\", nonce=\"n\", algorithm=MD5-sess, qop=\"auth\"");
	assert_int_equal(digest_respond(&out, &l.params, &a), 0);
	/* printf u:r:p | md5sum; then HA1:n:c; then the response. */
	assert_non_null(strstr(buf_text(&out), "9fcc4392a91dc57e8c83c2241da62025"));
	assert_non_null(strstr(buf_text(&out), "algorithm=MD5-sess"));
	free(l.text);
	buf_free(&out);
}

static int respond_to(const char *challenge_text, const char *username)
{
	struct digest_answer a = { username, "p", "REGISTER", "sip:r", 1, "c" };
	struct buf out = { 0 };
	struct list l;
	int rc;

	cut(&l, challenge_text);
	rc = digest_respond(&out, &l.params, &a);
	if (rc < 0)
		assert_int_equal(out.len, 0);
	free(l.text);
	buf_free(&out);
	return rc;
}

static void a_challenge_that_cannot_be_answered_is_refused(void **unused)
{
	(void)unused;
	assert_int_equal(respond_to("realm=\"r\", nonce=\"n\"", "u"), 0);
	assert_int_equal(respond_to("nonce=\"n\"", "u"), -EINVAL);
	assert_int_equal(respond_to("realm=\"r\"", "u"), -EINVAL);
	assert_int_equal(respond_to("realm=\"r\", nonce=\"n", "u"), -EINVAL);
	assert_int_equal(respond_to("realm=\"r\", nonce=\"n\", nonce=\"m\"",
	                            "u"),
	                 -EINVAL);
	assert_int_equal(respond_to("realm=\"r\", nonce=\"n\", algorithm=SHA1",
	                            "u"),
	                 -EINVAL);
	assert_int_equal(respond_to("realm=\"r\", nonce=\"n\", qop=\"auth-int\"",
	                            "u"),
	                 -EINVAL);
	assert_int_equal(respond_to("", "u"), -EINVAL);
}

static void nothing_can_end_the_header_from_within(void **unused)
{
	(void)unused;
	assert_int_equal(respond_to("realm=\"a\r\n b\", nonce=\"n\"", "u"),
	                 -EINVAL);
	assert_int_equal(respond_to("realm=\"r\", nonce=\"n\", opaque=\"\n\"",
	                            "u"),
	                 -EINVAL);
	assert_int_equal(respond_to("realm=\"r\", nonce=\"n\"", "u\r\nX: y"),
	                 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_right_password_is_accepted_with_every_algorithm),
		cmocka_unit_test(
			a_challenge_says_realm_nonce_algorithm_and_qop),
		cmocka_unit_test(
			wrong_password_unknown_user_and_disabled_device_look_alike),
		cmocka_unit_test(the_user_may_write_its_name_in_another_case),
		cmocka_unit_test(the_method_is_part_of_the_answer),
		cmocka_unit_test(a_missing_parameter_is_malformed),
		cmocka_unit_test(a_duplicate_parameter_is_malformed),
		cmocka_unit_test(broken_quoting_is_malformed),
		cmocka_unit_test(quoting_and_spaces_do_not_matter),
		cmocka_unit_test(values_beyond_the_limits_are_malformed),
		cmocka_unit_test(a_bad_nonce_count_is_malformed),
		cmocka_unit_test(what_was_not_offered_is_wrong),
		cmocka_unit_test(
			an_answer_in_the_style_of_rfc_2069_is_malformed),
		cmocka_unit_test(
			an_expired_nonce_is_stale_only_for_the_right_password),
		cmocka_unit_test(a_nonce_from_before_a_restart_is_stale),
		cmocka_unit_test(a_nonce_that_was_tampered_with_is_stale),
		cmocka_unit_test(a_nonce_of_one_realm_is_not_valid_in_another),
		cmocka_unit_test(a_replayed_answer_is_refused),
		cmocka_unit_test(
			counts_may_overtake_each_other_within_a_window_of_64),
		cmocka_unit_test(
			a_nonce_that_the_table_lost_is_stale_never_replayable),
		cmocka_unit_test(a_clock_set_back_does_not_lock_anybody_out),
		cmocka_unit_test(a_client_answers_as_in_the_rfcs),
		cmocka_unit_test(
			an_answer_without_qop_carries_neither_nc_nor_cnonce),
		cmocka_unit_test(a_session_key_mixes_nonce_and_cnonce),
		cmocka_unit_test(
			a_challenge_that_cannot_be_answered_is_refused),
		cmocka_unit_test(nothing_can_end_the_header_from_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
