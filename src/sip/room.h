/* sip/room.h - how large an answer may be that is not larger than what it
 * answers.  An attacker writes a victim's address into a small request; the
 * answer must not do its work (RFC 5393 calls it amplification, as all do).
 * Pure. */
#ifndef B2BUA_SIP_ROOM_H
#define B2BUA_SIP_ROOM_H

#include <stdbool.h>
#include <stddef.h>

/* What is left of a request, as it came, without the headers that a response
 * repeats (RFC 3261 8.2.6.2) and without what a response has in any case: its
 * status line, a To tag, where the request came from (`ip`, as text), an empty
 * body.  Less than 0: an answer may be larger. */
long room_in(const char *request, size_t len, const char *ip);
/* Is it an INVITE or REGISTER that gets a challenge, and no plain refusal?
 * One that requires something is refused (RFC 3261 8.2.2.3), an INVITE without
 * a Contact, too. */
bool room_is_challenged(const char *request, size_t len);

#endif
