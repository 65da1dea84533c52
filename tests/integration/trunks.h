/* integration/trunks.h - the office with gateways around it. */
#ifndef B2BUA_TESTS_TRUNKS_H
#define B2BUA_TESTS_TRUNKS_H

#include "integration/office.h"

#define OUT    "{'module':'resources','data':{'use_local_resources':%s%s}}"
#define NUMBER "+14155550000"

/* A caller, and gateways g[0] at 127.0.0.11, g[1] at 127.0.0.12 ... */
struct crew {
	struct office *o;
	struct peer *frank1, *g[4];
};

int trunks_set_up(void **state);
int trunks_tear_down(void **state);
#define TRUNK_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, trunks_set_up, trunks_tear_down)

const char *ip_of(size_t gateway);
/* A global carrier with one gateway; `rest`: more members of the resource,
 * `more`: of the gateway, each with a comma in front. */
void put_carrier(struct crew *c, const char *id, size_t gateway,
                 const char *rest, const char *more);
void put_local(struct crew *c, const char *account, const char *id,
               size_t gateway);
/* Carrier a with these at g[0], then b at g[1]; 1 dials out. */
void two_carriers(struct crew *c, const char *rest, const char *more);
/* A carrier whose gateway is a name; port 0: none. */
void put_named(struct crew *c, const char *id, const char *server,
               unsigned port, unsigned cost);
/* What 1 dials goes out by global carriers. */
void send_out(struct crew *c);
/* The gateway answers, and the caller hangs up. */
void connects(struct crew *c, struct dialog *d, size_t gateway,
              const struct msg *invite);

#endif
