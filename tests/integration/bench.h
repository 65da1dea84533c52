/* integration/bench.h - a whole server in the test's own process, with phones
 * and carriers around it and time that only the test moves.
 *
 * Account "acc", realm test.example.  Phones 101..104 are registered; 105 is
 * a device that nobody registered.  Numbers: 101..105 ring that phone;
 * 200 rings 102 and 103, 300 rings 102, 103 and 104, 201 the first two and
 * follows a 3xx, 210 ends with the first refusal; 9xxxxxxx goes out to
 * carrier 0 and, when that fails, to carrier 1. */
#ifndef B2BUA_TESTS_BENCH_H
#define B2BUA_TESTS_BENCH_H

#include "b2bua/server.h"
#include "support/documents.h"
#include "support/peer.h"

enum { P101, P102, P103, P104, N_PHONES };
enum { N_CARRIERS = 2 };

struct rig {
	struct server *server;
	struct loop *loop;         /* the server's */
	struct config *conf;
	struct documents *docs;
	char dir[64];              /* configuration and records */
	struct buf trace;
	struct addr addr;          /* of the server */
	bool is_warped;
	struct peer *phone[N_PHONES];
	struct peer *carrier[N_CARRIERS];
};

struct rig_options {               /* 0: the default */
	unsigned max_ring_time_s;  /* 120 */
	unsigned media_timeout_s;  /* none */
	unsigned port_pairs;       /* 200 */
	bool keeps_real_time;      /* nothing is warped */
	bool listens_tcp;          /* listener 1 */
};

void rig_open(struct rig *r, const struct rig_options *opt);
/* Moves on 70 s, then: nothing may be left of any call, and there must be
 * exactly that many records. */
#define rig_close(r, n_calls) rig_close_at((r), (n_calls), __FILE__, __LINE__)
void rig_close_at(struct rig *r, size_t n_calls, const char *file, int line);
/* The i-th record, a line; owned by the caller. */
char *rig_record(struct rig *r, size_t i);

/* --- a call between two phones ------------------------------------------- */

#define RTP_A 30000 /* in descriptions where no packet is sent */
#define RTP_B 30002

struct talk {
	struct rig *rig;
	struct peer *a, *b;
	struct dialog *da, *db;    /* db: after the answer */
	const struct msg *invite;  /* as the callee got it */
	const struct msg *ok;      /* as the caller got it */
};

/* 101 dials; the INVITE is at phone `to`. */
void talk_dial(struct talk *t, struct rig *r, const char *number, int to);
void talk_dial_with(struct talk *t, struct rig *r, const char *number, int to,
                    const char *sdp); /* NULL: a late offer */
void talk_ring(struct talk *t); /* 180, passed on */
/* 200 by the callee; the caller has it, and the callee its ACK; the caller
 * has not acknowledged yet. */
void talk_answer(struct talk *t);
void talk_answer_with(struct talk *t, const char *sdp);
void talk_ack(struct talk *t);
/* All of it: both sides are up. */
void talk_up(struct talk *t, struct rig *r);
/* By one side, answered by the other. */
void talk_end(struct talk *t, struct peer *by);

/* A message's answer 200, without a body. */
void say_ok(struct peer *p, const struct msg *request);
/* The CANCEL must be there: it is answered, the INVITE ends with 487, and
 * that is acknowledged.  The CANCEL. */
const struct msg *give_way(struct peer *p, const struct msg *invite);

#endif
