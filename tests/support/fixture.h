/* support/fixture.h - messages written down as RFC 4475 writes them (its
 * section 2): a line each, <allOneLine> for what is one line on the wire,
 * <repeat count=N>text</repeat> and <hex>0D0A</hex>. */
#ifndef B2BUA_TESTS_FIXTURE_H
#define B2BUA_TESTS_FIXTURE_H

#include "base/buf.h"

/* The bytes of the file `name` below the folder tests/ of the sources; fails
 * the test when it cannot be read. */
void fixture_read(struct buf *out, const char *name);
/* text, which is changed by it, to bytes. */
void fixture_expand(struct buf *out, char *text);

#endif
