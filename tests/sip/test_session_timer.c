#include "cmocka_all.h"

#include "base/util.h"
#include "sip/session_timer.h"

static const struct session_policy ours = { 1800, 120 };
static const struct session_state fresh;

/* --- as the server: RFC 4028 9 ------------------------------------------- */

static void table_2_chooses_the_refresher(void **unused)
{
	static const struct {
		bool supports;
		enum refresher asked, chosen;
		bool requires;
	} rows[] = {
		{ false, REFRESHER_NONE, REFRESHER_UAS, false },
		/* "not applicable": it cannot be meant */
		{ false, REFRESHER_UAC, REFRESHER_UAS, false },
		{ false, REFRESHER_UAS, REFRESHER_UAS, false },
		{ true, REFRESHER_NONE, REFRESHER_UAC, true },
		{ true, REFRESHER_UAC, REFRESHER_UAC, true },
		{ true, REFRESHER_UAS, REFRESHER_UAS, true },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct session_said rq = { rows[i].supports, 1800, 0,
			                   rows[i].asked };
		struct session_answer a = session_answer(&ours, &fresh, &rq);

		assert_int_equal(a.refuse_min_s, 0);
		assert_int_equal(a.expires_s, 1800);
		assert_int_equal(a.refresher, rows[i].chosen);
		assert_int_equal(a.requires, rows[i].requires);
	}
}

static void roles_stay_where_the_choice_is_ours(void **unused)
{
	static const struct session_said rq = { true, 1800, 0,
		                                REFRESHER_NONE };
	struct session_state s = { 1800, true, 0 };

	(void)unused;
	assert_int_equal(session_answer(&ours, &s, &rq).refresher,
	                 REFRESHER_UAS);
	s.we_refresh = false;
	assert_int_equal(session_answer(&ours, &s, &rq).refresher,
	                 REFRESHER_UAC);
}

static void the_interval_is_the_clients_or_less(void **unused)
{
	static const struct {
		uint32_t policy_s, policy_min, asked, min, expected, refused;
	} rows[] = {
		{ 1800, 90, 1800, 0, 1800, 0 },
		{ 1800, 90, 900, 0, 900, 0 },      /* never made longer */
		{ 1800, 90, 3600, 0, 1800, 0 },    /* shortened */
		{ 1800, 90, 3600, 2400, 2400, 0 }, /* to no less than Min-SE */
		{ 1800, 90, 3600, 7200, 3600, 0 }, /* nonsense */
		{ 0, 90, 3600, 0, 3600, 0 },       /* no wish of ours */
		{ 1800, 120, 119, 90, 0, 120 },
		{ 1800, 120, 120, 90, 120, 0 },
		{ 1800, 90, 0, 0, 1800, 0 },       /* it did not ask: we do */
		{ 1800, 90, 0, 2000, 2000, 0 },
		{ 0, 90, 0, 0, 0, 0 },             /* nobody asks */
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct session_policy p = { rows[i].policy_s,
			                    rows[i].policy_min };
		struct session_said rq = { true, rows[i].asked, rows[i].min,
			                   REFRESHER_NONE };
		struct session_answer a = session_answer(&p, &fresh, &rq);

		assert_int_equal(a.expires_s, rows[i].expected);
		assert_int_equal(a.refuse_min_s, rows[i].refused);
	}
}

static void who_does_not_know_timers_gets_none_and_no_422(void **unused)
{
	struct session_said rq = { false, 0, 0, REFRESHER_NONE };
	struct session_answer a = session_answer(&ours, &fresh, &rq);

	(void)unused;
	assert_int_equal(a.expires_s, 0);
	assert_int_equal(a.refresher, REFRESHER_NONE);
	/* a proxy's wish on its behalf */
	rq.expires_s = 100;
	a = session_answer(&ours, &fresh, &rq);
	assert_int_equal(a.refuse_min_s, 0);
	assert_int_equal(a.expires_s, 100);
	rq.expires_s = 1;
	assert_int_equal(session_answer(&ours, &fresh, &rq).expires_s,
	                 SESSION_LEAST_S);
}

static void a_reinvite_without_the_header_goes_on(void **unused)
{
	struct session_state s = { 600, false, 0 };
	struct session_said rq = { true, 0, 0, REFRESHER_NONE };
	struct session_answer a = session_answer(&ours, &s, &rq);

	(void)unused;
	assert_int_equal(a.expires_s, 600);
	assert_int_equal(a.refresher, REFRESHER_UAC);
	/* it forgot to say that it knows timers: we take over */
	rq.supports = false;
	a = session_answer(&ours, &s, &rq);
	assert_int_equal(a.expires_s, 600);
	assert_int_equal(a.refresher, REFRESHER_UAS);
	session_answered(&s, &rq, &a);
	assert_true(s.we_refresh);
}

static void what_was_answered_holds(void **unused)
{
	static const struct session_said rq = { true, 900, 300,
		                                REFRESHER_UAC };
	struct session_state s = { 0 };
	struct session_answer a = session_answer(&ours, &s, &rq);

	(void)unused;
	session_answered(&s, &rq, &a);
	assert_int_equal(s.interval_s, 900);
	assert_false(s.we_refresh);
	assert_int_equal(s.min_s, 300);
}

/* --- as the client: RFC 4028 7 ------------------------------------------- */

static void the_first_invite_leaves_the_refresher_open(void **unused)
{
	static const struct session_policy silent = { 0, 90 };
	struct session_said q = session_ask(&ours, &fresh, true);

	(void)unused;
	assert_true(q.supports);
	assert_int_equal(q.expires_s, 1800);
	assert_int_equal(q.min_s, 120);
	assert_int_equal(q.refresher, REFRESHER_NONE);
	q = session_ask(&silent, &fresh, true);
	assert_true(q.supports);
	assert_int_equal(q.expires_s, 0);
}

static void later_requests_keep_interval_and_role(void **unused)
{
	struct session_state s = { 600, true, 200 };
	struct session_said q = session_ask(&ours, &s, false);

	(void)unused;
	assert_int_equal(q.expires_s, 600);
	assert_int_equal(q.min_s, 200); /* the largest that was heard */
	assert_int_equal(q.refresher, REFRESHER_UAC);
	s.we_refresh = false;
	assert_int_equal(session_ask(&ours, &s, false).refresher,
	                 REFRESHER_UAS);
	/* a session without a timer is not asked for one again */
	assert_int_equal(session_ask(&ours, &fresh, false).expires_s, 0);
}

static void the_2xx_decides(void **unused)
{
	static const struct {
		struct session_said said;
		uint32_t interval_s;
		bool we_refresh;
	} rows[] = {
		{ { true, 900, 0, REFRESHER_UAC }, 900, true },
		{ { true, 900, 0, REFRESHER_UAS }, 900, false },
		{ { false, 900, 0, REFRESHER_NONE }, 900, true },
		{ { true, 5, 0, REFRESHER_UAC }, 90, true },
		{ { true, 0, 0, REFRESHER_NONE }, 0, true },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct session_state s = { 0 };

		session_accepted(&s, &rows[i].said);
		assert_int_equal(s.interval_s, rows[i].interval_s);
		assert_int_equal(s.we_refresh, rows[i].we_refresh);
	}
}

static void a_422_raises_what_is_asked_for(void **unused)
{
	struct session_said no = { false, 0, 2400, REFRESHER_NONE };
	struct session_state s = { 0 };
	struct session_said q;

	(void)unused;
	assert_true(session_raise(&s, &no));
	q = session_ask(&ours, &s, true);
	assert_int_equal(q.expires_s, 2400);
	assert_int_equal(q.min_s, 2400);
	assert_false(session_raise(&s, &no)); /* nothing new */
	no.min_s = 0;
	assert_false(session_raise(&s, &no));
}

/* --- in time: RFC 4028 10 ------------------------------------------------ */

static void a_session_ends_before_its_peer_thinks_so(void **unused)
{
	(void)unused;
	assert_int_equal(session_refresh_ms(90), 45000);
	assert_int_equal(session_end_ms(90), 60000);
	assert_int_equal(session_end_ms(96), 64000);
	assert_int_equal(session_end_ms(1800), 1768000);
	assert_true(session_end_ms(UINT32_MAX) > session_refresh_ms(UINT32_MAX));
}

static void a_refused_refresh_is_tried_ever_sooner(void **unused)
{
	(void)unused;
	assert_int_equal(session_retry_ms(16000), 8000);
	assert_int_equal(session_retry_ms(3000), 2000);
	assert_int_equal(session_retry_ms(2000), -1);
	assert_int_equal(session_retry_ms(-5), -1);
}

static void glare_has_two_bands(void **unused)
{
	(void)unused;
	for (uint64_t r = 0; r < 1000; r++) {
		int64_t owner = glare_wait_ms(true, r);
		int64_t other = glare_wait_ms(false, r);

		assert_in_range(owner, 2100, 4000);
		assert_in_range(other, 0, 2000);
		assert_int_equal(owner % 10, 0);
		assert_int_equal(other % 10, 0);
	}
	assert_int_equal(glare_wait_ms(true, 190), 4000);
	assert_int_equal(glare_wait_ms(false, 200), 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_2_chooses_the_refresher),
		cmocka_unit_test(roles_stay_where_the_choice_is_ours),
		cmocka_unit_test(the_interval_is_the_clients_or_less),
		cmocka_unit_test(who_does_not_know_timers_gets_none_and_no_422),
		cmocka_unit_test(a_reinvite_without_the_header_goes_on),
		cmocka_unit_test(what_was_answered_holds),
		cmocka_unit_test(the_first_invite_leaves_the_refresher_open),
		cmocka_unit_test(later_requests_keep_interval_and_role),
		cmocka_unit_test(the_2xx_decides),
		cmocka_unit_test(a_422_raises_what_is_asked_for),
		cmocka_unit_test(a_session_ends_before_its_peer_thinks_so),
		cmocka_unit_test(a_refused_refresh_is_tried_ever_sooner),
		cmocka_unit_test(glare_has_two_bands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
