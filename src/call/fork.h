/* call/fork.h - parallel and sequential forking as a pure decision: events
 * and the time go in, what to do comes out.  No SIP, no sockets, no clock.
 *
 * RFC 3261 16.7 (choice of the best response); Kazoo's delays, time-outs,
 * strategies and fail_on_single_reject. */
#ifndef B2BUA_CALL_FORK_H
#define B2BUA_CALL_FORK_H

#include <stdbool.h>
#include "base/util.h"

struct fork;

enum fork_strategy {
	FORK_ALL,       /* every branch, each after its delay */
	FORK_ONE_BY_ONE /* step after step; the branches of a step together */
};

/* Statuses 300..699 as a bitmap. */
struct fork_codes {
	uint8_t bits[50];
};
void fork_codes_add(struct fork_codes *c, int status);
bool fork_codes_has(const struct fork_codes *c, int status);

struct fork_branch {
	unsigned step;   /* FORK_ONE_BY_ONE: ascending from 0 */
	int delay_ms;    /* from the start (of its step) */
	int timeout_ms;  /* from its own start; 0: none */
	int progress_ms; /* no 18x or 2xx within this: next; 0: none */
	const struct fork_codes *ends_on; /* borrowed: failing with one of
	                                     these ends the attempt; NULL */
};

struct fork_conf {
	enum fork_strategy strategy;
	int timeout_ms;           /* of the whole; 0: none */
	bool passes_early_media;  /* one branch's SDP may reach the caller */
	bool rings_at_once;       /* 180 before any branch rings */
	struct fork_codes ends_on;/* a branch failing with one of these ends
	                             the whole attempt with it */
	const struct fork_branch *branches; /* copied */
	size_t n;
};

enum fork_event_kind {
	FORK_EV_START,
	FORK_EV_TICK,     /* time has passed */
	FORK_EV_PROGRESS, /* 101..199 on a branch */
	FORK_EV_ANSWER,   /* 2xx on a branch */
	FORK_EV_ELSEWHERE,/* a branch goes on at another address: the time to
	                     its first progress starts anew */
	FORK_EV_FAIL,     /* 300..699 on a branch, or it could not be tried */
	FORK_EV_STOP      /* the caller or the server gave up */
};
struct fork_event {
	enum fork_event_kind kind;
	int64_t now_ms;
	size_t branch;
	int status;
	bool has_sdp;
};

enum fork_why {
	FORK_WHY_STATUS,   /* a branch's own final status */
	FORK_WHY_TIMEOUT,  /* the whole limit: NO_ANSWER */
	FORK_WHY_LEG_TIMEOUT,      /* ALLOTTED_TIMEOUT */
	FORK_WHY_PROGRESS_TIMEOUT, /* PROGRESS_TIMEOUT */
	FORK_WHY_LOST,     /* another branch won */
	FORK_WHY_STOPPED
};
enum fork_action_kind {
	FORK_DO_START,    /* place this branch */
	FORK_DO_CANCEL,   /* give this branch up; why LOST: "elsewhere" */
	FORK_DO_PROGRESS, /* tell the caller: status, SDP when has_sdp */
	FORK_DO_WIN,      /* this branch is the call; the others were
	                     cancelled by actions before this one */
	FORK_DO_FAIL      /* all is over without an answer: status, why */
};
struct fork_action {
	enum fork_action_kind kind;
	size_t branch;
	int status;
	bool has_sdp;
	enum fork_why why;
};
/* Room that any one event needs. */
#define FORK_ACTIONS(n) ((n) * 2 + 4)

int fork_create(struct fork **out, const struct fork_conf *conf);
void fork_destroy(struct fork **fp);

/* Returns how many actions were written; they are to be done in order.
 * Events for a branch that is no longer in play are ignored.  After WIN or
 * FAIL nothing comes any more. */
size_t fork_feed(struct fork *f, const struct fork_event *ev,
                 struct fork_action *out);
/* When to send the next TICK; INT64_MAX when nothing waits for time. */
int64_t fork_deadline(const struct fork *f);
bool fork_is_over(const struct fork *f);

/* Is `a` a better answer for the caller than `b`?  0 is no answer at all. */
bool fork_is_better(int a, int b);

#endif
