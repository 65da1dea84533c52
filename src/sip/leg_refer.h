/* sip/leg_refer.h - call transfer on a leg: REFER and its NOTIFYs (RFC 3515,
 * 4488), Replaces and Join of an INVITE (RFC 3891, 3911). */
#ifndef B2BUA_SIP_LEG_REFER_H
#define B2BUA_SIP_LEG_REFER_H

#include "sip/leg.h"
#include "sip/refer.h"

struct refer {
	struct refer_to to;
	char *referred_by;    /* owned; RFC 3892; NULL: none */
	bool wants_no_notify; /* Refer-Sub: false */
};
/* Reads a REFER.  0, or the status to refuse it with. */
int message_refer(struct refer *out, const struct message *m);
void refer_clear(struct refer *r);

enum invite_kind {
	INVITE_NEW,
	INVITE_REPLACES, /* takes the place of one end of a dialog */
	INVITE_JOINS
};
/* What an INVITE says about another dialog.  0 or 400. */
int message_replaces(enum invite_kind *kind, struct replaces *out,
                     const struct message *m);

/* The leg of ours that is this dialog, early ones that we began included;
 * NULL when there is none. */
struct leg *leg_find(struct agent *a, const struct replaces *r);
const struct leg_ops *leg_ops_of(const struct leg *l);
void *leg_arg(const struct leg *l);

/* Another call's from now on, its log lines too. */
void leg_move(struct leg *l, const struct leg_ops *ops, void *arg,
              const struct log_ctx *parent);

/* This peer may send REFER, and hears that it may. */
void leg_allow_refer(struct leg *l);
/* Accepts a REFER: 202, and unless it wants none, NOTIFY 100. */
void leg_accept_refer(struct leg_request *rq, const struct refer *r);
/* How the transfer goes on; the last one ends the subscription.  Without an
 * accepted REFER, or when the peer wants no more of it, nothing is sent.
 * NULL-safe. */
void leg_notify(struct leg *l, int status, bool is_last);

#endif
