/* integration/rel.h - calls with reliable provisional responses (RFC 3262),
 * for tests of either side of them. */
#ifndef B2BUA_TESTS_REL_H
#define B2BUA_TESTS_REL_H

#include "integration/bench.h"

#define SUPPORTED "Supported: 100rel\r\n"
#define REQUIRED  "Require: 100rel\r\n"
#define CARRIER   N_PHONES /* in place of a phone */

/* What a phone knows of 100rel. */
enum knows { NOTHING, SUPPORTS, REQUIRES, N_KNOWS };

/* 101 calls `number`, and says so; the INVITE is at phone `to`. */
void rel_dial_with(struct talk *t, struct rig *r, const char *number, int to,
                   enum knows caller, const char *sdp);
void rel_dial(struct talk *t, struct rig *r, enum knows caller); /* 102 */

/* The callee's 18x with this RSeq; 0: it is not reliable. */
const struct msg *rel_ring(struct talk *t, const char *tag, int status,
                           unsigned rseq, const char *sdp);
/* The PRACK to the callee, which it answers. */
const struct msg *rel_get_prack(struct talk *t, unsigned rseq);
bool rel_acknowledges(const struct msg *prack, unsigned rseq, unsigned cseq);

bool rel_is(const struct msg *m); /* reliable */
unsigned rel_rseq(const struct msg *m);
/* A PRACK of m; the second form waits for its 200. */
void rel_prack_with(struct peer *p, struct dialog *d, const struct msg *m,
                    const char *body);
void rel_prack(struct talk *t, const struct msg *m);

/* The callee picks up and gets its ACK. */
void rel_answer(struct talk *t, const char *sdp);
/* ... the caller, too, and hangs up. */
void rel_finish(struct talk *t, const char *sdp);

#endif
