/* sip/refer.h - call transfer as text: Refer-To (RFC 3515), Replaces and Join
 * (RFC 3891, 3911).  Pure; no sofia types.
 *
 * The header fields inside a URI are read here, byte by byte, because what
 * the library has for them reads beyond their end. */
#ifndef B2BUA_SIP_REFER_H
#define B2BUA_SIP_REFER_H

#include <stdbool.h>
#include "base/util.h"

#define REFER_TAG 128
struct replaces {            /* a dialog, as its two ends know it */
	char call_id[256];
	char to_tag[REFER_TAG];   /* of the one that is asked */
	char from_tag[REFER_TAG];
	bool early_only;
};
/* "id;to-tag=a;from-tag=b": the value of Replaces or Join.  0 or -EINVAL. */
int replaces_parse(struct replaces *out, const char *text);
/* The same text again, to be freed by the caller. */
char *replaces_text(const struct replaces *r);

struct refer_to {            /* whom to call */
	char user[256];      /* unescaped; of a tel: URI its number */
	char host[256];      /* "" of a tel: URI */
	bool has_replaces, requires_replaces;
	struct replaces replaces;
};
/* The value of Refer-To: a name-addr or an addr-spec.  0, or the status to
 * refuse it with: 400 for what cannot be read, 416 for a scheme that is not
 * ours, 403 for what a stranger may not have us send (RFC 3261 19.1.5: any
 * header but Replaces, any method but INVITE). */
int refer_to_parse(struct refer_to *out, const char *text);

#endif
