/* trunk/candidates.h - which carriers take a number, and in which order. */
#ifndef B2BUA_TRUNK_CANDIDATES_H
#define B2BUA_TRUNK_CANDIDATES_H

#include "trunk/choose.h"

struct candidate {
	const struct resource *resource;
	const struct resource_class *as; /* NULL: it takes it by its rules */
	char *number;      /* owned; what is captured of it */
	bool is_emergency; /* a carrier for emergencies */
	int weight_cost;
	size_t place;      /* among its equals */
};

struct candidates {
	struct candidate *v; /* owned */
	size_t n;
};

/* Of these carriers, by id ascending; sorted as they are to be tried. */
void candidates_find(struct candidates *out, const struct trunk_request *rq,
                     const struct resource *const *all, size_t n,
                     const char *number);
void candidates_clear(struct candidates *c);

#endif
