/* base/form.h - the form encoding of HTML (application/x-www-form-urlencoded):
 * queries of URLs and bodies of requests. */
#ifndef B2BUA_BASE_FORM_H
#define B2BUA_BASE_FORM_H

#include "base/buf.h"

/* One more "name=value", after "&" unless it is the first. */
void form_add(struct buf *form, const char *name, const char *value);
/* The encoded text alone; bytes that are not letters, digits or one of -_.*
 * become %XX, and a blank a plus. */
void form_encode(struct buf *out, const char *text);

/* url with one more query: behind the one that it has, before its fragment.
 * To be freed. */
char *url_with_query(const char *url, const char *query);

#endif
