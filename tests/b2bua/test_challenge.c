#include "cmocka_all.h"

#include <string.h>

#include "integration/office.h"
#include "support/auth.h"

/* The challenges to a REGISTER of this User-Agent: "MD5 SHA-256". */
static const struct msg *challenged(struct peer *p, const char *agent,
                                    char out[256])
{
	struct dialog *d = peer_dialog_new(p, "frank1");
	struct peer_request rq = { .method = "REGISTER",
		                   .uri = "sip:hq.test",
		                   .headers = agent };
	const struct msg *m;
	const char *value;
	char name[32];

	peer_request(p, d, &rq);
	m = peer_expect(p, "401");
	out[0] = '\0';
	for (size_t i = 0; (value = msg_header(m, "WWW-Authenticate", i));
	     i++) {
		if (i > 0)
			strcat(out, " ");
		strcat(out, auth_param(value, "algorithm", name,
		                       sizeof(name)));
	}
	return m;
}

static void set(struct office *o, size_t n, enum conf_digest a,
                enum conf_digest b)
{
	o->conf->sip.n_digest = n;
	o->conf->sip.digest[0] = a;
	o->conf->sip.digest[1] = b;
}

static void challenges_come_as_configured(void **state)
{
	struct office *o = *state;
	struct peer *p = office_handset(o, "frank1");
	char got[256];

	challenged(p, NULL, got);
	assert_string_equal(got, "MD5 SHA-256 SHA-512-256");
	set(o, 2, CONF_SHA512_256, CONF_MD5);
	challenged(p, NULL, got);
	assert_string_equal(got, "SHA-512-256 MD5");
	set(o, 1, CONF_SHA256, CONF_MD5);
	challenged(p, NULL, got);
	assert_string_equal(got, "SHA-256");
	assert_int_equal(peer_register(p, 3600)->status, 200);
}

static void a_phone_that_stumbles_is_offered_md5_alone(void **state)
{
	static const char old[] = "User-Agent: baresip v1.0.0 (x86_64)\r\n";
	struct office *o = *state;
	struct peer *p = office_handset(o, "frank1");
	char got[256];

	challenged(p, old, got);
	assert_string_equal(got, "MD5");
	challenged(p, "User-Agent: baresip v2.0.0\r\n", got);
	assert_string_equal(got, "MD5 SHA-256 SHA-512-256");
	/* where the operator wants no MD5 there is none */
	set(o, 2, CONF_SHA256, CONF_SHA512_256);
	challenged(p, old, got);
	assert_string_equal(got, "SHA-256 SHA-512-256");
}

static void an_algorithm_that_is_not_offered_proves_nothing(void **state)
{
	struct office *o = *state;
	struct peer *p = office_handset(o, "frank1");
	struct dialog *d = peer_dialog_new(p, "frank1");
	struct buf headers = { 0 };
	const struct msg *m;
	char got[256];

	m = challenged(p, NULL, got);
	set(o, 1, CONF_SHA256, CONF_MD5);
	peer_credentials(p, &headers, m, "MD5", "REGISTER", "sip:hq.test");
	peer_request(p, d,
	             &(struct peer_request){ .method = "REGISTER",
	                                     .uri = "sip:hq.test",
	                                     .headers = headers.p });
	peer_expect(p, "401");
	buf_clear(&headers);
	peer_credentials(p, &headers, m, "SHA-256", "REGISTER", "sip:hq.test");
	peer_request(p, d,
	             &(struct peer_request){ .method = "REGISTER",
	                                     .uri = "sip:hq.test",
	                                     .headers = headers.p });
	peer_expect(p, "200");
	buf_free(&headers);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, office_set_up, office_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(challenges_come_as_configured),
		TEST(a_phone_that_stumbles_is_offered_md5_alone),
		TEST(an_algorithm_that_is_not_offered_proves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
