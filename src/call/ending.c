/* call/ending.c - the causes of endings, in the words of RFC 3326. */
#include "call/ending.h"

#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/util.h"

/* What the server ends for reasons of its own.  RFC 3398 8.2.6.1 pairs the
 * timers' statuses with 102; what has no number of its own gets the nearest
 * one. */
static const struct {
	const char *cause;
	int status; /* of SIP; 0: it is none of its matters */
	int q850;
	const char *text;
} endings[] = {
	{ "RECOVERY_ON_TIMER_EXPIRE", 408, 102, "Request Timeout" },
	{ "MEDIA_TIMEOUT", 504, 102, "Media timeout" },
	{ "INCOMPATIBLE_DESTINATION", 488, 88, "Not Acceptable Here" },
	{ "NO_ANSWER", 0, 19, NULL },
	{ "ALLOTTED_TIMEOUT", 0, 19, NULL },
	{ "PROGRESS_TIMEOUT", 0, 18, NULL },
};

char *ending_line(const char *cause, int q850, const char *text)
{
	for (size_t i = 0; cause && i < NELEM(endings); i++) {
		if (strcmp(endings[i].cause, cause) != 0)
			continue;
		if (endings[i].status)
			return xasprintf("Reason: SIP;cause=%d;text=\"%s\", "
			                 "Q.850;cause=%d;text=\"%s\"\r\n",
			                 endings[i].status,
			                 text ? text : endings[i].text,
			                 endings[i].q850, cause);
		q850 = endings[i].q850;
		break;
	}
	return cause && q850
	               ? xasprintf("Reason: Q.850;cause=%d;text=\"%s\"\r\n",
	                           q850, cause)
	               : NULL;
}

const char *ending_of_branch(enum fork_why why)
{
	switch (why) {
	case FORK_WHY_TIMEOUT:
		return "NO_ANSWER";
	case FORK_WHY_LEG_TIMEOUT:
		return "ALLOTTED_TIMEOUT";
	case FORK_WHY_PROGRESS_TIMEOUT:
		return "PROGRESS_TIMEOUT";
	default:
		return NULL;
	}
}
