/* integration/phone.h - a telephone that does what RFC 3261 asks of one, upon
 * a peer that does nothing by itself: it acknowledges, repeats what is not
 * answered, gives way to CANCEL and BYE.  It hears only when it is told to, so
 * that messages cross as a test wants. */
#ifndef B2BUA_TESTS_PHONE_H
#define B2BUA_TESTS_PHONE_H

#include "integration/bench.h"

#define PHONE_OPEN 8

struct phone {
	struct peer *p;
	unsigned port;            /* of its media */
	struct dialog *d;         /* of the call; NULL: none */
	const struct msg *invite; /* as it came, or went out */
	const struct msg *final;  /* of that INVITE, given or got */
	const struct msg *ack;    /* of a 2xx that it got: to repeat */
	unsigned n_finals;        /* different ones that it got */
	unsigned n_reliable;      /* 1xx that it sent so */
	unsigned rseq;            /* of the last one that it got */
	bool is_caller;
	bool is_acked;            /* its final answer is */
	bool is_over;             /* BYE has come or gone */
	bool has_cancelled;
	bool is_unheard;          /* nobody knows its INVITE any more */
	const struct msg *open[PHONE_OPEN]; /* requests without an answer */
	const struct msg *asked;  /* a re-INVITE that it answered, without
	                             ACK so far; with */
	const struct msg *answered;
};

void phone_set_up(struct phone *f, struct peer *p, unsigned port);
/* Hears what has come, and reacts; true when there was something. */
bool phone_hear(struct phone *f);
/* What has come is lost on the way. */
void phone_lose(struct phone *f);
/* Time has passed: what got no answer goes out again. */
void phone_repeat(struct phone *f);

/* Each does nothing where its own knowledge forbids it. */
void phone_dial(struct phone *f, const char *number, const char *headers);
void phone_cancel(struct phone *f);
void phone_answer(struct phone *f, int status, bool has_sdp);
void phone_progress_reliably(struct phone *f);
void phone_ask(struct phone *f, const char *method); /* BYE, INVITE, UPDATE */

bool phone_is_up(const struct phone *f);

#endif
