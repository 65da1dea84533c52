/* What BYE and CANCEL say of an ending that is the server's own (RFC 3326). */
#include "cmocka_all.h"

#include <stdlib.h>

#include "base/util.h"
#include "call/ending.h"

static void every_cause_is_told_with_its_number(void **unused)
{
	static const struct {
		const char *cause;
		int q850;
		const char *text, *line;
	} rows[] = {
		{ "NORMAL_CLEARING", 16, NULL,
		  "Reason: Q.850;cause=16;text=\"NORMAL_CLEARING\"\r\n" },
		{ "NETWORK_OUT_OF_ORDER", 38, NULL,
		  "Reason: Q.850;cause=38;text=\"NETWORK_OUT_OF_ORDER\"\r\n" },
		{ "NO_ANSWER", 0, NULL,
		  "Reason: Q.850;cause=19;text=\"NO_ANSWER\"\r\n" },
		{ "MEDIA_TIMEOUT", 0, NULL,
		  "Reason: SIP;cause=504;text=\"Media timeout\", "
		  "Q.850;cause=102;text=\"MEDIA_TIMEOUT\"\r\n" },
		{ "RECOVERY_ON_TIMER_EXPIRE", 102, "Session expired",
		  "Reason: SIP;cause=408;text=\"Session expired\", "
		  "Q.850;cause=102;text=\"RECOVERY_ON_TIMER_EXPIRE\"\r\n" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *line = ending_line(rows[i].cause, rows[i].q850,
		                         rows[i].text);

		assert_string_equal(line, rows[i].line);
		free(line);
	}
}

static void what_has_no_number_is_not_told(void **unused)
{
	(void)unused;
	assert_null(ending_line(NULL, 0, NULL));
	assert_null(ending_line(NULL, 16, NULL));
	assert_null(ending_line("BLIND_TRANSFER", 0, NULL));
}

static void a_branch_that_rang_too_long_is_told_so(void **unused)
{
	(void)unused;
	assert_string_equal(ending_of_branch(FORK_WHY_TIMEOUT), "NO_ANSWER");
	assert_string_equal(ending_of_branch(FORK_WHY_LEG_TIMEOUT),
	                    "ALLOTTED_TIMEOUT");
	assert_string_equal(ending_of_branch(FORK_WHY_PROGRESS_TIMEOUT),
	                    "PROGRESS_TIMEOUT");
	assert_null(ending_of_branch(FORK_WHY_LOST));
	assert_null(ending_of_branch(FORK_WHY_STOPPED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cause_is_told_with_its_number),
		cmocka_unit_test(what_has_no_number_is_not_told),
		cmocka_unit_test(a_branch_that_rang_too_long_is_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
