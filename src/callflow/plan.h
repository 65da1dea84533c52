/* callflow/plan.h - makes a FLOW_DIAL step of the targets gathered. */
#ifndef B2BUA_CALLFLOW_PLAN_H
#define B2BUA_CALLFLOW_PLAN_H

#include "callflow/module.h"

enum plan_order { PLAN_TOGETHER, PLAN_IN_TURN, PLAN_SHUFFLED };

struct plan_options {
	enum plan_order order;
	int timeout_s; /* of the whole; 0: none */
	bool passes_early_media;
	bool follows_redirect;
	const struct cJSON *data; /* for fail_on_single_reject */
};

/* The strategy under `key`; PLAN_TOGETHER when absent or unknown. */
enum plan_order plan_order(struct flow *f, const struct cJSON *data,
                           const char *key);
/* True when the device of any target wants no early media passed on. */
bool plan_ignores_early_media(const struct flow *f);
/* Caller's music and tones: taken note of, and said not to be played. */
void plan_note_ringback(struct flow *f, const struct cJSON *data);
/* MOVE_STEP, or MOVE_NEXT when there is nobody to ring. */
enum move plan_dial(struct flow *f, const struct plan_options *o);

#endif
