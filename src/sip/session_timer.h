/* sip/session_timer.h - what two user agents agree about the life of a
 * session (RFC 4028).  Pure: what was said goes in, what holds comes out. */
#ifndef B2BUA_SIP_SESSION_TIMER_H
#define B2BUA_SIP_SESSION_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#define SESSION_LEAST_S 90 /* RFC 4028 4: no interval is ever shorter */

/* Who refreshes: the client or the server of one transaction. */
enum refresher { REFRESHER_NONE, REFRESHER_UAC, REFRESHER_UAS };

struct session_policy { /* ours */
	uint32_t expires_s; /* what we ask for; 0: for none */
	uint32_t min_s;     /* shorter is refused with 422 */
};

struct session_said { /* by one message, a request or its 2xx */
	bool supports;    /* Supported (or Require): timer */
	uint32_t expires_s; /* Session-Expires; 0: none */
	uint32_t min_s;   /* Min-SE; 0: none */
	enum refresher refresher;
};

struct session_state { /* of a dialog, seen from our side */
	uint32_t interval_s; /* 0: the session does not expire */
	bool we_refresh;
	uint32_t min_s;      /* the largest Min-SE that was heard */
};

struct session_answer { /* ours, as the server of a request */
	uint32_t refuse_min_s; /* not 0: 422 with this Min-SE */
	uint32_t expires_s;    /* 0: no Session-Expires in the 2xx */
	enum refresher refresher;
	bool requires;         /* Require: timer in the 2xx */
};

/* As the server (RFC 4028 9).  *s is what held before; session_answered()
 * tells what holds after the 2xx. */
struct session_answer session_answer(const struct session_policy *p,
                                     const struct session_state *s,
                                     const struct session_said *request);
void session_answered(struct session_state *s, const struct session_said *rq,
                      const struct session_answer *a);

/* As the client (RFC 4028 7): what our request says.  is_first: it opens the
 * dialog. */
struct session_said session_ask(const struct session_policy *p,
                                const struct session_state *s, bool is_first);
/* The 2xx to it. */
void session_accepted(struct session_state *s,
                      const struct session_said *response);
/* 422 (RFC 4028 7.3): false when asking again would say the same. */
bool session_raise(struct session_state *s,
                   const struct session_said *response);

/* From the 2xx on: when to refresh, and when a session that nobody has
 * refreshed is ended (RFC 4028 10). */
int64_t session_refresh_ms(uint32_t interval_s);
int64_t session_end_ms(uint32_t interval_s);
/* How long to wait before a refresh that failed is tried again, with so much
 * time left until the end: ever shorter; -1: there is none left. */
int64_t session_retry_ms(int64_t left_ms);

/* After a 491 (RFC 3261 14.1): who made the Call-ID waits longer.  random: any
 * number. */
int64_t glare_wait_ms(bool owns_call_id, uint64_t random);

#endif
