#include "cmocka_all.h"

#include <stdio.h>

#include "base/util.h"
#include "callflow/cause.h"

static void every_failure_status_has_its_cause(void **unused)
{
	static const struct {
		const char *codes, *cause;
	} rows[] = {
		{ "401 402 403 407 603 608", "CALL_REJECTED" },
		{ "404", "UNALLOCATED_NUMBER" },
		{ "485 604", "NO_ROUTE_DESTINATION" },
		{ "408 504", "RECOVERY_ON_TIMER_EXPIRE" },
		{ "410", "NUMBER_CHANGED" },
		{ "413 414 416 420 421 423 505 513", "INTERWORKING" },
		{ "480", "NO_USER_RESPONSE" },
		{ "400 481 500 503", "NORMAL_TEMPORARY_FAILURE" },
		{ "486 600", "USER_BUSY" },
		{ "484", "INVALID_NUMBER_FORMAT" },
		{ "488 606", "INCOMPATIBLE_DESTINATION" },
		{ "502", "NETWORK_OUT_OF_ORDER" },
		{ "405", "SERVICE_UNAVAILABLE" },
		{ "406 415 501", "SERVICE_NOT_IMPLEMENTED" },
		{ "482 483", "EXCHANGE_ROUTING_ERROR" },
		{ "487", "ORIGINATOR_CANCEL" },
		{ "607", "UNWANTED" },
		{ "0 200 300 302 409 499 599 666 -1", "NORMAL_UNSPECIFIED" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		const char *s = rows[i].codes;
		int code, used;

		while (sscanf(s, "%d%n", &code, &used) == 1) {
			assert_string_equal(cause_of_status(code),
			                    rows[i].cause);
			s += used;
		}
	}
}

static void every_cause_has_its_status(void **unused)
{
	static const struct {
		int status;
		const char *cause;
	} rows[] = {
		{ 404, "UNALLOCATED_NUMBER" },
		{ 404, "NO_ROUTE_DESTINATION" },
		{ 404, "NO_ROUTE_TRANSIT_NET" },
		{ 486, "USER_BUSY" },
		{ 408, "NO_USER_RESPONSE" },
		{ 480, "NO_ANSWER" },
		{ 480, "SUBSCRIBER_ABSENT" },
		{ 480, "NORMAL_UNSPECIFIED" },
		{ 603, "CALL_REJECTED" },
		{ 410, "NUMBER_CHANGED" },
		{ 410, "REDIRECTION_TO_NEW_DESTINATION" },
		{ 502, "DESTINATION_OUT_OF_ORDER" },
		{ 484, "INVALID_NUMBER_FORMAT" },
		{ 501, "FACILITY_REJECTED" },
		{ 503, "REQUESTED_CHAN_UNAVAIL" },
		{ 503, "NORMAL_CIRCUIT_CONGESTION" },
		{ 503, "NETWORK_OUT_OF_ORDER" },
		{ 503, "NORMAL_TEMPORARY_FAILURE" },
		{ 503, "SWITCH_CONGESTION" },
		{ 503, "BEARERCAPABILITY_NOTAVAIL" },
		{ 403, "OUTGOING_CALL_BARRED" },
		{ 403, "INCOMING_CALL_BARRED" },
		{ 403, "BEARERCAPABILITY_NOTAUTH" },
		{ 488, "INCOMPATIBLE_DESTINATION" },
		{ 488, "BEARERCAPABILITY_NOTIMPL" },
		{ 501, "FACILITY_NOT_IMPLEMENTED" },
		{ 501, "SERVICE_NOT_IMPLEMENTED" },
		{ 504, "RECOVERY_ON_TIMER_EXPIRE" },
		{ 487, "ORIGINATOR_CANCEL" },
		{ 483, "EXCHANGE_ROUTING_ERROR" },
		{ 480, "NORMAL_CLEARING" },
		{ 480, "user_busy" }, /* names are case-sensitive */
		{ 480, "" },
		{ 480, NULL },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++)
		assert_int_equal(status_of_cause(rows[i].cause),
		                 rows[i].status);
}

static void default_responses_are_kazoos_own(void **unused)
{
	const char *reason = NULL;

	(void)unused;
	assert_int_equal(response_of_cause("NO_ROUTE_TRANSIT_NET", &reason),
	                 404);
	assert_string_equal(reason, "Invalid number");
	assert_int_equal(response_of_cause("FACILITY_REJECTED", &reason), 510);
	assert_int_equal(response_of_cause("BEARERCAPABILITY_NOTAVAIL",
	                                   &reason),
	                 403);
	assert_int_equal(response_of_cause("PROGRESS_TIMEOUT", &reason), 486);
	assert_int_equal(response_of_cause("MEDIA_TIMEOUT", &reason), 504);
	assert_int_equal(response_of_cause("UNKNOWN", &reason), 500);
	assert_int_equal(response_of_cause("CALL_REJECTED", &reason), 603);
	assert_string_equal(reason, "Call Rejected");
}

static void some_causes_have_no_default_response(void **unused)
{
	static const char *const none[] = {
		"NORMAL_CLEARING", "USER_NOT_REGISTERED", "UNSPECIFIED",
		"ALLOTTED_TIMEOUT", "LOSE_RACE", "INTERWORKING", "", NULL,
	};
	const char *reason = "as it was";

	(void)unused;
	for (size_t i = 0; i < NELEM(none); i++)
		assert_int_equal(response_of_cause(none[i], &reason), 0);
	assert_string_equal(reason, "as it was");
}

static void numbers_of_q850_are_causes(void **unused)
{
	(void)unused;
	assert_string_equal(cause_of_q850(1), "UNALLOCATED_NUMBER");
	assert_string_equal(cause_of_q850(16), "NORMAL_CLEARING");
	assert_string_equal(cause_of_q850(127), "INTERWORKING");
	assert_int_equal(q850_of_cause("NO_ANSWER"), 19);
	assert_int_equal(q850_of_cause("USER_BUSY"), 17);
	assert_int_equal(q850_of_cause("LOSE_RACE"), 0);
	assert_int_equal(q850_of_cause(NULL), 0);
	assert_null(cause_of_q850(0));
	assert_null(cause_of_q850(126));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_of_q850_are_causes),
		cmocka_unit_test(every_failure_status_has_its_cause),
		cmocka_unit_test(every_cause_has_its_status),
		cmocka_unit_test(default_responses_are_kazoos_own),
		cmocka_unit_test(some_causes_have_no_default_response),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
