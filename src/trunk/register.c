/* trunk/register.c - keeping a registration at a carrier alive. */
#include "trunk/register.h"

#include "base/util.h"

#define LONGEST_EXPIRES_S 604800 /* a week */
#define LONGEST_WAIT_S    3600   /* whatever Retry-After says */
#define MARGIN_S          40     /* a refresh may have to be repeated */

static const char *const names[] = { "off", "trying", "registered",
	                             "refreshing", "waiting" };

const char *trunk_reg_state_name(enum trunk_reg_state s)
{
	return names[s];
}

bool trunk_reg_holds(const struct trunk_reg *r, int64_t now_ms)
{
	return r->state != TRUNK_REG_OFF && now_ms < r->until_ms;
}

/* Between half of it and all of it, so that a registrar that comes back does
 * not meet everybody at once. */
static int64_t jittered(int64_t ms, uint32_t random)
{
	return ms / 2 + (int64_t)((uint64_t)random * (uint64_t)(ms / 2) >> 32);
}

/* --- what each way does ------------------------------------------------ */

typedef struct trunk_reg_action step_fn(struct trunk_reg *r,
                                        const struct trunk_reg_conf *conf,
                                        const struct trunk_reg_input *in);

static struct trunk_reg_action do_send(struct trunk_reg *r,
                                       const struct trunk_reg_conf *conf,
                                       const struct trunk_reg_input *in)
{
	unsigned asks = conf->expires_s;

	(void)in;
	if (asks < r->least_s)
		asks = r->least_s;
	return (struct trunk_reg_action){ .what = TRUNK_REG_DO_SEND,
		                          .expires_s = asks };
}

static struct trunk_reg_action do_start(struct trunk_reg *r,
                                        const struct trunk_reg_conf *conf,
                                        const struct trunk_reg_input *in)
{
	*r = (struct trunk_reg){ .state = r->state };
	return do_send(r, conf, in);
}

/* Before a tenth of it is left, and early enough that a refresh may time out
 * and be repeated; never before half of it. */
static int64_t refresh_after(int64_t granted_s, uint32_t random)
{
	int64_t margin_s = granted_s / 10 > MARGIN_S ? granted_s / 10
	                                             : MARGIN_S;
	int64_t wait_ms;

	if (margin_s > granted_s / 2)
		margin_s = granted_s - granted_s / 2;
	wait_ms = (granted_s - margin_s) * 1000;
	/* up to a twentieth earlier: many of one registrar drift apart */
	wait_ms -= (int64_t)((uint64_t)random * (uint64_t)(wait_ms / 20) >>
	                     32);
	return wait_ms < 1000 ? 1000 : wait_ms;
}

static struct trunk_reg_action do_keep(struct trunk_reg *r,
                                       const struct trunk_reg_conf *conf,
                                       const struct trunk_reg_input *in)
{
	int64_t granted_s = in->expires_s;

	(void)conf;
	if (granted_s > LONGEST_EXPIRES_S)
		granted_s = LONGEST_EXPIRES_S;
	r->failures = 0;
	r->until_ms = in->now_ms + granted_s * 1000;
	return (struct trunk_reg_action){
		.what = TRUNK_REG_DO_WAIT,
		.delay_ms = refresh_after(granted_s, in->random),
	};
}

/* Doubling from retry_min up to retry_max. */
static struct trunk_reg_action wait_s(const struct trunk_reg_input *in,
                                      int64_t wait)
{
	int64_t least = in->retry_after_s;
	int64_t ms;

	if (least > LONGEST_WAIT_S)
		least = LONGEST_WAIT_S;
	ms = jittered(wait * 1000, in->random);
	if (least > 0 && ms < least * 1000)
		ms = least * 1000;
	return (struct trunk_reg_action){ .what = TRUNK_REG_DO_WAIT,
		                          .delay_ms = ms };
}

static struct trunk_reg_action do_back_off(struct trunk_reg *r,
                                           const struct trunk_reg_conf *conf,
                                           const struct trunk_reg_input *in)
{
	int64_t wait = conf->retry_min_s;

	for (unsigned i = 0; i < r->failures && wait < conf->retry_max_s; i++)
		wait *= 2;
	r->failures++;
	return wait_s(in, wait < conf->retry_max_s ? wait
	                                           : conf->retry_max_s);
}

/* RFC 3261 21.4.4: the same request again is in vain; but the carrier's
 * operator may put it right. */
static struct trunk_reg_action do_wait_long(struct trunk_reg *r,
                                            const struct trunk_reg_conf *conf,
                                            const struct trunk_reg_input *in)
{
	r->failures++;
	r->until_ms = 0;
	return wait_s(in, conf->retry_max_s);
}

/* RFC 3261 10.2.8.  A registrar that wants more and more is a failure. */
static struct trunk_reg_action do_ask_longer(struct trunk_reg *r,
                                             const struct trunk_reg_conf *conf,
                                             const struct trunk_reg_input *in)
{
	unsigned asked = conf->expires_s > r->least_s ? conf->expires_s
	                                              : r->least_s;

	if (in->expires_s <= asked || in->expires_s > LONGEST_EXPIRES_S) {
		r->state = TRUNK_REG_WAITING;
		return do_back_off(r, conf, in);
	}
	r->least_s = (unsigned)in->expires_s;
	return do_send(r, conf, in);
}

static struct trunk_reg_action do_again_soon(struct trunk_reg *r,
                                             const struct trunk_reg_conf *conf,
                                             const struct trunk_reg_input *in)
{
	(void)conf;
	r->until_ms = 0;
	return wait_s(in, 1);
}

static struct trunk_reg_action do_leave(struct trunk_reg *r,
                                        const struct trunk_reg_conf *conf,
                                        const struct trunk_reg_input *in)
{
	/* what is under way may have been granted */
	bool may_hold = r->until_ms > in->now_ms;

	(void)conf;
	*r = (struct trunk_reg){ .state = TRUNK_REG_OFF };
	return (struct trunk_reg_action){
		.what = may_hold ? TRUNK_REG_DO_LEAVE : TRUNK_REG_DO_FORGET,
	};
}

static struct trunk_reg_action do_leave_anyway(struct trunk_reg *r,
                                               const struct trunk_reg_conf *c,
                                               const struct trunk_reg_input *in)
{
	(void)c;
	(void)in;
	*r = (struct trunk_reg){ .state = TRUNK_REG_OFF };
	return (struct trunk_reg_action){ .what = TRUNK_REG_DO_LEAVE };
}

static const struct {
	enum trunk_reg_state from;
	enum trunk_reg_event event;
	enum trunk_reg_state to;
	step_fn *step;
} rules[] = {
#define OFF        TRUNK_REG_OFF
#define TRYING     TRUNK_REG_TRYING
#define UP         TRUNK_REG_UP
#define REFRESHING TRUNK_REG_REFRESHING
#define WAITING    TRUNK_REG_WAITING
	{ OFF, TRUNK_REG_START, TRYING, do_start },

	{ TRYING, TRUNK_REG_GRANTED, UP, do_keep },
	{ TRYING, TRUNK_REG_BRIEF, TRYING, do_ask_longer },
	{ TRYING, TRUNK_REG_REFUSED, WAITING, do_wait_long },
	{ TRYING, TRUNK_REG_FAILED, WAITING, do_back_off },
	{ TRYING, TRUNK_REG_STOP, OFF, do_leave_anyway },

	{ UP, TRUNK_REG_DUE, REFRESHING, do_send },
	{ UP, TRUNK_REG_LOST, WAITING, do_again_soon },
	{ UP, TRUNK_REG_STOP, OFF, do_leave },

	{ REFRESHING, TRUNK_REG_GRANTED, UP, do_keep },
	{ REFRESHING, TRUNK_REG_BRIEF, REFRESHING, do_ask_longer },
	{ REFRESHING, TRUNK_REG_REFUSED, WAITING, do_wait_long },
	{ REFRESHING, TRUNK_REG_FAILED, WAITING, do_back_off },
	{ REFRESHING, TRUNK_REG_STOP, OFF, do_leave_anyway },

	{ WAITING, TRUNK_REG_DUE, TRYING, do_send },
	{ WAITING, TRUNK_REG_STOP, OFF, do_leave },
};

struct trunk_reg_action trunk_reg_feed(struct trunk_reg *r,
                                       const struct trunk_reg_conf *conf,
                                       const struct trunk_reg_input *in)
{
	for (size_t i = 0; i < NELEM(rules); i++) {
		if (rules[i].from != r->state || rules[i].event != in->event)
			continue;
		r->state = rules[i].to;
		return rules[i].step(r, conf, in);
	}
	return (struct trunk_reg_action){ .what = TRUNK_REG_DO_NOTHING };
}
