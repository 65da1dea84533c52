/* registrar/contact.h - are two contact URIs the same one? */
#ifndef B2BUA_REGISTRAR_CONTACT_H
#define B2BUA_REGISTRAR_CONTACT_H

#include <stdbool.h>

/* RFC 3261 19.1.4 for sip and sips; other schemes byte by byte.  A URI with
 * more than 32 parameters equals only its own bytes. */
bool contact_eq(const char *a, const char *b);

#endif
