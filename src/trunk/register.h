/* trunk/register.h - keeping a registration at a carrier alive, as a pure
 * machine: events and the time go in, what to do comes out.  No SIP, no
 * sockets, no clock (RFC 3261 10.2, RFC 5626 4.5 for the waits). */
#ifndef B2BUA_TRUNK_REGISTER_H
#define B2BUA_TRUNK_REGISTER_H

#include <stdbool.h>
#include <stdint.h>

enum trunk_reg_state {
	TRUNK_REG_OFF,
	TRUNK_REG_TRYING,  /* a REGISTER is under way */
	TRUNK_REG_UP,      /* registered; waits for the next refresh */
	TRUNK_REG_REFRESHING,
	TRUNK_REG_WAITING  /* the last one failed; what was granted before may
	                      still hold */
};
const char *trunk_reg_state_name(enum trunk_reg_state s);

enum trunk_reg_event {
	TRUNK_REG_START,
	TRUNK_REG_STOP,
	TRUNK_REG_DUE,     /* the wait that was asked for is over */
	TRUNK_REG_GRANTED, /* 2xx: expires_s */
	TRUNK_REG_BRIEF,   /* 423: expires_s is the least they take */
	TRUNK_REG_REFUSED, /* 4xx, 6xx: asking again will not change much */
	TRUNK_REG_FAILED,  /* 5xx, 408, no answer, no address */
	TRUNK_REG_LOST     /* the connection that calls come over has closed */
};

struct trunk_reg_conf {
	unsigned expires_s; /* to ask for */
	unsigned retry_min_s, retry_max_s;
};

struct trunk_reg_input {
	enum trunk_reg_event event;
	int64_t now_ms;
	int64_t expires_s;
	int retry_after_s; /* -1: none */
	uint32_t random;   /* for the jitter */
};

enum trunk_reg_do {
	TRUNK_REG_DO_NOTHING,
	TRUNK_REG_DO_SEND, /* REGISTER for expires_s; its answer is fed */
	TRUNK_REG_DO_WAIT, /* feed DUE after delay_ms */
	TRUNK_REG_DO_LEAVE,/* un-register; the machine is OFF already */
	TRUNK_REG_DO_FORGET/* the same, but nothing is registered */
};
struct trunk_reg_action {
	enum trunk_reg_do what;
	int64_t delay_ms;
	unsigned expires_s;
};

struct trunk_reg { /* all zero is one that is OFF */
	enum trunk_reg_state state;
	unsigned failures; /* in a row */
	unsigned least_s;  /* what a 423 asked for; 0: nothing */
	int64_t until_ms;  /* how long the last grant holds */
};

struct trunk_reg_action trunk_reg_feed(struct trunk_reg *r,
                                       const struct trunk_reg_conf *conf,
                                       const struct trunk_reg_input *in);
bool trunk_reg_holds(const struct trunk_reg *r, int64_t now_ms);

#endif
