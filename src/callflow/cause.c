/* callflow/cause.c - cause names and SIP status codes, both ways. */
#include "callflow/cause.h"

#include <string.h>

#include "base/util.h"

/* How a failed leg's final response reads as a cause (the table of
 * FreeSWITCH, which Kazoo's callflow authors know). */
static const struct {
	int status;
	const char *cause;
} causes[] = {
	{ 400, "NORMAL_TEMPORARY_FAILURE" },
	{ 401, "CALL_REJECTED" },
	{ 402, "CALL_REJECTED" },
	{ 403, "CALL_REJECTED" },
	{ 404, "UNALLOCATED_NUMBER" },
	{ 405, "SERVICE_UNAVAILABLE" },
	{ 406, "SERVICE_NOT_IMPLEMENTED" },
	{ 407, "CALL_REJECTED" },
	{ 408, "RECOVERY_ON_TIMER_EXPIRE" },
	{ 410, "NUMBER_CHANGED" },
	{ 413, "INTERWORKING" },
	{ 414, "INTERWORKING" },
	{ 415, "SERVICE_NOT_IMPLEMENTED" },
	{ 416, "INTERWORKING" },
	{ 420, "INTERWORKING" },
	{ 421, "INTERWORKING" },
	{ 423, "INTERWORKING" },
	{ 480, "NO_USER_RESPONSE" },
	{ 481, "NORMAL_TEMPORARY_FAILURE" },
	{ 482, "EXCHANGE_ROUTING_ERROR" },
	{ 483, "EXCHANGE_ROUTING_ERROR" },
	{ 484, "INVALID_NUMBER_FORMAT" },
	{ 485, "NO_ROUTE_DESTINATION" },
	{ 486, "USER_BUSY" },
	{ 487, "ORIGINATOR_CANCEL" },
	{ 488, "INCOMPATIBLE_DESTINATION" },
	{ 500, "NORMAL_TEMPORARY_FAILURE" },
	{ 501, "SERVICE_NOT_IMPLEMENTED" },
	{ 502, "NETWORK_OUT_OF_ORDER" },
	{ 503, "NORMAL_TEMPORARY_FAILURE" },
	{ 504, "RECOVERY_ON_TIMER_EXPIRE" },
	{ 505, "INTERWORKING" },
	{ 513, "INTERWORKING" },
	{ 600, "USER_BUSY" },
	{ 603, "CALL_REJECTED" },
	{ 604, "NO_ROUTE_DESTINATION" },
	{ 606, "INCOMPATIBLE_DESTINATION" },
	{ 607, "UNWANTED" },
	{ 608, "CALL_REJECTED" },
};

/* Q.850 2.2.5: the numbers that carriers put into Reason. */
static const struct {
	int number;
	const char *cause;
} numbers[] = {
	{ 1, "UNALLOCATED_NUMBER" },
	{ 2, "NO_ROUTE_TRANSIT_NET" },
	{ 3, "NO_ROUTE_DESTINATION" },
	{ 6, "CHANNEL_UNACCEPTABLE" },
	{ 16, "NORMAL_CLEARING" },
	{ 17, "USER_BUSY" },
	{ 18, "NO_USER_RESPONSE" },
	{ 19, "NO_ANSWER" },
	{ 20, "SUBSCRIBER_ABSENT" },
	{ 21, "CALL_REJECTED" },
	{ 22, "NUMBER_CHANGED" },
	{ 23, "REDIRECTION_TO_NEW_DESTINATION" },
	{ 25, "EXCHANGE_ROUTING_ERROR" },
	{ 27, "DESTINATION_OUT_OF_ORDER" },
	{ 28, "INVALID_NUMBER_FORMAT" },
	{ 29, "FACILITY_REJECTED" },
	{ 31, "NORMAL_UNSPECIFIED" },
	{ 34, "NORMAL_CIRCUIT_CONGESTION" },
	{ 38, "NETWORK_OUT_OF_ORDER" },
	{ 41, "NORMAL_TEMPORARY_FAILURE" },
	{ 42, "SWITCH_CONGESTION" },
	{ 44, "REQUESTED_CHAN_UNAVAIL" },
	{ 52, "OUTGOING_CALL_BARRED" },
	{ 54, "INCOMING_CALL_BARRED" },
	{ 57, "BEARERCAPABILITY_NOTAUTH" },
	{ 58, "BEARERCAPABILITY_NOTAVAIL" },
	{ 63, "SERVICE_UNAVAILABLE" },
	{ 65, "BEARERCAPABILITY_NOTIMPL" },
	{ 69, "FACILITY_NOT_IMPLEMENTED" },
	{ 79, "SERVICE_NOT_IMPLEMENTED" },
	{ 88, "INCOMPATIBLE_DESTINATION" },
	{ 96, "MANDATORY_IE_MISSING" },
	{ 102, "RECOVERY_ON_TIMER_EXPIRE" },
	{ 103, "MANDATORY_IE_LENGTH_ERROR" },
	{ 111, "PROTOCOL_ERROR" },
	{ 127, "INTERWORKING" },
};

/* What an unanswered caller is told of a cause. */
static const struct {
	const char *cause;
	int status;
} statuses[] = {
	{ "UNALLOCATED_NUMBER", 404 },
	{ "NO_ROUTE_TRANSIT_NET", 404 },
	{ "NO_ROUTE_DESTINATION", 404 },
	{ "USER_BUSY", 486 },
	{ "NO_USER_RESPONSE", 408 },
	{ "NO_ANSWER", 480 },
	{ "SUBSCRIBER_ABSENT", 480 },
	{ "NORMAL_UNSPECIFIED", 480 },
	{ "CALL_REJECTED", 603 },
	{ "NUMBER_CHANGED", 410 },
	{ "REDIRECTION_TO_NEW_DESTINATION", 410 },
	{ "DESTINATION_OUT_OF_ORDER", 502 },
	{ "INVALID_NUMBER_FORMAT", 484 },
	{ "FACILITY_REJECTED", 501 },
	{ "REQUESTED_CHAN_UNAVAIL", 503 },
	{ "NORMAL_CIRCUIT_CONGESTION", 503 },
	{ "NETWORK_OUT_OF_ORDER", 503 },
	{ "NORMAL_TEMPORARY_FAILURE", 503 },
	{ "SWITCH_CONGESTION", 503 },
	{ "BEARERCAPABILITY_NOTAVAIL", 503 },
	{ "OUTGOING_CALL_BARRED", 403 },
	{ "INCOMING_CALL_BARRED", 403 },
	{ "BEARERCAPABILITY_NOTAUTH", 403 },
	{ "INCOMPATIBLE_DESTINATION", 488 },
	{ "BEARERCAPABILITY_NOTIMPL", 488 },
	{ "FACILITY_NOT_IMPLEMENTED", 501 },
	{ "SERVICE_NOT_IMPLEMENTED", 501 },
	{ "RECOVERY_ON_TIMER_EXPIRE", 504 },
	{ "ORIGINATOR_CANCEL", 487 },
	{ "EXCHANGE_ROUTING_ERROR", 483 },
};

/* Kazoo's default responses: they differ from the table above where a
 * service answers on purpose instead of passing a failure on. */
static const struct {
	const char *cause;
	int status;
	const char *reason;
} responses[] = {
	{ "UNALLOCATED_NUMBER", 404, "No route to destination" },
	{ "NO_ROUTE_DESTINATION", 404, "No route to destination" },
	{ "NO_ROUTE_TRANSIT_NET", 404, "Invalid number" },
	{ "USER_BUSY", 486, "Number busy" },
	{ "NO_USER_RESPONSE", 408, "No response" },
	{ "NO_ANSWER", 480, "No answer" },
	{ "SUBSCRIBER_ABSENT", 480, "Subscriber absent" },
	{ "CALL_REJECTED", 603, "Call Rejected" },
	{ "NUMBER_CHANGED", 410, "Number changed" },
	{ "REDIRECTION_TO_NEW_DESTINATION", 410, "Number changed" },
	{ "EXCHANGE_ROUTING_ERROR", 483, "Exchange routing error" },
	{ "DESTINATION_OUT_OF_ORDER", 502, "Destination out of order" },
	{ "INVALID_NUMBER_FORMAT", 484, "Invalid number format" },
	{ "FACILITY_REJECTED", 510, "Facility rejected" },
	{ "NORMAL_UNSPECIFIED", 480, "Temporarily unavailable" },
	{ "NORMAL_CIRCUIT_CONGESTION", 503, "Circuit congestion" },
	{ "NETWORK_OUT_OF_ORDER", 503, "Network out of order" },
	{ "NORMAL_TEMPORARY_FAILURE", 503, "Temporary failure" },
	{ "SWITCH_CONGESTION", 503, "Switch congestion" },
	{ "REQUESTED_CHAN_UNAVAIL", 503, "Channel unavailable" },
	{ "OUTGOING_CALL_BARRED", 403, "Call barred" },
	{ "INCOMING_CALL_BARRED", 403, "Call barred" },
	{ "BEARERCAPABILITY_NOTAUTH", 403, "Bearer not authorized" },
	{ "BEARERCAPABILITY_NOTAVAIL", 403, "Bearer not available" },
	{ "BEARERCAPABILITY_NOTIMPL", 488, "Bearer not implemented" },
	{ "INCOMPATIBLE_DESTINATION", 488, "Incompatible destination" },
	{ "UNKNOWN", 500, "Unknown error" },
	{ "FACILITY_NOT_IMPLEMENTED", 501, "Facility not implemented" },
	{ "SERVICE_NOT_IMPLEMENTED", 501, "Service not implemented" },
	{ "MANDATORY_IE_MISSING", 400, "Mandatory element missing" },
	{ "MANDATORY_IE_LENGTH_ERROR", 400, "Mandatory element malformed" },
	{ "RECOVERY_ON_TIMER_EXPIRE", 504, "Recovery on timer expire" },
	{ "MEDIA_TIMEOUT", 504, "Media timeout" },
	{ "ORIGINATOR_CANCEL", 487, "Originator cancel" },
	{ "PROGRESS_TIMEOUT", 486, "Progress timeout" },
};

const char *cause_of_status(int status)
{
	for (size_t i = 0; i < NELEM(causes); i++)
		if (causes[i].status == status)
			return causes[i].cause;
	return "NORMAL_UNSPECIFIED";
}

const char *cause_of_q850(int number)
{
	for (size_t i = 0; i < NELEM(numbers); i++)
		if (numbers[i].number == number)
			return numbers[i].cause;
	return NULL;
}

int q850_of_cause(const char *cause)
{
	for (size_t i = 0; cause && i < NELEM(numbers); i++)
		if (strcmp(numbers[i].cause, cause) == 0)
			return numbers[i].number;
	return 0;
}

int status_of_cause(const char *cause)
{
	for (size_t i = 0; cause && i < NELEM(statuses); i++)
		if (strcmp(statuses[i].cause, cause) == 0)
			return statuses[i].status;
	return 480; /* NORMAL_CLEARING too */
}

int response_of_cause(const char *cause, const char **reason)
{
	for (size_t i = 0; cause && i < NELEM(responses); i++)
		if (strcmp(responses[i].cause, cause) == 0) {
			*reason = responses[i].reason;
			return responses[i].status;
		}
	return 0;
}

const char *phrase_of_status(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} phrases[] = {
		{ 403, "Forbidden" },        { 404, "Not Found" },
		{ 408, "Request Timeout" },  { 410, "Gone" },
		{ 480, "Temporarily Unavailable" },
		{ 482, "Loop Detected" },    { 484, "Address Incomplete" },
		{ 486, "Busy Here" },        { 487, "Request Terminated" },
		{ 488, "Not Acceptable Here" },
		{ 500, "Server Internal Error" },
		{ 502, "Bad Gateway" },      { 503, "Service Unavailable" },
		{ 504, "Server Time-out" },  { 600, "Busy Everywhere" },
		{ 603, "Decline" },
	};

	for (size_t i = 0; i < NELEM(phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Call Failed";
}
