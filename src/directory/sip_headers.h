/* directory/sip_headers.h - custom_sip_headers of a document, as lines of an
 * INVITE.
 *
 * Kazoo: {"in": {...}, "out": {...}} and, from older times, names that stand
 * flat beside them.  What is `in` goes to the telephone whose document it is,
 * what is `out` goes with the calls it makes (and to a carrier's gateway);
 * flat names count as `in` of a telephone, and as `out` of a carrier and of an
 * action. */
#ifndef B2BUA_DIRECTORY_SIP_HEADERS_H
#define B2BUA_DIRECTORY_SIP_HEADERS_H

#include <stdbool.h>
#include "directory/facts.h"
#include "directory/formatter.h"

enum sip_headers_way {
	SIP_HEADERS_IN,   /* "in", and what stands flat */
	SIP_HEADERS_OUT,  /* "out" alone */
	SIP_HEADERS_CARRY /* "out", and what stands flat */
};

/* May a document set it?  Not what the protocol lives on, and nothing that is
 * no name of a header. */
bool sip_header_may_be_set(const char *name);

/* Adds a line for each header that `lines` has not yet: who comes first has
 * his way.  headers may be NULL, or of any type; so may facts and
 * formatters, whose fields are the names of the headers, be NULL. */
void sip_headers_write(struct buf *lines, const struct cJSON *headers,
                       enum sip_headers_way way, const struct call_facts *f,
                       const struct formatters *formatters);
/* The value of one that is flat or `out`; NULL. */
const char *sip_headers_find(const struct cJSON *headers, const char *name);

#endif
