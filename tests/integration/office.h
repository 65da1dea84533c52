/* integration/office.h - a server with a small company on it, for tests that
 * run the whole of it in-process, in warped time.
 *
 * The account "hq" (realm hq.test) has the users alice (devices alice1 and
 * alice2) and bob (bob1), and the devices carol1, dave1, erin1 and frank1
 * that nobody owns.  A device's user name is its id, its password "secret".
 * Documents are JSON written with ' instead of ". */
#ifndef B2BUA_TESTS_OFFICE_H
#define B2BUA_TESTS_OFFICE_H

#include "b2bua/server.h"
#include "support/dns.h"
#include "support/documents.h"
#include "support/peer.h"
#include "support/warp.h"

#define OFFICE_PEERS 24

struct office {
	struct documents *files;
	struct config *conf;
	struct server *server;
	struct loop *loop; /* the server's */
	struct dnsd *dns;
	struct addr at;    /* where the server listens: UDP and TCP */
	struct addr tcp;
	struct buf trace;
	struct peer *peers[OFFICE_PEERS];
	size_t n_peers;
	unsigned port;     /* of the next media */
};

/* For cmocka: *state is the office.  The end checks that nothing of any call
 * is left. */
int office_set_up(void **state);
int office_tear_down(void **state);

/* A document below the directory, and what the server runs on from now. */
void office_put(struct office *o, const char *path, const char *fmt, ...)
        printf_like(3, 4);
void office_reload(struct office *o);
/* A callflow of hq with this number, whose id is "flow-" and the number. */
void office_flow(struct office *o, const char *number, const char *fmt, ...)
        printf_like(3, 4);
/* A device of hq, registered; "alice1".  Destroyed with the office. */
struct peer *office_phone(struct office *o, const char *id);
/* One more telephone that knows the device's password: not registered. */
struct peer *office_handset(struct office *o, const char *id);
/* Somebody with an address of its own (127.0.0.x) and no credentials. */
struct peer *office_stranger(struct office *o, const char *ip, bool is_tcp);
unsigned office_port_of(const struct peer *p); /* of its SIP socket */

/* The caller's INVITE with credentials and an offer. */
struct dialog *office_dial(struct office *o, struct peer *from,
                           const char *number);
/* An INVITE is there: 180 goes back. */
#define office_rings(p) office_rings_at((p), __FILE__, __LINE__)
const struct msg *office_rings_at(struct peer *p, const char *file, int line);
/* ... 200 with an answer, the ACK comes, and the caller ACKs its own. */
void office_answer(struct office *o, struct peer *callee,
                   const struct msg *invite, struct peer *caller);
/* The final failure of its call, which is ACKed. */
#define office_fails(p, status) \
	office_fails_at((p), (status), __FILE__, __LINE__)
const struct msg *office_fails_at(struct peer *p, const char *status,
                                  const char *file, int line);
/* A feature code is dialled, does its work, and the call ends by itself. */
void office_code(struct office *o, struct peer *p, const char *code);
void office_code_done(struct peer *p); /* the same, when it is dialled */
/* A failure, and the ACK of the server. */
void office_refuse(struct peer *callee, const struct msg *invite, int status);
/* The branch is given up: CANCEL, 200, 487, ACK.  Returns the CANCEL. */
#define office_cancelled(p, invite) \
	office_cancelled_at((p), (invite), __FILE__, __LINE__)
const struct msg *office_cancelled_at(struct peer *p, const struct msg *invite,
                                      const char *file, int line);
/* The caller hangs up; the callee hears of it. */
void office_hang_up(struct peer *caller, struct dialog *d,
                    struct peer *callee);
/* The media description with a port that nobody else has. */
const char *office_sdp(struct office *o, struct peer *p);
void office_warp(struct office *o, int64_t ms);

#endif
