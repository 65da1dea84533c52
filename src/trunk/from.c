/* trunk/from.c - the domain that stands in From of calls to a carrier. */
#include "trunk/from.h"

#include <string.h>

#include "base/strutil.h"

/* A digest's realm may be any text. */
static bool is_domain(const char *s)
{
	return !str_is_empty(s) && strlen(s) <= 253 &&
	       !s[strcspn(s, " \"\\<>@;,/?")];
}

const char *from_domain(const struct gateway *g, const char *account_realm,
                        const char *usual)
{
	const struct from_format *f = &g->from;

	if (!f->is_wanted)
		return usual;
	if (!str_is_empty(f->realm))
		return f->realm;
	if (f->is_account_realm && !str_is_empty(account_realm))
		return account_realm;
	return is_domain(g->realm) ? g->realm : usual;
}
