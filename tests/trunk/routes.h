/* trunk/routes.h - an account "a" and carriers around it, for tests of who
 * takes a number.  Documents are JSON written with ' instead of ". */
#ifndef B2BUA_TESTS_TRUNK_ROUTES_H
#define B2BUA_TESTS_TRUNK_ROUTES_H

#include "support/documents.h"
#include "trunk/choose.h"

struct bench {
	struct documents *docs;
	struct snapshot *snapshot;
	struct trunk_request rq;
	struct trunk_choice choice;
	char *text; /* the URIs, in order */
};

int routes_set_up(void **state); /* *state is the bench */
int routes_tear_down(void **state);

#define ALL "'rules': ['^\\\\+?(.+)$']" /* takes all, without the plus */

/* A carrier with the rest of its document; its first gateway is id.example
 * unless the rest has gateways. */
void put(struct bench *b, const char *folder, const char *id,
         const char *rest);
void put_global(struct bench *b, const char *id, const char *rest);
void put_local(struct bench *b, const char *id, const char *rest);
/* The URIs that b->rq is tried at, in order. */
const char *choose(struct bench *b);

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, routes_set_up, routes_tear_down)

#endif
