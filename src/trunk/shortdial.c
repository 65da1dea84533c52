/* trunk/shortdial.c - a number that was dialled without its area. */
#include "trunk/shortdial.h"

#include <string.h>

#include "base/mem.h"

char *shortdial_correct(const struct shortdial *s, const char *number,
                        const char *caller_number)
{
	size_t have, want, missing;

	if (!caller_number)
		return NULL;
	number += *number == '+';
	have = strlen(number);
	want = strlen(caller_number);
	if (have == 0 || want <= have)
		return NULL;
	missing = want - have;
	if (s->fixed > 0 ? missing != s->fixed
	                 : missing < s->min || missing > s->max)
		return NULL;
	return xasprintf("%.*s%s", (int)missing, caller_number, number);
}
