/* b2bua/diversion.h - who sent a call on (RFC 5806). */
#ifndef B2BUA_DIVERSION_H
#define B2BUA_DIVERSION_H

/* The user part of the last Diversion, which stands on top, among header
 * lines that end in CRLF; NULL: nobody did.  Owned by the caller. */
char *diversion_user(const char *headers);

#endif
