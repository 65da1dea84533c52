/* b2bua/ingress.h - requests from outside dialogs, and who sends them. */
#ifndef B2BUA_INGRESS_H
#define B2BUA_INGRESS_H

#include "b2bua/server.h"

/* Answers rq, registers it, or makes a session of it. */
void ingress_request(struct server *s, struct request *rq);

enum proof {
	PROOF_DEVICE,    /* *device proved itself */
	PROOF_NONE,      /* no credentials: challenge */
	PROOF_WRONG,     /* wrong ones: challenge again, just the same */
	PROOF_STALE,     /* right, but the nonce is old: stale=true */
	PROOF_MALFORMED  /* 400 */
};
/* One stable line a proved failure, for fail2ban. */
void ingress_log_refused(const struct request *rq);
/* Checks the request's digest against the device it names. */
enum proof ingress_prove(struct server *s, const struct request *rq,
                         bool is_proxy, const struct device **device);
/* 401 (REGISTER) or 407 with a challenge per algorithm, RFC 8760. */
void ingress_challenge(struct server *s, struct request *rq, bool is_proxy,
                       bool is_stale);

#endif
