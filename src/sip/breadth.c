/* sip/breadth.c - Max-Breadth, RFC 5393 5: how many branches a request may
 * become, here and further down together. */
#include "sip/agent_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "base/strutil.h"

unsigned breadth_of(const sip_t *sip)
{
	const sip_unknown_t *u = sip->sip_unknown;
	unsigned long n;
	char *end;

	for (; u; u = u->un_next) {
		if (!str_eq_case(u->un_name, "Max-Breadth") || !u->un_value)
			continue;
		if (!isdigit((unsigned char)u->un_value[0]))
			break;
		n = strtoul(u->un_value, &end, 10);
		if (*end)
			break;
		return n < SIP_MAX_BREADTH ? (unsigned)n : SIP_MAX_BREADTH;
	}
	return SIP_MAX_BREADTH;
}
