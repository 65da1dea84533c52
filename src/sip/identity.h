/* sip/identity.h - who somebody says to be, or is said to be: the values of
 * P-Asserted-Identity (RFC 3325), Remote-Party-ID and Privacy (RFC 3323).
 * Pure: texts in, data out; no sofia types. */
#ifndef B2BUA_SIP_IDENTITY_H
#define B2BUA_SIP_IDENTITY_H

#include <stdbool.h>
#include "base/buf.h"

struct identity_value {
	char name[128];         /* unquoted; "" when absent */
	char user[128];         /* unescaped; of tel: the number */
	char host[256];         /* "" of tel: */
};

enum { /* what a caller wants hidden (RFC 3323 4.2) */
	PRIVACY_ID = 1,      /* RFC 3325 9.3: what the network asserts */
	PRIVACY_USER = 2,    /* From, and what else tells of a person */
	PRIVACY_HEADER = 4,  /* addresses that lead to him */
	PRIVACY_SESSION = 8, /* the media's addresses: always hidden here */
	PRIVACY_HISTORY = 16,/* RFC 7044 10.1 */
};
#define PRIVACY_OF_CALLER (PRIVACY_ID | PRIVACY_USER | PRIVACY_HEADER)

/* Bits of a Privacy value ("id; critical"); "none" revokes all. */
unsigned privacy_parse(const char *value);

/* The first SIP or tel URI of a list of name-addrs or addr-specs; false when
 * there is none that can be read. */
bool identity_parse(struct identity_value *out, const char *value);
/* What a Remote-Party-ID hides by its `privacy` parameter ("full", "name",
 * "uri"), as bits. */
unsigned identity_rpid_privacy(const char *value);
/* Does a From tell nothing of its sender (RFC 3323 4.1.1.3)? */
bool identity_is_anonymous(const char *user, const char *host);

/* "Name" <sip:user@host> with everything quoted or escaped that must be;
 * name may be NULL or "". */
void identity_write(struct buf *out, const char *name, const char *user,
                    const char *host);

#endif
